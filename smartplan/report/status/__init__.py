"""Plans beside their live trades, and where those were read."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct, field

from smartplan.changes.status import WorkspaceStatus


class StatusReport(Struct, frozen=True):
    """What was seen at a ``service``; ``equity`` is per quote currency, as far as it is set."""

    watched: WorkspaceStatus
    service: str
    equity: Mapping[str, Decimal] = field(default_factory=dict)
