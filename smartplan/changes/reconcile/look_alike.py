"""What a new trade might double: an open one that nobody claims, or a row nobody can read; pure."""

from decimal import Decimal
from itertools import chain

from smartplan.changes.reconcile.matching import Matching
from smartplan.trade.listing import Unreadable
from smartplan.trade.marker import mentions
from smartplan.trade.model import LiveTrade, Trade

_LARGEST_FEE = Decimal("0.01")


def look_alike(matching: Matching, workspace: str, name: str, trade: Trade) -> LiveTrade | None:
    """An open trade nobody claims that ``trade`` would double.

    Renamed files, stripped notes, what somebody opened by hand, and the same name under the marker
    of another workspace: a workspace that was renamed. What is left of a marker in a note that was
    edited counts whatever else is different.
    """
    others = matching.foreign
    unclaimed = [live for live in others if live.marker is None]
    for live in unclaimed:
        if mentions(live.trade.note, workspace, name):
            return live
    orphans = (live for orphan in matching.orphaned() for live in matching.active(orphan))
    namesakes = (live for live in others if live.marker and live.marker.name == name)
    for live in chain(unclaimed, orphans, namesakes):
        if (
            live.trade.account_id == trade.account_id
            and live.trade.pair == trade.pair
            and live.trade.side is trade.side
            and _same_size(live, trade)
        ):
            return live
    return None


def _same_size(live: LiveTrade, trade: Trade) -> bool:
    """A spot buy whose fee is taken in base holds a little less than was ordered."""
    ordered, units = trade.position.units, live.trade.position.units
    return units == ordered or (live.entered and ordered * (1 - _LARGEST_FEE) <= units < ordered)


def unreadable_double(matching: Matching, trade: Trade) -> Unreadable | None:
    """The row that ``trade`` may be over again: nothing it says is to the contrary."""
    return next((row for row in matching.unreadable if row.may_double(trade)), None)
