"""``smartplan doctor``."""

import sys

import click
from msgspec import Struct

from smartplan.cli.arguments import gathered, settings_option
from smartplan.cli.connection import connect, network, paced, patience
from smartplan.cli.output import document, line, prose
from smartplan.cli.prompts import confirm
from smartplan.cli.signals import Interruptions
from smartplan.cli.terminal import palette
from smartplan.errors import ExitCode, UsageError, worst
from smartplan.report import CONFORMANCE
from smartplan.report.health_text import health_text
from smartplan.settings import Settings
from smartplan.workflow.conformance.check import allowed_on, checked, lab_on
from smartplan.workflow.conformance.meter import REQUESTS
from smartplan.workflow.connecting import service_of
from smartplan.workflow.doctor import examined


class ConformanceOptions(Struct, frozen=True):
    """What is asked of ``--conformance``."""

    asked: bool
    account: str | None
    pair: str
    format_: str
    yes: bool


conformance_argument = gathered(
    ConformanceOptions,
    "conformance",
    click.option("--yes", is_flag=True, help="Do not ask."),
    click.option("--format", "format_", type=click.Choice(CONFORMANCE.formats), default="text"),
    click.option("--pair", default="USDT_BTC", show_default=True, help="The pair of the check."),
    click.option("--account", metavar="ALIAS", help="The account of the check, else the first."),
    click.option(
        "--conformance", "asked", is_flag=True, help="Try the service out with the smallest trades."
    ),
)


@click.command("doctor")
@conformance_argument
@settings_option
def command(settings: Settings, conformance: ConformanceOptions) -> ExitCode:
    """Check versions, store, credentials, permissions, accounts and the rate budget."""
    if conformance.asked:
        return _conformance(settings, conformance)
    if conformance.format_ != "text" or conformance.account or conformance.yes:
        raise UsageError("--format, --account and --yes belong to doctor --conformance")
    troubles = set()
    for health in examined(settings, network(), paced(urgent=True)):
        troubles.add(health.trouble)
        prose(health_text(health, palette()))
        sys.stdout.flush()
    return worst(*troubles)


def _conformance(settings: Settings, asked: ConformanceOptions) -> ExitCode:
    allowed_on(settings.environment)
    interruptions = Interruptions()
    session = connect(settings, paced(patience(None)))
    lab = lab_on(session, asked.account, asked.pair, interruptions)
    line(
        f"on {lab.account.name} ({lab.account.id}, {service_of(settings)}), paper trading:"
        f" 2 trades of {lab.grid.units} {asked.pair.partition('_')[2]}, one far from the"
        f" market, one at market; at most {REQUESTS} requests; both are ended",
        err=True,
    )
    confirm(settings.environment, yes=asked.yes)
    with interruptions:
        report = checked(lab)
    document(CONFORMANCE.render(report, asked.format_))
    if report.left_open or report.unknown:
        return ExitCode.UNKNOWN
    if report.stopped == "interrupted":
        return ExitCode.INTERRUPTED
    return ExitCode.FAILED if report.false or report.stopped else ExitCode.FINE
