"""Plans beside their live trades, as frozen rows, the worst first; pure."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from smartplan.changes.hidden import Hidden
from smartplan.changes.inputs import Memory
from smartplan.changes.matching import Matching
from smartplan.diagnostics import command
from smartplan.trade.listed import Unreadable
from smartplan.trade.model import LiveTrade, State
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.standing import Standing, standing, unprotected

NOT_OPEN = "not open"
UNREADABLE = "unreadable"
SOLD = frozenset({"finished", "panic_sold", "stop_loss_finished"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One trade: what the plan names, what is live, and what is wrong with it.

    ``planned`` is false for an orphan. ``stands`` is ``None`` while nothing is live; ``units`` are
    what the live trade (else the plan) orders. ``dangers`` make ``status --check`` fail.
    """

    name: str
    pair: str
    side: str
    units: Decimal
    status: str
    planned: bool
    trade_id: int | None = None
    stands: Standing | None = None
    dangers: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it has a position. What a sale leaves is less than a lot, and none."""
        return self.stands is not None and self.stands.remaining > 0 and self.status not in SOLD

    @property
    def quote(self) -> str:
        """The currency of its P/L."""
        return self.pair.partition("_")[0]


@dataclass(frozen=True, slots=True)
class Watched:
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
    def unprotected(self) -> bool:
        """Whether any row needs a person."""
        return any(row.dangers for row in self.rows)


def rows(
    trades: Sequence[PlannedTrade],
    matching: Matching,
    hidden: Hidden,
    known: Container[str],
    environment: str,
) -> tuple[Row, ...]:
    """A row for each plan and each orphan: dangers first, then the worst P/L.

    ``known`` are all names of the workspace: what goes by another is an orphan.
    """
    planned = (row for trade in trades for row in _planned(trade, matching, hidden, environment))
    orphans = (_orphan(live) for live in _orphans(matching))
    odd = (_unread_orphan(name, row) for name, row in hidden.orphans(known))
    return tuple(sorted((*planned, *orphans, *odd), key=_badness))


def _badness(row: Row) -> tuple[bool, bool, Decimal, str]:
    profit = row.stands.profit if row.stands is not None else None
    percent = profit.percent if profit is not None else Decimal(0)
    return (not row.dangers, profit is None, percent, row.name)


def _planned(
    trade: PlannedTrade, matching: Matching, hidden: Hidden, environment: str
) -> Iterator[Row]:
    found, unread = matching.active(trade.name), hidden.open(trade.name)
    twins = len(found) + (unread is not None) > 1
    for live in found:
        extra = ("another open trade carries the same name",) if twins else ()
        yield _live(trade.name, live, planned=True, dangers=(*extra, *unprotected(live)))
    if unread is not None:
        yield _unread(_not_open(trade, hidden.memory, environment), unread)
    elif not found:
        yield _absent(trade, matching, hidden, environment)


def _absent(trade: PlannedTrade, matching: Matching, hidden: Hidden, environment: str) -> Row:
    ended = matching.ended(trade.name, trade.lifecycle.round)
    if ended is not None:
        return _live(trade.name, ended, planned=True, dangers=unprotected(ended))
    row = _not_open(trade, hidden.memory, environment)
    perhaps = hidden.double(trade.trade) if row.trade_id is None else None
    if perhaps is None or perhaps.note_read:
        return row
    danger = f"it may be {perhaps.called}, which cannot be read: {perhaps.why}"
    return replace(row, dangers=(*row.dangers, danger))


def _unread(row: Row, unread: Unreadable) -> Row:
    danger = f"it cannot be read: {unread.why}"
    status = unread.status or UNREADABLE
    return replace(row, trade_id=unread.id, status=status, dangers=(*row.dangers, danger))


def _unread_orphan(name: str, unread: Unreadable) -> Row:
    side = str(unread.side or "")
    units = unread.units or Decimal(0)
    row = Row(name=name, pair=unread.pair or "", side=side, units=units, status="", planned=False)
    return _unread(row, unread)


def _not_open(trade: PlannedTrade, memory: Memory, environment: str) -> Row:
    identity = (trade.name, trade.lifecycle.round)
    known = memory.trades.get(identity)
    plan, state = trade.trade, trade.lifecycle.state
    status = NOT_OPEN if state is State.OPEN else f"{NOT_OPEN} ({state.value})"
    resolve = command(f"resolve {trade.name} --wait", environment)
    unknown = (f"nobody knows whether it was created: {resolve}",)
    return Row(
        name=trade.name,
        pair=plan.pair,
        side=str(plan.side),
        units=plan.position.units,
        status=known.ended if known is not None and known.ended is not None else status,
        planned=True,
        trade_id=known.trade_id if known is not None else None,
        dangers=unknown if identity in memory.unknown else (),
    )


def _orphans(matching: Matching) -> Iterable[LiveTrade]:
    found = (matching.by_id(orphan.of.trade_id or 0) for orphan in matching.orphans())
    return (live for live in found if live is not None)


def _orphan(live: LiveTrade) -> Row:
    name = live.marker.name if live.marker is not None else ""
    reasons = ("an open position that no plan answers for",) if live.entered else ()
    return _live(name, live, planned=False, dangers=(*reasons, *unprotected(live)))


def _live(name: str, live: LiveTrade, *, planned: bool, dangers: tuple[str, ...]) -> Row:
    trade = live.trade
    return Row(
        name=name,
        pair=trade.pair,
        side=str(trade.side),
        units=trade.position.units,
        status=live.status,
        planned=planned,
        trade_id=live.id,
        stands=standing(live),
        dangers=dangers,
    )
