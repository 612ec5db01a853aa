"""What really happened to trades that are over: won and lost, planned against filled; pure.

R is the loss at the stop as it was planned when the trade was opened, after costs: a trade that
loses what was meant to be at risk has −1 R. Slippage is what fills cost beyond their plan, in the
same unit: the entry against its planned price with its planned fee, the stop against its trigger.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, get_args

from msgspec import Struct

from smartplan.changes.changeset import OPENING
from smartplan.state.store import Event, EventKind
from smartplan.trade.model import LiveTrade, Side, Trade
from smartplan.trade.profit import r_multiple
from smartplan.trade.rounding import exact
from smartplan.trade.wire import MalformedEntity, trade_from_body

Grouping = Literal["pair", "side", "plan", "tag", "month"]
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)
Mover = Literal["plan", "by hand", "elsewhere"]
MOVERS: tuple[Mover, ...] = get_args(Mover)
Moved = Literal["stop", "targets", "entry", "funds", "orders", "position"]
ENOUGH_TRADES = 20
"""Of fewer trades no percentage is told: it would say more than they do."""
SOLD = frozenset({"finished", "panic_sold", "stop_loss_finished"})
"""How a trade ends that had a position, and has none any more."""

MOVED_BY: Mapping[str, Moved] = {
    "update": "entry",
    "add_funds": "funds",
    "reduce_funds": "funds",
    "close": "position",
    "force_start": "entry",
    "close_order": "orders",
    "cancel_order": "orders",
}
_GROUPS: Mapping[str, Moved] = {"stop_loss": "stop", "take_profit": "targets"}
_TAG = re.compile(r"(?<!\S)#([\w-]+)")
_ZERO = Decimal(0)


class Move(Struct, frozen=True):
    """Somebody has moved something of a trade; an update of several groups is a move of each."""

    who: Mover
    what: Moved


def counted(moves: Iterable[Move]) -> dict[Mover, int]:
    """How often each has moved something."""
    return dict(Counter(move.who for move in moves))


class TradeStory(Struct, frozen=True):
    """What the journal says of a live trade: how it was opened, and who has moved it since.

    ``bodies`` are what was sent, the create first.
    """

    name: str
    round: int
    bodies: tuple[Mapping[str, object], ...] = ()
    moves: tuple[Move, ...] = ()

    @property
    def moved(self) -> dict[Mover, int]:
        """How often each has moved something of it."""
        return counted(self.moves)

    @property
    def planned(self) -> Trade | None:
        """The trade as it was opened; ``None`` where the journal does not have it."""
        return _trade(self.bodies[0]) if self.bodies else None

    @property
    def latest(self) -> Trade | None:
        """The same with the exits that were sent last, by a plan or by hand."""
        if not self.bodies:
            return None
        exits = {key: body[key] for body in self.bodies for key in _EXITS if key in body}
        return _trade({**self.bodies[0], **exits})


_EXITS = ("take_profit", "stop_loss")


def _trade(body: Mapping[str, object]) -> Trade | None:
    try:
        return trade_from_body(body)
    except MalformedEntity:
        return None


def stories(events: Sequence[Event]) -> dict[int, TradeStory]:
    """The story of each live trade, by its id; ``events`` are a scope's, oldest first."""
    asked: dict[tuple[str, int], Mapping[str, object]] = {}
    found: dict[int, TradeStory] = {}
    for event in events:
        body = event.data.get("body")
        action = event.data.get("action")
        if event.kind is EventKind.INTENT and action in OPENING:
            if event.name is not None and isinstance(body, Mapping):
                asked[event.name, event.round or 1] = body
        elif event.kind is EventKind.INTENT and event.trade_id is not None and action in MOVED_BY:
            told = found.get(event.trade_id) or TradeStory(event.name or "", event.round or 1)
            found[event.trade_id] = _moved(told, event, body)
        elif event.name is not None and event.trade_id is not None:
            found.setdefault(event.trade_id, _opened(event, asked))
    return found


def _opened(event: Event, asked: Mapping[tuple[str, int], Mapping[str, object]]) -> TradeStory:
    name, number = event.name or "", event.round or 1
    body = asked.get((name, number))
    return TradeStory(name, number, (body,) if body is not None else ())


def _moved(told: TradeStory, event: Event, body: object) -> TradeStory:
    who: Mover = "plan" if event.name is not None else "by hand"
    patch = body.get("patch", body) if isinstance(body, Mapping) else None
    bodies = (*told.bodies, patch) if told.bodies and isinstance(patch, Mapping) else told.bodies
    told_of = MOVED_BY[str(event.data.get("action"))]
    groups = tuple(what for key, what in _GROUPS.items() if key in (patch or {}))
    moves = tuple(Move(who, what) for what in groups or (told_of,))
    return TradeStory(told.name, told.round, bodies, (*told.moves, *moves))


class Reach(Struct, frozen=True):
    """How far prices went while a trade was open: the worst one and the best one for it."""

    worst: Decimal
    best: Decimal


class ClosedTrade(Struct, frozen=True, kw_only=True):
    """A trade that is over; money in ``quote`` after costs, prices quote per base.

    ``profit`` is the service's own where it names one. ``risk`` is the planned loss at the stop.
    Prices are averages, those that were filled with their commissions.
    ``entry_slip`` and ``exit_slip`` are what fills cost beyond the plan, in money. ``None``
    wherever nobody knows. ``adverse`` and ``favourable`` (MAE, MFE) are in money at the worst and
    the best price while it was open.
    """

    id: int
    name: str
    pair: str
    side: Side
    status: str
    quote: str
    opened: datetime | None
    closed: datetime | None
    tags: tuple[str, ...] = ()
    profit: Decimal | None = None
    risk: Decimal | None = None
    planned_entry: Decimal | None = None
    filled_entry: Decimal | None = None
    planned_stop: Decimal | None = None
    filled_exit: Decimal | None = None
    entry_slip: Decimal | None = None
    exit_slip: Decimal | None = None
    moves: tuple[Move, ...] = ()
    adverse: Decimal | None = None
    favourable: Decimal | None = None

    @property
    def r(self) -> Decimal | None:
        """P/L in units of the planned risk."""
        return None if self.profit is None else r_multiple(self.profit, self.risk)

    @property
    def moved(self) -> dict[Mover, int]:
        """How often each has moved something of it."""
        return counted(self.moves)

    @property
    def slippage(self) -> Decimal | None:
        """What entry and exit cost beyond the plan, in R; not where the stop's part is unknown."""
        if self.status == "stop_loss_finished" and self.exit_slip is None:
            return None
        known = [slip for slip in (self.entry_slip, self.exit_slip) if slip is not None]
        return r_multiple(sum(known, _ZERO), self.risk) if known else None

    def keys(self, by: Grouping) -> tuple[str, ...]:
        """The groups it belongs to; of a trade with several tags each."""
        match by:
            case "pair":
                return (self.pair,)
            case "side":
                return (self.side.value,)
            case "plan":
                return (self.name,)
            case "tag":
                return self.tags or ("(no tag)",)
            case "month":
                return (f"{self.closed:%Y-%m}" if self.closed is not None else "(unknown)",)


def tags_of(note: str) -> tuple[str, ...]:
    """``#swing`` and the like in a note."""
    return tuple(dict.fromkeys(_TAG.findall(note)))


def moved_elsewhere(live: LiveTrade, story: TradeStory) -> tuple[Move, ...]:
    """Its stop and its targets, where they ended at a price that nobody of ours had sent.

    A stop that trails or goes to break-even moves by itself: it says nothing.
    """
    sent = story.latest
    if sent is None:
        return ()
    moves: list[Move] = []
    ours, theirs = sent.stop_loss, live.trade.stop_loss
    if ours is not None and theirs is not None and ours.trailing is None and not ours.breakeven:
        stated = ours.trigger is not None and theirs.trigger is not None
        if stated and ours.trigger != theirs.trigger:
            moves.append(Move("elsewhere", "stop"))
    prices = {step.price for step in sent.take_profit}
    shown = {step.price for step in live.trade.take_profit if step.price is not None}
    if None not in prices and prices and not shown <= prices:
        moves.append(Move("elsewhere", "targets"))
    return tuple(moves)


class TradeGroup(Struct, frozen=True):
    """Trades that have something in common, in one quote currency. ``by`` is empty for all."""

    by: Grouping | Literal[""]
    key: str
    quote: str
    trades: tuple[ClosedTrade, ...]

    @property
    def n(self) -> int:
        """How many."""
        return len(self.trades)

    @property
    def won(self) -> int:
        """How many of them have won something."""
        return sum(1 for trade in self.trades if trade.profit is not None and trade.profit > 0)

    @property
    def profit(self) -> Decimal:
        """P/L of those whose P/L is known."""
        return sum((t.profit for t in self.trades if t.profit is not None), _ZERO)

    @property
    def unknown(self) -> int:
        """How many have a P/L that nobody knows."""
        return sum(trade.profit is None for trade in self.trades)

    @property
    def rs(self) -> tuple[Decimal, ...]:
        """The R of those that have one."""
        return tuple(r for trade in self.trades if (r := trade.r) is not None)

    @property
    def mean_r(self) -> Decimal | None:
        """The expectancy: the mean of their R."""
        return mean(self.rs)

    @property
    def mean_slippage(self) -> Decimal | None:
        """The mean of their slippage, in R."""
        return mean(tuple(s for trade in self.trades if (s := trade.slippage) is not None))

    @property
    @exact
    def won_percent(self) -> Decimal | None:
        """The share that has won; ``None`` of fewer than ``ENOUGH_TRADES``."""
        return Decimal(self.won) / self.n * 100 if self.n >= ENOUGH_TRADES else None

    def moved(self) -> dict[Mover, int]:
        """How often they were moved, by whom."""
        return {who: sum(trade.moved.get(who, 0) for trade in self.trades) for who in MOVERS}


@exact
def mean(values: Sequence[Decimal]) -> Decimal | None:
    """``None`` of nothing."""
    return sum(values, _ZERO) / len(values) if values else None


class TrackRecord(Struct, frozen=True):
    """The trades of a workspace that are over, in the order they closed; ``open`` go on.

    ``candles`` tells whether prices were given for what happened in between.
    """

    workspace: str
    environment: str
    at: datetime
    trades: tuple[ClosedTrade, ...]
    open: int = 0
    candles: bool = False

    def groups(self, by: Iterable[Grouping]) -> tuple[TradeGroup, ...]:
        """All trades per quote currency, then each grouping that is asked for."""
        whole = _grouped("", [("all", trade) for trade in self.trades])
        return (*whole, *(group for name in by for group in self._by(name)))

    def _by(self, by: Grouping) -> Iterator[TradeGroup]:
        yield from _grouped(by, [(key, trade) for trade in self.trades for key in trade.keys(by)])


def _grouped(
    by: Grouping | Literal[""], keyed: Sequence[tuple[str, ClosedTrade]]
) -> Iterator[TradeGroup]:
    places: dict[tuple[str, str], list[ClosedTrade]] = {}
    for key, trade in keyed:
        places.setdefault((key, trade.quote), []).append(trade)
    for key, quote in sorted(places):
        yield TradeGroup(by, key, quote, tuple(places[key, quote]))
