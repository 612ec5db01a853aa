"""The only door to the service (``http``), and the values it answers with."""

import sys

# httpx imports a command line of its own, and with it rich where that is installed: half of what
# it costs at start. It is made to do without, as it does where rich is not there.
if "httpx" not in sys.modules:
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # as the import system does
