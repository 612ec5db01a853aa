"""Findings as GitHub annotations, the rest as plain log lines.

GitHub shows 10 annotations of each level per step and drops the others without a word.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from smartplan.diagnostics import Finding, Severity
from smartplan.report.appearance import Look
from smartplan.report.findings import WORST_FIRST, LintReport

SHOWN = 10

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: LintReport, _look: Look) -> str:
    """Annotations, the worst first; what GitHub would drop is counted in the last of its level."""
    lines: list[str] = []
    for severity in WORST_FIRST:
        found = [finding for finding in report.findings if finding.severity is severity]
        lines.extend(_of_level(_LEVELS[severity], found))
    return "\n".join([*lines, _log_text(report.summary)]) + "\n"


def _of_level(level: str, found: Sequence[Finding]) -> Iterator[str]:
    shown = len(found) if len(found) <= SHOWN else SHOWN - 1
    yield from (_annotation(level, finding) for finding in found[:shown])
    rest = found[shown:]
    if rest:
        counts = Counter(finding.location.file for finding in rest)
        named = [f"{file} ({count})" for file, count in list(counts.items())[:SHOWN]]
        named += [f"{len(counts) - SHOWN} more files"] if len(counts) > SHOWN else []
        where = ", ".join(named)
        yield f"::{level} title={len(rest)} more::{_data(f'see the log: {where}')}"
        yield from (f"{level} {_log_text(_line(finding))}" for finding in rest)


def _annotation(level: str, finding: Finding) -> str:
    location = finding.location
    properties = [f"file={_property(location.file)}"]
    if not location.rendered:
        properties += [f"line={location.line}", f"col={location.column}"]
    properties.append(f"title={_property(_title(finding))}")
    lines = [finding.message]
    if finding.hint:
        lines.append(finding.hint)
    if location.rendered:
        lines.append(f"line {location.line} of the rendered plan")
    return f"::{level} {','.join(properties)}::{_data(chr(10).join(lines))}"


def _title(finding: Finding) -> str:
    return f"{finding.code} {finding.trade}" if finding.trade else finding.code


def _line(finding: Finding) -> str:
    return f"{_title(finding)} {finding.location}: {finding.message}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _log_text(text: str) -> str:
    """The runner obeys ``##[command]`` anywhere in a line; ``::`` only at its start."""
    return text.replace("##[", "## [")
