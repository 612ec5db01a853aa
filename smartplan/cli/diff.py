"""``smartplan diff``."""

from typing import Any

import click

from smartplan.cli import findings
from smartplan.cli.choices import choice_options, choices_of
from smartplan.cli.connection import connect, service_of, utc_now
from smartplan.cli.options import (
    color_option,
    plan_options,
    wants_colour,
    workspace_of,
)

CHANGES_PENDING = 3


@click.command("diff")
@plan_options
@choice_options
@click.option("--exit-code", is_flag=True, help="Exit 3 when changes are pending.")
@color_option
def command(
    paths: tuple[str, ...],
    environment: str | None,
    values: tuple[str, ...],
    assignments: tuple[str, ...],
    exit_code: bool,
    color: str,
    **allowed: Any,
) -> int:
    """Show what apply would do, and at what risk. Nothing is changed."""
    from smartplan.report.changes_text import Setting, diff_text
    from smartplan.workflow.changing import compare
    from smartplan.workflow.checking import check

    workspace = workspace_of(paths, environment, values, assignments)
    checked = check(workspace, utc_now())
    findings.show_problems(checked)
    if checked.errors:
        return 1
    settings = workspace.settings
    changeset = compare(checked, connect(settings), choices_of(allowed, paths))
    setting = Setting(service_of(settings), settings.risk.fee, wants_colour(color))
    click.echo(diff_text(changeset, setting), nl=False, color=True)
    return CHANGES_PENDING if exit_code and (changeset.mutations or changeset.blocked) else 0
