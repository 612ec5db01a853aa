"""``smartplan diff``."""

import shlex
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartplan.changes.changeset import Changeset
from smartplan.changes.inputs import Choices
from smartplan.changes.permission import Permission
from smartplan.changes.saved import LONGEST, dump
from smartplan.cli import findings
from smartplan.cli.choices import choice_options, choices_of
from smartplan.cli.connection import connect, paced
from smartplan.cli.files import write_private_file
from smartplan.cli.options import (
    color_option,
    plan_options,
    wants_colour,
    workspace_of,
)
from smartplan.cli.output import line
from smartplan.cli.reporting import Reporting, command_like_this, report_options
from smartplan.cli.waiting import max_wait_option, patience
from smartplan.errors import UsageError
from smartplan.workflow.connecting import utc_now

if TYPE_CHECKING:
    from smartplan.report.changes import ChangesReport
    from smartplan.workflow.checking import Checked

CHANGES_PENDING = 3


@click.command("diff")
@plan_options
@choice_options
@click.option("--exit-code", is_flag=True, help="Exit 3 when changes are pending.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the changeset.")
@click.option(
    "--expires", default="15m", show_default=True, metavar="TIME", help="Life of --out: 30m, 4h."
)
@report_options
@max_wait_option
@color_option
def command(
    paths: tuple[str, ...],
    environment: str | None,
    values: tuple[str, ...],
    assignments: tuple[str, ...],
    exit_code: bool,
    out: Path | None,
    expires: str,
    format_: str,
    reports: tuple[tuple[str, Path], ...],
    max_wait: float | None,
    color: str,
    **allowed: Any,
) -> int:
    """Show what apply would do, and at what risk. Nothing is changed."""
    from smartplan.workflow.checking import check, narrowed
    from smartplan.workflow.diff_and_apply import propose

    workspace = workspace_of(paths, environment, values, assignments)
    checked = check(workspace, utc_now())
    findings.show_problems(checked)
    if checked.errors:
        return 1
    settings = workspace.settings
    lifetime = _lifetime(expires)
    choices = choices_of(allowed, paths)
    checked = narrowed(checked, allowed["target"], allowed["exclude"])
    session = connect(settings, paced(patience(max_wait)))
    proposed = propose(checked, session, Permission(None, choices))
    changeset = proposed.changeset
    reporting = Reporting("diff", settings, format_, reports, wants_colour(color))
    now = utc_now()
    report = reporting.report(changeset)
    if out is not None:
        report = replace(report, expires=now + lifetime)
    if changeset.mutations:
        report = replace(report, next_command=_next(out, report.changes_id))
    reporting.write(report)
    reporting.show(report)
    if findings.stops(proposed.online):
        return 1
    if out is not None:
        text = _saved(checked, changeset, choices, report, now, lifetime)
        write_private_file(f"--out {out}", out, text)
        line(f"saved to {out}, changes id {report.changes_id}", err=True)
    return CHANGES_PENDING if exit_code and (changeset.mutations or changeset.blocked) else 0


def _saved(
    checked: "Checked",
    changeset: Changeset,
    choices: Choices,
    report: "ChangesReport",
    now: datetime,
    lifetime: timedelta,
) -> str:
    return dump(
        changeset,
        inputs=checked.rendered,
        trades=frozenset(trade.name for trade in checked.trades),
        known=checked.known,
        choices=choices,
        commit=report.commit,
        now=now,
        lifetime=lifetime,
    )


def _next(out: Path | None, changes: str) -> str:
    if out is not None:
        return shlex.join(["smartplan", "apply", str(out)])
    return command_like_this(click.get_current_context(), "apply", "--expect-changes", changes)


_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}


def _lifetime(text: str) -> timedelta:
    """``15m`` or ``4h``, at most a day. Raises ``UsageError``."""
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdecimal() and len(number) <= 4 and unit in _UNITS):
        raise UsageError(f"--expires {text}: not a time such as 30m or 4h")
    lifetime = int(number) * _UNITS[unit]
    if not timedelta(0) < lifetime <= LONGEST:
        raise UsageError(f"--expires {text}: from 1m to 24h")
    return lifetime
