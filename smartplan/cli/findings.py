"""Findings of the plans, in the formats the user asked for."""

import os
import sys
from pathlib import Path

from msgspec.structs import replace

from smartplan.cli.arguments import Plans
from smartplan.cli.output import block, line
from smartplan.cli.terminal import columns, wants_colour
from smartplan.diagnostics import Finding, Severity
from smartplan.report import FINDINGS
from smartplan.report.appearance import Look
from smartplan.report.findings import LintReport, lint_report
from smartplan.settings import Settings
from smartplan.times import utc_now
from smartplan.workflow import lint_plans
from smartplan.workflow.lint_plans import LintFindings, LintResult, PlanSet

_READ_BY_GITHUB = frozenset({"github", "sarif"})


def default_format() -> str:
    """Annotations where GitHub runs us, text elsewhere."""
    return "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"


def report_of(found: LintFindings) -> LintReport:
    """The report every format is made from."""
    return lint_report(found.findings, files=found.plans, trades=found.trades, sources=found.texts)


def rendered(
    report: LintReport, format_: str, *, colour: bool = False, columns: int | None = None
) -> str:
    """The report in one format; ``columns`` are those of the terminal it is for."""
    if format_ in _READ_BY_GITHUB:
        report = _named_from_repository(report)
    if format_ == "sarif":
        from smartplan.lint.registry import RULES

        report = replace(report, rules=RULES)
    return FINDINGS.render(report, format_, Look(colour, columns=columns))


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


def check(plans: Plans, *, optional: bool = False) -> tuple[Settings, LintResult]:
    """The plans with their settings; errors and warnings are shown on stderr."""
    workspace = plans.workspace(optional=optional)
    return workspace.settings, check_set(workspace)


def check_set(workspace: PlanSet) -> LintResult:
    """The plans of a workspace; errors and warnings are shown on stderr."""
    checked = lint_plans.check(workspace, utc_now())
    show_problems(checked)
    return checked


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
        wide, colour = columns(err=True), wants_colour(err=True)
        text = rendered(report_of(checked.found), "text", colour=colour, columns=wide)
        block(text, err=True)
