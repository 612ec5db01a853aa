"""Plans beside their live trades, and where those were read."""

from dataclasses import dataclass

from smartplan.changes.status import WorkspaceStatus


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What was seen at a ``service``."""

    watched: WorkspaceStatus
    service: str
