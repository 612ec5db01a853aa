"""``smartplan report``."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from smartplan.api.entities import Rates
from smartplan.changes.changeset import Update
from smartplan.cli import findings
from smartplan.cli.connection import connect
from smartplan.cli.drawing import characters
from smartplan.cli.files import write_file
from smartplan.cli.options import color_option, plan_options, wants_colour, workspace_of
from smartplan.cli.output import block, line
from smartplan.cli.prices import price_options, simulation_of
from smartplan.cli.reporting import setting_of
from smartplan.errors import ServiceError, UsageError
from smartplan.report.overview import Overview, Shown
from smartplan.report.simulation import Look
from smartplan.settings import Settings
from smartplan.trade.model import Side, Trade
from smartplan.workflow.checking import Checked, check
from smartplan.workflow.connecting import service_of, utc_now
from smartplan.workflow.session import Session


def _html(overview: Overview) -> str:
    from smartplan.report.overview_html import as_html

    return as_html(overview)


def _markdown(overview: Overview) -> str:
    from smartplan.report.overview_text import as_markdown

    return as_markdown(overview)


def _json(overview: Overview) -> str:
    from smartplan.report.overview_data import as_json

    return as_json(overview)


FORMATS: dict[str, Callable[[Overview], str]] = {
    "html": _html,
    "markdown": _markdown,
    "json": _json,
}


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
) -> int:
    """Show the risk and the price ladders of plans; as a page with `--report html=FILE`.

    With `--prices` the page has the simulation, too.
    """
    wanted = [_wanted(pair) for pair in reports]
    workspace = workspace_of(paths, environment, values, assignments)
    checked = check(workspace, utc_now())
    findings.show_problems(checked)
    if checked.errors:
        return 1
    overview = _overview(checked, workspace.settings, offline=offline)
    if pricing["prices"]:
        simulation = simulation_of(checked.trades, workspace.settings, pricing)
        overview = replace(overview, simulation=simulation)
    for name, file in wanted:
        write_file(f"--report {name}={file}", file, FORMATS[name](overview))
        line(f"wrote {file}", err=True)
    if not wanted:
        from smartplan.report.overview_text import as_text

        look = Look(wants_colour(color), characters=characters())
        block(as_text(overview, look))
    return 0


def _wanted(pair: str) -> tuple[str, Path]:
    name, separator, file = pair.partition("=")
    if not separator or name not in FORMATS or not file:
        formats = ", ".join(FORMATS)
        raise UsageError(f"--report {pair}: not FORMAT=FILE with a format of {formats}")
    return name, Path(file)


def _overview(checked: Checked, settings: Settings, *, offline: bool) -> Overview:
    from smartplan.workflow.changing import risk_of

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


def _asked(plain: Overview, checked: Checked, session: Session) -> Overview:
    """The same with the diff and the prices of the market."""
    from smartplan.report.changes_text import diff_text
    from smartplan.workflow.changing import compare, risk_of

    changeset = compare(checked, session)
    diff = diff_text(changeset, setting_of(session.settings, colour=False))
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
        market_price, update = _closing_price(trade, rates), updates.get(planned.name)
        shown.append(Shown(planned.name, trade, risk, market_price, update))
    return replace(plain, trades=tuple(shown), diff=diff)


def _closing_price(trade: Trade, rates: Rates | None) -> Decimal | None:
    """What leaving would bring (long) or cost (short) now."""
    if rates is None:
        return None
    return (rates.bid if trade.side is Side.LONG else rates.ask) or rates.last
