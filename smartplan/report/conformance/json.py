"""A check for programs, and for an issue: schemas/conformance.schema.json is the promise."""

from smartplan.api.assumptions import ASSUMPTIONS
from smartplan.api.conformance import ConformanceReport
from smartplan.report.appearance import Look
from smartplan.report.envelope import enveloped


def render(report: ConformanceReport, _look: Look) -> str:
    """Every row with its sentence, and the recording."""
    rows = [
        {
            "assumption": row.assumption,
            "sentence": ASSUMPTIONS[row.assumption].sentence if row.assumption else None,
            "verdict": row.verdict.value,
            "seen": row.seen,
        }
        for row in report.rows
    ]
    content: dict[str, object] = {
        "environment": report.environment,
        "at": report.at,
        "requests": report.requests,
        "opened": report.opened,
        "left_open": list(report.left_open),
        "unknown": report.unknown,
        "stopped": report.stopped or None,
        "rows": rows,
        "recording": list(report.recording),
    }
    return enveloped("conformance", content)
