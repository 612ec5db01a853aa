"""Which live trade is it? The one answer, for whatever asks; pure.

A trade is found by the marker in its note, and what the journal opened by its id. Only a complete
view may be passed in: "not found" means "does not exist" here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from smartplan.changes.changeset import ActionTarget, Orphan
from smartplan.changes.fingerprint import fingerprint
from smartplan.changes.reconcile.inputs import MarketView, Memory
from smartplan.changes.reconcile.resolution import (
    Absent,
    Copy,
    Duplicate,
    Ended,
    Missing,
    Open,
    Resolution,
    Stripped,
    Unknown,
    open_ones,
)
from smartplan.state.store import Identity, KnownTrade
from smartplan.trade.listing import Unreadable
from smartplan.trade.model import LiveTrade, OnRemove
from smartplan.trade.position import left_a_position

ANY_ROUND = 0
"""For who asks by the name alone."""


class Matching:
    """The live trades of these accounts and what the journal knows, by name.

    ``planned`` are all names some plan of the workspace answers for; what carries another name of
    ours is an orphan.
    """

    def __init__(
        self,
        workspace: str,
        accounts: Iterable[int],
        view: MarketView,
        memory: Memory,
        planned: Iterable[str] = (),
    ) -> None:
        self._workspace = workspace
        self._memory = memory
        self._planned = frozenset(planned)
        self._active: dict[str, list[LiveTrade]] = defaultdict(list)
        self._ended: dict[str, list[LiveTrade]] = defaultdict(list)
        self._by_id: dict[int, LiveTrade] = {}
        self._ended_by_id: dict[int, LiveTrade] = {}
        self._known: dict[str, list[KnownTrade]] = defaultdict(list)
        self._names: dict[int, set[str]] = defaultdict(set)
        self.unreadable = tuple(row for row in view.unreadable if not row.over)
        """What a person has to know of: everything that does not say that it has ended."""
        self._over = tuple(row for row in view.unreadable if row.over)
        trades = memory.trades.values()
        self._told_ended = frozenset(known.trade_id for known in trades if known.ended is not None)
        for (name, _), known in sorted(memory.trades.items()):
            self._known[name].append(known)
            self._names[known.trade_id].add(name)
        here = frozenset(accounts)
        for live in (*view.active, *view.ended):
            if live.trade.account_id in here:
                self._take(live)

    def _take(self, live: LiveTrade) -> None:
        by_id = self._ended_by_id if live.terminal else self._by_id
        known = live.id in by_id
        by_id[live.id] = live
        if not known and self.owns(live) and live.marker is not None:
            (self._ended if live.terminal else self._active)[live.marker.name].append(live)

    def owns(self, live: LiveTrade) -> bool:
        """Whether its marker is this workspace's."""
        return live.is_of(self._workspace)

    def resolve(self, name: str, round_: int = ANY_ROUND, meant: int | None = None) -> Resolution:
        """The one trade of a name, open in whatever round or ended in ``round_`` or a later one.

        ``meant`` is the id a person says it has: that one, where several carry the marker.
        """
        if (row := self._unread(name)) is not None:
            return row
        found = self.active(name)
        found = [live for live in found if live.id == meant] or found
        if len(found) > 1:
            ids = {live.id for live in found}
            ours = (known.trade_id for known in self._known[name] if known.trade_id in ids)
            return Duplicate(tuple(found), next(ours, None))
        if found:
            return self._marked(found[0], meant)
        return self._unmarked(name) or self._closed(name, round_) or self._unopened(name)

    def _marked(self, live: LiveTrade, meant: int | None) -> Open | Copy:
        marker = live.marker
        known = self._memory.trades.get((marker.name, marker.round)) if marker else None
        if known is None or known.trade_id in {live.id, meant}:
            return Open(live, known)
        original = self._by_id.get(known.trade_id)
        free = original is not None and not self.owns(original)
        return Copy(live, known, original if free else None)

    def _unmarked(self, name: str) -> Stripped | None:
        """What the journal opened and whose note says nothing of it, the latest round first."""
        for known in reversed(self._known.get(name, ())):
            live = self._by_id.get(known.trade_id)
            if live is not None and not self._renamed(known, name):
                return Stripped(live, known)
        return None

    def _closed(self, name: str, round_: int) -> Ended | Missing | None:
        marked = [live for live in self._ended.get(name, ()) if self._is_of(live, name, round_)]
        if marked:
            last = max(marked, key=lambda live: live.id)
            return Ended(last.id, last.status, None if self._seen_to(last) else last)
        for row in self._over:
            if self.name_of(row) == name and self._round_of(row) >= round_:
                return Ended(row.id, row.status)
        known = self._remembered(name, round_)
        if known is None:
            return None
        live = self._ended_by_id.get(known.trade_id)
        if live is not None and not self._seen_to(live):
            return Ended(live.id, live.status, live)
        return Ended(known.trade_id, known.ended) if known.ended is not None else Missing(known)

    def _seen_to(self, live: LiveTrade) -> bool:
        """Whether a person has said that the position it left is dealt with."""
        return left_a_position(live) and live.id in self._told_ended

    def left(self, name: str) -> tuple[LiveTrade, ...]:
        """What ended under this name, in whatever round, and holds a position without exits."""
        marked = (live for live in self._ended.get(name, ()) if self._is_of(live, name, ANY_ROUND))
        of_name = (known for known in self._known.get(name, ()) if not self._renamed(known, name))
        known = (self._ended_by_id.get(one.trade_id) for one in of_name)
        found = {live.id: live for live in (*marked, *filter(None, known))}
        return tuple(
            live for live in found.values() if left_a_position(live) and not self._seen_to(live)
        )

    def all_left(self) -> Iterator[tuple[str, LiveTrade]]:
        """The same for every name of ours."""
        for name in sorted({*self._ended, *self._known}):
            yield from ((name, live) for live in self.left(name))

    def plans(self, name: str) -> bool:
        """Whether some plan of the workspace answers for this name."""
        return name in self._planned

    def _is_of(self, live: LiveTrade, name: str, round_: int) -> bool:
        """By its marker; nobody changes the note of a trade that is over, so a rename may not be in
        it: then the journal says whose it is."""
        taken = self._names.get(live.id, {name})
        return live.marker is not None and live.marker.round >= round_ and name in taken

    def _remembered(self, name: str, round_: int) -> KnownTrade | None:
        """What the journal has of this round, else of the last one after it."""
        found = [
            known
            for known in self._known.get(name, ())
            if known.identity.round >= round_ and not self._renamed(known, name)
        ]
        exact = (known for known in found if known.identity.round == round_)
        return next(exact, found[-1] if found else None)

    def _renamed(self, known: KnownTrade, name: str) -> bool:
        """Whether note and journal agree that it goes by another name now: then this one is free.

        Where the note alone says so, somebody may have edited it.
        """
        live = self._by_id.get(known.trade_id) or self._ended_by_id.get(known.trade_id)
        marker = live.marker if live is not None and self.owns(live) else None
        if marker is None or marker.name == name:
            return False
        return marker.name in self._names[known.trade_id]

    def _unopened(self, name: str) -> Unknown | Absent:
        """In whatever round: raising it must not open a second position."""
        rounds = [number for other, number in self._memory.unknown if other == name]
        return Unknown(max(rounds)) if rounds else Absent()

    def _unread(self, name: str) -> Unreadable | None:
        return next((row for row in self.unreadable if self.name_of(row) == name), None)

    def name_of(self, row: Unreadable) -> str | None:
        """The name of ours a row goes by: its marker says so, or the journal by its id."""
        if row.marker is not None:
            return row.marker.name if row.marker.workspace == self._workspace else None
        return min(self._names.get(row.id, ()), default=None) if row.id is not None else None

    def _round_of(self, row: Unreadable) -> int:
        if row.marker is not None:
            return row.marker.round
        known = self._memory.trades.values()
        return max((one.identity.round for one in known if one.trade_id == row.id), default=0)

    def claim(self, names: Iterable[str]) -> None:
        """Names that a rename takes over: no orphans any more."""
        self._planned |= frozenset(names)

    def active(self, name: str) -> list[LiveTrade]:
        """Open trades whose marker says ``name``."""
        return self._active.get(name, [])

    def by_id(self, trade_id: int) -> LiveTrade | None:
        """An open trade of these accounts, whoever owns it."""
        return self._by_id.get(trade_id)

    def goes_by(self, name: str) -> bool:
        """Whether anything ever went by this name, as far as is known, in whatever round."""
        return not isinstance(self.resolve(name), Absent)

    def names(self) -> frozenset[str]:
        """Every name of ours that is open, or may be."""
        unread = filter(None, map(self.name_of, self.unreadable))
        unknown = (name for name, _ in self._memory.unknown)
        return frozenset((*self._active, *self._known, *unread, *unknown))

    def ours(self) -> Iterator[tuple[str, LiveTrade]]:
        """Every open trade of ours by its name, also what only the journal knows it by."""
        told: set[int] = set()
        for name in sorted(self.names()):
            for live in (*self.active(name), *open_ones(self.resolve(name))):
                marker = live.marker
                if live.id not in told and (marker is None or self.owns(live)):
                    told.add(live.id)
                    yield (marker.name if marker is not None else name), live

    def taken(self) -> Iterator[tuple[str, LiveTrade]]:
        """What the journal opened and another workspace's marker claims now."""
        for name in sorted(self._known):
            found = self.resolve(name)
            if isinstance(found, Stripped) and found.live.marker and not self.owns(found.live):
                yield name, found.live

    @cached_property
    def foreign(self) -> tuple[LiveTrade, ...]:
        """Open trades without our marker."""
        return tuple(live for live in self._by_id.values() if not self.owns(live))

    def strays(self) -> list[str]:
        """Every name of ours in no plan that may be open, also where no note says so."""
        return sorted(self.names() - self._planned)

    def orphaned(self) -> list[str]:
        """The names of ours that are open and in no plan."""
        return sorted(set(self._active) - self._planned)


def carries(row: LiveTrade | Unreadable, identity: Identity) -> bool:
    """Whether its marker is that of this identity, its round included."""
    wanted = (identity.scope.workspace, identity.name, identity.round)
    return row.marker is not None and row.marker.owner == wanted


def opened_as(identity: Identity, view: MarketView) -> LiveTrade | None:
    """What a create of this identity opened, whether it is still open or not.

    A copy made on the exchange carries the marker too, is younger, and may outlive it.
    """
    marked = (live for live in (*view.active, *view.ended) if carries(live, identity))
    return min(marked, key=lambda live: live.id, default=None)


def target_of(name: str, live: LiveTrade, *, acting: bool = True) -> ActionTarget:
    """The target of an action on a live trade, under the plan's name for it.

    What does not act needs no fingerprint; making one costs more than to decide that.
    """
    return ActionTarget(
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
