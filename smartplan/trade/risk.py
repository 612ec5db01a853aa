"""What a trade as a whole puts at risk, as far as its plan says."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Literal

from msgspec import Struct, field

from smartplan.settings import FeeModel
from smartplan.trade.contract import BASE_UNITS, UNKNOWN_SIZE, Contract
from smartplan.trade.exits import stop_trigger, worst_close, worst_entry
from smartplan.trade.model import FROZEN_STEPS, Expect, Side, TakeProfitStep, Trade
from smartplan.trade.profit import (
    HUNDRED,
    MAINTENANCE_MARGIN_RATE,
    Fees,
    break_even,
    liquidation_estimate,
    loss_per_unit,
    mean_target,
    reward_risk_gross,
    reward_risk_net,
)
from smartplan.trade.rounding import exact

FigureName = Literal[
    "reference", "notional", "margin", "loss_at_stop",
    "reward_risk", "reward_risk_gross", "break_even", "liquidation",
]  # fmt: skip


class Risk(Struct, frozen=True, kw_only=True):
    """The figures of one trade after fees; money in ``quote``, prices quote per base.

    Of inverse contracts ``quote``, the first part of the pair, is the coin.

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
def liquidation_distance(risk: Risk) -> Decimal | None:
    """How far the estimated liquidation is from the entry, in percent of the entry."""
    if risk.liquidation is None or not risk.reference:
        return None
    return abs(risk.reference - risk.liquidation) / risk.reference * HUNDRED


def reference_price(trade: Trade, expect: Expect | None = None) -> Decimal | None:
    """The entry price that figures count from, as far as the plan itself says one, or ``None``.

    The limit price of a limit or conditional limit entry, the trigger of a conditional market
    entry, the cost price with skip_enter_step (good for P/L only), else the price the plan expects.
    A trailing entry is counted at its worst fill.
    """
    position = trade.position
    conditional = position.conditional
    if trade.skip_enter_step or position.order_type == "limit":
        stated = position.price
    elif conditional is not None:
        stated = position.price if conditional.order_type == "limit" else conditional.price
        stated = stated and worst_entry(trade.side, stated, conditional.trailing)
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
    contract: Contract = BASE_UNITS,
    maintenance: Decimal = MAINTENANCE_MARGIN_RATE,
) -> Risk:
    """The risk of a trade entered at ``reference`` (default: what the plan states).

    ``fee`` is the fraction paid each way. A position that is already ``held`` (skip_enter_step
    always is) pays none at entry: its cost price is given and its units are what is in hand.
    ``contract`` is what a unit stands for: of unknown size, no money figure can be told; of an
    inverse one they are in the coin.
    """
    entry = reference_price(trade) if reference is None else reference
    each_way = Fees.each_way(fee, fee_model)
    return Figures(trade, entry, each_way, contract, held, maintenance).risk


class UnknownFigureError(Exception):
    """Why a figure cannot be told."""


class Figures(Struct, frozen=True, dict=True):
    """What the figures of ``Risk`` follow from: one alone is told much sooner than all of them.

    ``entry_price`` is ``None`` where the plan states none; ``held`` says that the entry's fee is
    paid already. The properties raise ``UnknownFigureError``.
    """

    trade: Trade
    entry_price: Decimal | None
    each_way: Fees
    contract: Contract = BASE_UNITS
    held: bool = False
    maintenance: Decimal = MAINTENANCE_MARGIN_RATE

    @exact
    def known(self, name: FigureName) -> Decimal | None:
        """A figure; ``None`` where it cannot be known or has no meaning."""
        try:
            return _FIGURES[name](self)
        except UnknownFigureError:
            return None

    @cached_property
    @exact
    def risk(self) -> Risk:
        """All figures, and why those are missing that cannot be known."""
        figures: dict[str, Decimal | None] = {}
        unknown: dict[str, str] = {}
        for name, compute in _FIGURES.items():
            try:
                figures[name] = compute(self)
            except UnknownFigureError as reason:
                unknown[name] = str(reason)
        return Risk(quote=self.trade.quote, unknown=unknown, **figures)

    @property
    def fees(self) -> Fees:
        """What is left to pay: skip_enter_step has paid its entry."""
        paid = self.held or self.trade.skip_enter_step
        fees = self.contract.fees(self.each_way)
        return fees.without_entry() if paid else fees

    @property
    def side(self) -> Side:
        """The side in the prices that P/L is linear in."""
        return self.contract.side(self.trade.side)

    @property
    def entry(self) -> Decimal:
        """The price of the entry."""
        if self.entry_price is None:
            raise UnknownFigureError("a market entry states no price")
        return self.entry_price

    @property
    def paid(self) -> Decimal:
        """The entry, as P/L is linear in it."""
        return self.contract.price(self.entry)

    @property
    def units(self) -> Decimal:
        """What P/L counts of what is bought, or sold short."""
        if not self.contract.known:
            raise UnknownFigureError(UNKNOWN_SIZE)
        return self.contract.amount(self.trade.position.units)

    @property
    def leverage_value(self) -> Decimal:
        """The factor."""
        leverage = self.trade.leverage
        if leverage is None or leverage.value is None or leverage.value <= 0:
            raise UnknownFigureError("the leverage has no value")
        return leverage.value

    @property
    def stop(self) -> Decimal:
        """Where the stop loss closes: a trailing stop where it stands, it only ever gets nearer."""
        stop = self.trade.stop_loss
        if stop is None:
            raise UnknownFigureError("no stop loss")
        if stop.timeout is not None:
            raise UnknownFigureError(f"unbounded: the stop loss waits {stop.timeout} s")
        if stop.order_type == "limit" and stop.price is not None:
            return stop.price
        entry = self._seen_by(stop.trigger, stop.percent)
        trigger = stop_trigger(self.trade.side, stop, entry)
        if trigger is None:
            raise UnknownFigureError("the stop loss has no price")
        return trigger

    @cached_property
    def target(self) -> Decimal:
        """The mean of the targets that are left, by volume, as P/L is linear in it."""
        steps = [step for step in self.trade.take_profit if step.status not in FROZEN_STEPS]
        if not any(step.volume > 0 for step in steps):
            raise UnknownFigureError("no take profit")
        price = self.contract.price
        return mean_target([(price(self._close_of(step)), step.volume) for step in steps])

    @cached_property
    def break_even(self) -> Decimal:
        """Where closing neither wins nor loses."""
        return self.contract.price(break_even(self.side, entry=self.paid, fees=self.fees))

    def _close_of(self, step: TakeProfitStep) -> Decimal:
        close = worst_close(self.trade.side, step, self._seen_by(step.price, step.percent))
        if close is not None:
            return close
        if step.price is None and step.percent is None:
            raise UnknownFigureError("a take-profit step has no price")
        raise UnknownFigureError("a trailing take profit has no percent")

    def _seen_by(self, stated: Decimal | None, percent: Decimal | None) -> Decimal | None:
        """The entry, which an exit needs only where it stands in percent."""
        return self.entry if stated is None and percent is not None else None


def _notional(subject: Figures) -> Decimal:
    return subject.units * subject.paid


def _margin(subject: Figures) -> Decimal | None:
    if subject.trade.leverage is None:
        return None
    return _notional(subject) / subject.leverage_value


def _loss_at_stop(subject: Figures) -> Decimal:
    entry, stop = subject.paid, subject.contract.price(subject.stop)
    loss = loss_per_unit(subject.side, entry=entry, stop=stop, fees=subject.fees)
    return subject.units * loss


def _reward_risk(subject: Figures) -> Decimal:
    return _need_risk(
        reward_risk_net(
            subject.side,
            entry=subject.paid,
            stop=_known_stop(subject),
            target=subject.target,
            fees=subject.fees,
        )
    )


def _reward_risk_gross(subject: Figures) -> Decimal:
    return _need_risk(
        reward_risk_gross(
            subject.side,
            entry=subject.paid,
            stop=_known_stop(subject),
            target=subject.target,
        )
    )


def _known_stop(subject: Figures) -> Decimal:
    """The stop, as P/L is linear in it; nobody knows in what that of unknown contracts is."""
    if not subject.contract.known:
        raise UnknownFigureError(UNKNOWN_SIZE)
    return subject.contract.price(subject.stop)


def _need_risk(ratio: Decimal | None) -> Decimal:
    if ratio is None:
        raise UnknownFigureError("the stop loss loses nothing")
    return ratio


def _liquidation(subject: Figures) -> Decimal | None:
    leverage = subject.trade.leverage
    if leverage is None:
        return None
    if leverage.type == "cross":
        raise UnknownFigureError("cross margin: it depends on the whole account")
    if not subject.contract.known:
        raise UnknownFigureError(UNKNOWN_SIZE)
    price = liquidation_estimate(
        subject.side,
        entry=subject.paid,
        leverage=subject.leverage_value,
        fee=subject.fees.exit,
        maintenance=subject.maintenance,
    )
    return subject.contract.price(price) if price > 0 else None


_FIGURES: Mapping[FigureName, Callable[[Figures], Decimal | None]] = {
    "reference": lambda subject: subject.entry,
    "notional": _notional,
    "margin": _margin,
    "loss_at_stop": _loss_at_stop,
    "reward_risk": _reward_risk,
    "reward_risk_gross": _reward_risk_gross,
    "break_even": lambda subject: subject.break_even,
    "liquidation": _liquidation,
}
