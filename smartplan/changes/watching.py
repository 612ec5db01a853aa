"""Plans beside their live trades, as frozen rows, the worst first; pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from smartplan.changes.inputs import Memory
from smartplan.changes.matching import Matching
from smartplan.trade.model import LiveTrade, State
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.standing import Standing, standing, unprotected

NOT_OPEN = "not open"


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
    def quote(self) -> str:
        """The currency of its P/L."""
        return self.pair.partition("_")[0]


@dataclass(frozen=True, slots=True)
class Watched:
    """A workspace at a moment; ``foreign`` counts open trades on its accounts that are not its."""

    workspace: str
    environment: str
    accounts: tuple[tuple[str, int], ...]
    at: datetime
    rows: tuple[Row, ...]
    foreign: int = 0

    @property
    def unprotected(self) -> bool:
        """Whether any row needs a person."""
        return any(row.dangers for row in self.rows)


def rows(trades: Sequence[PlannedTrade], matching: Matching, memory: Memory) -> tuple[Row, ...]:
    """A row for each plan and each orphan: dangers first, then the worst P/L."""
    planned = (row for trade in trades for row in _planned(trade, matching, memory))
    orphans = (_orphan(live) for live in _orphans(matching))
    return tuple(sorted((*planned, *orphans), key=_badness))


def _badness(row: Row) -> tuple[bool, bool, Decimal, str]:
    profit = row.stands.profit if row.stands is not None else None
    percent = profit.percent if profit is not None else Decimal(0)
    return (not row.dangers, profit is None, percent, row.name)


def _planned(trade: PlannedTrade, matching: Matching, memory: Memory) -> Iterator[Row]:
    found = matching.active(trade.name)
    twins = len(found) > 1
    for live in found:
        extra = ("another open trade carries the same name",) if twins else ()
        yield _live(trade.name, live, planned=True, dangers=(*extra, *unprotected(live)))
    if not found:
        yield _absent(trade, matching.ended(trade.name, trade.lifecycle.round), memory)


def _absent(trade: PlannedTrade, ended: LiveTrade | None, memory: Memory) -> Row:
    if ended is not None:
        return _live(trade.name, ended, planned=True, dangers=unprotected(ended))
    identity = (trade.name, trade.lifecycle.round)
    known = memory.trades.get(identity)
    plan, state = trade.trade, trade.lifecycle.state
    status = NOT_OPEN if state is State.OPEN else f"{NOT_OPEN} ({state.value})"
    unknown = (f"nobody knows whether it was created: `smartplan resolve {trade.name}`",)
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
