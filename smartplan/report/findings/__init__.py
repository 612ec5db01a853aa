"""What a lint run found, made safe to print once, for every format."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from smartplan.diagnostics import Finding, Severity, shortened
from smartplan.report.foreign_text import clean
from smartplan.report.words import counted

if TYPE_CHECKING:
    from smartplan.lint.registry import Rule

Sources = Mapping[str, Sequence[str]]
"""The lines of the files that findings point into, by file name; files may be missing."""

WORST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)

LONGEST, LONGEST_NAME = 500, 100
"""Characters of a message, and of a name in it; what is longer was written to be long."""

_NOUNS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


class LintReport(Struct, frozen=True):
    """Findings in file order and what was looked at; built by ``lint_report``.

    ``files`` are the checked plans, ``trades`` how many trades they hold.
    """

    findings: tuple[Finding, ...]
    files: tuple[str, ...]
    trades: int
    sources: Sources = field(default_factory=dict)
    rules: Mapping[str, "Rule"] = field(default_factory=dict)

    @property
    def counts(self) -> Mapping[Severity, int]:
        """How many findings of each severity."""
        found = Counter(finding.severity for finding in self.findings)
        return {severity: found[severity] for severity in WORST_FIRST}

    @property
    def summary(self) -> str:
        """``1 error, 2 warnings in 3 plans (5 trades).``"""
        found = [counted(number, _NOUNS[kind]) for kind, number in self.counts.items() if number]
        where = f"{counted(len(self.files), 'plan')} ({counted(self.trades, 'trade')})"
        return f"{', '.join(found) or 'No findings'} in {where}."


def lint_report(
    findings: Iterable[Finding],
    *,
    files: Iterable[str],
    trades: int,
    sources: Sources | None = None,
    rules: "Mapping[str, Rule] | None" = None,
) -> LintReport:
    """A report whose findings are sorted, free of control characters, and no more than are read."""
    return LintReport(
        findings=readable(findings),
        files=tuple(sorted(clean(file) for file in files)),
        trades=trades,
        sources={clean(file): lines for file, lines in (sources or {}).items()},
        rules=rules or {},
    )


def readable(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings as they may be shown: in order, clean, and no more than are read."""
    return tuple(_cleaned(finding) for finding in sorted(shortened(findings), key=_order))


def _order(finding: Finding) -> tuple[tuple[str, int, int, str, str], str]:
    return (finding.sort_key, finding.trade or "")


def _cleaned(finding: Finding) -> Finding:
    return replace(
        finding,
        message=_short(finding.message, LONGEST),
        hint=None if finding.hint is None else _short(finding.hint, LONGEST),
        trade=None if finding.trade is None else _short(finding.trade, LONGEST_NAME),
        location=replace(finding.location, file=clean(finding.location.file)),
        path=tuple(_short(k, LONGEST_NAME) if isinstance(k, str) else k for k in finding.path),
    )


def _short(text: str, most: int) -> str:
    shown = clean(text[: 2 * most])
    return shown if len(shown) <= most else f"{shown[:most]}…"
