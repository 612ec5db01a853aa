"""``smartplan simulate``."""

from functools import partial

import click

from smartplan.cli import findings
from smartplan.cli.arguments import (
    Plans,
    ReportFile,
    colour_option,
    plans_argument,
    report_option,
    write_reports,
)
from smartplan.cli.output import document, line
from smartplan.cli.price_files import Pricing, pricing_argument
from smartplan.cli.studies import Studying, studying_argument
from smartplan.cli.terminal import look
from smartplan.errors import ExitCode, UsageError
from smartplan.report import SIMULATION, STUDY


@click.command("simulate")
@plans_argument
@pricing_argument
@studying_argument
@click.option(
    "--path",
    "path_",
    type=click.Choice(["worst", "all"]),
    default="worst",
    help="Events of the worst way through each candle, or of the best, too.",
)
@click.option("--format", "format_", type=click.Choice(SIMULATION.formats), default="text")
@report_option(STUDY.formats)
@colour_option
def command(
    plans: Plans,
    pricing: Pricing,
    studying: Studying,
    path_: str,
    format_: str,
    reports: tuple[ReportFile, ...],
    colour: bool,
) -> ExitCode:
    """Run plans through a history of prices on the sandbox's engine.

    The file has ticks (`ts,bid,ask,last`) or candles (`ts,open,high,low,close`), as exchanges and
    others write them. With plans of several pairs, name the pair of each: `--prices
    USDT_BTC=btc.csv`. With `--walk` a plan is started again and again, with `--sweep` in
    variants.
    """
    if not pricing.prices:
        raise UsageError("--prices is missing: a file of ticks or candles")
    studying.check()
    if reports and not studying.wanted:
        raise UsageError(
            "--report is for a walk or a sweep",
            hint="smartplan report --prices … --report html=FILE has a single run",
        )
    settings, checked = findings.check(plans)
    if checked.errors:
        return ExitCode.FAILED
    shown = look(colour, every_path=path_ == "all")
    if studying.wanted:
        study = studying.study(checked.trades, pricing, settings)
        write_reports(reports, partial(STUDY.render, study))
        for _, file in reports:
            line(f"wrote {file}", err=True)
        document(STUDY.render(study, format_, shown))
        return ExitCode.FINE
    simulation = pricing.simulate(checked.trades, settings)
    document(SIMULATION.render(simulation, format_, shown))
    return ExitCode.FINE
