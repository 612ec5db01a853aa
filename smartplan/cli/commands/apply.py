"""``smartplan apply``."""

import sys
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import asdict, replace

from smartplan.cli import findings
from smartplan.cli.apply_summary import ApplySummary, OutcomeLog, nothing_to_do
from smartplan.cli.arguments import Plans, by_name, colour_option, load_settings, plans_of
from smartplan.cli.changeset_output import Output, Reporting, output_argument
from smartplan.cli.connection import connect, max_wait_option
from smartplan.cli.output import block
from smartplan.cli.permissions import (
    LiftOptions,
    OverrideOptions,
    decisions_option,
    excused_argument,
    picked_argument,
    warn_of_strangers,
)
from smartplan.cli.prompts import confirm
from smartplan.cli.signals import Interruptions
from smartplan.errors import ExitCode, UsageError
from smartplan.report import CHANGES
from smartplan.times import utc_now
from smartplan.workflow.connecting import Pace
from smartplan.workflow.diff_and_apply import Applied, carry_out, propose, tidy
from smartplan.workflow.lint_plans import LintResult
from smartplan.workflow.saved_plans import applicable, saved_changeset
from smartplan.workflow.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smartplan.changes.changeset import BrokenRail, Changeset
    from smartplan.changes.decisions import Decisions
    from smartplan.changes.permission import Permission
    from smartplan.changes.reconcile.inputs import Choices
    from smartplan.changes.saved import SavedChangeset


@click.command("apply")
@plans_of("[PATH... | CHANGESET]")
@click.option("--yes", is_flag=True, help="Do not ask.")
@picked_argument
@by_name("--allow-widen", "Let --yes widen its risk.")
@excused_argument
@decisions_option
@click.option("--expect-changes", metavar="ID", help="Apply only this reviewed set of actions.")
@output_argument
@max_wait_option
@colour_option
def command(
    plans: Plans,
    yes: bool,
    allow_widen: tuple[str, ...],
    excused: OverrideOptions,
    decided: "Decisions",
    expect_changes: str | None,
    output: Output,
    max_wait: float,
    colour: bool,
    picked: LiftOptions,
) -> ExitCode:
    """Show the diff, ask, act, and verify what the exchange shows.

    PATH is a plan, a folder or a glob, the workspace's `plans/` without one; CHANGESET is a file
    that `smartplan diff --out` wrote.
    """
    excused, picked = excused.with_decisions(decided), picked.with_decisions(decided)
    permission = excused.permission("apply", unseen=yes)
    interrupted = Interruptions()
    saved = saved_changeset(plans.paths, utc_now())
    wanted = _of_plans(plans, picked, excused, interrupted.paced(max_wait), saved)
    if wanted is None:
        return ExitCode.FAILED
    reviewed = saved is not None or expect_changes is not None
    permission = replace(
        permission,
        choices=wanted.choices,
        saved=saved,
        expected=expect_changes,
        widen=frozenset((*allow_widen, *decided.allow_widen)),
        unseen=yes and not reviewed,
    )
    proposed = propose(wanted.checked, wanted.session, permission)
    changeset = proposed.changeset
    warn_of_strangers(changeset, picked, excused.override, permission.widen)
    reporting = Reporting("apply", wanted.session.settings, output, colour)
    proposed.refuse_unagreed()
    _show_diff(changeset, reporting, proposed.overridden, excused.reason)
    if not changeset.mutations:
        return _send_nothing(wanted, changeset, reporting)
    if findings.stops(proposed.online):
        return ExitCode.FAILED
    proposed.refuse()
    if not reviewed:
        confirm(changeset.environment, yes=yes)
    progress = OutcomeLog(changeset.mutations, wanted.session.settings, plans.environment)
    applied = _act(wanted, proposed.permission, progress, interrupted)
    ended = ApplySummary(applied, changeset, wanted.checked, progress, excused.reason)
    return ended.show(reporting)


def _show_diff(
    changeset: "Changeset", reporting: Reporting, aside: "Sequence[BrokenRail]", reason: str
) -> None:
    """What will be done, before anybody is asked; on stderr where stdout is for programs."""
    report = reporting.report(
        changeset,
        after=None if changeset.mutations else changeset,
        overridden=tuple(aside),
        reason=reason if aside else "",
    )
    reporting.write(report)
    shown = CHANGES.render(report, "text", reporting.appearance)
    block(shown, err=not reporting.for_people)
    sys.stdout.flush()


class _Wanted(Struct, frozen=True):
    """What is to be applied, from plans or from the changeset that was saved of them."""

    checked: LintResult
    choices: "Choices"
    session: Session


def _of_plans(
    plans: Plans,
    picked: LiftOptions,
    excused: OverrideOptions,
    waits: Pace,
    saved: "SavedChangeset | None",
) -> _Wanted | None:
    """What the plans want, or the changeset that was saved; None where plans have errors."""
    if saved is not None:
        _refuse_choices(picked, plans)
        return _of_saved(saved, plans.environment, waits)
    settings, checked = findings.check(plans, picked, excused)
    if checked.errors:
        block("\nNothing was sent: the plans have errors.\n", err=True)
        return None
    choices = picked.choices(plans.paths)
    return _Wanted(picked.of(checked), choices, connect(settings, waits))


def _of_saved(saved: "SavedChangeset", environment: str | None, waits: Pace) -> _Wanted:
    settings = load_settings(environment or saved.environment)
    checked = applicable(saved, settings, utc_now())
    return _Wanted(checked, saved.choices, connect(settings, waits))


def _act(
    wanted: _Wanted, permission: "Permission", progress: OutcomeLog, interrupted: Interruptions
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


def _send_nothing(wanted: _Wanted, changeset: "Changeset", reporting: Reporting) -> ExitCode:
    tidy(wanted.checked, wanted.session, changeset)
    if not reporting.for_people:
        reporting.show(reporting.report(changeset, after=changeset))
    return nothing_to_do(changeset)


def _refuse_choices(picked: LiftOptions, plans: Plans) -> None:
    allowed = {**asdict(picked), "values": plans.values, "set": plans.assignments}
    given = [f"--{name.replace('_', '-')}" for name, value in allowed.items() if value]
    if given:
        raise UsageError(
            f"{given[0]} belongs to the diff that was saved",
            hint="make a new one with it: `smartplan diff --out FILE`",
        )
