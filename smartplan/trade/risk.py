"""What a trade as a whole puts at risk: what of it is held, and what its plan has yet to enter.

Prices quote per base, fees are fractions, money is in the quote currency (of inverse contracts in
the coin), all after costs. Everything follows from one holding (``trade.profit.Holding``): units
in hand at what they cost, plus the order that waits at what it would cost. docs/risk.md derives
each figure once.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from smartplan.settings import FeeModel
from smartplan.trade.basis import Basis, UnknownFigureError
from smartplan.trade.contract import BASE_UNITS, Contract
from smartplan.trade.costs import Costs, pays_funding
from smartplan.trade.exits import percent_away, worst_entry
from smartplan.trade.liquidation import Maintenance, unknown_because
from smartplan.trade.model import Expect, Side, Trade
from smartplan.trade.profit import HUNDRED, HeldPart, mean_target, r_multiple
from smartplan.trade.rounding import exact
from smartplan.trade.scenarios import Exit, Scenario, scenarios

FigureName = Literal[
    "reference", "notional", "margin", "loss_at_stop",
    "reward_risk", "reward_risk_gross", "break_even", "liquidation",
]  # fmt: skip
STRESS = (Decimal(1), Decimal(5), Decimal(10))
"""Percents beyond its trigger at which a stop may fill on a bad day."""


class Risk(Struct, frozen=True, kw_only=True):
    """The figures of one trade after costs; money in ``quote``, prices quote per base.

    Of inverse contracts ``quote``, the first part of the pair, is the coin.

    A figure that cannot be known is ``None`` and ``unknown`` says why, under the figure's name:
    ``{"loss_at_stop": "no stop loss"}``. A figure that has no meaning for the trade (the margin of
    a spot trade, a liquidation without leverage) is ``None`` without a reason. A negative
    ``loss_at_stop`` is a gain. ``reward_risk`` is net of costs, ``reward_risk_gross`` before them.

    ``held`` are the units in hand, ``None`` while nothing is filled; then every figure is about
    them and what of the entry still waits, and ``realised`` is the P/L of what is closed already.
    ``loss_held`` is what of the loss at the stop is theirs. ``liquidation`` is the service's own
    where ``maintenance`` is ``None``, else an estimate at that rate. ``stress`` has the loss with
    the stop filled so many percent beyond its trigger, ``funding`` what 8 hours cost (below 0: what
    they bring), where that is counted. ``paid`` is the reference with the slippage of the entry,
    which exits in percent count from.
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
    side: Side | None = None
    held: Decimal | None = None
    realised: Decimal | None = None
    loss_held: Decimal | None = None
    maintenance: Maintenance | None = None
    scenarios: tuple[Scenario, ...] = ()
    stress: tuple[tuple[Decimal, Decimal], ...] = ()
    funding: Decimal | None = None
    costs: Costs | None = None
    paid: Decimal | None = None

    @property
    def loss_waiting(self) -> Decimal | None:
        """What of the loss at the stop is of an entry that may still fill."""
        if self.loss_at_stop is None or self.held is None:
            return self.loss_at_stop
        return None if self.loss_held is None else self.loss_at_stop - self.loss_held

    def is_of(self, side: Side) -> bool:
        """Whether it is in this direction, or may be."""
        return self.side is side or self.side is None


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
    fee: Decimal = Decimal(0),
    fee_model: FeeModel = "base",
    costs: Costs | None = None,
    reference: Decimal | None = None,
    held: HeldPart | None = None,
    contract: Contract = BASE_UNITS,
    maintenance: Maintenance | None = None,
    liquidated_at: Decimal | None = None,
) -> Risk:
    """The risk of a trade entered at ``reference`` (default: what the plan states).

    ``fee`` is the fraction paid for each order where ``costs`` say nothing else. Of what is
    ``held`` (skip_enter_step: the units of the plan) the entry is paid, and its live commission
    counts. ``contract`` is what a unit stands for: of unknown size, no money figure can be told;
    of an inverse one they are in the coin. ``liquidated_at`` is the price the service names, which
    wins over an estimate at the ``maintenance`` rate.
    """
    return Figures(
        trade,
        reference_price(trade) if reference is None else reference,
        costs or Costs.one(fee, fee_model),
        contract,
        held,
        maintenance,
        liquidated_at,
    ).outlook


def entered_at(
    trade: Trade,
    entry: Decimal | None,
    costs: Costs,
    contract: Contract,
    maintenance: Maintenance | None = None,
) -> "Figures":
    """What follows for a trade from the price that its entry has really paid."""
    paid = replace(trade, skip_enter_step=True)
    return Figures(paid, entry, costs, contract, maintenance=maintenance)


class Figures(Basis, frozen=True, dict=True):
    """The figures of ``Risk``: one alone is told much sooner than all of them."""

    @exact
    def known(self, name: FigureName) -> Decimal | None:
        """A figure; ``None`` where it cannot be known or has no meaning."""
        try:
            return _FIGURES[name](self)
        except UnknownFigureError:
            return None

    @property
    @exact
    def outlook(self) -> Risk:
        """The risk with its scenarios and its stress, which take as long again."""
        stop = self.known_exit
        ends, missed = self._scenarios(stop), tuple(self._stressed(stop))
        return replace(self.risk, scenarios=ends, stress=missed)

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
        stop = self.known_exit
        return Risk(
            quote=self.trade.quote,
            side=self.trade.side,
            unknown=unknown,
            held=self.held.units if self.held is not None else None,
            realised=self.held.realised if self.held is not None else None,
            loss_held=self._loss_held(stop),
            maintenance=self._rests_on(figures.get("liquidation")),
            scenarios=(),
            stress=(),
            funding=self._funding(figures.get("notional")),
            costs=self._counted(),
            paid=self.paid if figures.get("reference") is not None else None,
            **figures,
        )

    def _counted(self) -> Costs:
        """The costs, with the live commission where there is one."""
        live = self.held.commission if self.held is not None else None
        return self.costs if live is None else replace(self.costs, maker=live, taker=live)

    def _loss_held(self, stop: Exit | None) -> Decimal | None:
        if self.held is None or stop is None or not self.contract.known:
            return None
        return -self.money(self.owned.profit(self.side, stop.price, stop.fee))

    def _rests_on(self, liquidation: Decimal | None) -> Maintenance | None:
        estimated = liquidation is not None and self.liquidated_at is None
        return self.rate if estimated else None

    def _scenarios(self, stop: Exit | None) -> tuple[Scenario, ...]:
        try:
            holding, targets = self.holding, self._shared()
            money = self.money(Decimal(1))
        except UnknownFigureError:
            return ()
        moved = self._moved(stop)
        return scenarios(self.side, holding, targets, stop=stop, moved=moved, money=money)

    def _shared(self) -> list[Exit]:
        """The targets with their shares of what is held; volumes are of all that was entered."""
        if not self.trade.take_profit:
            return []
        targets = [(step, exit_) for step, exit_ in self.targets if step.volume > 0]
        whole = sum((step.volume for step, _ in targets), Decimal(0))
        if self.held is not None and self.held.entered:
            whole = max(whole, HUNDRED * self.held.units / self.held.entered)
        return [replace(exit_, share=step.volume / whole) for step, exit_ in targets]

    def _moved(self, stop: Exit | None) -> Exit | None:
        """The stop once a target has filled: at the entry, if that is what the trade says."""
        guard, steps = self.trade.stop_loss, self.trade.take_profit
        over = any(step.status == "finished" for step in steps)
        if stop is None or guard is None or not guard.breakeven or over:
            return None
        if (self.paid - self.stop) * self.trade.side.sign <= 0:
            return None
        return self.exit_at(self.costs.left(self.trade.side, self.paid), waits=False)

    def _stressed(self, stop: Exit | None) -> Iterator[tuple[Decimal, Decimal]]:
        guard = self.trade.stop_loss
        if stop is None or guard is None or not self.contract.known:
            return
        sign, at = self.trade.side.sign, self.stop
        try:
            trigger = self.trigger_of(guard)
        except UnknownFigureError:
            trigger = at
        for percent in STRESS:
            beyond = percent_away(trigger, -sign * percent)
            filled = min(at, beyond, key=lambda price: price * sign)
            yield percent, -self.money(self.gain_at(self.exit_at(filled, waits=False)))

    def _funding(self, notional: Decimal | None) -> Decimal | None:
        if notional is None or not pays_funding(self.trade, self.contract):
            return None
        return self.costs.funding_on(self.trade.side, notional)


def _notional(subject: Figures) -> Decimal:
    return subject.money(subject.holding.worth)


def _margin(subject: Figures) -> Decimal | None:
    if subject.trade.leverage is None:
        return None
    return _notional(subject) / subject.leverage_value


def _loss_at_stop(subject: Figures) -> Decimal:
    return -subject.money(subject.gain_at(_known_stop(subject)))


def _reward_risk(subject: Figures) -> Decimal:
    loss = -subject.gain_at(_known_stop(subject))
    return _need_risk(r_multiple(subject.gain_at_targets(), loss))


def _reward_risk_gross(subject: Figures) -> Decimal:
    """Before all costs, of prices alone."""
    _known_stop(subject)
    subject = replace(subject, costs=Costs.one(Decimal(0)))
    price, trade = subject.contract.price, subject.trade
    entry, stop = price(subject.entry), price(subject.stop)
    left = [step for step, _ in subject.targets]
    target = mean_target([(price(subject.close_of(step)), step.volume) for step in left])
    sign = subject.contract.side(trade.side).sign
    return _need_risk(r_multiple(sign * (target - entry), sign * (entry - stop)))


def _known_stop(subject: Figures) -> Exit:
    """The stop, as P/L is linear in it; nobody knows in what that of unknown contracts is."""
    subject.money(subject.holding.worth)
    return subject.stop_exit


def _need_risk(ratio: Decimal | None) -> Decimal:
    if ratio is None:
        raise UnknownFigureError("the stop loss loses nothing")
    return ratio


def _liquidation(subject: Figures) -> Decimal | None:
    if subject.liquidated_at is not None or subject.trade.leverage is None:
        return subject.liquidated_at
    why = unknown_because(subject.trade, subject.contract)
    if why:
        raise UnknownFigureError(why)
    return subject.estimate.price


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
