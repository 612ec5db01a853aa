"""Plans beside their live trades, and where those were read."""

from dataclasses import dataclass

from smartplan.changes.status import Watched


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What was seen at a ``service``."""

    watched: Watched
    service: str
