"""``smartplan markets``."""

from collections.abc import Sequence
from pathlib import Path

import click

from smartplan.cli.arguments import colour_option, env_option, load_settings, settings_option
from smartplan.cli.completion import aliases, pairs
from smartplan.cli.connection import connect
from smartplan.cli.output import block, document, line
from smartplan.cli.terminal import look
from smartplan.errors import ExitCode
from smartplan.report import MARKETS
from smartplan.report.markets import MarketRow, MarketsReport
from smartplan.report.markets.lock_text import locked_text
from smartplan.settings import Settings
from smartplan.times import utc_now
from smartplan.workflow.connecting import service_of


class _ListedUnlessNamed(click.Group):
    """``markets BTC`` is ``markets list BTC``: what is no command is what is looked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["list", *args]
        return super().parse_args(ctx, args)


account_option = click.option(
    "--account", metavar="ALIAS", help="Of this account alone.", shell_complete=aliases
)


@click.group(
    "markets", cls=_ListedUnlessNamed, subcommand_metavar="[list] [QUERY] | lock [PAIR]..."
)
def command() -> None:
    """Pairs with tick, lot, minimum and last price, per account; or lock them for lint.

    `smartplan markets BTC` lists the pairs that have BTC in their name.
    """


@command.command("list")
@click.argument("query", default="", shell_complete=pairs)
@account_option
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="Pairs per account."
)
@click.option(
    "--format", "format_", type=click.Choice(MARKETS.formats), default="text", help="Output format."
)
@settings_option
@colour_option
def list_(
    query: str, account: str | None, limit: int, format_: str, settings: Settings, colour: bool
) -> ExitCode:
    """List pairs that have QUERY in their name; each is a request."""
    from smartplan.workflow.markets import market_pairs

    found = market_pairs(connect(settings), query, account, limit)
    rows = tuple(
        MarketRow(
            one.alias, one.account.id, one.account.market_code or "", one.pair, one.terms,
            one.rates.ticker,
        )
        for one in found.pairs
    )  # fmt: skip
    report = MarketsReport(
        settings.environment, service_of(settings), utc_now(), rows, query, found.more,
        found.unknown,
    )  # fmt: skip
    document(MARKETS.render(report, format_, look(colour)))
    return ExitCode.FINE


@command.command("lock")
@click.argument("named", nargs=-1, metavar="[PAIR]...", shell_complete=pairs)
@account_option
@env_option
def lock(named: Sequence[str], account: str | None, environment: str | None) -> ExitCode:
    """Write the terms of the plans' pairs, for lint offline.

    They go into markets.lock.json of the workspace, for Git, with those of each PAIR. With it lint
    checks ticks, lots and minima offline, and templates take them by pair. Run it again to refresh
    it: what moved is shown. Accounts and environments that are not asked about stay as they are.
    """
    from smartplan.workflow.lint_plans import check, open_workspace
    from smartplan.workflow.markets import lock_markets
    from smartplan.workflow.sources import Inputs

    settings = load_settings(environment)
    checked = check(open_workspace(Inputs(optional=True), settings, Path.cwd()), utc_now())
    if checked.broken or checked.errors:
        line("plans with errors are left out: name the pairs of theirs, if it has to be", err=True)
    locked = lock_markets(connect(settings), checked, named, account)
    block(locked_text(locked.file.name, locked.pairs, locked.new, locked.moved, locked.gone))
    return ExitCode.FINE
