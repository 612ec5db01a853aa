"""One turn of the engine: a trade meets a tick under the rules of its market; money moves here."""

from datetime import datetime
from decimal import Context, Decimal

from msgspec import Struct
from msgspec.structs import replace

from smartplan.sandbox.catalog import FeeModel
from smartplan.sandbox.decimals import HUNDRED, ONE, ZERO
from smartplan.sandbox.trade import ExchangeTrade, Fill, Purpose, Tick

ARITHMETIC = Context(prec=50)
"""The context every calculation of the sandbox runs in: fills are exact to the last digit."""


class MarketRules(Struct, frozen=True, kw_only=True):
    """What the engine needs to know of a market; steps of 0 mean "not rounded".

    ``fee`` is paid by every order but those that wait in the book, which pay the ``maker``'s where
    there is one; ``slippage`` is how much worse than the market an order at market fills, in
    percent.
    """

    fee: Decimal = ZERO
    maker: Decimal | None = None
    slippage: Decimal = ZERO
    fee_model: FeeModel = "base"
    lot_step: Decimal = ZERO
    price_step: Decimal = ZERO
    breakeven_with_fees: bool = False


class MarketEvent(Struct, frozen=True, kw_only=True):
    """Something that happened in a turn. ``step`` counts take profit steps from 1."""

    time: datetime
    kind: str
    price: Decimal | None = None
    units: Decimal | None = None
    step: int | None = None


class Turn(Struct, frozen=True):
    """A trade in the light of one tick, with what has happened so far in it."""

    trade: ExchangeTrade
    tick: Tick
    rules: MarketRules
    events: tuple[MarketEvent, ...] = ()

    def then(self, trade: ExchangeTrade, *events: MarketEvent) -> "Turn":
        """The same turn, further on."""
        return replace(self, trade=trade, events=(*self.events, *events))

    def event(
        self,
        kind: str,
        *,
        price: Decimal | None = None,
        units: Decimal | None = None,
        step: int | None = None,
    ) -> MarketEvent:
        """An event at this turn's time."""
        return MarketEvent(time=self.tick.time, kind=kind, price=price, units=units, step=step)

    @property
    def entry_price(self) -> Decimal:
        """The side of the book that an order to enter meets."""
        return self.tick.ask if self.trade.long else self.tick.bid

    @property
    def exit_price(self) -> Decimal:
        """The side of the book that an order to leave meets."""
        return self.tick.bid if self.trade.long else self.tick.ask

    @property
    def entry_fill(self) -> Decimal:
        """What a market order would pay (long) or get (short) to enter."""
        return self._slipped(self.entry_price, ONE if self.trade.long else -ONE)

    @property
    def exit_fill(self) -> Decimal:
        """What a market order would get (long) or pay (short) to leave."""
        return self._slipped(self.exit_price, -ONE if self.trade.long else ONE)

    def _slipped(self, price: Decimal, sign: Decimal) -> Decimal:
        slippage = self.rules.slippage
        return price * (ONE + sign * slippage / HUNDRED) if slippage else price

    def _fee(self, *, waits: bool) -> Decimal:
        maker = self.rules.maker
        return maker if waits and maker is not None else self.rules.fee

    def enter(
        self,
        order_id: int,
        units: Decimal,
        price: Decimal,
        purpose: Purpose,
        *,
        waits: bool = False,
    ) -> ExchangeTrade:
        """The trade with an entering order filled: the fee model decides what it brings.

        ``waits``: the order was in the book, and pays the maker's fee.
        """
        long, fee, gross = self.trade.long, self._fee(waits=waits), units * price
        amount, total = units, gross
        if not long:
            total = gross * (ONE - fee)
        elif self.rules.fee_model == "base":
            amount = units * (ONE - fee)
        else:
            total = gross * (ONE + fee)
        fill = Fill(order_id, purpose, self.tick.time, price, amount, total, gross)
        return self.trade.with_fill(fill)

    def leave(
        self,
        order_id: int,
        units: Decimal,
        price: Decimal,
        purpose: Purpose,
        *,
        waits: bool = False,
    ) -> ExchangeTrade:
        """The trade with a leaving order filled; the fee comes out of the quote money."""
        gross, fee = units * price, self._fee(waits=waits)
        kept = ONE - fee if self.trade.long else ONE + fee
        fill = Fill(order_id, purpose, self.tick.time, price, units, gross * kept, gross)
        return self.trade.with_fill(fill)

    @property
    def dust(self) -> bool:
        """Whether what is left of the position is too little to be sold."""
        remaining = self.trade.remaining
        return remaining <= 0 or remaining < self.rules.lot_step
