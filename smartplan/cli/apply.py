"""``smartplan apply``."""

import sys
from typing import Any

import click

from smartplan.changes import guards
from smartplan.changes.apply import Outcome
from smartplan.changes.changeset import Changeset, Why, summary
from smartplan.changes.sending import Result
from smartplan.cli import findings
from smartplan.cli.choices import choice_options, choices_of
from smartplan.cli.connection import connect, service_of, utc_now
from smartplan.cli.interruptions import Interruptions
from smartplan.cli.options import (
    color_option,
    plan_options,
    wants_colour,
    workspace_of,
    worst,
)
from smartplan.errors import SafetyRefusal, ServiceError, UnknownOutcome, UsageError
from smartplan.report.changes_text import Setting, diff_text, outcome_line
from smartplan.report.clean import clean
from smartplan.workflow.changing import Applied, Permission, carry_out, compare, complaints
from smartplan.workflow.checking import Checked, check

BLOCKED = SafetyRefusal.exit_code
UNKNOWN = UnknownOutcome.exit_code


@click.command("apply")
@plan_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@choice_options
@click.option("--allow-widen", multiple=True, metavar="NAME", help="Let --yes widen its risk.")
@click.option("--override", multiple=True, metavar="RULE", help="Set a soft guard rail aside.")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is journaled.")
@color_option
def command(
    paths: tuple[str, ...],
    environment: str | None,
    values: tuple[str, ...],
    assignments: tuple[str, ...],
    yes: bool,
    allow_widen: tuple[str, ...],
    override: tuple[str, ...],
    reason: str,
    color: str,
    **allowed: Any,
) -> int:
    """Show the diff, ask, act, and verify what the exchange shows."""
    if override and not reason.strip():
        raise UsageError("--override needs --reason TEXT", hint="it is journaled")
    workspace = workspace_of(paths, environment, values, assignments)
    settings = workspace.settings
    checked = check(workspace, utc_now())
    findings.show_problems(checked)
    if checked.errors:
        click.echo("Nothing was sent: the plans have errors.", err=True)
        return 1
    session = connect(settings)
    choices = choices_of(allowed, paths)
    changeset = compare(checked, session, choices)
    colour = wants_colour(color)
    click.echo(
        diff_text(changeset, Setting(service_of(settings), settings.risk.fee, colour)),
        nl=False,
        color=True,
    )
    sys.stdout.flush()
    if not changeset.mutations:
        return nothing_to_do(changeset)
    guards.rails_hold(changeset, frozenset(override))
    if yes:
        guards.widening_allowed(changeset, frozenset(allow_widen))
    else:
        _confirm(changeset)
    with Interruptions() as interrupted:
        applied = carry_out(
            checked,
            Permission(changeset, choices, "apply", frozenset(override), reason),
            session,
            on_outcome=_Progress(len(changeset.mutations)),
            interrupted=interrupted,
        )
    return _show(applied, checked, colour)


def nothing_to_do(changeset: Changeset) -> int:
    """The exit code of a run without anything to do: what is blocked is not as planned."""
    unknown = any(blocked.why is Why.UNKNOWN for blocked in changeset.blocked)
    return UNKNOWN if unknown else BLOCKED if changeset.blocked else 0


def _confirm(changeset: Changeset) -> None:
    """Exactly ``yes``, or the environment's name for real money."""
    word = "real" if changeset.environment == "real" else "yes"
    if not sys.stdin.isatty():
        raise SafetyRefusal(
            "nothing was done: there is no terminal to confirm on",
            hint="read the diff above, then run it again with --yes",
        )
    click.echo(f"Do this on {changeset.environment}? Only `{word}` is taken: ", nl=False, err=True)
    if sys.stdin.readline().strip("\n") != word:
        raise SafetyRefusal("nothing was done: not confirmed")


class _Progress:
    """One line per action on stderr."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0

    def __call__(self, outcome: Outcome) -> None:
        self._done += 1
        name = outcome.action.of.name
        click.echo(f"[{self._done}/{self._total}] {name}: {outcome.result}", err=True)


def _show(applied: Applied, checked: Checked, colour: bool) -> int:
    click.echo()
    for outcome in applied.outcomes:
        click.echo(outcome_line(outcome, colour), color=True)
        for line in complaints(outcome, checked.trades):
            click.echo(f"    {line}")
    for outcome in applied.outcomes:
        if outcome.result is Result.UNKNOWN:
            name = outcome.action.of.name
            click.echo(f"Do not open {name} by hand: `smartplan resolve {name} --wait`", err=True)
    if any(outcome.result is Result.SKIPPED for outcome in applied.outcomes):
        click.echo("What was not tried is still to do: `smartplan diff`, then apply.", err=True)
    codes = [outcome.exit_code for outcome in applied.outcomes]
    if applied.after is None:
        click.echo(f"\nNot verified: {clean(applied.unread)}. Run `smartplan diff`.", err=True)
        return worst(ServiceError.exit_code, *codes)
    click.echo(f"\nNow: {summary(applied.after).removeprefix('Changes: ')}")
    return worst(nothing_to_do(applied.after), *codes)
