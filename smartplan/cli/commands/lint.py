"""``smartplan lint``."""

import os
from collections.abc import Callable, Iterable
from functools import partial

import click

from smartplan.cli import findings
from smartplan.cli.arguments import (
    Plans,
    ReportFile,
    colour_option,
    plans_argument,
    report_option,
    write_reports,
)
from smartplan.cli.isolation import ChildEnd, Isolatable, as_given, run_isolated, teller
from smartplan.cli.output import block, document, line, verbatim
from smartplan.cli.terminal import columns
from smartplan.diagnostics import Finding, Location, Severity
from smartplan.errors import ExitCode, SmartplanError, UsageError
from smartplan.report import FINDINGS
from smartplan.report.findings import LintReport
from smartplan.settings import user_folder
from smartplan.times import utc_now
from smartplan.workflow.lint_plans import LintFindings, LintResult, PlanSet
from smartplan.workflow.sources import STDIN

_FOR_PEOPLE = frozenset({"text", "github"})


@click.command("lint", cls=Isolatable)
@plans_argument
@click.option(
    "--format",
    "format_",
    type=click.Choice(FINDINGS.formats),
    help="Output format; `github` is the default where GITHUB_ACTIONS is set, else `text`.",
)
@click.option("--online", is_flag=True, help="Ask the exchange too: limits, market, accounts.")
@report_option(FINDINGS.formats)
@click.option(
    "--jobs", type=click.IntRange(1, 64), help="Processes; as many as are useful unless given."
)
@click.option("--fix", is_flag=True, help="Correct what leaves no doubt, in your own text.")
@click.option("--diff", is_flag=True, help="With --fix: show the patch, and write nothing.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only, and nothing without one.")
@click.option("-v", "--verbose", is_flag=True, help="Say on stderr what is checked.")
@click.option(
    "--isolate", is_flag=True, help="For plans from strangers: no environment, limits on resources."
)
@colour_option
def command(
    plans: Plans,
    format_: str | None,
    online: bool,
    reports: tuple[ReportFile, ...],
    jobs: int | None,
    fix: bool,
    diff: bool,
    quiet: bool,
    verbose: bool,
    isolate: bool,
    colour: bool,
) -> int:
    """Check plans: template, YAML, schema, rules, policy; offline unless --online is given.

    PATH is a file, a folder, a glob or `-`; without one, the workspace's `plans/`.
    They are judged in every environment that has accounts or a values file; in one with --env,
    and with --online in the workspace's own.
    --quiet concerns the formats text and github; every other, and every --report, stays whole.

    --fix corrects volumes that miss 100 by rounding, quotes, misspelt keys, a missing `type` or
    `enabled`, flags, and with --online ticks and lots; outside of that nothing changes.
    """
    if diff and not fix:
        raise UsageError("--diff shows what --fix would write", hint="add --fix")
    if fix and (isolate or STDIN in plans.paths):
        raise UsageError("--fix writes into plans: not with --isolate, and not for `-`")
    if isolate and online:
        raise UsageError("--isolate keeps plans away from keys and network: --online needs both")
    if isolate:
        ended = run_isolated(["lint", *as_given()], stdin=STDIN in plans.paths)
        if ended.cause is None:
            return ended.code
        found = _killed(ended)
    else:
        if fix and (shown := _fixed(plans.workspace(), online=online, look=diff)):
            return shown
        workspace = plans.workspace(began=teller())
        every = plans.environment is None
        found = _online(workspace) if online else _offline(workspace, jobs, every=every)
        if verbose:
            _say_what_was_checked(workspace, found)
    report = findings.report_of(found)
    try:
        write_reports(reports, partial(findings.rendered, report))
    finally:
        _show(report, format_ or findings.default_format(), quiet=quiet, colour=colour)
    return ExitCode.FAILED if found.errors else ExitCode.FINE


def _fixed(workspace: PlanSet, *, online: bool, look: bool) -> ExitCode | None:
    """Correct the plans, or (``look``) show how, which is the end then."""
    from smartplan.workflow.fixes import Fixing, fix

    more = _of_exchange(workspace) if online else None
    fixes = fix(Fixing(workspace, utc_now(), more) if more else Fixing(workspace, utc_now()))
    if look:
        block(fixes.files.diff())
    else:
        fixes.files.write()
    for one in fixes.done:
        verb = "would be fixed" if look else "fixed"
        line(f"{one.location}: {verb}: {one.message}", err=True)
    for refused in fixes.refused:
        line(f"{refused.finding.location}: not fixed: {refused.reason}", err=True)
    pending = ExitCode.PENDING if fixes.done else ExitCode.FINE
    return pending if look else None


def _of_exchange(workspace: PlanSet) -> Callable[[LintResult], Iterable[Finding]]:
    """What the exchange says of a plan's trades, as they are at that moment."""
    from smartplan.cli.connection import connect
    from smartplan.workflow.online_findings import lint_online

    session = connect(workspace.settings)

    return lambda checked: lint_online(checked, session).findings


def _killed(ended: ChildEnd) -> LintFindings:
    """The plan at which the child was killed, as a finding."""
    if ended.at is None:
        raise SmartplanError(f"the isolated run {ended.cause}")
    finding = Finding(
        "SP001",
        Severity.ERROR,
        f"checking it {ended.cause}",
        Location(ended.at, 1),
        hint="nothing is said of the other plans: check them without this one",
    )
    return LintFindings((finding,), (ended.at,), 0, {})


def _offline(workspace: PlanSet, jobs: int | None, *, every: bool) -> LintFindings:
    from smartplan.workflow import lint_many

    memory = user_folder(os.environ)
    return lint_many.lint(workspace, utc_now(), jobs, every=every, memory=memory)


def _online(workspace: PlanSet) -> LintFindings:
    from smartplan.cli.connection import connect
    from smartplan.workflow.lint_plans import check
    from smartplan.workflow.online_findings import lint_online

    return lint_online(check(workspace, utc_now()), connect(workspace.settings)).found


def _show(report: LintReport, format_: str, *, quiet: bool, colour: bool) -> None:
    quiet = quiet and format_ in _FOR_PEOPLE
    shown = findings.only_errors(report) if quiet else report
    if shown.findings or not quiet:
        text = findings.rendered(shown, format_, colour=colour, columns=columns())
        verbatim(text) if format_ == "github" else document(text)


def _say_what_was_checked(workspace: PlanSet, found: LintFindings) -> None:
    settings = workspace.settings
    where = settings.file or "no smartplan.toml"
    line(f"workspace {settings.workspace} ({where}), {', '.join(found.environments)}", err=True)
    for name in found.plans:
        line(f"checked {name}", err=True)
