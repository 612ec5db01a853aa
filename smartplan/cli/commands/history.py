"""``smartplan history``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from smartplan.cli.arguments import colour_option, settings_option
from smartplan.cli.completion import trade_names
from smartplan.cli.connection import connect
from smartplan.cli.output import document, line
from smartplan.cli.terminal import look
from smartplan.errors import ExitCode, ServiceError, UsageError
from smartplan.report import HISTORY
from smartplan.report.history import HistoryReport
from smartplan.settings import Settings
from smartplan.workflow.connecting import open_journal

if TYPE_CHECKING:
    from smartplan.state.store import Event


@click.command("history")
@click.argument("name", required=False, shell_complete=trade_names)
@click.option("--run", "run_", metavar="ID", help="Only this run.")
@click.option("--offline", is_flag=True, help="Ask no exchange: no fills, no exits.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(HISTORY.formats),
    default="text",
    show_default=True,
    help="A log of the trades, or the journal's own events.",
)
@settings_option
@colour_option
def command(
    name: str | None,
    run_: str | None,
    offline: bool,
    format_: str,
    settings: Settings,
    colour: bool,
) -> ExitCode:
    """Show what happened: orders, fills, exits and moved stops, by plan or by hand.

    Fills and exits are asked for on the exchange. The other formats show the journal alone: every
    request that changes something, and what became of it.
    """
    with open_journal(settings) as journal:
        events = [event for event in journal.history(name) if run_ in {None, event.run}]
    if not events and format_ in {"text", "events"} and (name or run_):
        line("The journal has nothing of that.")
        return ExitCode.FINE
    report = HistoryReport(events)
    if format_ == "text" and events:
        report = _log(events, settings, offline=offline or run_ is not None)
    document(HISTORY.render(report, format_, look(colour)))
    return ExitCode.FINE


def _log(events: "Sequence[Event]", settings: Settings, *, offline: bool) -> HistoryReport:
    from smartplan.workflow.history import history_of_requests, history_of_trades

    missing = ""
    if not offline:
        try:
            return HistoryReport(events, history_of_trades(events, connect(settings)))
        except (ServiceError, UsageError) as error:
            missing = str(error)
    return HistoryReport(events, history_of_requests(events), missing)
