"""``smartplan diff``."""

import shlex
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click

from smartplan.cli import findings
from smartplan.cli.arguments import Plans, colour_option, plans_argument
from smartplan.cli.changeset_output import Output, Reporting, command_like_this, output_argument
from smartplan.cli.connection import connect, max_wait_option, paced
from smartplan.cli.files import write_private_file
from smartplan.cli.output import line
from smartplan.cli.permissions import LiftOptions, picked_argument
from smartplan.errors import ExitCode, UsageError
from smartplan.times import utc_now
from smartplan.workflow.saved_plans import LONGEST_LIFE, saved_text


@click.command("diff")
@plans_argument
@picked_argument
@click.option("--exit-code", is_flag=True, help="Exit 3 when changes are pending.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the changeset.")
@click.option(
    "--expires", default="15m", show_default=True, metavar="TIME", help="Life of --out: 30m, 4h."
)
@output_argument
@max_wait_option
@colour_option
def command(
    plans: Plans,
    exit_code: bool,
    out: Path | None,
    expires: str,
    output: Output,
    max_wait: float,
    colour: bool,
    picked: LiftOptions,
) -> ExitCode:
    """Show what apply would do, and at what risk. Nothing is changed."""
    from smartplan.workflow.diff_and_apply import propose

    settings, checked = findings.check(plans, picked)
    if checked.errors:
        return ExitCode.FAILED
    lifetime = _lifetime(expires)
    choices = picked.choices(plans.paths)
    checked = picked.of(checked)
    session = connect(settings, paced(max_wait))
    proposed = propose(checked, session, choices)
    changeset = proposed.changeset
    reporting = Reporting("diff", settings, output, colour)
    now = utc_now()
    report = reporting.report(changeset)
    if out is not None:
        report = replace(report, expires=now + lifetime)
    if changeset.mutations:
        report = replace(report, next_command=_next(out, report.changes_id))
    reporting.write(report)
    reporting.show(report)
    if findings.stops(proposed.online):
        return ExitCode.FAILED
    if out is not None:
        commit = report.commit
        text = saved_text(checked, changeset, choices, commit=commit, now=now, lifetime=lifetime)
        write_private_file(f"--out {out}", out, text)
        line(f"saved to {out}, changes id {report.changes_id}", err=True)
    pending = changeset.mutations or changeset.blocked
    return ExitCode.PENDING if exit_code and pending else ExitCode.FINE


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
    if not timedelta(0) < lifetime <= LONGEST_LIFE:
        raise UsageError(f"--expires {text}: from 1m to 24h")
    return lifetime
