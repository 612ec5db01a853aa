"""What every test shares.

Property tests draw the same examples in every run, so that a check says the same twice; new ones
are looked for with ``make explore``.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("check", derandomize=True, deadline=None, database=None)
settings.register_profile(
    "explore", deadline=None, max_examples=2_000, suppress_health_check=list(HealthCheck)
)
settings.load_profile("explore" if os.environ.get("EXPLORE") else "check")
