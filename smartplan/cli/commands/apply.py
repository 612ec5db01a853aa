"""``smartplan apply``."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from smartplan.changes import guards
from smartplan.changes.changeset import Changeset
from smartplan.changes.inputs import Choices
from smartplan.changes.permission import Permission, overrides_of
from smartplan.changes.saved import Saved, load, looks_saved
from smartplan.cli import findings
from smartplan.cli.choices import choice_options, choices_of, override_options
from smartplan.cli.confirming import confirm
from smartplan.cli.connection import connect, paced
from smartplan.cli.interruptions import Interruptions
from smartplan.cli.options import (
    color_option,
    load_settings,
    plan_options,
    wants_colour,
    workspace_of,
)
from smartplan.cli.output import block
from smartplan.cli.reporting import Reporting, report_options
from smartplan.cli.told import Progress, Told, nothing_to_do
from smartplan.cli.waiting import max_wait_option, patience
from smartplan.errors import UsageError
from smartplan.report.changes_text import diff_text
from smartplan.settings import Settings
from smartplan.workflow.checking import Checked, check, narrowed
from smartplan.workflow.connecting import Pace, utc_now
from smartplan.workflow.diff_and_apply import Applied, carry_out, propose, tidy
from smartplan.workflow.saved_plans import plans_of
from smartplan.workflow.session import Session


@click.command("apply")
@plan_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@choice_options
@click.option("--allow-widen", multiple=True, metavar="NAME", help="Let --yes widen its risk.")
@override_options
@click.option("--expect-changes", metavar="ID", help="Apply only this reviewed set of actions.")
@report_options
@max_wait_option
@color_option
def command(
    paths: tuple[str, ...],
    environment: str | None,
    values: tuple[str, ...],
    assignments: tuple[str, ...],
    yes: bool,
    allow_widen: tuple[str, ...],
    override: tuple[str, ...],
    expect_changes: str | None,
    reason: str,
    format_: str,
    reports: tuple[tuple[str, Path], ...],
    max_wait: float | None,
    color: str,
    **allowed: Any,
) -> int:
    """Show the diff, ask, act, and verify what the exchange shows."""
    overrides = overrides_of(override, reason)
    interrupted = Interruptions()
    waits = paced(patience(max_wait), pause=interrupted.pause, hold=interrupted.pause_or_stop)
    if (saved := saved_changeset(paths)) is not None:
        wanted = _of_saved(
            saved, environment, {**allowed, "values": values, "set": assignments}, waits
        )
    else:
        workspace = workspace_of(paths, environment, values, assignments)
        checked = check(workspace, utc_now())
        findings.show_problems(checked)
        if checked.errors:
            block("\nNothing was sent: the plans have errors.\n", err=True)
            return 1
        wanted = _of_plans(checked, workspace.settings, allowed, paths, waits)
    permission = Permission(
        None,
        wanted.choices,
        saved=saved,
        expected=expect_changes,
        overrides=overrides,
        widen=frozenset(allow_widen),
        unseen=yes and saved is None and expect_changes is None,
        reason=reason,
    )
    proposed = propose(wanted.checked, wanted.session, permission)
    changeset, refusals = proposed.changeset, proposed.refusals
    reporting = Reporting("apply", wanted.session.settings, format_, reports, wants_colour(color))
    if any(refusal.rule in guards.NOT_AGREED for refusal in refusals):
        guards.refuse(refusals)
    _show_diff(changeset, reporting)
    if not changeset.mutations:
        return _send_nothing(wanted, changeset, reporting)
    if findings.stops(proposed.online):
        return 1
    guards.refuse(refusals)
    if saved is None and expect_changes is None:
        confirm(changeset.environment, yes=yes)
    progress = Progress(changeset.mutations, wanted.session.settings, environment)
    applied = _act(wanted, proposed.permission, progress, interrupted)
    return Told(applied, changeset, wanted.checked, progress, reason).show(reporting)


def _show_diff(changeset: Changeset, reporting: Reporting) -> None:
    """What will be done, before anybody is asked; on stderr where stdout is for programs."""
    report = reporting.report(changeset, after=None if changeset.mutations else changeset)
    reporting.write(report)
    setting = replace(report.setting, colour=reporting.colour)
    block(diff_text(changeset, setting), err=not reporting.for_people)
    sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be applied, from plans or from the changeset that was saved of them."""

    checked: Checked
    choices: Choices
    session: Session


def _of_plans(
    checked: Checked,
    settings: Settings,
    allowed: Mapping[str, Any],
    paths: tuple[str, ...],
    waits: Pace,
) -> _Wanted:
    choices = choices_of(allowed, paths)
    checked = narrowed(checked, allowed["target"], allowed["exclude"])
    return _Wanted(checked, choices, connect(settings, waits))


def _of_saved(
    saved: Saved, environment: str | None, allowed: Mapping[str, Any], waits: Pace
) -> _Wanted:
    _refuse_choices(allowed)
    settings = load_settings(Path.cwd(), environment or saved.environment)
    guards.saved_fits(saved, settings, utc_now())
    checked, _ = plans_of(saved)
    return _Wanted(checked, saved.choices, connect(settings, waits))


def _act(
    wanted: _Wanted, permission: Permission, progress: Progress, interrupted: Interruptions
) -> Applied:
    with interrupted:
        try:
            return carry_out(
                wanted.checked,
                permission,
                wanted.session,
                on_outcome=progress,
                interrupted=interrupted,
            )
        except KeyboardInterrupt:
            progress.cut_short(wanted.session.journal)
            raise


def _send_nothing(wanted: _Wanted, changeset: Changeset, reporting: Reporting) -> int:
    tidy(wanted.checked, wanted.session, changeset)
    if not reporting.for_people:
        reporting.show(reporting.report(changeset, after=changeset))
    return nothing_to_do(changeset)


def saved_changeset(paths: tuple[str, ...]) -> Saved | None:
    """The saved changeset that the only path names, if it is one rather than a plan."""
    if len(paths) != 1 or not Path(paths[0]).is_file():
        return None
    text = Path(paths[0]).read_text(encoding="utf-8", errors="replace")
    return load(text, paths[0], utc_now()) if looks_saved(text) else None


def _refuse_choices(allowed: Mapping[str, Any]) -> None:
    given = [f"--{name.replace('_', '-')}" for name, value in allowed.items() if value]
    if given:
        raise UsageError(
            f"{given[0]} belongs to the diff that was saved",
            hint="make a new one with it: `smartplan diff --out FILE`",
        )
