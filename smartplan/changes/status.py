"""Plans beside their live trades, as frozen rows, the worst first; pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from smartplan.changes.exposure import Assess, live_risk, without_costs
from smartplan.changes.reconcile.create import unreadable_double
from smartplan.changes.reconcile.inputs import Memory
from smartplan.changes.reconcile.matching import Matching
from smartplan.changes.reconcile.renames import Renames
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
)
from smartplan.diagnostics import command
from smartplan.trade.contract import NOTHING_SAID, Contracts
from smartplan.trade.listing import Unreadable
from smartplan.trade.model import LiveTrade, State
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.position import PositionState, position_of, unprotected
from smartplan.trade.risk import Risk

NOT_OPEN = "not open"
UNREADABLE = "unreadable"
SOLD = frozenset({"finished", "panic_sold", "stop_loss_finished"})


class Row(Struct, frozen=True, kw_only=True):
    """One trade: what the plan names, what is live, and what is wrong with it.

    ``planned`` is false for an orphan. ``stands`` is ``None`` while nothing is live, ``risk`` while
    nothing is open; ``units`` are what the live trade (else the plan) orders. ``dangers`` make
    ``status --check`` fail.
    """

    name: str
    pair: str
    side: str
    units: Decimal
    status: str
    planned: bool
    trade_id: int | None = None
    stands: PositionState | None = None
    risk: Risk | None = None
    dangers: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it has a position. What a sale leaves is less than a lot, and none."""
        return self.stands is not None and self.stands.remaining > 0 and self.status not in SOLD

    @property
    def quote(self) -> str:
        """The currency of its P/L."""
        return self.pair.partition("_")[0]


class WorkspaceStatus(Struct, frozen=True):
    """A workspace at a moment.

    ``foreign`` counts open trades on its accounts that are not its; ``unreadable`` are listed rows
    that nobody can read.
    """

    workspace: str
    environment: str
    accounts: tuple[tuple[str, int], ...]
    at: datetime
    rows: tuple[Row, ...]
    foreign: int = 0
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def risks(self) -> dict[str, Risk]:
        """The risk of every open trade, by a name of its own; what nobody can read is unknown."""
        risks: dict[str, Risk] = {}
        for row in self.rows:
            if row.risk is not None:
                name = row.name if row.name not in risks else f"{row.name} #{row.trade_id}"
                risks[name] = row.risk
        return risks

    @property
    def unprotected(self) -> bool:
        """Whether any row needs a person."""
        return any(row.dangers for row in self.rows)


class StatusQuery(Struct, frozen=True):
    """Whose trades are looked at: the plans that fit, and the names of those with a mistake.

    What is wrong with a plan says nothing about its live trade, which is looked for all the same.
    """

    trades: Sequence[PlannedTrade]
    broken: frozenset[str]
    matching: Matching
    renames: Renames
    memory: Memory
    environment: str
    contracts: Contracts = NOTHING_SAID
    assess: Assess = without_costs

    def rows(self) -> tuple[Row, ...]:
        """A row for each plan and each orphan: dangers first, then the worst P/L."""
        fit = {trade.name for trade in self.trades}
        found = (
            *(row for trade in self.trades for row in self._planned(trade)),
            *(row for name in sorted(self.broken - fit) for row in self._named(name)),
            *(row for name in self.matching.strays() for row in self._named(name, planned=False)),
        )
        shown = {row.trade_id for row in found}
        left = (one for one in self.matching.all_left() if one[1].id not in shown)
        return tuple(sorted((*found, *(self._left(*one) for one in left)), key=_badness))

    def _left(self, name: str, live: LiveTrade) -> Row:
        """What ended in another round, or in no plan, and holds a position."""
        planned = self.matching.plans(name)
        units = Decimal(0)
        blank = Row(name=name, pair="", side="", units=units, status=NOT_OPEN, planned=planned)
        return self._live(blank, live)

    def _planned(self, trade: PlannedTrade) -> Iterator[Row]:
        lifecycle = trade.lifecycle
        name = self.renames.former(trade.name) or trade.name
        found = self.matching.resolve(name, lifecycle.round, lifecycle.adopt)
        blank = _blank(trade)
        if isinstance(found, Absent):
            yield self._perhaps(trade, blank)
            return
        yield from self._rows(blank, found)

    def _named(self, name: str, *, planned: bool = True) -> Iterator[Row]:
        """Rows of a name alone; where nothing is open, or may be, there is nothing to show."""
        found = self.matching.resolve(name)
        if isinstance(found, Ended | Absent) or (isinstance(found, Missing) and not planned):
            return
        units = Decimal(0)
        blank = Row(name=name, pair="", side="", units=units, status=NOT_OPEN, planned=planned)
        if isinstance(found, Unreadable):
            units, side = found.units or units, str(found.side or "")
            blank = replace(blank, pair=found.pair or "", side=side, units=units)
        yield from self._rows(blank, found)

    def _rows(self, blank: Row, found: Resolution) -> Iterator[Row]:
        """``blank`` is the row as long as nothing is found; dangers are added to what is."""
        pending = self._pending(blank.name)
        match found:
            case Open(live=live):
                yield self._live(blank, live, *pending)
                beside = (other for other in self.matching.active(blank.name) if other is not live)
                yield from (self._live(blank, other, _TWIN) for other in beside)
            case Stripped(live=live):
                yield self._live(blank, live, *_unmanaged(live), *pending)
            case Copy(live=live, known=known, original=original):
                opened = f"the trade that was opened is #{known.trade_id}: this one is a copy"
                yield self._live(blank, live, opened, *pending)
                if original is not None:
                    yield self._live(blank, original, *_unmanaged(original))
            case Duplicate(lives=lives):
                yield from (self._live(blank, live, _TWIN, *pending) for live in lives)
            case Ended(live=live, status=status, trade_id=number):
                shown = replace(blank, trade_id=number, status=status or blank.status)
                yield shown if live is None else self._live(blank, live)
            case Missing(known=known):
                lost = f"#{known.trade_id} was opened by us, and the exchange does not list it"
                yield replace(blank, trade_id=known.trade_id, dangers=(lost, *pending))
            case Unreadable():
                yield from self._unread(blank, found, pending)
            case Unknown() | Absent():
                yield replace(blank, dangers=(*blank.dangers, *pending))
            case _:
                assert_never(found)

    def _unread(self, blank: Row, row: Unreadable, pending: Sequence[str]) -> Iterator[Row]:
        twins = self.matching.active(blank.name)
        dangers = (f"it cannot be read: {row.why}", *((_TWIN,) if twins else ()), *pending)
        status = row.status or UNREADABLE
        yield replace(blank, trade_id=row.id, status=status, dangers=dangers)
        yield from (self._live(blank, live, _TWIN) for live in twins)

    def _pending(self, name: str) -> tuple[str, ...]:
        if not any(other == name for other, _ in self.memory.unknown):
            return ()
        resolve = command(f"resolve {name} --wait", self.environment)
        return (f"nobody knows whether it was created: {resolve}",)

    def _perhaps(self, trade: PlannedTrade, blank: Row) -> Row:
        """Nothing goes by its name: a row nobody can read may be it."""
        row = unreadable_double(self.matching, trade.trade)
        if row is None or row.note_read:
            return blank
        return replace(blank, dangers=(f"it may be {row.called}, which cannot be read: {row.why}",))

    def _live(self, blank: Row, live: LiveTrade, *dangers: str) -> Row:
        trade = live.trade
        orphan = live.entered and not blank.planned
        alone = ("an open position that no plan answers for",) if orphan else ()
        return replace(
            blank,
            pair=trade.pair,
            side=str(trade.side),
            units=trade.position.units,
            status=live.status,
            trade_id=live.id,
            stands=position_of(live, self.contracts),
            risk=live_risk(live, self.assess) if not live.terminal else None,
            dangers=(*alone, *dangers, *unprotected(live)),
        )


_TWIN = "another open trade carries the same name"


def _blank(trade: PlannedTrade) -> Row:
    plan, state = trade.trade, trade.lifecycle.state
    return Row(
        name=trade.name,
        pair=plan.pair,
        side=str(plan.side),
        units=plan.position.units,
        status=NOT_OPEN if state is State.OPEN else f"{NOT_OPEN} ({state.value})",
        planned=True,
    )


def _unmanaged(live: LiveTrade) -> tuple[str, ...]:
    """What the plan says does not reach a trade without our marker: its stop is nobody's."""
    if not live.may_hold:
        return ()
    return ("an open position whose note has lost our marker: no plan reaches it",)


def _badness(row: Row) -> tuple[bool, bool, Decimal, str]:
    profit = row.stands.profit if row.stands is not None else None
    percent = (profit.percent if profit is not None else None) or Decimal(0)
    return (not row.dangers, profit is None, percent, row.name)
