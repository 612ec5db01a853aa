"""Findings for programs: schemas/findings.schema.json is the promise."""

from smartplan.diagnostics import Finding, Severity
from smartplan.report.appearance import Look
from smartplan.report.envelope import enveloped
from smartplan.report.findings import LintReport


def render(report: LintReport, _look: Look) -> str:
    """One JSON object."""
    counts = report.counts
    content = {
        "summary": {
            "files": len(report.files),
            "trades": report.trades,
            "errors": counts[Severity.ERROR],
            "warnings": counts[Severity.WARNING],
            "infos": counts[Severity.INFO],
        },
        "findings": [finding_json(finding) for finding in report.findings],
    }
    return enveloped("findings", content)


def finding_json(finding: Finding) -> dict[str, object]:
    """One finding; ``line`` counts in the rendered text where ``rendered`` is true."""
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
        "path": finding.path,
    }
