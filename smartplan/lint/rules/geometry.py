"""SP4: where entry, targets and stop lie to each other."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from smartplan.diagnostics import Path, Severity
from smartplan.document.scalars import number_text, percent_text
from smartplan.lint.context import Context
from smartplan.lint.keywords import nearest
from smartplan.lint.registry import Problem, rule
from smartplan.trade.model import Side
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.risk import reference_price

_STOP = ("stop_loss", "conditional", "price")
_FAR_LIMIT = Decimal(5)


def _entry_price(trade: PlannedTrade) -> Decimal | None:
    """The price at which the plan will enter; a held position has entered already."""
    if trade.trade.skip_enter_step:
        return None
    return reference_price(trade.trade, trade.lifecycle.expect)


def step_price_path(index: int) -> Path:
    """The address of a target's price."""
    return ("take_profit", "steps", index, "price", "value")


@rule("SP401", Severity.ERROR, "practice")
def target_side(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """A take profit on the wrong side of the entry: below it for a long, above it for a short.

    The entry is what the plan itself states: the limit price, the trigger of a conditional market
    entry, or `lifecycle.expect`. A held position is not judged.

    Why:
        Such a target is reached the moment the position is entered, and closes it at a loss.

    Bad:
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
        take_profit:
          enabled: true
          steps: [{order_type: limit, price: {value: 59000, type: bid}, volume: 100}]

    Good:
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
        take_profit:
          enabled: true
          steps: [{order_type: limit, price: {value: 66000, type: bid}, volume: 100}]
    """
    entry, side = _entry_price(trade), trade.trade.side
    if entry is None:
        return
    for index, step in enumerate(trade.trade.take_profit):
        if step.price is None or side.reaches(step.price, entry):
            continue
        yield Problem(
            step_price_path(index),
            f"the target {number_text(step.price)} lies {_below(side)} the entry "
            f"{number_text(entry)} of a {side}",
            f"targets of a {side} lie {_above(side)} its entry",
        )


def _above(side: Side) -> str:
    return "above" if side is Side.LONG else "below"


def _below(side: Side) -> str:
    return "below" if side is Side.LONG else "above"


@rule("SP402", Severity.ERROR, "practice")
def stop_side(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """A stop loss on the wrong side of the entry: not below it for a long, not above for a short.

    Why:
        Before the entry such a stop fires the moment the position is opened. Once the position is
        open and in profit a stop there is fine: say so with `# smartplan: ignore[SP402] locks in
        profit`; a trade that is still to be created is held back all the same.

    Bad:
        position: {type: sell, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
        stop_loss:
          enabled: true
          order_type: market
          conditional: {price: {value: 55000, type: ask}}

    Good:
        position: {type: sell, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
        stop_loss:
          enabled: true
          order_type: market
          conditional: {price: {value: 65000, type: ask}}
    """
    entry, side, stop = _entry_price(trade), trade.trade.side, trade.trade.stop_loss
    if entry is None or stop is None or stop.trigger is None:
        return
    if side.reaches(stop.trigger, entry):
        yield Problem(
            (*_STOP, "value"),
            f"the stop {number_text(stop.trigger)} does not lie {_below(side)} the entry "
            f"{number_text(entry)} of a {side}: it fires at once",
            "if the position is open and in profit: `# smartplan: ignore[SP402] locks in profit`",
        )


@rule("SP403", Severity.ERROR, "practice")
def stop_beyond_target(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """A stop loss that is not below the lowest target of a long, or above the highest of a short.

    Why:
        Wherever the price stands, one of the two fires at once. No entry price is needed to know.

    Bad:
        # a long
        take_profit: {enabled: true, steps: [{price: {value: 66000, type: bid}, …}]}
        stop_loss: {enabled: true, conditional: {price: {value: 67000, type: bid}}, …}

    Good:
        # a long
        take_profit: {enabled: true, steps: [{price: {value: 66000, type: bid}, …}]}
        stop_loss: {enabled: true, conditional: {price: {value: 55000, type: bid}}, …}
    """
    side, stop = trade.trade.side, trade.trade.stop_loss
    prices = [step.price for step in trade.trade.take_profit if step.price is not None]
    if not prices or stop is None or stop.trigger is None:
        return
    closest = min(prices) if side is Side.LONG else max(prices)
    if side.reaches(stop.trigger, closest):
        yield Problem(
            (*_STOP, "value"),
            f"the stop {number_text(stop.trigger)} of a {side} does not lie {_below(side)} "
            f"its first target {number_text(closest)}",
            "one of the two fires at once: check the side of the trade and both prices",
        )


@rule("SP404", Severity.WARNING, "practice")
def target_order(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """Targets out of order, or twice the same.

    Why:
        The service takes them in any order, but breakeven counts from the first one reached, and a
        price written twice is most often a slip.

    Bad:
        steps: [{price: {value: 72000, type: bid}, …}, {price: {value: 66000, type: bid}, …}]

    Good:
        steps: [{price: {value: 66000, type: bid}, …}, {price: {value: 72000, type: bid}, …}]
    """
    steps = trade.trade.take_profit
    yield from _order("value", [step.price for step in steps], trade.trade.side)
    yield from _order("percent", [step.percent for step in steps], Side.LONG)


def _order(key: str, targets: Sequence[Decimal | None], rising: Side) -> Iterator[Problem]:
    before: Decimal | None = None
    for index, target in enumerate(targets):
        if target is None:
            continue
        if before is not None and rising.reaches(before, target):
            path = ("take_profit", "steps", index, "price", key)
            yield _repeated(path, target) if target == before else _too_late(path, target, before)
        before = target


def _repeated(path: Path, target: Decimal) -> Problem:
    return Problem(path, f"two targets at {number_text(target)}", "merge the two steps")


def _too_late(path: Path, target: Decimal, before: Decimal) -> Problem:
    return Problem(
        path,
        f"the target {number_text(target)} is reached before the one above it "
        f"({number_text(before)})",
        "put the nearest target first",
    )


@rule("SP405", Severity.ERROR, "practice")
def stop_limit_price(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """A limit stop whose price lies on the wrong side of its trigger; equal or far (warning).

    Far is more than 5 percent.

    Why:
        Once triggered, the limit order must still find a counterpart. A long's limit above its
        trigger (a short's below) waits for the price to come back while the loss grows; at the
        trigger itself a small gap leaves it behind; far away it can fill at an awful price.

    Bad:
        stop_loss: {order_type: limit, price: {value: 56000}, conditional: {price: {value: 55000}}}

    Good:
        stop_loss: {order_type: limit, price: {value: 54900}, conditional: {price: {value: 55000}}}
    """
    side, stop = trade.trade.side, trade.trade.stop_loss
    if stop is None or stop.price is None or stop.trigger is None:
        return
    room = side.sign * (stop.trigger - stop.price)
    limit, trigger = number_text(stop.price), number_text(stop.trigger)
    path = ("stop_loss", "price", "value")
    if room < 0:
        yield Problem(
            path,
            f"the limit price {limit} lies {_above(side)} the trigger {trigger}: "
            "once triggered, the order waits while the loss grows",
            f"put it {_below(side)} the trigger",
        )
    elif room == 0:
        yield Problem(
            path,
            f"the limit price equals the trigger {trigger}: a small gap leaves the order behind",
            f"put it a little {_below(side)} the trigger",
            Severity.WARNING,
        )
    elif room * 100 > stop.trigger * _FAR_LIMIT:
        yield Problem(
            path,
            f"the limit price {limit} is {nearest(room * 100 / stop.trigger, 1)} % away from "
            f"the trigger {trigger}",
            "is there a digit too many?",
            Severity.WARNING,
        )


@rule("SP408", Severity.WARNING, "practice")
def percent_signs(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """A target or stop in percent with a surprising sign, or one that cannot be reached.

    Why:
        Percents are distances from the entry: the target's in favour of the position, the stop's
        against it, both without a sign. A price cannot fall by 100 percent.

    Bad:
        stop_loss: {conditional: {price: {percent: -5, type: bid}}}

    Good:
        stop_loss: {conditional: {price: {percent: 5, type: bid}}}
    """
    side, stop = trade.trade.side, trade.trade.stop_loss
    for index, step in enumerate(trade.trade.take_profit):
        if step.percent is not None:
            path = ("take_profit", "steps", index, "price", "percent")
            yield from _percent(path, step.percent, falling=side is Side.SHORT)
    if stop is not None and stop.percent is not None:
        yield from _percent((*_STOP, "percent"), stop.percent, falling=side is Side.LONG)


def _percent(path: Path, percent: Decimal, *, falling: bool) -> Iterator[Problem]:
    if percent <= 0:
        yield Problem(
            path,
            f"{percent_text(percent)}: a distance is written without a sign",
            f"write `{number_text(-percent)}`" if percent else None,
        )
    elif falling and percent >= 100:
        yield Problem(path, f"{percent_text(percent)}: no price falls that far")


@rule("SP409", Severity.WARNING, "practice")
def far_stop(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """A stop loss farther than 25 percent from the entry.

    Why:
        A stop that far away is rarely meant: most often a digit is wrong.

    Bad:
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
        stop_loss: {conditional: {price: {value: 5500, type: bid}}}

    Good:
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
        stop_loss: {conditional: {price: {value: 55000, type: bid}}}
    """
    entry, stop = _entry_price(trade), trade.trade.stop_loss
    if stop is None:
        return
    if stop.percent is not None:
        path, distance = (*_STOP, "percent"), stop.percent
    elif stop.trigger is not None and entry is not None:
        against = trade.trade.side.sign * (entry - stop.trigger)
        path, distance = (*_STOP, "value"), against * 100 / entry
    else:
        return
    if distance > context.far_stop:
        yield Problem(
            path,
            f"the stop is {nearest(distance, 1)} % away from the entry",
            "is there a digit too many or too few?",
        )
