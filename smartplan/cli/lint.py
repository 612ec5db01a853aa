"""``smartplan lint``."""

from datetime import UTC, datetime

import click

from smartplan.cli import findings
from smartplan.cli.options import color_option, plan_options, wants_colour, workspace_of
from smartplan.report import FORMATS


@click.command("lint")
@plan_options
@click.option("--format", "format_", type=click.Choice(findings.NAMES), help="Output format.")
@click.option("--report", "reports", multiple=True, metavar="FORMAT=FILE", help="Also write it.")
@click.option("--isolate", is_flag=True, help="For plans from strangers: no environment, limits.")
@color_option
def command(
    paths: tuple[str, ...],
    environment: str | None,
    values: tuple[str, ...],
    assignments: tuple[str, ...],
    format_: str | None,
    reports: tuple[str, ...],
    isolate: bool,
    color: str,
) -> int:
    """Check plans offline: template, YAML, schema, rules.

    PATH is a file, a folder, a glob or `-`; without one, the workspace's `plans/`.
    """
    format_ = format_ or findings.default_format()
    if isolate:
        from smartplan.cli.isolation import run_isolated

        shown = [f"--format={format_}", f"--color={'always' if wants_colour(color) else 'never'}"]
        given = {"env": (environment,), "values": values, "set": assignments, "report": reports}
        options = [f"--{name}={value}" for name, many in given.items() for value in many if value]
        return run_isolated(["lint", *shown, *options, "--", *paths], stdin="-" in paths)
    from smartplan.workflow.checking import check

    workspace = workspace_of(paths, environment, values, assignments)
    checked = check(workspace, datetime.now(UTC))
    report = findings.report_of(checked, colour=wants_colour(color))
    findings.write_reports(report, reports)
    click.echo(FORMATS[format_](report), nl=False, color=True)
    return 1 if checked.errors else 0
