"""``smartplan simulate``."""

import click

from smartplan.cli import findings
from smartplan.cli.arguments import Plans, colour_option, plans_argument
from smartplan.cli.output import document
from smartplan.cli.price_files import Pricing, pricing_argument
from smartplan.cli.studies import Studying, studying_argument
from smartplan.cli.terminal import look
from smartplan.errors import ExitCode, UsageError
from smartplan.report import SIMULATION, STUDY


@click.command("simulate")
@plans_argument
@pricing_argument
@studying_argument
@click.option("--path", "path_", type=click.Choice(["worst", "all"]), default="worst")
@click.option("--format", "format_", type=click.Choice(SIMULATION.formats), default="text")
@colour_option
def command(
    plans: Plans,
    pricing: Pricing,
    studying: Studying,
    path_: str,
    format_: str,
    colour: bool,
) -> ExitCode:
    """Run plans through a history of prices on the sandbox's engine.

    The file has ticks (`ts,bid,ask,last`) or candles (`ts,open,high,low,close`), as exchanges and
    others write them. With plans of several pairs, name the pair of each: `--prices
    USDT_BTC=btc.csv`. With `--walk` it is started again and again, with `--sweep` in variants.
    """
    if not pricing.prices:
        raise UsageError("--prices is missing: a file of ticks or candles")
    studying.check()
    settings, checked = findings.check(plans)
    if checked.errors:
        return ExitCode.FAILED
    shown = look(colour, every_path=path_ == "all")
    if studying.wanted:
        document(STUDY.render(studying.study(checked.trades, pricing, settings), format_, shown))
        return ExitCode.FINE
    simulation = pricing.simulate(checked.trades, settings)
    document(SIMULATION.render(simulation, format_, shown))
    return ExitCode.FINE
