"""SP5: leverage."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_FLOOR, Decimal

from msgspec.structs import replace

from smartplan.diagnostics import Severity
from smartplan.document.scalars import number_text, percent_text
from smartplan.lint.context import Context
from smartplan.lint.keywords import nearest
from smartplan.lint.registry import Problem, rule
from smartplan.trade.exits import stop_trigger
from smartplan.trade.liquidation import Maintenance
from smartplan.trade.parse import PlannedTrade

_CLOSE_TO_LIQUIDATION = Decimal(5)
_LEAST = Maintenance(Decimal("0.005"), "assumed")
"""The rate that the exchange asks for at least, of nearly every pair."""


def _written(trade: PlannedTrade) -> Mapping[str, object]:
    written = trade.body.get("leverage")
    return written if isinstance(written, dict) else {}


@rule("SP501", Severity.WARNING, "documented")
def custom_leverage(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """`type: custom`, which is an old name of isolated.

    Why:
        The service stores it as isolated, and some exchanges refuse it by its old name.

    Bad:
        leverage: {enabled: true, type: custom, value: 5}

    Good:
        leverage: {enabled: true, type: isolated, value: 5}
    """
    if trade.trade.leverage is not None and _written(trade).get("type") == "custom":
        yield Problem(
            ("leverage", "type"),
            "`custom` is an old name that some exchanges refuse",
            "write `isolated`, which is what the service makes of it",
        )


@rule("SP502", Severity.ERROR, "documented", binding=True)
def leverage_value(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """Leverage without a type, with a value that is no whole number, or (warning) without one.

    Why:
        The service refuses it without a type, and takes whole numbers of at least 1. Without a
        value the account's own setting applies, which is not in the plan and may be anything.

    Bad:
        leverage: {enabled: true, value: 5}

    Good:
        leverage: {enabled: true, type: isolated, value: 5}
    """
    leverage = trade.trade.leverage
    if leverage is None:
        return
    if leverage.value is None:
        yield Problem(
            ("leverage",),
            "leverage without a value: whatever the account is set to applies",
            "add `value: 5`, or what you mean",
            Severity.WARNING,
            key=True,
        )
    elif leverage.value != leverage.value.to_integral_value():
        lower = number_text(leverage.value.to_integral_value(ROUND_FLOOR))
        yield Problem(
            ("leverage", "value"),
            f"a leverage of {number_text(leverage.value)}: the service takes whole numbers",
            "write `1`" if lower == "0" else f"write `{lower}`, or the next one",
        )


@rule("SP503", Severity.WARNING, "practice")
def leverage_without_stop(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """Leverage above 1 without a stop loss, on a trade that is not instant.

    Why:
        With leverage the exchange closes the position for you, at the worst price and with a fee.

    Bad:
        leverage: {enabled: true, type: isolated, value: 10}
        stop_loss: {enabled: false}

    Good:
        leverage: {enabled: true, type: isolated, value: 10}
        stop_loss:
          enabled: true
          order_type: market
          conditional: {price: {value: 57000, type: bid}}
    """
    plan = trade.trade
    factor = plan.leverage.value if plan.leverage is not None else None
    if plan.instant or plan.stop_loss is not None or factor is None or factor <= 1:
        return
    yield Problem(
        ("leverage", "value"),
        f"{number_text(factor)}× leverage without a stop loss: liquidation is the only stop",
        "enable `stop_loss`",
    )


@rule("SP504", Severity.ERROR, "practice")
def stop_beyond_liquidation(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """A stop loss beyond the estimated liquidation price, or (warning) within 5 percent of it.

    The estimate is for isolated margin, at the maintenance rate that `[risk.maintenance]` or the
    exchange states, else at 0.5 %, which is the least that is usual: where it is more, the warning
    comes in time. With cross margin nothing is estimated.

    Why:
        The exchange liquidates before such a stop is reached: it protects nothing.

    Bad:
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
        leverage: {enabled: true, type: isolated, value: 20}
        stop_loss: {conditional: {price: {value: 55000, type: bid}}}

    Good:
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
        leverage: {enabled: true, type: isolated, value: 5}
        stop_loss: {conditional: {price: {value: 55000, type: bid}}}
    """
    plan, stop = trade.trade, trade.trade.stop_loss
    if stop is None or plan.leverage is None:
        return
    figures = context.figures_of(trade)
    if figures.rate.source == "assumed":
        figures = replace(figures, maintenance=_LEAST)
    entry, liquidation = figures.entry_price, figures.known("liquidation")
    if entry is None or liquidation is None:
        return
    trigger = stop_trigger(plan.side, stop, entry)
    if trigger is None:
        return
    key = "value" if stop.trigger is not None else "percent"
    room = plan.side.sign * (trigger - liquidation) * 100 / liquidation
    if room > _CLOSE_TO_LIQUIDATION:
        return
    where = "beyond" if room <= 0 else f"within {percent_text(_CLOSE_TO_LIQUIDATION)} of"
    yield Problem(
        ("stop_loss", "conditional", "price", key),
        f"the stop {number_text(trigger)} lies {where} the estimated liquidation price "
        f"{nearest(liquidation, 8)}",
        "move the stop closer to the entry, or lower the leverage",
        None if room <= 0 else Severity.WARNING,
    )


@rule("SP505", Severity.WARNING, "practice")
def leverage_disabled(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """A leverage type or value given while leverage is disabled.

    Why:
        Whoever wrote a factor expects it to apply.

    Bad:
        leverage: {enabled: false, type: isolated, value: 5}

    Good:
        leverage: {enabled: false}
    """
    written = _written(trade)
    if written and trade.trade.leverage is None and written.keys() & {"type", "value"}:
        yield Problem(
            ("leverage", "enabled"),
            "leverage is disabled: its type and value are ignored",
            "write `enabled: true`, or drop them",
        )
