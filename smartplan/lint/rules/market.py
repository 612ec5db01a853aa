"""SP7: what the exchange takes on a pair, and where its market stands."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from smartplan.diagnostics import Path, Rewrite, Severity
from smartplan.document.scalars import number_text
from smartplan.lint.context import Context
from smartplan.lint.registry import Problem, rule
from smartplan.trade.model import Trade
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.rounding import PriceRole, ceil_to_step, floor_to_step, round_price
from smartplan.trade.ticker import fires_at_once, marketable, prices, typos

if TYPE_CHECKING:
    from smartplan.api.entities import Rates

UNITS: Path = ("position", "units", "value")


def rates_of(trade: PlannedTrade, context: Context) -> "Rates | None":
    """The rates and limits of the trade's pair, where they were asked for."""
    return context.market.get((trade.trade.account_id, trade.trade.pair))


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
    if key in context.market and context.market[key] is None:
        yield Problem(
            ("pair",),
            f"{trade.trade.pair} is not traded on the market of this account",
            "pairs are written QUOTE_BASE, such as USDT_BTC; futures often carry a suffix",
        )


@rule("SP702", Severity.ERROR, "documented")
def off_step(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """A price that is not a multiple of the tick, or units that are not of the lot.

    A position that is held already (skip_enter_step) may hold dust: nothing is bought there.

    Why:
        The exchange refuses the order: "Should change with step 0.01".

    Bad:
        position: {price: {value: 60000.005}}

    Good:
        position: {price: {value: 60000.01}}
    """
    rates = rates_of(trade, context)
    if rates is None:
        return
    limits, plan = rates.limits, trade.trade
    for path, price in prices(plan):
        for problem in _multiple(path, "price", price, "tick", limits.price_step):
            yield replace(problem, fix=_on_tick(plan, path, price, limits.price_step))
    units, least = plan.position.units, limits.min_lot_size
    too_few = least is not None and units < least  # SP703 says so
    if not plan.skip_enter_step and not too_few:
        for problem in _multiple(UNITS, "amount", units, "lot", limits.lot_step):
            whole = floor_to_step(units, limits.lot_step) if limits.lot_step else None
            yield replace(problem, fix=Rewrite(UNITS, whole) if whole else None)


def _on_tick(plan: Trade, path: Path, price: Decimal, tick: Decimal | None) -> Rewrite | None:
    """The price on the careful side of what it is for; none where that would be nothing."""
    roles: dict[str, PriceRole] = {"position": "entry", "take_profit": "tp", "stop_loss": "sl"}
    role = "sl_limit" if path == _STOP_LIMIT else roles[str(path[0])]
    rounded = round_price(price, tick, role=role, side=plan.side) if tick else None
    return Rewrite(path, rounded) if rounded else None


_STOP_LIMIT: Path = ("stop_loss", "price", "value")


def _multiple(
    path: Path, what: str, value: Decimal, of: str, step: Decimal | None
) -> Iterator[Problem]:
    if step is None or step <= 0:
        return
    below, above = floor_to_step(value, step), ceil_to_step(value, step)
    if below != above:
        legal = " or ".join(number_text(number) for number in (below, above) if number > 0)
        message = f"the {what} {number_text(value)} is no multiple of the {of} {number_text(step)}"
        yield Problem(path, message, f"write {legal}")


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
    rates = rates_of(trade, context)
    if rates is None:
        return
    ticker, held = rates.ticker, trade.name in context.held
    for remark in fires_at_once(trade.trade, ticker, held=held):
        yield Problem(remark.path, remark.message, "check the price, or that it is meant")
    opening = ticker.opening(trade.trade.side)
    if opening is not None and not held and marketable(trade.trade, ticker):
        yield Problem(
            ("position", "price", "value"),
            f"the limit entry would fill at once: the market is at {number_text(opening)}",
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
    rates = rates_of(trade, context)
    if rates is not None:
        for remark in typos(trade.trade, rates.ticker):
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
    rates, leverage = rates_of(trade, context), trade.trade.leverage
    if rates is None or leverage is None or leverage.type is None or not rates.leverage:
        return
    pair = trade.trade.pair
    # The service keeps `custom` as `isolated`; some exchanges still list it by its old name.
    offers = {"isolated" if o.code == "custom" else o.code: o for o in rates.leverage}
    offer, value = offers.get(leverage.type), leverage.value
    if offer is None:
        message = f"{leverage.type} leverage is not offered on {pair}"
        yield Problem(("leverage", "type"), message, f"offered: {', '.join(sorted(offers))}")
    elif value is not None and offer.values and value not in offer.values:
        near = min(offer.values, key=lambda known: abs(known - value))
        message = f"leverage {number_text(value)} is not offered on {pair}"
        yield Problem(_LEVERAGE, message, f"the nearest is {number_text(near)}")
    elif value is not None:
        yield from between(_LEVERAGE, "leverage", value, offer.minimum, offer.maximum)


_LEVERAGE: Path = ("leverage", "value")


def between(
    path: Path, what: str, value: Decimal, least: Decimal | None, most: Decimal | None
) -> Iterator[Problem]:
    """A value below the exchange's minimum or above its maximum; a maximum of 0 is none."""
    if least is not None and value < least:
        shown, word = number_text(least), "below the exchange's minimum"
        yield Problem(
            path, f"the {what} {number_text(value)} is {word} {shown}", f"at least {shown}"
        )
    elif most is not None and 0 < most < value:
        shown, word = number_text(most), "above the exchange's maximum"
        yield Problem(
            path, f"the {what} {number_text(value)} is {word} {shown}", f"at most {shown}"
        )
