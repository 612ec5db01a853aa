"""``smartplan drift``."""

from pathlib import Path

import click

from smartplan.cli import findings
from smartplan.cli.arguments import Plans, plans_argument
from smartplan.cli.changeset_output import Reporting, report_options
from smartplan.cli.connection import connect
from smartplan.cli.options import color_option, wants_colour
from smartplan.cli.permissions import target_options
from smartplan.errors import ExitCode
from smartplan.workflow.connecting import utc_now
from smartplan.workflow.lint_plans import check, narrowed
from smartplan.workflow.reconciliation import compare, moved


@click.command("drift")
@plans_argument
@target_options
@report_options
@color_option
def command(
    plans: Plans,
    format_: str,
    reports: tuple[tuple[str, Path], ...],
    color: str,
    target: tuple[str, ...],
    exclude: tuple[str, ...],
) -> ExitCode:
    """Show what moved on the exchange since the last apply. Nothing is changed."""
    workspace = plans.workspace()
    settings = workspace.settings
    checked = check(workspace, utc_now())
    findings.show_problems(checked)
    if checked.errors:
        return ExitCode.FAILED
    checked = narrowed(checked, target, exclude)
    found = compare(checked, connect(settings))
    drifted = moved(found)
    reporting = Reporting("drift", settings, format_, reports, wants_colour(color))
    report = reporting.report(found, moved=drifted)
    reporting.write(report)
    reporting.show(report)
    return ExitCode.PENDING if drifted else ExitCode.FINE
