"""The exchange's own record of a smart trade: what was ordered, and what became of it.

Frozen values throughout; the engine answers with a new one. Units are base units (or contracts),
prices quote per base, percents in percent, times UTC.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from smartplan.sandbox.decimals import ZERO

Side = Literal["buy", "sell"]
PriceType = Literal["bid", "ask", "last"]
OrderType = Literal["market", "limit"]
EntryType = Literal["market", "limit", "conditional"]
Purpose = Literal[
    "position", "add_funds", "take_profit", "stop_loss", "reduce_funds", "market_close"
]

ENTERING: frozenset[Purpose] = frozenset({"position", "add_funds"})
TERMINAL = frozenset({"finished", "panic_sold", "stop_loss_finished", "cancelled", "failed"})
DONE = frozenset({"finished", "panic_sold", "cancelled", "failed"})


class Tick(Struct, frozen=True):
    """One state of a market."""

    time: datetime
    bid: Decimal
    ask: Decimal
    last: Decimal

    def watched(self, price_type: PriceType) -> Decimal:
        """The price of one series."""
        if price_type == "bid":
            return self.bid
        return self.ask if price_type == "ask" else self.last


class Fill(Struct, frozen=True):
    """An executed order.

    ``amount`` is what it added to (or took from) the position, ``total`` the quote money with
    commission, ``gross`` the quote money without.
    """

    order_id: int
    purpose: Purpose
    time: datetime
    price: Decimal
    amount: Decimal
    total: Decimal
    gross: Decimal

    @property
    def ordered(self) -> Decimal:
        """Units as they were ordered: the fee may have been taken out of what came."""
        return self.gross / self.price

    @property
    def commission(self) -> Decimal:
        """What it cost in quote money, also where it was taken in base."""
        return abs(self.gross - self.total) + self.gross - self.amount * self.price


class EntryOrder(Struct, frozen=True, kw_only=True):
    """The entry order. ``price`` is the limit price, or the reference of skip_enter_step.

    ``rises`` is the direction a conditional waits for, fixed when it first sees the market;
    ``extreme`` the low (long) or high (short) an activated trailing follows.
    """

    id: int = 0
    type: Side
    order_type: EntryType
    units: Decimal
    price: Decimal | None = None
    trigger: Decimal | None = None
    trigger_type: PriceType = "ask"
    conditional_type: OrderType | None = None
    trailing: Decimal | None = None
    status: str = "idle"
    rises: bool | None = None
    extreme: Decimal | None = None


class TargetOrder(Struct, frozen=True, kw_only=True):
    """One take profit step. ``units`` are known once the position is; ``peak`` while trailing."""

    id: int = 0
    order_type: OrderType
    price_type: PriceType
    price: Decimal | None = None
    percent: Decimal | None = None
    volume: Decimal
    trailing: Decimal | None = None
    status: str = "idle"
    units: Decimal | None = None
    peak: Decimal | None = None
    closed_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether it can still fill."""
        return self.status not in DONE

    def continued_by(self, sent: "TargetOrder") -> "TargetOrder":
        """What an update that sends this step again makes of it: what it was, if it is the same."""
        terms = replace(sent, status=self.status, units=self.units, peak=self.peak)
        return self if terms == self else sent


class StopOrder(Struct, frozen=True, kw_only=True):
    """The stop loss. ``trigger`` is where it stands now; ``price`` the limit of a limit stop.

    ``trailing`` is the percent that was sent with it, 0 where none was; what it trails by is the
    price's own move from ``extreme``, the best price it has followed. ``touched_at`` is
    when a stop with a timeout was first touched, ``placed`` that a limit stop was triggered and
    rests.
    """

    id: int = 0
    order_type: OrderType
    price_type: PriceType
    trigger: Decimal | None = None
    percent: Decimal | None = None
    price: Decimal | None = None
    trailing: Decimal | None = None
    timeout: int | None = None
    breakeven: bool = False
    status: str = "idle"
    extreme: Decimal | None = None
    touched_at: datetime | None = None
    placed: bool = False
    moved_to_entry: bool = False

    @property
    def open(self) -> bool:
        """Whether it can still fill."""
        return self.status not in DONE

    def continued_by(self, sent: "StopOrder") -> "StopOrder":
        """What an update that sends a stop again makes of it: what it was, if it is the same."""
        moved = replace(sent, moved_to_entry=self.moved_to_entry)
        same = replace(
            moved,
            status=self.status,
            extreme=self.extreme,
            touched_at=self.touched_at,
            placed=self.placed,
        )
        return self if same == self else moved


class Adjustment(Struct, frozen=True, kw_only=True):
    """An order that adds or reduces funds."""

    id: int
    purpose: Literal["add_funds", "reduce_funds"]
    order_type: OrderType
    units: Decimal
    price: Decimal | None = None
    status: str = "idle"
    closed_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether it can still fill."""
        return self.status not in DONE


class OrderedLeverage(Struct, frozen=True, kw_only=True):
    """Enabled leverage."""

    type: Literal["cross", "isolated"]
    value: Decimal


class ExchangeTrade(Struct, frozen=True, kw_only=True):
    """A smart trade with everything that happened to it.

    ``settles_at`` is when the service will have carried out what it was asked last
    (``pending``: ``create``, ``update``, ``cancel``, ``close``, ``enter`` or ``orders``).
    """

    id: int = 0
    account_id: int
    pair: str
    entry: EntryOrder
    instant: bool = False
    skip_enter_step: bool = False
    leverage: OrderedLeverage | None = None
    take_profit: bool = False
    targets: tuple[TargetOrder, ...] = ()
    stop: StopOrder | None = None
    adjustments: tuple[Adjustment, ...] = ()
    close_id: int = 0
    note: str | None = None
    status: str = "created"
    error: str | None = None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    pending: str | None = None
    settles_at: datetime | None = None
    fills: tuple[Fill, ...] = ()
    entered_amount: Decimal = ZERO
    entered_total: Decimal = ZERO
    closed_amount: Decimal = ZERO
    closed_total: Decimal = ZERO

    @property
    def long(self) -> bool:
        """``buy`` opens (or holds) a long, ``sell`` a short."""
        return self.entry.type == "buy"

    @property
    def active(self) -> bool:
        """Whether anything can still happen to it."""
        return self.status not in TERMINAL

    @property
    def entered(self) -> bool:
        """Whether it holds, or has held, a position."""
        return self.entered_amount > 0

    @property
    def remaining(self) -> Decimal:
        """Units of the position that are still open."""
        return self.entered_amount - self.closed_amount

    @property
    def average_entry(self) -> Decimal | None:
        """What was paid per unit without commission; for a position taken over, its price."""
        fills = self.fills_for(ENTERING)
        if fills:
            return sum((f.gross for f in fills), ZERO) / sum((f.ordered for f in fills), ZERO)
        return self.entered_total / self.entered_amount if self.entered else None

    @property
    def type(self) -> str:
        """``data.type``, which follows from three fields (documented table)."""
        if self.instant:
            return "simple_buy" if self.long else "simple_sell"
        if self.skip_enter_step:
            return "smart_sell" if self.long else "smart_buy"
        return "smart_trade" if self.long else "smart_cover"

    def numbered(self, number: Callable[[], int]) -> "ExchangeTrade":
        """The trade with a ``number`` for each order that has none yet."""
        entry, stop = self.entry, self.stop
        return replace(
            self,
            targets=tuple(t if t.id else replace(t, id=number()) for t in self.targets),
            entry=entry if entry.id else replace(entry, id=number()),
            stop=stop if stop is None or stop.id else replace(stop, id=number()),
        )

    def with_fill(self, fill: Fill) -> "ExchangeTrade":
        """The trade after one more execution."""
        fills = (*self.fills, fill)
        if fill.purpose in ENTERING:
            return replace(
                self,
                fills=fills,
                entered_amount=self.entered_amount + fill.amount,
                entered_total=self.entered_total + fill.total,
            )
        return replace(
            self,
            fills=fills,
            closed_amount=self.closed_amount + fill.amount,
            closed_total=self.closed_total + fill.total,
        )

    def with_target(self, target: TargetOrder) -> "ExchangeTrade":
        """The trade with one step replaced, found by its id."""
        return replace(
            self, targets=tuple(target if t.id == target.id else t for t in self.targets)
        )

    def ended(self, status: str, now: datetime) -> "ExchangeTrade":
        """The trade in a terminal status; what could still have filled is cancelled."""
        entry, stop = self.entry, self.stop
        if not self.entered:
            entry = replace(entry, status="cancelled")
        if stop is not None and stop.open:
            stop = replace(stop, status="cancelled")
        return replace(
            self,
            status=status,
            closed_at=now,
            updated_at=now,
            entry=entry,
            stop=stop,
            pending=None,
            settles_at=None,
            targets=tuple(replace(t, status="cancelled") if t.open else t for t in self.targets),
            adjustments=tuple(
                replace(a, status="cancelled") if a.open else a for a in self.adjustments
            ),
        )

    def fills_for(self, purposes: Iterable[Purpose]) -> tuple[Fill, ...]:
        """The executions of some kinds of order."""
        wanted = frozenset(purposes)
        return tuple(fill for fill in self.fills if fill.purpose in wanted)
