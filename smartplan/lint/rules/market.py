"""SP7: what the exchange takes on this pair. Silent offline."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from smartplan.diagnostics import Path, Severity
from smartplan.document.scalars import number_text
from smartplan.lint.context import Context
from smartplan.lint.registry import Problem, rule
from smartplan.trade.model import Side
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.risk import reference_price
from smartplan.trade.rounding import ceil_to_step, floor_to_step
from smartplan.trade.sizing import split_units
from smartplan.trade.ticker import Ticker, fires_at_once, marketable, prices, typos

if TYPE_CHECKING:
    from smartplan.api.entities import PairLimits, Rates

_UNITS: Path = ("position", "units", "value")


def _rates(trade: PlannedTrade, context: Context) -> "Rates | None":
    if context.market is None:
        return None
    return context.market.get((trade.trade.account_id, trade.trade.pair))


def _ticker(rates: "Rates") -> Ticker:
    return Ticker(rates.bid, rates.ask, rates.last)


def _entry(trade: PlannedTrade, rates: "Rates") -> Decimal | None:
    """The price the total is counted at: what the plan states, else the market."""
    stated = reference_price(trade.trade)
    return stated if stated is not None else _ticker(rates).opening(trade.trade.side)


@rule("SP701", Severity.ERROR, "documented")
def pair_not_traded(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """The pair is not traded on this account's market.

    Why:
        The service refuses the create, or, worse, somebody corrects the account instead.

    Bad:
        pair: USDT_BTCC

    Good:
        pair: USDT_BTC
    """
    key = (trade.trade.account_id, trade.trade.pair)
    if context.market is not None and key in context.market and context.market[key] is None:
        yield Problem(
            ("pair",),
            f"{trade.trade.pair} is not traded on the market of this account",
            "pairs are written QUOTE_BASE; `smartplan trade list` shows how yours are called",
        )


@rule("SP702", Severity.ERROR, "documented")
def off_step(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """A price that is not a multiple of the tick, or units that are not of the lot.

    Why:
        The exchange refuses the order: "Should change with step 0.01".

    Bad:
        position: {price: {value: 60000.005}}

    Good:
        position: {price: {value: 60000.01}}
    """
    rates = _rates(trade, context)
    if rates is None:
        return
    tick, lot = rates.limits.price_step, rates.limits.lot_step
    for path, price in prices(trade.trade):
        yield from _multiple(path, "price", price, "tick", tick)
    yield from _multiple(_UNITS, "amount", trade.trade.position.units, "lot", lot)


def _multiple(
    path: Path, what: str, value: Decimal, of: str, step: Decimal | None
) -> Iterator[Problem]:
    if step is None or step <= 0:
        return
    below, above = floor_to_step(value, step), ceil_to_step(value, step)
    if below == above:
        return
    legal = [number for number in (below, above) if number > 0]
    yield Problem(
        path,
        f"the {what} {number_text(value)} is no multiple of the {of} {number_text(step)}",
        f"write {' or '.join(map(number_text, legal))}",
    )


@rule("SP703", Severity.ERROR, "documented")
def outside_limits(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """Units, total or a price outside what the exchange takes; market orders have their own limits.

    Why:
        The exchange refuses the order, at the entry or, for an exit, when it matters most.

    Bad:
        position: {type: buy, order_type: limit, units: {value: 0.00001}, price: {value: 60000}}

    Good:
        position: {type: buy, order_type: limit, units: {value: 0.001}, price: {value: 60000}}
    """
    rates = _rates(trade, context)
    if rates is None:
        return
    limits, position = rates.limits, trade.trade.position
    units, at_market = position.units, position.order_type == "market"
    yield from _between(_UNITS, "units", units, limits.min_lot_size, limits.max_lot_size)
    if trade.trade.skip_enter_step:
        return
    if at_market:
        buys = trade.trade.side is Side.LONG
        most = limits.max_market_buy_amount if buys else limits.max_market_sell_amount
        yield from _between(_UNITS, "units at market", units, None, most)
    entry = _entry(trade, rates)
    if entry is not None:
        least = (limits.min_market_total if at_market else None) or limits.min_total
        yield from _between(_UNITS, "total", units * entry, least, limits.max_total)
    for path, price in prices(trade.trade):
        yield from _between(path, "price", price, limits.min_price, limits.max_price)
    yield from _multiplied(trade, rates)


def _multiplied(trade: PlannedTrade, rates: "Rates") -> Iterator[Problem]:
    """A limit entry may not stray from the market by more than the exchange's multipliers."""
    position, last = trade.trade.position, rates.last
    if position.order_type != "limit" or position.price is None or last is None:
        return
    up, down = _multipliers(trade.trade.side, rates.limits)
    least = last * down if down is not None else None
    most = last * up if up is not None else None
    path: Path = ("position", "price", "value")
    yield from _between(path, "limit price", position.price, least, most)


def _multipliers(side: Side, limits: "PairLimits") -> tuple[Decimal | None, Decimal | None]:
    if side is Side.LONG:
        return limits.bid_multiplier_up, limits.bid_multiplier_down
    return limits.ask_multiplier_up, limits.ask_multiplier_down


def _between(
    path: Path, what: str, value: Decimal, least: Decimal | None, most: Decimal | None
) -> Iterator[Problem]:
    if least is not None and value < least:
        shown = number_text(least)
        message = f"the {what} {number_text(value)} is below the exchange's minimum {shown}"
        yield Problem(path, message, f"at least {shown}")
    elif most is not None and 0 < most < value:
        shown = number_text(most)
        message = f"the {what} {number_text(value)} is above the exchange's maximum {shown}"
        yield Problem(path, message, f"at most {shown}")


@rule("SP704", Severity.ERROR, "practice")
def step_too_small(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """A target whose share of the units rounds to nothing, or is below the minimum total.

    A spot buy whose fee is taken out of what is bought has less to sell than it ordered.

    Why:
        The exchange takes no such order: that part of the position would have no target.

    Bad:
        position: {units: {value: 0.0002}}
        take_profit: {steps: [{volume: 10}, {volume: 90}]}

    Good:
        position: {units: {value: 0.002}}
        take_profit: {steps: [{volume: 50}, {volume: 50}]}
    """
    rates, plan = _rates(trade, context), trade.trade
    if rates is None or not plan.take_profit:
        return
    lot, least = rates.limits.lot_step or Decimal(0), rates.limits.min_total
    entry = _entry(trade, rates)
    held = plan.position.units
    in_base = context.fee_model(plan.account_id) == "base" and plan.leverage is None
    if in_base and plan.side is Side.LONG and not plan.skip_enter_step:
        held *= 1 - context.fee
    shares = split_units(held, [step.volume for step in plan.take_profit], lot)
    for index, (step, share) in enumerate(zip(plan.take_profit, shares, strict=True)):
        path: Path = ("take_profit", "steps", index, "volume")
        price = step.price if step.price is not None else entry
        if share <= 0:
            yield Problem(
                path,
                f"{number_text(step.volume)} % of {number_text(held)} is less than one lot",
                f"the lot is {number_text(lot)}: fewer steps, or more units",
            )
        elif least is not None and price is not None and share * price < least:
            yield Problem(
                path,
                f"{number_text(share)} at {number_text(price)} is below the minimum total "
                f"{number_text(least)}",
                "fewer steps, or more units",
            )


@rule("SP705", Severity.WARNING, "practice")
def would_fire_at_once(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """A target or stop that the market has crossed already, or a limit entry that fills at once.

    Why:
        The position would be closed the moment it is opened, for two fees and a spread.

    Bad:
        take_profit: {steps: [{price: {value: 59000, type: bid}}]}     # a long, market at 61000

    Good:
        take_profit: {steps: [{price: {value: 66000, type: bid}}]}
    """
    rates = _rates(trade, context)
    if rates is None:
        return
    for remark in fires_at_once(trade.trade, _ticker(rates)):
        yield Problem(remark.path, remark.message, "check the price, or that it is meant")
    if marketable(trade.trade, _ticker(rates)):
        now = _ticker(rates).opening(trade.trade.side)
        yield Problem(
            ("position", "price", "value"),
            f"the limit entry would fill at once: the market is at {number_text(now or 0)}",
            "a market entry says so, or choose a price that waits",
        )


@rule("SP706", Severity.WARNING, "practice")
def looks_like_a_typo(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """An entry more than 20 % from the market, or any price more than 5 times off.

    Why:
        A zero too many or too few reads just like a price.

    Bad:
        position: {order_type: limit, price: {value: 6000}}     # market at 61000

    Good:
        position: {order_type: limit, price: {value: 60000}}
    """
    rates = _rates(trade, context)
    if rates is not None:
        for remark in typos(trade.trade, _ticker(rates)):
            yield Problem(remark.path, remark.message, "a digit too many or too few?")


@rule("SP707", Severity.ERROR, "documented")
def leverage_not_offered(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """A leverage type or value that the exchange does not offer on this pair.

    Why:
        The service refuses it, or takes another leverage than the one the size was made for.

    Bad:
        leverage: {enabled: true, type: isolated, value: 200}

    Good:
        leverage: {enabled: true, type: isolated, value: 20}
    """
    rates, leverage = _rates(trade, context), trade.trade.leverage
    if rates is None or leverage is None or leverage.type is None or not rates.leverage:
        return
    offers = {("isolated" if o.code == "custom" else o.code): o for o in rates.leverage}
    offer = offers.get(leverage.type)
    if offer is None:
        message = f"{leverage.type} leverage is not offered on {trade.trade.pair}"
        yield Problem(("leverage", "type"), message, f"offered: {', '.join(sorted(offers))}")
        return
    value, path = leverage.value, ("leverage", "value")
    if value is None:
        return
    if offer.values and value not in offer.values:
        near = min(offer.values, key=lambda known: abs(known - value))
        message = f"leverage {number_text(value)} is not offered on {trade.trade.pair}"
        yield Problem(path, message, f"the nearest is {number_text(near)}")
    else:
        yield from _between(path, "leverage", value, offer.minimum, offer.maximum)
