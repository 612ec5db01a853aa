"""``smartplan diff``."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from smartplan.cli import findings
from smartplan.cli.arguments import Plans, colour_option, plans_argument
from smartplan.cli.changeset_output import (
    Output,
    Reporting,
    command_like_this,
    commit,
    lifetime_of,
    output_argument,
)
from smartplan.cli.connection import connect, max_wait_option, paced
from smartplan.cli.files import write_private_file
from smartplan.cli.output import line
from smartplan.cli.permissions import (
    LiftOptions,
    decisions_option,
    picked_argument,
    reviewed_with,
    warn_of_strangers,
)
from smartplan.errors import ExitCode
from smartplan.times import utc_now

if TYPE_CHECKING:
    from smartplan.changes.decisions import Decisions


@click.command("diff")
@plans_argument
@picked_argument
@decisions_option
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
    decided: "Decisions",
) -> ExitCode:
    """Show what apply would do, and at what risk. Nothing is changed."""
    from smartplan.workflow.diff_and_apply import propose

    settings, checked = findings.check(plans, picked)
    if checked.errors:
        return ExitCode.FAILED
    lifetime = lifetime_of(expires)
    picked = picked.with_decisions(decided)
    choices = picked.choices(plans.paths)
    checked = picked.of(checked)
    session = connect(settings, paced(max_wait))
    proposed = propose(checked, session, choices)
    changeset, now = proposed.changeset, utc_now()
    warn_of_strangers(changeset, picked, decided.override, decided.allow_widen)
    reporting = Reporting("diff", settings, output, colour)
    report = reporting.report(changeset, **reviewed_with(decided, changeset, now))
    if out is not None:
        report = replace(report, expires=now + lifetime)
    if changeset.mutations and report.open_decisions is None:
        report = replace(report, next_command=_next(out, report.changes_id))
    reporting.write(report)
    reporting.show(report)
    if findings.stops(proposed.online):
        return ExitCode.FAILED
    if out is not None:
        from smartplan.workflow.saved_plans import saved_text

        made_from = commit(settings.root)
        text = saved_text(checked, changeset, choices, commit=made_from, now=now, lifetime=lifetime)
        write_private_file(f"--out {out}", out, text)
        line(f"saved to {out}, changes id {report.changes_id}", err=True)
    pending = changeset.mutations or changeset.blocked
    return ExitCode.PENDING if exit_code and pending else ExitCode.FINE


def _next(out: Path | None, changes: str) -> str:
    if out is not None:
        return shlex.join(["smartplan", "apply", str(out)])
    return command_like_this(click.get_current_context(), "apply", "--expect-changes", changes)
