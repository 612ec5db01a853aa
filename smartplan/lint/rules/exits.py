"""SP3: take profit and stop loss. What the schema judges is documented in ``exits_shape``."""

from collections.abc import Iterator
from decimal import Decimal

from smartplan.diagnostics import Path, Severity
from smartplan.document.scalars import number_text, percent_text, written_decimals
from smartplan.lint.context import Context
from smartplan.lint.keywords import decimals, nearest
from smartplan.lint.registry import Problem, rule
from smartplan.trade.exits import LEAST_TRAILING, MOST_TRAILING
from smartplan.trade.model import Side, Trailing
from smartplan.trade.parse import PlannedTrade

_NOTHING, _ALL = Decimal(0), Decimal(100)
_LONGEST_TIMEOUT = 600
_MOST_LEVERAGE_WITH_TIMEOUT = 5


@rule("SP302", Severity.ERROR, "documented", binding=True)
def volumes(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """More than 8 steps, none while enabled, or a volume that is not above 0 and at most 100.

    Why:
        The service takes one to eight targets, and each closes a part of the position in percent.

    Bad:
        take_profit: {enabled: true, steps: []}

    Good:
        take_profit:
          enabled: true
          steps: [{order_type: limit, price: {value: 66000, type: bid}, volume: 100}]
    """
    for index, step in enumerate(trade.trade.take_profit):
        if not _NOTHING < step.volume <= _ALL:
            yield Problem(
                ("take_profit", "steps", index, "volume"),
                f"a volume of {percent_text(step.volume)}: it must be above 0 and at most 100",
                "drop the step, or share 100 among the steps",
            )


@rule("SP305", Severity.ERROR, "documented")
def target_trailing(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """A trailing target that is not the last step, not a market order, or without a percent.

    The percent lies between 0.01 and 100.

    Why:
        The service lets only the last target follow the price, and only with a market order.

    Bad:
        steps:
          - order_type: limit
            price: {value: 66000, type: bid}
            volume: 100
            trailing: {enabled: true, percent: 2}

    Good:
        steps:
          - order_type: market
            price: {value: 66000, type: bid}
            volume: 100
            trailing: {enabled: true, percent: 2}
    """
    for index, step in enumerate(trade.trade.take_profit):
        yield from trailing_bounds(("take_profit", "steps", index), step.trailing)


def trailing_bounds(order: Path, trailing: Trailing | None) -> Iterator[Problem]:
    """A percent that the service does not take of any order, at the path of the ``order``."""
    percent = trailing.percent if trailing is not None else None
    if percent is None or LEAST_TRAILING <= percent <= MOST_TRAILING:
        return
    least = percent < LEAST_TRAILING
    yield Problem(
        (*order, "trailing", "percent"),
        f"a trailing of {percent_text(percent)}: the service takes 0.01 to 100",
        f"the nearest is `{number_text(LEAST_TRAILING if least else MOST_TRAILING)}`",
        Severity.ERROR,
    )


@rule("SP306", Severity.ERROR, "documented", binding=True)
def ignored_stop_price(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """A stop loss without order type, trigger or price type, or a limit stop without its price.

    A price beside a market stop is ignored (warning).

    Why:
        The trigger says when the stop fires, the order type what is sent then; a limit order
        cannot be sent without a price.

    Bad:
        stop_loss:
          enabled: true
          order_type: limit
          conditional: {price: {value: 55000, type: bid}}

    Good:
        stop_loss:
          enabled: true
          order_type: limit
          price: {value: 54900}
          conditional: {price: {value: 55000, type: bid}}
    """
    stop, written = trade.trade.stop_loss, trade.body.get("stop_loss")
    if stop is None or stop.order_type != "market" or not isinstance(written, dict):
        return
    if "price" in written:
        deal = "sells" if trade.trade.side is Side.LONG else "buys back"
        yield Problem(
            ("stop_loss", "price"),
            f"this price is ignored: a market stop {deal} at the market once it is triggered",
            "drop it; the trigger stands in `conditional.price`",
            Severity.WARNING,
            key=True,
        )


@rule("SP309", Severity.ERROR, "documented", binding=True)
def stop_timeout(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """A stop loss timeout that is no whole number of seconds, or (warning) dangerously long.

    Long is more than 600 seconds, or any timeout with leverage above 5.

    Why:
        While the timeout runs nothing protects the position: the loss has no bound, and with
        leverage the liquidation price may come first.

    Bad:
        timeout: {enabled: true, value: 0.5}

    Good:
        timeout: {enabled: true, value: 30}
    """
    plan = trade.trade
    seconds = plan.stop_loss.timeout if plan.stop_loss is not None else None
    if seconds is None:
        return
    path = ("stop_loss", "timeout", "value")
    factor = plan.leverage.value if plan.leverage is not None else None
    if seconds > _LONGEST_TIMEOUT:
        yield Problem(
            path,
            f"the stop waits {seconds} s before it acts: until then the loss has no bound",
            "a timeout is meant for spikes of seconds",
            Severity.WARNING,
        )
    elif factor is not None and factor > _MOST_LEVERAGE_WITH_TIMEOUT:
        yield Problem(
            path,
            f"the stop waits {seconds} s at {number_text(factor)}× leverage: "
            "liquidation may come first",
            "drop the timeout, or lower the leverage",
            Severity.WARNING,
        )


@rule("SP310", Severity.WARNING, "practice")
def price_type_nobody_pays(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """An exit that watches the side of the book nobody pays you.

    Why:
        A long sells to the bid, a short buys from the ask. A long's target on the ask fires one
        spread early and its stop one spread late; a short's on the bid likewise.

    Bad:
        # a long
        conditional: {price: {value: 55000, type: ask}}

    Good:
        # a long
        conditional: {price: {value: 55000, type: bid}}
    """
    plan = trade.trade
    wrong, right = plan.side.opens_at, plan.side.closes_at
    deal = "a long sells to the bid" if plan.side is Side.LONG else "a short buys from the ask"
    called = f"; in `tp(…)` and `sl(…)` it is `price_type='{right}'`"
    way_out = f"write `type: {right}`" + (called if trade.document.templated else "")
    for index, step in enumerate(plan.take_profit):
        if step.price_type == wrong:
            yield Problem(
                ("take_profit", "steps", index, "price", "type"),
                f"this target watches the {wrong}, but {deal}: it fires early",
                way_out,
            )
    if plan.stop_loss is not None and plan.stop_loss.price_type == wrong:
        yield Problem(
            ("stop_loss", "conditional", "price", "type"),
            f"this stop watches the {wrong}, but {deal}: it fires late",
            way_out,
        )


@rule("SP311", Severity.WARNING, "practice")
def volume_decimals(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """A volume with more than two decimals.

    Why:
        The service shows and works with hundredths of a percent; what is finer may be rounded and
        the volumes then no longer add up to 100.

    Bad:
        volume: 33.333

    Good:
        volume: 33.33
    """
    for index, step in enumerate(trade.trade.take_profit):
        if written_decimals(step.volume) > 2 and decimals(step.volume) > 2:
            yield Problem(
                ("take_profit", "steps", index, "volume"),
                f"a volume of {percent_text(step.volume)}: more than two decimals",
                f"the nearest is `{nearest(step.volume, 2)}`",
            )


@rule("SP312", Severity.WARNING, "practice")
def limit_stop_with_leverage(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """A limit stop loss on a trade with leverage.

    Why:
        When the price jumps past the limit, the order rests in the book and the position stays
        open, on its way to liquidation.

    Bad:
        leverage: {enabled: true, type: isolated, value: 10}
        stop_loss:
          enabled: true
          order_type: limit
          price: {value: 54900}
          conditional: {price: {value: 55000, type: bid}}

    Good:
        leverage: {enabled: true, type: isolated, value: 10}
        stop_loss:
          enabled: true
          order_type: market
          conditional: {price: {value: 55000, type: bid}}
    """
    plan = trade.trade
    if plan.leverage is None or plan.leverage.value == 1 or plan.stop_loss is None:
        return
    if plan.stop_loss.order_type == "limit":
        yield Problem(
            ("stop_loss", "order_type"),
            "a limit stop with leverage: a gap past its price leaves the position open",
            "write `order_type: market`",
        )


@rule("SP313", Severity.WARNING, "practice")
def stop_trailing_percent(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """A trailing stop loss with a percent; one outside 0.01 to 100 is an error.

    Why:
        The service is not known to honour it: its documentation dropped the percent in 2021, and
        its answers never show one. The stop is shifted by as much as the price gains (entry 200,
        stop 180: at 205 it is 185), so where it stands first is its distance. The percent is sent.

    Bad:
        stop_loss:
          enabled: true
          order_type: market
          conditional: {price: {value: 55000, type: bid}, trailing: {enabled: true, percent: 2}}

    Good:
        stop_loss:
          enabled: true
          order_type: market
          conditional: {price: {value: 55000, type: bid}, trailing: {enabled: true}}
    """
    stop, order = trade.trade.stop_loss, ("stop_loss", "conditional")
    if stop is None or stop.trailing is None or stop.trailing.percent is None:
        return
    refused = list(trailing_bounds(order, stop.trailing))
    yield from refused
    if not refused:
        yield Problem(
            (*order, "trailing", "percent"),
            f"a stop that trails by {percent_text(stop.trailing.percent)}: the service is not "
            "known to honour the percent",
            "write `trailing: {enabled: true}`: the stop is shifted by the price's own move",
        )
