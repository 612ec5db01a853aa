"""What plans are judged by: the rules that are selected, and what these may know."""

from datetime import datetime
from typing import TYPE_CHECKING

from smartplan.diagnostics import Severity
from smartplan.settings import Settings
from smartplan.settings.toml import read_file
from smartplan.trade.parse import Entry
from smartplan.workflow.market_lock import locked_rates

if TYPE_CHECKING:
    from smartplan.lint.context import Context
    from smartplan.lint.registry import Selection


def context_of(settings: Settings, now: datetime, neighbours: tuple[Entry, ...] = ()) -> "Context":
    """What rules may know beyond the trade they judge, offline."""
    from smartplan.lint.context import Context
    from smartplan.trade.contract import Contracts
    from smartplan.trade.policy import read_policy

    return Context(
        workspace=settings.workspace,
        now=now,
        accounts=settings.accounts,
        neighbours=neighbours,
        risk=settings.risk,
        contracts=Contracts.of_settings(settings),
        far_stop=settings.lint.far_stop,
        least_reward_risk=settings.lint.least_reward_risk,
        environment=settings.environment,
        policy=read_policy(
            settings.policy, equity=settings.risk.equity, environment=settings.environment
        ),
        market=locked_rates(settings),
    )


def selection_of(settings: Settings) -> "Selection":
    """The rules that the settings select. Raises ``UsageError`` for a code there is not."""
    from smartplan.lint import registry

    lint = settings.lint
    named = {key: registry.unknown_codes(getattr(lint, key)) for key in ("select", "ignore")}
    named["severity"] = tuple(code for code in lint.severity if code not in registry.RULES)
    for key, unknown in named.items():
        if unknown and settings.file is not None:
            raise (
                read_file(settings.file)
                .at("lint", key)
                .wrong(f"names no rule: {', '.join(unknown)}", "`smartplan rules` lists them")
            )
    severity = {code: Severity(level) for code, level in lint.severity.items()}
    return registry.Selection(lint.select, lint.ignore, severity)
