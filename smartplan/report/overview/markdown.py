"""The report for comments on pull requests and job summaries."""

from collections.abc import Iterator

from smartplan.report import ladder_text, simulation_text
from smartplan.report.look import PLAIN, Look
from smartplan.report.markdown import escape
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
    lines = [f"### {escape(heading(overview))}", "", *_markdown_table(overview), ""]
    lines += [f"- {escape(total_line(total, overview.equity))}" for total in overview.totals]
    for shown in overview.trades:
        lines += ["", f"#### {escape(shown.name)}", "", escape(trade_line(shown.trade)), ""]
        lines += _fenced(ladder_text.ladder(shown.levels, PLAIN))
        lines += [line for remark in remarks(shown, overview) for line in ("", escape(remark))]
    lines += ["", "#### What apply would do", "", *_fenced(diff_lines(overview))]
    if overview.simulation is not None:
        rendered = simulation_text.render(overview.simulation, Look())
        lines += ["", "#### Simulation", "", *_fenced(rendered.rstrip().split("\n"))]
    return "\n".join(lines) + "\n"


def _markdown_table(overview: Overview) -> Iterator[str]:
    yield _markdown_row(list(RISK_COLUMNS))
    yield _markdown_row(["---:" if n in FIGURES else "---" for n in range(len(RISK_COLUMNS))])
    for row in risk_rows(overview):
        yield _markdown_row([escape(cell) for cell in row])


def _markdown_row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _fenced(lines: list[str]) -> list[str]:
    """A block of text as it is; its fence is longer than any run of backticks inside."""
    longest = max((len(run) for line in lines for run in _backticks(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", *lines, fence]


def _backticks(line: str) -> list[str]:
    return "".join(c if c == "`" else " " for c in line).split()
