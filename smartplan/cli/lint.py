"""``smartplan lint``."""

from datetime import UTC, datetime

import click

from smartplan.cli import findings
from smartplan.cli.options import color_option, plan_options, wants_colour, workspace_of
from smartplan.errors import UsageError
from smartplan.report.findings import LintReport
from smartplan.workflow.checking import Found, Workspace

_FOR_PEOPLE = frozenset({"text", "github"})


@click.command("lint")
@plan_options
@click.option(
    "--format",
    "format_",
    type=click.Choice(findings.NAMES),
    help="Output format; `github` is the default where GITHUB_ACTIONS is set, else `text`.",
)
@click.option("--online", is_flag=True, help="Ask the exchange too: limits, market, accounts.")
@click.option(
    "--report",
    "reports",
    metavar="FORMAT=FILE",
    callback=findings.report_files,
    multiple=True,
    help="Also write a report to a file; repeatable.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 64), help="Processes; as many as are useful unless given."
)
@click.option("-q", "--quiet", is_flag=True, help="Print errors only, and nothing without one.")
@click.option("-v", "--verbose", is_flag=True, help="Say on stderr what is checked.")
@click.option("--isolate", is_flag=True, help="For plans from strangers: no environment, limits.")
@color_option
def command(
    paths: tuple[str, ...],
    environment: str | None,
    values: tuple[str, ...],
    assignments: tuple[str, ...],
    format_: str | None,
    online: bool,
    reports: tuple[findings.ReportFile, ...],
    jobs: int | None,
    quiet: bool,
    verbose: bool,
    isolate: bool,
    color: str,
) -> int:
    """Check plans: template, YAML, schema, rules, policy; offline unless --online is given.

    PATH is a file, a folder, a glob or `-`; without one, the workspace's `plans/`.
    --quiet concerns the formats text and github; every other, and every --report, stays whole.
    """
    format_ = format_ or findings.default_format()
    if isolate and online:
        raise UsageError("--isolate has neither keys nor network, which --online needs")
    if isolate:
        from smartplan.cli.isolation import run_isolated

        shown = [f"--format={format_}", f"--color={'always' if wants_colour(color) else 'never'}"]
        shown += ["--quiet"] * quiet + ["--verbose"] * verbose
        written = [f"{name}={file}" for name, file in reports]
        given = {"env": (environment,), "values": values, "set": assignments, "report": written}
        options = [f"--{name}={value}" for name, many in given.items() for value in many if value]
        return run_isolated(["lint", *shown, *options, "--", *paths], stdin="-" in paths)
    workspace = workspace_of(paths, environment, values, assignments)
    found = _online(workspace) if online else _offline(workspace, jobs)
    if verbose:
        _say_what_was_checked(workspace, found)
    report = findings.report_of(found)
    try:
        findings.write_reports(report, reports)
    finally:
        _show(report, format_, quiet=quiet, colour=wants_colour(color))
    return 1 if found.errors else 0


def _offline(workspace: Workspace, jobs: int | None) -> Found:
    from smartplan.workflow import survey

    return survey.lint(workspace, datetime.now(UTC), jobs)


def _online(workspace: Workspace) -> Found:
    from smartplan.cli.connection import connect
    from smartplan.workflow.checking import check
    from smartplan.workflow.online import lint_online

    return lint_online(check(workspace, datetime.now(UTC)), connect(workspace.settings)).found


def _show(report: LintReport, format_: str, *, quiet: bool, colour: bool) -> None:
    quiet = quiet and format_ in _FOR_PEOPLE
    shown = findings.only_errors(report) if quiet else report
    if shown.findings or not quiet:
        click.echo(findings.rendered(shown, format_, colour=colour), nl=False, color=True)


def _say_what_was_checked(workspace: Workspace, found: Found) -> None:
    settings = workspace.settings
    where = settings.file or "no smartplan.toml"
    click.echo(f"workspace {settings.workspace} ({where}), {settings.environment}", err=True)
    for name in found.plans:
        click.echo(f"checked {name}", err=True)
