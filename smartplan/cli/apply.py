"""``smartplan apply``."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from smartplan.changes import guards
from smartplan.changes.changeset import Changeset
from smartplan.changes.inputs import Choices
from smartplan.changes.saved import Saved, load, looks_saved
from smartplan.cli import findings
from smartplan.cli.choices import choice_options, choices_of
from smartplan.cli.confirming import confirm
from smartplan.cli.connection import Patience, connect, utc_now
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
from smartplan.workflow.changing import Applied, Permission, carry_out, compare, tidy
from smartplan.workflow.checking import Checked, as_saved, check, narrowed
from smartplan.workflow.online import beside_exchange
from smartplan.workflow.session import Session


@click.command("apply")
@plan_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@choice_options
@click.option("--allow-widen", multiple=True, metavar="NAME", help="Let --yes widen its risk.")
@click.option("--override", multiple=True, metavar="RULE", help="Set a soft guard rail aside.")
@click.option("--expect-changes", metavar="ID", help="Apply only this reviewed set of actions.")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is journaled.")
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
    if override and not reason.strip():
        raise UsageError("--override needs --reason TEXT", hint="it is journaled")
    guards.overrides_known(frozenset(override))
    interrupted = Interruptions()
    waits = Patience(patience(max_wait), pause=interrupted.pause, hold=interrupted.pause_or_stop)
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
    changeset = wanted.compared()
    guards.expected(changeset, expect_changes)
    settings = wanted.session.settings
    reporting = Reporting("apply", settings, format_, reports, wants_colour(color))
    _show_diff(changeset, reporting)
    if not changeset.mutations:
        return _send_nothing(wanted, changeset, reporting)
    if findings.stops(beside_exchange(wanted.checked, changeset, wanted.session)):
        return 1
    guards.rails_hold(changeset, frozenset(override))
    if saved is None and expect_changes is None:
        _agree(changeset, yes, frozenset(allow_widen))
    permission = wanted.permission(changeset, frozenset(override), reason)
    progress = Progress(changeset.mutations, settings, environment)
    applied = _act(wanted, permission, progress, interrupted)
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
    saved: Saved | None = None

    def compared(self) -> Changeset:
        changeset = compare(self.checked, self.session, self.choices)
        if self.saved is not None:
            guards.still_saved(self.saved, changeset)
        return changeset

    def permission(
        self, changeset: Changeset, overrides: frozenset[str], reason: str
    ) -> Permission:
        if self.saved is None:
            agreed, saved = partial(guards.unchanged_since, changeset), None
        else:
            agreed, saved = partial(guards.still_saved, self.saved), self.saved.id
        return Permission(
            agreed, self.choices, "apply", saved=saved, overrides=overrides, reason=reason
        )


def _of_plans(
    checked: Checked,
    settings: Settings,
    allowed: Mapping[str, Any],
    paths: tuple[str, ...],
    waits: Patience,
) -> _Wanted:
    choices = choices_of(allowed, paths)
    checked = narrowed(checked, allowed["target"], allowed["exclude"])
    return _Wanted(checked, choices, connect(settings, waits))


def _of_saved(
    saved: Saved, environment: str | None, allowed: Mapping[str, Any], waits: Patience
) -> _Wanted:
    _refuse_choices(allowed)
    settings = load_settings(Path.cwd(), environment or saved.environment)
    guards.saved_fits(saved, settings, utc_now())
    checked = as_saved(saved.inputs, saved.trades, saved.known, settings)
    return _Wanted(checked, saved.choices, connect(settings, waits), saved)


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


def _agree(changeset: Changeset, yes: bool, widen: frozenset[str]) -> None:
    """``--yes`` covers what widens no risk; without it a person says so."""
    if yes:
        guards.widening_allowed(changeset, widen)
    else:
        confirm(changeset.environment, yes=False)


def saved_changeset(paths: tuple[str, ...]) -> Saved | None:
    """The saved changeset that the only path names, if it is one rather than a plan."""
    if len(paths) != 1 or not Path(paths[0]).is_file():
        return None
    text = Path(paths[0]).read_text(encoding="utf-8", errors="replace")
    return load(text, paths[0]) if looks_saved(text) else None


def _refuse_choices(allowed: Mapping[str, Any]) -> None:
    given = [f"--{name.replace('_', '-')}" for name, value in allowed.items() if value]
    if given:
        raise UsageError(
            f"{given[0]} belongs to the diff that was saved",
            hint="make a new one with it: `smartplan diff --out FILE`",
        )
