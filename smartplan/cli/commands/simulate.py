"""``smartplan simulate``."""

from typing import Any

import click

from smartplan.cli import findings
from smartplan.cli.options import color_option, plan_options, wants_colour, workspace_of
from smartplan.cli.output import document
from smartplan.cli.price_files import price_options, simulation_of
from smartplan.cli.terminal import characters
from smartplan.errors import ExitCode, UsageError
from smartplan.report import SIMULATION
from smartplan.report.appearance import Look
from smartplan.workflow.connecting import utc_now


@click.command("simulate")
@plan_options
@price_options
@click.option("--path", "path_", type=click.Choice(["worst", "all"]), default="worst")
@click.option("--format", "format_", type=click.Choice(SIMULATION.formats), default="text")
@color_option
def command(
    paths: tuple[str, ...],
    environment: str | None,
    values: tuple[str, ...],
    assignments: tuple[str, ...],
    path_: str,
    format_: str,
    color: str,
    **pricing: Any,
) -> ExitCode:
    """Run plans through a history of prices on the sandbox's engine.

    The CSV has ticks (`ts,bid,ask,last`) or candles (`ts,open,high,low,close`). With plans of
    several pairs, name the pair of each file: `--prices USDT_BTC=btc.csv`.
    """
    from smartplan.workflow.lint_plans import check

    if not pricing["prices"]:
        raise UsageError("--prices is missing: a CSV of ticks or candles")
    workspace = workspace_of(paths, environment, values, assignments)
    checked = check(workspace, utc_now())
    findings.show_problems(checked)
    if checked.errors:
        return ExitCode.FAILED
    simulation = simulation_of(checked.trades, workspace.settings, pricing)
    look = Look(wants_colour(color), path_ == "all", characters())
    document(SIMULATION.render(simulation, format_, look))
    return ExitCode.FINE
