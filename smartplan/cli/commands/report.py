"""``smartplan report``."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from smartplan.changes.changeset import Update
from smartplan.cli import findings
from smartplan.cli.changeset_output import setting_of
from smartplan.cli.connection import connect
from smartplan.cli.files import write_file
from smartplan.cli.options import color_option, plan_options, wants_colour, workspace_of
from smartplan.cli.output import block, line
from smartplan.cli.price_files import price_options, simulation_of
from smartplan.cli.terminal import characters
from smartplan.errors import ExitCode, ServiceError, UsageError
from smartplan.report import OVERVIEW
from smartplan.report.appearance import Look
from smartplan.report.overview import Overview, Shown
from smartplan.settings import Settings
from smartplan.workflow.connecting import service_of, utc_now
from smartplan.workflow.lint_plans import LintResult, check
from smartplan.workflow.session import Session


@click.command("report")
@plan_options
@price_options
@click.option("--report", "reports", multiple=True, metavar="FORMAT=FILE", help="html, markdown …")
@click.option("--offline", is_flag=True, help="Ask no exchange: no diff, no market prices.")
@color_option
def command(
    paths: tuple[str, ...],
    environment: str | None,
    values: tuple[str, ...],
    assignments: tuple[str, ...],
    reports: tuple[str, ...],
    offline: bool,
    color: str,
    **pricing: Any,
) -> ExitCode:
    """Show the risk and the price ladders of plans; as a page with `--report html=FILE`.

    With `--prices` the page has the simulation, too.
    """
    wanted = [_wanted(pair) for pair in reports]
    workspace = workspace_of(paths, environment, values, assignments)
    checked = check(workspace, utc_now())
    findings.show_problems(checked)
    if checked.errors:
        return ExitCode.FAILED
    overview = _overview(checked, workspace.settings, offline=offline)
    if pricing["prices"]:
        simulation = simulation_of(checked.trades, workspace.settings, pricing)
        overview = replace(overview, simulation=simulation)
    for name, file in wanted:
        write_file(f"--report {name}={file}", file, OVERVIEW.render(overview, name))
        line(f"wrote {file}", err=True)
    if not wanted:
        look = Look(wants_colour(color), characters=characters())
        block(OVERVIEW.render(overview, "text", look))
    return ExitCode.FINE


def _wanted(pair: str) -> tuple[str, Path]:
    name, separator, file = pair.partition("=")
    if not separator or name not in OVERVIEW.formats or not file:
        formats = ", ".join(OVERVIEW.formats)
        raise UsageError(f"--report {pair}: not FORMAT=FILE with a format of {formats}")
    return name, Path(file)


def _overview(checked: LintResult, settings: Settings, *, offline: bool) -> Overview:
    from smartplan.workflow.reconciliation import risk_of

    plain = Overview(
        environment=settings.environment,
        service=service_of(settings),
        workspace=settings.workspace,
        plans=len(checked.plans),
        trades=tuple(Shown(p.name, p.trade, risk_of(settings, p.trade, p)) for p in checked.trades),
        fee=settings.risk.fee,
        equity=settings.risk.equity,
    )
    if offline:
        return replace(plain, offline="not asked for (--offline)")
    try:
        return _asked(plain, checked, connect(settings))
    except (ServiceError, UsageError) as error:
        return replace(plain, offline=str(error))


def _asked(plain: Overview, checked: LintResult, session: Session) -> Overview:
    """The same with the diff and the prices of the market."""
    from smartplan.report.changes.text import diff_text
    from smartplan.workflow.reconciliation import compare, risk_of

    changeset = compare(checked, session)
    diff = diff_text(changeset, setting_of(session.settings))
    updates = {
        action.of.name: (action.risk_before, action.risk_after)
        for action in changeset.actions
        if isinstance(action, Update)
    }
    asked = session.market(planned.trade for planned in checked.trades)
    market = {key: rates for key, rates in asked.items() if rates is not None}
    shown = []
    for planned in checked.trades:
        trade = planned.trade
        rates = market.get((trade.account_id, trade.pair))
        risk = risk_of(session.settings, trade, planned, rates=rates)
        closing = rates.ticker.closing(trade.side) if rates is not None else None
        shown.append(Shown(planned.name, trade, risk, closing, updates.get(planned.name)))
    return replace(plain, trades=tuple(shown), diff=diff)
