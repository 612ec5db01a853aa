"""Which live trades are whose: the index that reconciling looks names up in."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from smartplan.changes.changeset import Orphan, Target
from smartplan.changes.fingerprint import fingerprint
from smartplan.trade.marker import mentions
from smartplan.trade.model import LiveTrade, OnRemove, Trade


def target_of(name: str, live: LiveTrade, *, acting: bool = True) -> Target:
    """The target of an action on a live trade, under the plan's name for it.

    What does not act needs no fingerprint; making one costs more than to decide that.
    """
    return Target(
        name=name,
        round=live.marker.round if live.marker is not None else 1,
        pair=live.trade.pair,
        account_id=live.trade.account_id,
        trade_id=live.id,
        status=live.status,
        fingerprint=fingerprint(live) if acting else "",
    )


def orphan_of(name: str, live: LiveTrade) -> Orphan:
    """A live trade of ours that no plan answers for, with what its own marker says of that."""
    on_remove = live.marker.on_remove if live.marker is not None else OnRemove.KEEP
    return Orphan(target_of(name, live), live.may_hold, on_remove)


def owner_of(live: LiveTrade) -> str:
    """``workspace/name`` of the marker; empty without one."""
    return f"{live.marker.workspace}/{live.marker.name}" if live.marker is not None else ""


_LARGEST_FEE = Decimal("0.01")


def _same_size(live: LiveTrade, trade: Trade) -> bool:
    """A spot buy whose fee is taken in base holds a little less than was ordered."""
    ordered, units = trade.position.units, live.trade.position.units
    return units == ordered or (live.entered and ordered * (1 - _LARGEST_FEE) <= units < ordered)


class Matching:
    """Live trades of these accounts by the name in their marker.

    ``known`` are all names some plan of the workspace answers for; what carries another name of
    ours is an orphan.
    """

    def __init__(
        self,
        workspace: str,
        accounts: Iterable[int],
        active: Sequence[LiveTrade],
        ended: Sequence[LiveTrade],
        known: Iterable[str],
    ) -> None:
        self._workspace = workspace
        self._known = frozenset(known)
        self._active: dict[str, list[LiveTrade]] = defaultdict(list)
        self._ended: dict[str, list[LiveTrade]] = defaultdict(list)
        self._unclaimed: list[LiveTrade] = []
        self._elsewhere: list[LiveTrade] = []
        self._by_id: dict[int, LiveTrade] = {}
        self._ended_by_id: dict[int, LiveTrade] = {}
        self.foreign: set[int | None] = set()
        ours = frozenset(accounts)
        for live in (*active, *ended):
            if live.trade.account_id in ours:
                self._take(live)

    def _take(self, live: LiveTrade) -> None:
        marker = live.marker
        owned = marker is not None and marker.workspace == self._workspace
        if live.terminal:
            self._ended_by_id[live.id] = live
        else:
            if live.id in self._by_id:
                return
            self._by_id[live.id] = live
            if not owned:
                self.foreign.add(live.id)
            if marker is None:
                self._unclaimed.append(live)
            elif not owned:
                self._elsewhere.append(live)
        if owned and marker is not None:
            (self._ended if live.terminal else self._active)[marker.name].append(live)

    def claim(self, names: Iterable[str]) -> None:
        """Names that a rename takes over: no orphans any more."""
        self._known |= frozenset(names)

    def active(self, name: str) -> list[LiveTrade]:
        """Open trades whose marker says ``name``."""
        return self._active.get(name, [])

    def ended(self, name: str, round_: int) -> LiveTrade | None:
        """The last ended trade of ``name`` in this round or a later one."""
        found = [
            live
            for live in self._ended.get(name, [])
            if live.marker is not None and live.marker.round >= round_
        ]
        return max(found, key=lambda live: live.id, default=None)

    def by_id(self, trade_id: int) -> LiveTrade | None:
        """An open trade of these accounts, whoever owns it."""
        return self._by_id.get(trade_id)

    def ended_by_id(self, trade_id: int) -> LiveTrade | None:
        """An ended trade of these accounts, whatever its note says now."""
        return self._ended_by_id.get(trade_id)

    def look_alike(self, name: str, trade: Trade) -> LiveTrade | None:
        """An open trade nobody claims that ``trade`` would double.

        Renamed files, stripped notes, what somebody opened by hand, and the same name under the
        marker of another workspace: a workspace that was renamed. What is left of a marker in a
        note that was edited counts whatever else is different.
        """
        for live in self._unclaimed:
            if mentions(live.trade.note, self._workspace, name):
                return live
        orphans = (live for name in self._orphaned() for live in self._active[name])
        namesakes = (live for live in self._elsewhere if live.marker and live.marker.name == name)
        for live in (*self._unclaimed, *orphans, *namesakes):
            if (
                live.trade.account_id == trade.account_id
                and live.trade.pair == trade.pair
                and live.trade.side is trade.side
                and _same_size(live, trade)
            ):
                return live
        return None

    def managed(self) -> Iterator[LiveTrade]:
        """Open trades with our marker, whatever plan answers for them."""
        for lives in self._active.values():
            yield from lives

    def orphans(self) -> Iterator[Orphan]:
        """Ours by the marker, in no plan."""
        for name in self._orphaned():
            for live in self._active[name]:
                yield orphan_of(name, live)

    def _orphaned(self) -> list[str]:
        return sorted(set(self._active) - self._known)
