"""``smartplan history``."""

import click

from smartplan.cli.arguments import settings_option
from smartplan.cli.output import document, line
from smartplan.errors import ExitCode
from smartplan.report import HISTORY
from smartplan.settings import Settings
from smartplan.workflow.connecting import open_journal


@click.command("history")
@click.argument("name", required=False)
@click.option("--run", "run_", metavar="ID", help="Only this run.")
@click.option("--format", "format_", type=click.Choice(HISTORY.formats), default="text")
@settings_option
def command(name: str | None, run_: str | None, format_: str, settings: Settings) -> ExitCode:
    """Show the journal: every request that changes something, and what became of it."""
    with open_journal(settings) as journal:
        events = [event for event in journal.history(name) if run_ in {None, event.run}]
    if not events and format_ == "text" and (name or run_):
        line("The journal has nothing of that.")
        return ExitCode.FINE
    document(HISTORY.render(events, format_))
    return ExitCode.FINE
