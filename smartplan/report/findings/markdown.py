"""Findings as a Markdown table, for comments on pull requests and job summaries."""

from smartplan.diagnostics import Finding, Severity
from smartplan.report.appearance import Look
from smartplan.report.findings import WORST_FIRST, LintReport
from smartplan.report.markdown import escape, table_head, table_row

ROWS = 100
"""More would be cut off by the 65,536 characters a comment may have."""

_SIGNS = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.INFO: "ℹ️"}


def render(report: LintReport, _look: Look) -> str:
    """The summary as a heading, then a table, the worst first."""
    lines = [f"### smartplan lint: {report.summary}"]
    found = sorted(report.findings, key=lambda finding: WORST_FIRST.index(finding.severity))
    if found:
        lines += ["", table_head(("", "rule", "trade", "place", "finding"))]
        lines += [_row(finding) for finding in found[:ROWS]]
    if len(found) > ROWS:
        lines += ["", f"… and {len(found) - ROWS} more"]
    return "\n".join(lines) + "\n"


def _row(finding: Finding) -> str:
    message = escape(finding.message)
    if finding.hint:
        message += f"<br>{escape(finding.hint)}"
    sign = f"{_SIGNS[finding.severity]} {finding.severity}"
    trade = escape(finding.trade or "")
    return table_row((sign, finding.code, trade, escape(str(finding.location)), message))
