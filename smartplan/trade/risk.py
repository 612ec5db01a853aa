"""What a trade as a whole puts at risk, as far as its plan says."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cached_property

from msgspec import Struct, field

from smartplan.settings import FeeModel
from smartplan.trade.model import FROZEN_STEPS, Expect, TakeProfitStep, Trade
from smartplan.trade.profit import (
    HUNDRED,
    MAINTENANCE_MARGIN_RATE,
    Fees,
    break_even,
    liquidation_estimate,
    loss_per_unit,
    mean_target,
    percent_stop,
    percent_target,
    reward_risk_gross,
    reward_risk_net,
    worst_trailing_close,
)
from smartplan.trade.rounding import exact


class Risk(Struct, frozen=True, kw_only=True):
    """The figures of one trade after fees; money in ``quote``, prices quote per base.

    A figure that cannot be known is ``None`` and ``unknown`` says why, under the figure's name:
    ``{"loss_at_stop": "no stop loss"}``. A figure that has no meaning for the trade (the margin of
    a spot trade, a liquidation without leverage) is ``None`` without a reason. A negative
    ``loss_at_stop`` is a gain. ``reward_risk`` is net of fees, ``reward_risk_gross`` before them;
    ``liquidation`` is an estimate.
    """

    quote: str
    reference: Decimal | None = None
    notional: Decimal | None = None
    margin: Decimal | None = None
    loss_at_stop: Decimal | None = None
    reward_risk: Decimal | None = None
    reward_risk_gross: Decimal | None = None
    break_even: Decimal | None = None
    liquidation: Decimal | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)


class RiskTotal(Struct, frozen=True, kw_only=True):
    """The figures of several trades in one quote currency.

    ``unbounded`` names the trades whose loss at the stop is unknown: ``loss_at_stop`` is without
    them, and a stop in profit is no credit for another trade's risk. ``notional`` and ``margin``
    are without the trades in ``unsized``.
    """

    quote: str
    trades: int
    notional: Decimal
    margin: Decimal
    loss_at_stop: Decimal
    unsized: tuple[str, ...] = ()
    unbounded: tuple[str, ...] = ()


@exact
def totals(risks: Mapping[str, Risk]) -> tuple[RiskTotal, ...]:
    """The risk of named trades summed per quote currency, in order of the currencies' names."""
    return tuple(
        _total(quote, {name: risk for name, risk in risks.items() if risk.quote == quote})
        for quote in sorted({risk.quote for risk in risks.values()})
    )


def _total(quote: str, risks: Mapping[str, Risk]) -> RiskTotal:
    zero = Decimal(0)
    return RiskTotal(
        quote=quote,
        trades=len(risks),
        notional=sum((risk.notional or zero for risk in risks.values()), zero),
        margin=sum((risk.margin or zero for risk in risks.values()), zero),
        loss_at_stop=sum((max(risk.loss_at_stop or zero, zero) for risk in risks.values()), zero),
        unsized=tuple(name for name, risk in risks.items() if risk.notional is None),
        unbounded=tuple(name for name, risk in risks.items() if risk.loss_at_stop is None),
    )


@exact
def equity_share(loss: Decimal, equity: Decimal | None) -> Decimal | None:
    """A loss in percent of the equity; ``None`` where that is not known or nothing."""
    return loss / equity * HUNDRED if equity else None


@exact
def liquidation_distance(risk: Risk) -> Decimal | None:
    """How far the estimated liquidation is from the entry, in percent of the entry."""
    if risk.liquidation is None or not risk.reference:
        return None
    return abs(risk.reference - risk.liquidation) / risk.reference * HUNDRED


def reference_price(trade: Trade, expect: Expect | None = None) -> Decimal | None:
    """The entry price the plan itself states, or ``None``.

    The limit price of a limit or conditional limit entry, the trigger of a conditional market
    entry, the cost price with skip_enter_step (good for P/L only), else the price the plan expects.
    """
    position = trade.position
    conditional = position.conditional
    if trade.skip_enter_step or position.order_type == "limit":
        stated = position.price
    elif conditional is not None:
        stated = position.price if conditional.order_type == "limit" else conditional.price
    else:
        stated = None
    return expect.price if stated is None and expect is not None else stated


@exact
def assess(
    trade: Trade,
    *,
    fee: Decimal,
    fee_model: FeeModel = "base",
    reference: Decimal | None = None,
    held: bool = False,
    contract_units: bool = False,
    maintenance: Decimal = MAINTENANCE_MARGIN_RATE,
) -> Risk:
    """The risk of a trade entered at ``reference`` (default: what the plan states).

    ``fee`` is the fraction paid each way. A position that is already ``held`` (skip_enter_step
    always is) pays none at entry: its cost price is given and its units are what is in hand.
    ``contract_units`` says that units are contracts of unknown size, so no money figure can be
    told.
    """
    entry = reference_price(trade) if reference is None else reference
    fees = Fees.each_way(fee, fee_model)
    if held or trade.skip_enter_step:
        fees = fees.without_entry()
    subject = _Subject(trade, entry, fees, contract_units, maintenance)
    figures: dict[str, Decimal] = {}
    unknown: dict[str, str] = {}
    for name, compute in _FIGURES.items():
        try:
            figure = compute(subject)
        except _UnknownFigureError as reason:
            unknown[name] = str(reason)
        else:
            if figure is not None:
                figures[name] = figure
    return Risk(
        quote=trade.quote,
        reference=figures.get("reference"),
        notional=figures.get("notional"),
        margin=figures.get("margin"),
        loss_at_stop=figures.get("loss_at_stop"),
        reward_risk=figures.get("reward_risk"),
        reward_risk_gross=figures.get("reward_risk_gross"),
        break_even=figures.get("break_even"),
        liquidation=figures.get("liquidation"),
        unknown=unknown,
    )


class _UnknownFigureError(Exception):
    """Why a figure cannot be told; caught in ``assess``."""


class _Subject(Struct, frozen=True, dict=True):
    trade: Trade
    stated_entry: Decimal | None
    fees: Fees
    contract_units: bool
    maintenance: Decimal

    @property
    def entry(self) -> Decimal:
        if self.stated_entry is None:
            raise _UnknownFigureError("a market entry states no price")
        return self.stated_entry

    @property
    def units(self) -> Decimal:
        if self.contract_units:
            raise _UnknownFigureError("units are contracts of unknown size")
        return self.trade.position.units

    @property
    def leverage_value(self) -> Decimal:
        leverage = self.trade.leverage
        if leverage is None or leverage.value is None or leverage.value <= 0:
            raise _UnknownFigureError("the leverage has no value")
        return leverage.value

    @cached_property
    def stop(self) -> Decimal:
        """Where the stop loss closes; a trailing stop only ever gets nearer."""
        stop = self.trade.stop_loss
        if stop is None:
            raise _UnknownFigureError("no stop loss")
        if stop.timeout is not None:
            raise _UnknownFigureError(f"unbounded: the stop loss waits {stop.timeout} s")
        if stop.order_type == "limit" and stop.price is not None:
            return stop.price
        if stop.trigger is not None:
            return stop.trigger
        if stop.percent is not None:
            return percent_stop(self.trade.side, entry=self.entry, percent=stop.percent)
        raise _UnknownFigureError("the stop loss has no price")

    @cached_property
    def target(self) -> Decimal:
        steps = [step for step in self.trade.take_profit if step.status not in FROZEN_STEPS]
        if not any(step.volume > 0 for step in steps):
            raise _UnknownFigureError("no take profit")
        return mean_target((self._close_of(step), step.volume) for step in steps)

    def _close_of(self, step: TakeProfitStep) -> Decimal:
        side = self.trade.side
        if step.price is not None:
            trigger = step.price
        elif step.percent is not None:
            trigger = percent_target(side, entry=self.entry, percent=step.percent)
        else:
            raise _UnknownFigureError("a take-profit step has no price")
        if step.trailing is None:
            return trigger
        if step.trailing.percent is None:
            raise _UnknownFigureError("a trailing take profit has no percent")
        return worst_trailing_close(side, trigger=trigger, percent=step.trailing.percent)


def _notional(subject: _Subject) -> Decimal:
    return subject.units * subject.entry


def _margin(subject: _Subject) -> Decimal | None:
    if subject.trade.leverage is None:
        return None
    return _notional(subject) / subject.leverage_value


def _loss_at_stop(subject: _Subject) -> Decimal:
    loss = loss_per_unit(
        subject.trade.side, entry=subject.entry, stop=subject.stop, fees=subject.fees
    )
    return subject.units * loss


def _reward_risk(subject: _Subject) -> Decimal:
    return _need_risk(
        reward_risk_net(
            subject.trade.side,
            entry=subject.entry,
            stop=_stop_of_linear(subject),
            target=subject.target,
            fees=subject.fees,
        )
    )


def _reward_risk_gross(subject: _Subject) -> Decimal:
    return _need_risk(
        reward_risk_gross(
            subject.trade.side,
            entry=subject.entry,
            stop=_stop_of_linear(subject),
            target=subject.target,
        )
    )


def _stop_of_linear(subject: _Subject) -> Decimal:
    """The stop, where P/L is linear in price; contracts may be inverse, and then it is not."""
    if subject.contract_units:
        raise _UnknownFigureError("units are contracts, whose P/L need not be linear")
    return subject.stop


def _need_risk(ratio: Decimal | None) -> Decimal:
    if ratio is None:
        raise _UnknownFigureError("the stop loss loses nothing")
    return ratio


def _break_even(subject: _Subject) -> Decimal:
    return break_even(subject.trade.side, entry=subject.entry, fees=subject.fees)


def _liquidation(subject: _Subject) -> Decimal | None:
    leverage = subject.trade.leverage
    if leverage is None:
        return None
    if leverage.type == "cross":
        raise _UnknownFigureError("cross margin: it depends on the whole account")
    if subject.contract_units:
        raise _UnknownFigureError("units are contracts, which need not be linear")
    price = liquidation_estimate(
        subject.trade.side,
        entry=subject.entry,
        leverage=subject.leverage_value,
        fee=subject.fees.exit,
        maintenance=subject.maintenance,
    )
    return price if price > 0 else None


_FIGURES: Mapping[str, Callable[[_Subject], Decimal | None]] = {
    "reference": lambda subject: subject.entry,
    "notional": _notional,
    "margin": _margin,
    "loss_at_stop": _loss_at_stop,
    "reward_risk": _reward_risk,
    "reward_risk_gross": _reward_risk_gross,
    "break_even": _break_even,
    "liquidation": _liquidation,
}
