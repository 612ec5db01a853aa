"""Findings for people: the place, what is wrong, the line itself, the way out."""

from collections.abc import Iterator

from smartplan.diagnostics import Finding, Location, Severity
from smartplan.report.appearance import Look, Palette, Style
from smartplan.report.findings import LintReport, Sources
from smartplan.report.folds import fold
from smartplan.report.foreign_text import clean, width

REACH = 80
"""Characters of a line shown on either side of the caret."""

_STYLES = {
    Severity.ERROR: (Style.BOLD, Style.RED),
    Severity.WARNING: (Style.BOLD, Style.YELLOW),
    Severity.INFO: (Style.BOLD, Style.CYAN),
}


def render(report: LintReport, look: Look) -> str:
    """One block per finding in file order, then the summary line."""
    palette = look.palette
    blocks = ["\n".join(_block(finding, report.sources, look)) for finding in report.findings]
    return "\n\n".join([*blocks, _summary(report, palette)]) + "\n"


def _summary(report: LintReport, palette: Palette) -> str:
    worst = next((severity for severity, number in report.counts.items() if number), None)
    styles = _STYLES[worst] if worst else (Style.GREEN,)
    return palette.paint(report.summary, *styles)


def _block(finding: Finding, sources: Sources, look: Look) -> Iterator[str]:
    palette, wide = look.palette, look.columns
    place = palette.paint(str(finding.location), Style.BOLD)
    kind = palette.paint(f"{finding.severity} {finding.code}", *_STYLES[finding.severity])
    owner = palette.paint(f" [{finding.trade}]", Style.DIM) if finding.trade else ""
    yield fold(f"{place}: {kind}: {finding.message}{owner}", wide)
    gutter = " " * max(4, len(str(finding.location.line)))
    reach = REACH if wide is None else min(REACH, (wide - len(gutter) - 5) // 2)
    yield from _excerpt(finding.location, sources, gutter, palette, reach)
    if finding.hint:
        yield fold(f"{gutter} {palette.paint('=', Style.BLUE)} {finding.hint}", wide)


def _excerpt(
    location: Location, sources: Sources, gutter: str, palette: Palette, reach: int
) -> Iterator[str]:
    lines = sources.get(location.file, ())
    if location.rendered or not 1 <= location.line <= len(lines):
        return
    before, after = _around(lines[location.line - 1], location.column - 1, reach)
    if not (before + after).strip():
        return
    bar = palette.paint("|", Style.BLUE)
    caret = palette.paint("^", *_STYLES[Severity.ERROR])
    yield f"{location.line:>{len(gutter)}} {bar} {(before + after).rstrip()}"
    yield f"{gutter} {bar} {' ' * width(before)}{caret}"


def _around(line: str, caret: int, reach: int) -> tuple[str, str]:
    """What stands before and after the caret, cut where the line is long."""
    start, end = max(0, caret - reach), max(caret + reach, 2 * reach)
    before = ("…" if start else "") + clean(line[start:caret])
    return before, clean(line[caret:end]) + ("…" if end < len(line) else "")
