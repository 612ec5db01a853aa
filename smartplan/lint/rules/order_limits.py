"""SP7: how little and how much an order may be, at the entry and at the exits."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from smartplan.diagnostics import Path, Severity
from smartplan.document.scalars import number_text, percent_text
from smartplan.lint.context import Context
from smartplan.lint.registry import Problem, rule
from smartplan.lint.rules.market import UNITS, between, rates_of
from smartplan.trade.contract import SET_THE_SIZE, UNKNOWN_SIZE, Contract
from smartplan.trade.costs import enters_at_market
from smartplan.trade.exits import stop_trigger, target_price
from smartplan.trade.model import OrderType, Side, Trade
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.rounding import exact
from smartplan.trade.sizing import split_units
from smartplan.trade.ticker import placed_price, prices

if TYPE_CHECKING:
    from smartplan.api.entities import PairLimits, Rates

_HUNDRED = Decimal(100)


@rule("SP703", Severity.ERROR, "documented")
def outside_limits(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """Units, total or a price outside what the exchange takes; market orders have their own limits.

    A stop whose total would be below the minimum is a warning: futures may close with less. Of
    contracts that are inverse, or of unknown size, no total is judged: a note says so.

    Why:
        The exchange refuses the order: at the entry or, for an exit, when it matters most.

    Bad:
        position: {type: buy, order_type: limit, units: {value: 0.00001}, price: {value: 60000}}

    Good:
        position: {type: buy, order_type: limit, units: {value: 0.001}, price: {value: 60000}}
    """
    rates = rates_of(trade, context)
    if rates is None:
        return
    plan, limits, contract = trade.trade, rates.limits, context.contract(trade.trade)
    if not plan.skip_enter_step:
        yield from _entry_limits(plan, rates, contract)
    for path, price in prices(plan):
        yield from between(path, "price", price, limits.min_price, limits.max_price)
    yield from _market_exits(plan, limits)
    yield from _stop_total(plan, rates, contract)
    if not _totals_known(contract) and (limits.min_total or limits.min_market_total):
        yield _not_judged(contract)


def _not_judged(contract: Contract) -> Problem:
    """That the exchange has a least total, and what keeps us from holding the orders against it."""
    coins = "nobody has recorded whether it counts coins or dollars"
    why = coins if contract.inverse else UNKNOWN_SIZE
    hint = None if contract.inverse else SET_THE_SIZE
    message = f"the exchange's minimum total is not judged: {why}"
    return Problem(UNITS, message, hint, Severity.INFO)


def _entry_limits(plan: Trade, rates: "Rates", contract: Contract) -> Iterator[Problem]:
    """The amount, else the total it comes to; then the price."""
    size = next(_amounts(plan, rates, contract), None)
    if size is not None:
        yield size
    yield from _around_the_market(plan, rates)


def _amounts(plan: Trade, rates: "Rates", contract: Contract) -> Iterator[Problem]:
    limits, units, order_type = rates.limits, plan.position.units, _entry_order(plan)
    yield from between(UNITS, "amount", units, limits.min_lot_size, limits.max_lot_size)
    if order_type == "market":
        most = _most_at_market(limits, buys=plan.side is Side.LONG)
        yield from between(UNITS, "amount at market", units, None, most)
    entry, least = _entry(plan, rates), _least_total(limits, order_type)
    if entry is not None and _totals_known(contract):
        yield from between(UNITS, "total", contract.value(units, entry), least, limits.max_total)


def _entry(plan: Trade, rates: "Rates") -> Decimal | None:
    """The price the entry is counted at: what the plan states, else the market."""
    stated = None if plan.skip_enter_step else placed_price(plan)
    return stated if stated is not None else rates.ticker.opening(plan.side)


def _entry_order(plan: Trade) -> OrderType:
    position = plan.position
    if position.conditional is not None:
        return position.conditional.order_type
    return "limit" if position.order_type == "limit" else "market"


def _totals_known(contract: Contract) -> bool:
    """Whether it is known what limits of totals are about: not where contracts are inverse."""
    return contract.known and not contract.inverse


@exact
def _total(units: Decimal, price: Decimal) -> Decimal:
    return units * price


def _most_at_market(limits: "PairLimits", *, buys: bool) -> Decimal | None:
    return limits.max_market_buy_amount if buys else limits.max_market_sell_amount


def _least_total(limits: "PairLimits", order_type: OrderType) -> Decimal | None:
    return (limits.min_market_total if order_type == "market" else None) or limits.min_total


def _around_the_market(plan: Trade, rates: "Rates") -> Iterator[Problem]:
    """A limit entry may not stray from the market by more than the exchange's multipliers."""
    position, last, limits = plan.position, rates.last, rates.limits
    if position.order_type != "limit" or position.price is None or last is None:
        return
    up, down = limits.ask_multiplier_up, limits.ask_multiplier_down
    if plan.side is Side.LONG:
        up, down = limits.bid_multiplier_up, limits.bid_multiplier_down
    least, most = (None if factor is None else _total(factor, last) for factor in (down, up))
    yield from between(("position", "price", "value"), "limit price", position.price, least, most)


def _market_exits(plan: Trade, limits: "PairLimits") -> Iterator[Problem]:
    most = _most_at_market(limits, buys=plan.side is Side.SHORT)
    units, stop = plan.position.units, plan.stop_loss
    for index, step in enumerate(plan.take_profit):
        if step.order_type == "market":
            path: Path = ("take_profit", "steps", index, "volume")
            share = _total(units, step.volume / _HUNDRED)
            yield from between(
                path, f"amount of take profit {index + 1} at market", share, None, most
            )
    if stop is not None and stop.order_type == "market":
        path = ("stop_loss", "order_type")
        yield from between(path, "amount of the stop loss at market", units, None, most)


def _stop_total(plan: Trade, rates: "Rates", contract: Contract) -> Iterator[Problem]:
    stop = plan.stop_loss
    if stop is None or not _totals_known(contract) or _refused_at_entry(plan, rates, contract):
        return
    trigger = stop_trigger(plan.side, stop, _entry(plan, rates))
    price = trigger if stop.price is None else stop.price
    least = _least_total(rates.limits, stop.order_type)
    if price is None or least is None:
        return
    key = "value" if stop.trigger is not None else "percent"
    path: Path = ("stop_loss", "conditional", "price", key)
    total = contract.value(plan.position.units, price)
    for problem in between(path, "total at the stop", total, least, None):
        yield Problem(problem.path, problem.message, "more units", Severity.WARNING)


def _refused_at_entry(plan: Trade, rates: "Rates", contract: Contract) -> bool:
    """Whether SP703 has said already that the whole of it is too little, or too much."""
    return not plan.skip_enter_step and any(_amounts(plan, rates, contract))


@rule("SP704", Severity.ERROR, "practice")
def step_too_small(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """A target whose share of the units rounds to nothing, or is below the minimum total.

    Where the fee is taken out of what is bought, there is less to sell than was ordered.

    Why:
        The exchange takes no such order: that part of the position would have no target.

    Bad:
        position: {units: {value: 0.0002}}
        take_profit: {steps: [{volume: 10}, {volume: 90}]}

    Good:
        position: {units: {value: 0.002}}
        take_profit: {steps: [{volume: 50}, {volume: 50}]}
    """
    rates, plan, contract = rates_of(trade, context), trade.trade, context.contract(trade.trade)
    if rates is None or _refused_at_entry(plan, rates, contract):
        return
    limits, entry = rates.limits, _entry(plan, rates)
    held = _held(plan, context)
    lot = max(limits.lot_step or Decimal(0), limits.min_lot_size or Decimal(0))
    volumes = [step.volume for step in plan.take_profit]
    for index, share in enumerate(_shares(held, volumes, limits.lot_step)):
        step, path = plan.take_profit[index], ("take_profit", "steps", index, "volume")
        price, least = target_price(plan.side, step, entry), _least_total(limits, step.order_type)
        if share <= 0 or share < lot:
            part = f"{percent_text(step.volume)} of {number_text(held)}"
            hint = f"the least is {number_text(lot)}: fewer steps, or more units"
            yield Problem(path, f"{part} is too little for an order", hint)
        elif price is not None and _totals_known(contract):
            what = f"total of {number_text(share)} at {number_text(price)},"
            for problem in between(path, what, contract.value(share, price), least, None):
                yield Problem(path, problem.message, "fewer steps, or more units")


@exact
def _held(plan: Trade, context: Context) -> Decimal:
    """What there is to sell once the entry has filled."""
    bought = plan.side is Side.LONG and not plan.skip_enter_step
    if bought and context.fee_model(plan) == "base":
        fee = context.costs(plan).fee(waits=not enters_at_market(plan))
        return plan.position.units * (1 - fee)
    return plan.position.units


@exact
def _shares(held: Decimal, volumes: Sequence[Decimal], lot: Decimal | None) -> list[Decimal]:
    if lot is not None and lot > 0:
        return split_units(held, volumes, lot)
    return [held * volume / _HUNDRED for volume in volumes]
