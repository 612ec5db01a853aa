"""Plans beside their live trades, and where those were read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from smartplan.changes.status import WorkspaceStatus


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What was seen at a ``service``; ``equity`` is per quote currency, as far as it is set."""

    watched: WorkspaceStatus
    service: str
    equity: Mapping[str, Decimal] = field(default_factory=dict)
