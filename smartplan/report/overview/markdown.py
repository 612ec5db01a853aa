"""The report for comments on pull requests and job summaries."""

from collections.abc import Iterator

from smartplan.report import SIMULATION, drawings
from smartplan.report.appearance import PLAIN, Look
from smartplan.report.markdown import escape, fenced, table_head, table_row
from smartplan.report.overview import Overview
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
    for shown in overview.trades:
        lines += ["", f"#### {escape(shown.name)}", "", escape(trade_line(shown.trade)), ""]
        lines.append(fenced("\n".join(drawings.ladder(shown.levels, PLAIN))))
        lines += [line for remark in remarks(shown, overview) for line in ("", escape(remark))]
    lines += ["", "#### What apply would do", "", fenced("\n".join(diff_lines(overview)))]
    if overview.simulation is not None:
        rendered = SIMULATION.render(overview.simulation, "text")
        lines += ["", "#### Simulation", "", fenced(rendered.rstrip())]
    return "\n".join(lines) + "\n"


def _risks(overview: Overview) -> Iterator[str]:
    yield table_head(RISK_COLUMNS, right=FIGURES)
    for row in risk_rows(overview):
        yield table_row([escape(cell) for cell in row])
