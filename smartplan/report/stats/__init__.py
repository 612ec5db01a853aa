"""A track record, and how it is to be told."""

from collections.abc import Mapping

from msgspec import Struct

from smartplan.changes.track_record import GROUPINGS as GROUPINGS
from smartplan.changes.track_record import Grouping as Grouping
from smartplan.changes.track_record import TrackRecord, TradeGroup


class StatsReport(Struct, frozen=True):
    """What was read at a ``service``, grouped ``by`` this and that."""

    record: TrackRecord
    service: str
    by: tuple[Grouping, ...] = GROUPINGS

    @property
    def groups(self) -> tuple[TradeGroup, ...]:
        """All trades, then the groups."""
        return self.record.groups(self.by)


TITLES: Mapping[Grouping, str] = {
    "pair": "PAIR",
    "side": "SIDE",
    "plan": "PLAN",
    "tag": "TAG",
    "month": "MONTH",
}
