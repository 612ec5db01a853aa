"""Findings for programs: schemas/findings.schema.json is the promise."""

import json
from typing import TypedDict

from smartplan.diagnostics import Finding, Severity
from smartplan.report.findings import LintReport

FORMAT_VERSION = 1


class FindingJson(TypedDict):
    """One finding; ``line`` counts in the rendered text where ``rendered`` is true."""

    code: str
    severity: str
    message: str
    hint: str | None
    file: str
    line: int
    column: int
    rendered: bool
    trade: str | None
    path: list[str | int]


def render(report: LintReport) -> str:
    """One JSON object, indented, ASCII only."""
    counts = report.counts
    document = {
        "format": "smartplan-findings",
        "format_version": FORMAT_VERSION,
        "smartplan_version": report.version,
        "summary": {
            "files": len(report.files),
            "trades": report.trades,
            "errors": counts[Severity.ERROR],
            "warnings": counts[Severity.WARNING],
            "infos": counts[Severity.INFO],
        },
        "findings": [_finding(finding) for finding in report.findings],
    }
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Finding) -> FindingJson:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "hint": finding.hint,
        "file": finding.location.file,
        "line": finding.location.line,
        "column": finding.location.column,
        "rendered": finding.location.rendered,
        "trade": finding.trade,
        "path": list(finding.path),
    }
