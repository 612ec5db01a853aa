"""Findings of the plans, in the formats the user asked for."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from smartplan.cli.arguments import Plans, Targets
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

if TYPE_CHECKING:
    from smartplan.cli.permissions import OverrideOptions

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


def check(
    plans: Plans,
    targets: Targets | None = None,
    excused: "OverrideOptions | None" = None,
    *,
    optional: bool = False,
    errors_only: bool = False,
) -> tuple[Settings, LintResult]:
    """The plans with their settings; errors are shown on stderr.

    So are the warnings of the ``targets``, unless they are for others to tell (``errors_only``):
    lint, diff and apply do. Of a guard rail that is ``excused`` it is said that it is overridden.
    """
    workspace = plans.workspace(optional=optional)
    return workspace.settings, check_set(workspace, targets, excused, errors_only=errors_only)


def check_set(
    workspace: PlanSet,
    targets: Targets | None = None,
    excused: "OverrideOptions | None" = None,
    *,
    errors_only: bool = False,
) -> LintResult:
    """The same for the plans of a workspace."""
    checked = lint_plans.check(workspace, utc_now())
    chosen = None
    if targets is not None and not checked.errors:
        narrowed = targets.of(checked)
        chosen = {trade.name for trade in narrowed.trades} | narrowed.broken
    shown = [
        _as_overridden(found, excused) if excused is not None else found
        for found in checked.findings
        if found.severity is Severity.ERROR
        or not (errors_only or (chosen is not None and found.trade not in {None, *chosen}))
    ]
    show_problems(checked.with_findings(shown))
    return checked


def _as_overridden(found: Finding, excused: "OverrideOptions") -> Finding:
    """What is said of a guard rail that the command line sets aside for this trade."""
    hint = found.hint or ""
    for text in excused.override:
        rule, _, name = text.partition(":")
        if f"--override {rule} " in hint and name in {"", found.trade}:
            return replace(found, hint=f"overridden: {excused.reason}")
    return found


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
