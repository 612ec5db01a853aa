"""What the figures of a trade follow from: its holding, its exits, each with what it costs.

All prices inside are as P/L is linear in them (of inverse contracts the reciprocal, with the sides
exchanged: ``trade.contract``), all sums over units; ``money`` turns them into money.
"""

from contextlib import suppress
from decimal import Decimal
from functools import cached_property

from msgspec import Struct

from smartplan.trade.contract import BASE_UNITS, UNKNOWN_SIZE, Contract
from smartplan.trade.costs import Costs, enters_at_market
from smartplan.trade.exits import stop_trigger, worst_close
from smartplan.trade.liquidation import Liquidation, Maintenance, assumed, liquidation_of
from smartplan.trade.model import FROZEN_STEPS, Side, StopLoss, TakeProfitStep, Trade
from smartplan.trade.profit import HeldPart, Holding, mean_target
from smartplan.trade.scenarios import Exit


class UnknownFigureError(Exception):
    """Why a figure cannot be told."""


class Basis(Struct, frozen=True, dict=True):
    """A trade, what it costs, and what is known of it beyond its plan.

    ``entry_price`` is what the entry that waits would pay, ``None`` where the plan states none. The
    properties raise ``UnknownFigureError``.
    """

    trade: Trade
    entry_price: Decimal | None
    costs: Costs
    contract: Contract = BASE_UNITS
    held: HeldPart | None = None
    maintenance: Maintenance | None = None
    liquidated_at: Decimal | None = None

    @property
    def side(self) -> Side:
        """The side in the prices that P/L is linear in."""
        return self.contract.side(self.trade.side)

    @property
    def entry(self) -> Decimal:
        """The price of the entry: what was paid, where something is held."""
        if self.held is not None:
            if self.held.cost is None:
                raise UnknownFigureError("the exchange does not say what was paid")
            return self.held.cost
        if self.entry_price is None:
            raise UnknownFigureError("a market entry states no price")
        return self.entry_price

    @property
    def paid(self) -> Decimal:
        """The same, with the usual slippage of a market order that waits: what exits count from."""
        return self.entry if self.held is not None else self._paid_for(self.entry)

    def _paid_for(self, price: Decimal) -> Decimal:
        if not enters_at_market(self.trade):
            return price
        return self.costs.bought(self.trade.side, price)

    @cached_property
    def holding(self) -> Holding:
        """What is held and what waits, in units, as P/L is linear in it."""
        if self.held is None:
            return self._ordered(self.trade.position.units, self.entry)
        owned = self.owned
        if not self.held.waiting or self.entry_price is None:
            return owned
        return owned.plus(self._ordered(self.held.waiting, self.entry_price))

    @property
    def owned(self) -> Holding:
        """What is held, in units, as P/L is linear in it."""
        units = self.held.units if self.held is not None else Decimal(0)
        return Holding.owned(units, self.contract.price(self.entry))

    def _ordered(self, units: Decimal, price: Decimal) -> Holding:
        if self.trade.skip_enter_step:
            return Holding.owned(units, self.contract.price(price))
        market = enters_at_market(self.trade)
        model = "quote" if self.contract.whole_units else self.costs.model
        fee = self.costs.fee(waits=not market)
        return Holding.ordered(
            self.side, units, self.contract.price(self._paid_for(price)), fee, model
        )

    def money(self, figure: Decimal) -> Decimal:
        """What a figure over units is in money."""
        if not self.contract.known:
            raise UnknownFigureError(UNKNOWN_SIZE)
        return self.contract.amount(figure)

    @property
    def leverage_value(self) -> Decimal:
        """The factor."""
        leverage = self.trade.leverage
        if leverage is None or leverage.value is None or leverage.value <= 0:
            raise UnknownFigureError("the leverage has no value")
        return leverage.value

    @cached_property
    def stop(self) -> Decimal:
        """Where the stop loss closes: a trailing stop where it stands, it only ever gets nearer."""
        stop = self._stop_loss
        if stop.timeout is not None:
            raise UnknownFigureError(f"unbounded: the stop loss waits {stop.timeout} s")
        if stop.order_type == "limit" and stop.price is not None:
            return stop.price
        return self.trigger_of(stop)

    @property
    def _stop_loss(self) -> StopLoss:
        if self.trade.stop_loss is None:
            raise UnknownFigureError("no stop loss")
        return self.trade.stop_loss

    def trigger_of(self, stop: StopLoss) -> Decimal:
        """Where a stop loss fires."""
        entry = self._seen_by(stop.trigger, stop.percent)
        trigger = stop_trigger(self.trade.side, stop, entry)
        if trigger is None:
            raise UnknownFigureError("the stop loss has no price")
        return trigger

    @cached_property
    def stop_exit(self) -> Exit:
        """The stop loss, filled: at its limit, or at market with the usual slippage."""
        price = self.stop
        if self._stop_loss.order_type != "limit" or self._stop_loss.price is None:
            price = self.costs.left(self.trade.side, price)
        return self.exit_at(price, waits=False)

    @cached_property
    def known_exit(self) -> Exit | None:
        """The same; ``None`` where nobody knows the stop, or what is held."""
        with suppress(UnknownFigureError):
            self.gain_at(self.stop_exit)
            return self.stop_exit
        return None

    def exit_at(self, price: Decimal, *, waits: bool, number: int = 0) -> Exit:
        """A close at a price; an order that ``waits`` pays the maker's fee, if none is live."""
        live = self.held.commission if self.held is not None else None
        fee = self.costs.fee(waits=waits) if live is None else live
        return Exit(self.contract.price(price), fee, number=number)

    @cached_property
    def targets(self) -> tuple[tuple[TakeProfitStep, Exit], ...]:
        """The targets that are left, each at its worst close."""
        numbered = enumerate(self.trade.take_profit, 1)
        left = [(n, step) for n, step in numbered if step.status not in FROZEN_STEPS]
        if not any(step.volume > 0 for _, step in left):
            raise UnknownFigureError("no take profit")
        return tuple((step, self._target(step, number)) for number, step in left)

    def _target(self, step: TakeProfitStep, number: int) -> Exit:
        close, waits = self.close_of(step), step.order_type == "limit"
        price = close if waits else self.costs.left(self.trade.side, close)
        return self.exit_at(price, waits=waits, number=number)

    @cached_property
    def break_even(self) -> Decimal:
        """Where closing at market neither wins nor loses."""
        if not self.holding.amount:
            raise UnknownFigureError("nothing is held")
        fee = self.exit_at(Decimal(1), waits=False).fee
        price = self.contract.price(self.holding.break_even(self.side, fee))
        return price / self.costs.left(self.trade.side, Decimal(1))

    def gain_at(self, exit_: Exit) -> Decimal:
        """P/L over units of closing everything there."""
        return self.holding.profit(self.side, exit_.price, exit_.fee)

    def close_of(self, step: TakeProfitStep) -> Decimal:
        """Where a target closes at worst."""
        close = worst_close(self.trade.side, step, self._seen_by(step.price, step.percent))
        if close is not None:
            return close
        if step.price is None and step.percent is None:
            raise UnknownFigureError("a take-profit step has no price")
        raise UnknownFigureError("a trailing take profit has no percent")

    def _seen_by(self, stated: Decimal | None, percent: Decimal | None) -> Decimal | None:
        """The entry, which an exit needs only where it stands in percent."""
        return self.paid if stated is None and percent is not None else None

    def gain_at_targets(self) -> Decimal:
        """P/L over units, with every target reached: the mean of them by volume."""
        weighted = [(self.gain_at(exit_), step.volume) for step, exit_ in self.targets]
        return mean_target(weighted)

    @property
    def rate(self) -> Maintenance:
        """The maintenance rate that an estimate rests on."""
        leverage = self.trade.leverage
        return self.maintenance or assumed(leverage.value if leverage is not None else None)

    @property
    def estimate(self) -> Liquidation:
        """Where it is liquidated, by our own formula."""
        fee = self.exit_at(Decimal(1), waits=False).fee
        return liquidation_of(
            self.trade, entry=self.paid, fee=fee, maintenance=self.rate, contract=self.contract
        )
