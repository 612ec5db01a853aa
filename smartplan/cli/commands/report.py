"""``smartplan report``."""

from functools import partial

import click
from msgspec.structs import replace

from smartplan.cli import findings
from smartplan.cli.arguments import (
    Plans,
    ReportFile,
    colour_option,
    plans_argument,
    report_option,
    write_reports,
)
from smartplan.cli.changeset_output import setting_of
from smartplan.cli.connection import connect
from smartplan.cli.output import block, line
from smartplan.cli.price_files import Pricing, pricing_argument
from smartplan.cli.terminal import look
from smartplan.errors import ExitCode, ServiceError, UsageError
from smartplan.report import OVERVIEW
from smartplan.report.overview import Overview, Shown
from smartplan.settings import Settings
from smartplan.workflow.connecting import service_of
from smartplan.workflow.lint_plans import LintResult
from smartplan.workflow.session import Session


@click.command("report")
@plans_argument
@pricing_argument
@report_option(OVERVIEW.formats)
@click.option("--offline", is_flag=True, help="Ask no exchange: no diff, no market prices.")
@colour_option
def command(
    plans: Plans,
    pricing: Pricing,
    reports: tuple[ReportFile, ...],
    offline: bool,
    colour: bool,
) -> ExitCode:
    """Show the risk and the price ladders of plans; as a page with `--report html=FILE`.

    With `--prices` the page has the simulation, too.
    """
    settings, checked = findings.check(plans, errors_only=True)
    if checked.errors:
        return ExitCode.FAILED
    overview = _overview(checked, settings, offline=offline)
    if pricing.prices:
        overview = replace(overview, simulation=pricing.simulate(checked.trades, settings))
    write_reports(reports, partial(OVERVIEW.render, overview))
    for _, file in reports:
        line(f"wrote {file}", err=True)
    if not reports:
        block(OVERVIEW.render(overview, "text", look(colour)))
    return ExitCode.FINE


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
    from smartplan.workflow.reconciliation import compare, open_risks, risk_of, updated_risks

    changeset = compare(checked, session)
    diff = diff_text(changeset, setting_of(session.settings))
    updates, standing = updated_risks(changeset), open_risks(changeset)
    asked = session.market(planned.trade for planned in checked.trades)
    market = {key: rates for key, rates in asked.items() if rates is not None}
    shown = []
    for planned in checked.trades:
        trade = planned.trade
        rates = market.get((trade.account_id, trade.pair))
        stands = standing.get(planned.name)
        risk = stands or risk_of(session.settings, trade, planned, rates=rates)
        closing = rates.ticker.closing(trade.side) if rates is not None else None
        shown.append(Shown(planned.name, trade, risk, closing, updates.get(planned.name)))
    return replace(plain, trades=tuple(shown), diff=diff)
