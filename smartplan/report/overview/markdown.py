"""The report for comments on pull requests and job summaries."""

from collections.abc import Iterator

from smartplan.report import SIMULATION, drawings
from smartplan.report.appearance import PLAIN, Look
from smartplan.report.markdown import escape, fenced, table_head, table_row
from smartplan.report.outlook_text import SCENARIO_COLUMNS, heat_lines, scenario_rows
from smartplan.report.overview import Overview, Shown
from smartplan.report.overview.text import (
    FIGURES,
    RISK_COLUMNS,
    diff_lines,
    heading,
    remarks,
    risk_rows,
)
from smartplan.report.risk_text import total_line
from smartplan.report.trade_text import trade_line


def render(overview: Overview, _look: Look) -> str:
    """The risk table, a ladder per trade, the diff, the simulation."""
    lines = [f"### {escape(heading(overview))}", "", *_risks(overview), ""]
    lines += [f"- {escape(total_line(total, overview.equity))}" for total in overview.totals]
    lines += [f"- {escape(line)}" for line in heat_lines(overview.risks, overview.equity)]
    for shown in overview.trades:
        lines += ["", f"#### {escape(shown.name)}", "", escape(trade_line(shown.trade)), ""]
        lines.append(fenced("\n".join(drawings.ladder(shown.levels, PLAIN))))
        lines += ["", *_scenarios(shown)]
        lines += [line for remark in remarks(shown, overview) for line in ("", escape(remark))]
    lines += ["", "#### What apply would do", "", fenced("\n".join(diff_lines(overview)))]
    if overview.simulation is not None:
        rendered = SIMULATION.render(overview.simulation, "text")
        lines += ["", "#### Simulation", "", fenced(rendered.rstrip())]
    return "\n".join(lines) + "\n"


def _scenarios(shown: Shown) -> Iterator[str]:
    rows = scenario_rows(shown.risk)
    if rows:
        yield table_head(SCENARIO_COLUMNS, right=(1, 2, 3))
    for row in rows:
        yield table_row([escape(cell) for cell in row])


def _risks(overview: Overview) -> Iterator[str]:
    yield table_head(RISK_COLUMNS, right=FIGURES)
    for row in risk_rows(overview):
        yield table_row([escape(cell) for cell in row])
