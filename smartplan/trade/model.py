"""The canonical smart trade: one form for plans and for what the exchange answers.

Two trades that mean the same are equal: ``enabled: false``, an absent group and an empty list
of steps are all ``None``/``()``; ``custom`` leverage is ``isolated``; price types are filled in.
Units are base units (or contracts, see the account), prices quote per base, percents in percent.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal, Self

from msgspec import Struct

Scalar = str | int | bool | Decimal | None
"""A leaf of a canonical body; money is always ``Decimal``."""

PositionType = Literal["buy", "sell"]
OrderType = Literal["market", "limit"]
EntryType = Literal["market", "limit", "conditional"]
PriceType = Literal["bid", "ask", "last"]
Margin = Literal["isolated", "cross"]


class Side(StrEnum):
    """The direction of the position; ``sign`` is +1 for long and −1 for short.

    A long is bought at the ask (``opens_at``) and sold at the bid (``closes_at``), a short mirrors.
    """

    LONG = "long", 1, "ask", "bid"
    SHORT = "short", -1, "bid", "ask"

    sign: int
    opens_at: PriceType
    closes_at: PriceType

    def __new__(cls, word: str, sign: int, opens_at: PriceType, closes_at: PriceType) -> Self:
        """A member, which is its word."""
        side = str.__new__(cls, word)
        side._value_, side.sign = word, sign
        side.opens_at, side.closes_at = opens_at, closes_at
        return side

    def reaches(self, price: Decimal, level: Decimal) -> bool:
        """Whether a price is at the level, or beyond it in favour of the position."""
        return price >= level if self.sign > 0 else price <= level


OPENED_BY: Mapping[str, Side] = {"buy": Side.LONG, "sell": Side.SHORT}


class Trailing(Struct, frozen=True):
    """An enabled trailing.

    ``percent`` is ``None`` where the service does not echo it. A stop loss needs none: it is
    shifted by the price's absolute move (entry 200, stop 180: at 205 it is 185).
    """

    percent: Decimal | None


class Conditional(Struct, frozen=True, kw_only=True):
    """The trigger of a conditional entry."""

    price: Decimal
    price_type: PriceType
    order_type: OrderType
    trailing: Trailing | None = None


class Position(Struct, frozen=True, kw_only=True):
    """The entry. ``price`` is the limit price, or the reference price with skip_enter_step."""

    type: PositionType
    order_type: EntryType
    units: Decimal
    price: Decimal | None = None
    conditional: Conditional | None = None


class TakeProfitStep(Struct, frozen=True, kw_only=True):
    """One target. Exactly one of ``price`` and ``percent`` is set in a plan.

    ``id`` and ``status`` are the service's; both are ``None`` in a plan.
    """

    order_type: OrderType
    price_type: PriceType
    volume: Decimal
    price: Decimal | None = None
    percent: Decimal | None = None
    trailing: Trailing | None = None
    id: int | None = None
    status: str | None = None
    editable: bool = True


class StopLoss(Struct, frozen=True, kw_only=True):
    """The stop loss. ``price`` is the limit price of a limit stop, ``trigger`` where it fires.

    Exactly one of ``trigger`` and ``percent`` is set in a plan; ``timeout`` is in seconds.
    """

    order_type: OrderType
    price_type: PriceType
    trigger: Decimal | None = None
    percent: Decimal | None = None
    price: Decimal | None = None
    trailing: Trailing | None = None
    timeout: int | None = None
    breakeven: bool = False


class Leverage(Struct, frozen=True, kw_only=True):
    """Enabled leverage; ``type`` is ``None`` only where an entity does not say."""

    type: Margin | None
    value: Decimal | None = None


class Trade(Struct, frozen=True, kw_only=True):
    """A smart trade as the runner compares it; ``note`` is the user's text without the marker."""

    account_id: int
    pair: str
    position: Position
    instant: bool = False
    skip_enter_step: bool = False
    leverage: Leverage | None = None
    take_profit: tuple[TakeProfitStep, ...] = ()
    stop_loss: StopLoss | None = None
    note: str = ""

    @property
    def side(self) -> Side:
        """``buy`` opens (or holds) a long, ``sell`` a short."""
        return OPENED_BY[self.position.type]

    @property
    def quote(self) -> str:
        """The quote currency: what stands before the first underscore of the pair."""
        return self.pair.partition("_")[0]

    @property
    def base(self) -> str:
        """The base currency (or contract): what stands after the first underscore."""
        return self.pair.partition("_")[2]


class State(StrEnum):
    """What a plan wants of its trade."""

    OPEN = "open"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class OnRemove(StrEnum):
    """What pruning does to the live trade when its entry leaves the plan."""

    KEEP = "keep"
    CANCEL = "cancel"
    CLOSE = "close"


class Expect(Struct, frozen=True, kw_only=True):
    """Create only while the market is within ``within`` percent of ``price``."""

    price: Decimal
    within: Decimal


class Lifecycle(Struct, frozen=True, kw_only=True):
    """The runner's own block of a plan; never sent."""

    round: int = 1
    state: State = State.OPEN
    on_remove: OnRemove = OnRemove.KEEP
    valid_until: datetime | None = None
    expect: Expect | None = None
    adopt: int | None = None
    renamed_from: str | None = None


class Marker(Struct, frozen=True, kw_only=True):
    """The ownership mark: the last token of a live note.

    ``digests`` are 4 hex digits each for entry, take_profit, stop_loss and hidden, as last applied.
    """

    workspace: str
    name: str
    round: int
    digests: tuple[str, str, str, str]
    on_remove: OnRemove = OnRemove.KEEP

    @property
    def owner(self) -> tuple[str, str, int]:
        """Whose trade it is: workspace, name and round."""
        return (self.workspace, self.name, self.round)


class Editable(Struct, frozen=True, kw_only=True):
    """Which parts a PATCH would take, as the entity says.

    ``entry`` is ``position.price.editable``, which alone speaks for price, units and condition of
    an entry that waits. ``conditional`` is false once the condition has come true.
    """

    trade: bool = True
    entry: bool = True
    conditional: bool = True
    stop_loss: bool = True
    leverage: bool = True


# A19
TERMINAL = frozenset({"finished", "panic_sold", "stop_loss_finished", "cancelled", "failed"})
PATCHABLE = frozenset({"waiting_position", "waiting_targets"})
SETTLING = frozenset({"created"})
"""Statuses that pass by themselves within seconds: waited for, not blocked."""
BEING_CANCELLED, BEING_CLOSED = "cancellation_", "panic_sell_"
"""How the status begins while the service carries out what ends a trade."""
FROZEN_STEPS = frozenset({"finished", "cancelled", "panic_sold", "pending_cancellation", "failed"})
"""Statuses of take profit steps that are over: compared no more, and left out of a PATCH."""


class LiveTrade(Struct, frozen=True, kw_only=True):
    """A SmartTrade entity, read leniently.

    ``trade`` is its canonical body, ``raw`` the answer it came from. ``entered_amount`` and
    ``closed_amount`` are in units, ``entered_total`` and ``closed_total`` in quote currency.
    """

    id: int
    status: str
    trade: Trade
    marker: Marker | None
    editable: Editable
    entered_amount: Decimal
    entered_total: Decimal
    closed_amount: Decimal
    closed_total: Decimal
    error: str | None = None
    created_at: str | None = None
    raw: Mapping[str, object]

    def is_of(self, workspace: str) -> bool:
        """Whether its note carries a marker of this workspace."""
        return self.marker is not None and self.marker.workspace == workspace

    @property
    def called(self) -> str:
        """The name in its marker, else its id."""
        return self.marker.name if self.marker is not None else f"#{self.id}"

    @property
    def entered(self) -> bool:
        """Whether anything of the entry is filled."""
        return self.entered_amount > 0

    @property
    def may_hold(self) -> bool:
        """Whether cancelling might leave a position behind: the amount may lag the status."""
        return self.entered or self.status == "waiting_targets"

    @property
    def terminal(self) -> bool:
        """Whether it is over for good. ``data.finished`` and ``closed_at`` do not say so."""
        return self.status in TERMINAL

    @property
    def patchable(self) -> bool:
        """Whether the service takes a PATCH in this status."""
        return self.status in PATCHABLE and self.editable.trade
