"""``smartplan lint``."""

from datetime import UTC, datetime

import click

from smartplan.cli import findings
from smartplan.cli.options import color_option, plan_options, wants_colour, workspace_of
from smartplan.report import FORMATS
from smartplan.workflow.checking import Checked, Workspace


@click.command("lint")
@plan_options
@click.option("--format", "format_", type=click.Choice(findings.NAMES), help="Output format.")
@click.option("--online", is_flag=True, help="Also ask the exchange: limits, market, accounts.")
@click.option("--report", "reports", multiple=True, metavar="FORMAT=FILE", help="Also write it.")
@color_option
def command(
    paths: tuple[str, ...],
    environment: str | None,
    values: tuple[str, ...],
    assignments: tuple[str, ...],
    format_: str | None,
    online: bool,
    reports: tuple[str, ...],
    color: str,
) -> int:
    """Check plans: template, YAML, schema, rules; with --online the exchange's limits too.

    PATH is a file, a folder, a glob or `-`; without one, the workspace's `plans/`.
    """
    from smartplan.workflow.checking import check

    workspace = workspace_of(paths, environment, values, assignments)
    checked = check(workspace, datetime.now(UTC))
    if online:
        checked = _beside_exchange(checked, workspace)
    report = findings.report_of(checked, colour=wants_colour(color))
    findings.write_reports(report, reports)
    rendered = FORMATS[format_ or findings.default_format()](report)
    click.echo(rendered, nl=False, color=True)
    return 1 if checked.errors else 0


def _beside_exchange(checked: Checked, workspace: Workspace) -> Checked:
    from smartplan.cli.connection import connect
    from smartplan.workflow.online import lint_online

    return lint_online(checked, connect(workspace.settings))
