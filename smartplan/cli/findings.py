"""Findings to the formats the user asked for."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click
from msgspec.structs import replace

from smartplan.cli.files import write_file
from smartplan.cli.output import block, line
from smartplan.diagnostics import Finding, Severity
from smartplan.report import FINDINGS
from smartplan.report.appearance import Look
from smartplan.report.findings import LintReport, RuleText, lint_report
from smartplan.workflow.lint_plans import Found, LintResult

NAMES = FINDINGS.formats
ReportFile = tuple[str, Path]
"""A format and the file it is written to."""

_READ_BY_GITHUB = frozenset({"github", "sarif"})


def default_format() -> str:
    """Annotations where GitHub runs us, text elsewhere."""
    return "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"


def report_files(
    _ctx: click.Context, _option: click.Parameter, pairs: tuple[str, ...]
) -> tuple[ReportFile, ...]:
    """Each ``FORMAT=FILE``, judged before anything is read. Raises ``click.BadParameter``."""
    return tuple(map(_report_file, pairs))


def _report_file(pair: str) -> ReportFile:
    name, separator, file = pair.partition("=")
    if not separator or name not in FINDINGS.formats or not file:
        known = ", ".join(FINDINGS.formats)
        raise click.BadParameter(f"{pair}: not FORMAT=FILE with a format of {known}")
    return name, Path(file)


def report_of(found: Found) -> LintReport:
    """The report every format is made from."""
    return lint_report(
        found.findings,
        files=found.plans,
        trades=found.trades,
        sources=found.texts,
    )


def _rule_texts() -> Mapping[str, RuleText]:
    from smartplan.lint.registry import RULES

    return {
        code: RuleText(rule.severity, text.what, text.why, text.bad, text.good)
        for code, rule in sorted(RULES.items())
        for text in [rule.documentation]
    }


def rendered(report: LintReport, format_: str, *, colour: bool = False) -> str:
    """The report in one format."""
    if format_ in _READ_BY_GITHUB:
        report = _named_from_repository(report)
    if format_ == "sarif":
        report = replace(report, rules=_rule_texts())
    return FINDINGS.render(report, format_, Look(colour))


def _named_from_repository(report: LintReport) -> LintReport:
    """GitHub looks files up from the top of the checkout, wherever the step's folder is."""
    top = os.environ.get("GITHUB_WORKSPACE")
    below = os.path.relpath(Path.cwd(), top) if top else "."
    if below == "." or below.startswith(".."):
        return report

    def moved(finding: Finding) -> Finding:
        file = Path(below, finding.location.file).as_posix()
        return replace(finding, location=replace(finding.location, file=file))

    return replace(report, findings=tuple(map(moved, report.findings)))


def only_errors(report: LintReport) -> LintReport:
    """The report without warnings and notes."""
    kept = tuple(found for found in report.findings if found.severity is Severity.ERROR)
    return replace(report, findings=kept)


def write_reports(report: LintReport, wanted: tuple[ReportFile, ...]) -> None:
    """Write each ``--report FORMAT=FILE``, with its folder. Raises ``UsageError``."""
    for name, file in wanted:
        write_file(f"--report {name}={file}", file, rendered(report, name))


def stops(beside_exchange: LintResult) -> bool:
    """Show what the exchange says of what is to be sent; whether it would refuse any of it."""
    sys.stdout.flush()
    show_problems(beside_exchange)
    if beside_exchange.errors:
        line("Nothing is sent: the exchange would refuse it.", err=True)
    return beside_exchange.errors


def show_problems(checked: LintResult) -> None:
    """Errors and warnings on stderr, before a command goes on or refuses."""
    if any(finding.severity is not Severity.INFO for finding in checked.findings):
        colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        block(rendered(report_of(checked.found), "text", colour=colour), err=True)
