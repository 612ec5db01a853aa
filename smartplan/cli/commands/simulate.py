"""``smartplan simulate``."""

import click

from smartplan.cli import findings
from smartplan.cli.arguments import Plans, colour_option, plans_argument
from smartplan.cli.output import document
from smartplan.cli.price_files import Pricing, pricing_argument
from smartplan.cli.terminal import look
from smartplan.errors import ExitCode, UsageError
from smartplan.report import SIMULATION


@click.command("simulate")
@plans_argument
@pricing_argument
@click.option("--path", "path_", type=click.Choice(["worst", "all"]), default="worst")
@click.option("--format", "format_", type=click.Choice(SIMULATION.formats), default="text")
@colour_option
def command(
    plans: Plans,
    pricing: Pricing,
    path_: str,
    format_: str,
    colour: bool,
) -> ExitCode:
    """Run plans through a history of prices on the sandbox's engine.

    The CSV has ticks (`ts,bid,ask,last`) or candles (`ts,open,high,low,close`). With plans of
    several pairs, name the pair of each file: `--prices USDT_BTC=btc.csv`.
    """
    if not pricing.prices:
        raise UsageError("--prices is missing: a CSV of ticks or candles")
    settings, checked = findings.check(plans)
    if checked.errors:
        return ExitCode.FAILED
    simulation = pricing.simulate(checked.trades, settings)
    document(SIMULATION.render(simulation, format_, look(colour, every_path=path_ == "all")))
    return ExitCode.FINE
