"""``smartplan drift``."""

from dataclasses import replace

import click

from smartplan.changes.changeset import Blocked, Orphan, Why
from smartplan.cli import findings
from smartplan.cli.choices import target_options
from smartplan.cli.connection import connect, setting_of, utc_now
from smartplan.cli.options import color_option, plan_options, wants_colour, workspace_of
from smartplan.report.changes_text import drift_text
from smartplan.workflow.changing import compare
from smartplan.workflow.checking import check, narrowed

DRIFTED = 3


@click.command("drift")
@plan_options
@target_options
@color_option
def command(
    paths: tuple[str, ...],
    environment: str | None,
    values: tuple[str, ...],
    assignments: tuple[str, ...],
    color: str,
    target: tuple[str, ...],
    exclude: tuple[str, ...],
) -> int:
    """Show what moved on the exchange since the last apply. Nothing is changed."""
    workspace = workspace_of(paths, environment, values, assignments)
    settings = workspace.settings
    checked = check(workspace, utc_now())
    findings.show_problems(checked)
    if checked.errors:
        return 1
    checked = narrowed(checked, target, exclude)
    found = compare(checked, connect(settings))
    moved = tuple(
        action
        for action in found.actions
        if isinstance(action, Orphan)
        or (isinstance(action, Blocked) and action.why is not Why.PLAN)
    )
    setting = setting_of(settings, wants_colour(color))
    click.echo(drift_text(replace(found, actions=moved), setting), nl=False, color=True)
    return DRIFTED if moved else 0
