"""SP5: leverage."""

from collections.abc import Iterator

from smartplan.diagnostics import Severity
from smartplan.lint.context import Context
from smartplan.lint.registry import Problem, rule
from smartplan.trade.parse import PlannedTrade


@rule("SP502", Severity.ERROR, "documented", firm=True)
def leverage_value(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """Leverage is enabled without a type, or (warning) without a value.

    Why:
        The service refuses it without a type. Without a value the account's own setting applies,
        which is not in the plan and may be anything.

    Bad:
        leverage: {enabled: true, value: 5}

    Good:
        leverage: {enabled: true, type: isolated, value: 5}
    """
    leverage = trade.trade.leverage
    if leverage is not None and leverage.value is None:
        yield Problem(
            ("leverage",),
            "leverage without a value: whatever the account is set to applies",
            "add `value: 5`, or what you mean",
            Severity.WARNING,
            key=True,
        )
