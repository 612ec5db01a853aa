"""``smartplan stats``."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import click

from smartplan.cli.arguments import colour_option, settings_option
from smartplan.cli.connection import connect, max_wait_option, paced
from smartplan.cli.output import document
from smartplan.cli.terminal import look
from smartplan.errors import ExitCode, UsageError
from smartplan.report import STATS
from smartplan.report.stats import GROUPINGS, Grouping, StatsReport
from smartplan.settings import Settings
from smartplan.workflow.connecting import service_of


@click.command("stats")
@click.option(
    "--by",
    multiple=True,
    type=click.Choice(GROUPINGS),
    help="Group by this; repeatable. All of them unless given.",
)
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Created from this day on."
)
@click.option(
    "--prices",
    multiple=True,
    metavar="PAIR=FILE",
    help="Ticks or candles of a pair: how far prices went (MAE, MFE); repeatable.",
)
@click.option("--tz", metavar="ZONE", help="Of times in --prices that name none.")
@click.option("--format", "format_", type=click.Choice(STATS.formats), default="text")
@max_wait_option
@colour_option
@settings_option
def command(
    by: tuple[Grouping, ...],
    since: datetime | None,
    prices: tuple[str, ...],
    tz: str | None,
    format_: str,
    max_wait: float,
    colour: bool,
    settings: Settings,
) -> ExitCode:
    """Show what really happened: P/L, R and slippage of the trades that are over.

    R is P/L per loss that was planned at the stop, as the journal has it. Tags are the words that
    begin with # in a note.
    """
    from smartplan.simulation.histories.history import FileReading
    from smartplan.simulation.track_record_prices import read_prices
    from smartplan.workflow.track_record import track_record

    histories = read_prices(_files(prices), FileReading(zone=tz))
    first: date | None = since.date() if since is not None else None
    record = track_record(connect(settings, paced(max_wait)), since=first, histories=histories)
    report = StatsReport(record, service_of(settings), tuple(dict.fromkeys(by)) or GROUPINGS)
    document(STATS.render(report, format_, look(colour)))
    return ExitCode.FINE


def _files(prices: Iterable[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for text in prices:
        pair, separator, name = text.partition("=")
        if not separator or pair in found:
            wrong = "named twice" if separator else "whose prices are these?"
            raise UsageError(f"--prices {text}: {wrong}", hint="once per pair: --prices PAIR=FILE")
        found[pair] = Path(name)
    return found
