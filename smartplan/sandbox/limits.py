"""The exchange's limits for a pair: what is outside them is refused with 422."""

from collections.abc import Collection, Iterator
from decimal import Decimal

from smartplan.sandbox.catalog import ExchangeAccount, Pair
from smartplan.sandbox.decimals import HUNDRED, decimal_text, floor_to, is_multiple
from smartplan.sandbox.rejection import invalid
from smartplan.sandbox.trade import ExchangeTrade, Tick
from smartplan.sandbox.worth import worth

Fault = tuple[str, str]


GROUPS = frozenset({"position", "take_profit", "stop_loss", "leverage"})
"""The parts of a body that limits hold for."""


def check_limits(
    trade: ExchangeTrade,
    account: ExchangeAccount,
    pair: Pair,
    tick: Tick,
    sent: Collection[str] = GROUPS,
) -> None:
    """Raises ``Rejection`` (422) with every limit that the groups ``sent`` break.

    What an update leaves out is as it was taken, or as the engine moved it: nothing to refuse.
    """
    entry_faults: list[Fault] = []
    if "position" in sent:
        entry_faults += [*_units(trade, pair), *_totals(trade, pair, tick)]
        entry_faults += [*_entry_prices(trade, pair)]
    faults = [*entry_faults]
    if "position" in sent:
        faults += _multipliers(trade, pair, tick)
    if "take_profit" in sent:
        faults += _steps(trade, pair)
    if "stop_loss" in sent:
        faults += _stop(trade, pair)
    if "leverage" in sent:
        faults += _leverage(trade, account, pair)
    if faults:
        attributes: dict[str, list[str]] = {"position": ["is invalid"]} if entry_faults else {}
        for key, message in faults:
            attributes.setdefault(key, []).append(message)
        raise invalid(attributes, status=422)


def at_least(minimum: Decimal) -> str:
    """The service's words for a value below its minimum."""
    return f"must be greater than or equal to {decimal_text(minimum)}"


def at_most(maximum: Decimal) -> str:
    """The service's words for a value above its maximum."""
    return f"must be less than or equal to {decimal_text(maximum)}"


def on_step(step: Decimal) -> str:
    """The service's words for a value off the grid."""
    return f"Should change with step {decimal_text(step)}"


def _units(trade: ExchangeTrade, pair: Pair) -> Iterator[Fault]:
    units = trade.entry.units
    market = trade.entry.order_type == "market" and not trade.skip_enter_step
    maximum = pair.max_market_units if market else pair.max_units
    if units < pair.lot_step:
        yield "units_to_buy", at_least(pair.lot_step)
    elif not is_multiple(units, pair.lot_step):
        yield "units_to_buy", on_step(pair.lot_step)
    if units > maximum:
        yield "units_to_buy", at_most(maximum)


def reference_price(trade: ExchangeTrade, tick: Tick) -> Decimal:
    """The price the position is valued at before it is entered."""
    entry = trade.entry
    if entry.price is not None and (entry.order_type != "market" or trade.skip_enter_step):
        return entry.price
    if entry.trigger is not None:
        return entry.trigger
    return tick.ask if trade.long else tick.bid


def _totals(trade: ExchangeTrade, pair: Pair, tick: Tick) -> Iterator[Fault]:
    total = worth(pair, trade.entry.units, reference_price(trade, tick))
    if total < pair.min_total:
        yield "position.total", at_least(pair.min_total)
    if total > pair.max_total:
        yield "position.total", at_most(pair.max_total)


def _entry_prices(trade: ExchangeTrade, pair: Pair) -> Iterator[Fault]:
    entry = trade.entry
    if entry.price is not None and entry.order_type != "market":
        yield from _price("position[price][value]", entry.price, pair)
    if entry.trigger is not None:
        yield from _price("position[conditional][price][value]", entry.trigger, pair)


def _price(address: str, price: Decimal, pair: Pair) -> Iterator[Fault]:
    if not is_multiple(price, pair.price_step):
        yield address, on_step(pair.price_step)


def _multipliers(trade: ExchangeTrade, pair: Pair, tick: Tick) -> Iterator[Fault]:
    price = trade.entry.price
    if price is None or trade.entry.order_type != "limit" or trade.skip_enter_step:
        return
    market = tick.bid if trade.long else tick.ask
    if price < market * pair.multiplier_down:
        yield "position[price][value]", at_least(market * pair.multiplier_down)
    if price > market * pair.multiplier_up:
        yield "position[price][value]", at_most(market * pair.multiplier_up)


def _steps(trade: ExchangeTrade, pair: Pair) -> Iterator[Fault]:
    for index, target in enumerate(target for target in trade.targets if target.open):
        address = f"take_profit[steps][{index}]"
        units = floor_to(trade.entry.units * target.volume / HUNDRED, pair.lot_step)
        if units < pair.lot_step:
            yield f"{address}[volume]", "Too small"
        if target.price is None:
            continue
        yield from _price(f"{address}[price][value]", target.price, pair)
        if pair.lot_step <= units and worth(pair, units, target.price) < pair.min_total:
            yield f"{address}[volume]", f"total {at_least(pair.min_total)}"


def _stop(trade: ExchangeTrade, pair: Pair) -> Iterator[Fault]:
    stop = trade.stop
    if stop is None:
        return
    if stop.trigger is not None:
        yield from _price("stop_loss[conditional][price][value]", stop.trigger, pair)
    if stop.price is not None:
        yield from _price("stop_loss[price][value]", stop.price, pair)


def _leverage(trade: ExchangeTrade, account: ExchangeAccount, pair: Pair) -> Iterator[Fault]:
    leverage = trade.leverage
    if leverage is None or not account.futures or pair.max_leverage is None:
        return
    if leverage.value > pair.max_leverage:
        yield "leverage[value]", at_most(Decimal(pair.max_leverage))
