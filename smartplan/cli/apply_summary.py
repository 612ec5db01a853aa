"""What an apply came to: done, not done, unknown, and the exact next command."""

import shlex
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from msgspec import Struct, field

from smartplan.changes.changeset import (
    KINDS,
    OPENING,
    BrokenRail,
    Changeset,
    Mutation,
    Why,
    summary,
)
from smartplan.changes.execute.outcomes import Outcome, Result
from smartplan.cli.changeset_output import Reporting
from smartplan.cli.output import line, prose
from smartplan.errors import ExitCode, UsageError, worst
from smartplan.report.action_text import overridden_line
from smartplan.report.changes.text import outcome_line
from smartplan.report.foreign_text import clean
from smartplan.settings import Settings
from smartplan.state.journal import Journal
from smartplan.state.store import StoreUnusable
from smartplan.workflow.diff_and_apply import Applied
from smartplan.workflow.lint_plans import LintResult
from smartplan.workflow.service_errors import complaints


class OutcomeLog(Struct):
    """One line per action on stderr; a run that is cut short can still say how far it came."""

    mutations: Sequence[Mutation]
    settings: Settings
    environment: str | None
    outcomes: list[Outcome] = field(default_factory=list)

    def __call__(self, outcome: Outcome) -> None:
        """An action has come to this."""
        self.outcomes.append(outcome)
        place = f"[{len(self.outcomes)}/{len(self.mutations)}]"
        line(f"{place} {outcome.action.of.name}: {outcome.result}", err=True)

    def cut_short(self, journal: Journal) -> None:
        """The second signal: an intent that is open may have been executed."""
        told = {outcome.action.of.name: str(outcome.result) for outcome in self.outcomes}
        names = [action.of.name for action in self.mutations]
        try:
            open_ = {claim.identity.name for claim in journal.open_claims()}
        except StoreUnusable:
            open_ = set(names) - told.keys()
        for name in names:
            told[name] = "of unknown outcome" if name in open_ else told.get(name, "not tried")
        for word in dict.fromkeys(told.values()):
            these = [name for name, found in told.items() if found == word]
            line(f"{word}: {', '.join(these)}", err=True)
        again = self.command("diff")
        line(f"The next run settles what is unknown: `{again}`, then apply.", err=True)

    def command(self, *words: str) -> str:
        """A command for the same workspace and environment, to be pasted where we are."""
        env = () if self.environment is None else ("--env", self.environment)
        line = shlex.join(["smartplan", *words, *env])
        here, root = Path.cwd().resolve(), self.settings.root.resolve()
        found = root in (here, *here.parents) if self.settings.file is not None else root == here
        return line if found else f"cd {shlex.quote(str(root))} && {line}"


class ApplySummary(Struct, frozen=True):
    """An apply that has ended, and where it is reported; ``reason`` is that of its overrides."""

    applied: Applied
    changeset: Changeset
    checked: LintResult
    progress: OutcomeLog
    reason: str

    def show(self, reporting: Reporting) -> ExitCode:
        """Report it; the exit code."""
        applied = self.applied
        report = reporting.report(
            self.changeset,
            outcomes=applied.outcomes,
            after=applied.after,
            next_command=next(self._next(), None),
            overridden=applied.overridden,
            reason=self.reason if applied.overridden else "",
        )
        if reporting.for_people:
            self._tell(reporting.colour)
        else:
            reporting.show(report)
        self._tell_the_way()
        try:
            reporting.write(report)
        except UsageError as error:  # what was done decides the exit code
            line(f"smartplan: {error}", err=True)
        return exit_code(applied)

    def _tell(self, colour: bool) -> None:
        applied = self.applied
        line()
        for outcome in applied.outcomes:
            prose(f"{outcome_line(outcome, colour)}\n")
            for said in complaints(outcome, self.checked.trades):
                line(f"    {said}")
            for rail in self._broken_by(outcome):
                line(f"    ⚠ {rail.message} ({rail.rule})")
        if applied.after is not None:
            prose(f"\nNow: {summary(applied.after).removeprefix('Changes: ')}\n")
        if applied.overridden:
            line(overridden_line(applied.overridden, self.reason))

    def _broken_by(self, outcome: Outcome) -> Iterator[BrokenRail]:
        """The guard rails that it broke though it was done: told once more, beside what it did."""
        if outcome.result in {Result.DONE, Result.UNKNOWN}:
            name = outcome.action.of.name
            yield from (rail for rail in self.changeset.broken_rails if rail.name == name)

    def _of(self, result: Result) -> list[str]:
        return [o.action.of.name for o in self.applied.outcomes if o.result is result]

    def _tell_the_way(self) -> None:
        unknown, skipped = self._of(Result.UNKNOWN), self._of(Result.SKIPPED)
        for outcome in self.applied.outcomes:
            if outcome.result is Result.UNKNOWN:
                self._tell_of_unknown(outcome.action)
        if skipped:
            way = self.progress.command("diff")
            line(f"Not tried: {', '.join(skipped)}. Next: `{way}`, then apply.", err=True)
        if self.applied.after is not None:
            self._tell_what_is_left(self.applied.after, {*unknown, *skipped})
        if self.applied.unread is not None:
            why = clean(str(self.applied.unread).rstrip("."))
            line(err=True)
            line(f"Not verified: {why}. Run `{self.progress.command('diff')}`.", err=True)

    def _tell_of_unknown(self, action: Mutation) -> None:
        name, kind = action.of.name, KINDS[type(action)]
        way = self.progress.command("resolve", name, "--wait")
        if kind in OPENING:
            line(f"Do not open {name} by hand: `{way}`", err=True)
        else:
            said = f"Nobody knows whether the {kind.replace('_', ' ')} of {name} was executed"
            line(f"{said}: `{way}`", err=True)

    def _tell_what_is_left(self, after: Changeset, told: Collection[str]) -> None:
        """What the exchange does not show as planned, though the run is over."""
        way = self.progress.command("diff")
        pending = dict.fromkeys(action.of.name for action in after.mutations)
        if names := ", ".join(name for name in pending if name not in told):
            line(f"Still pending: {names}. Look at it: `{way}`, then apply again.", err=True)
        known = {(blocked.of.name, blocked.reason) for blocked in self.changeset.blocked}
        for blocked in after.blocked:
            name = blocked.of.name
            if name not in told and (name, blocked.reason) not in known:
                said = clean(f"{name} is blocked now: {blocked.reason}")
                line(f"{said}. The ways out: `{way}`", err=True)

    def _next(self) -> Iterator[str]:
        for name in self._of(Result.UNKNOWN):
            yield self.progress.command("resolve", name, "--wait")
        if self.applied.after is None or self.applied.after.mutations:
            yield self.progress.command("diff")


def exit_code(applied: Applied) -> ExitCode:
    """The exit code of an apply that has ended: 0 only if everything is as planned."""
    codes = [outcome.exit_code for outcome in applied.outcomes]
    if applied.unread is not None:
        codes.append(applied.unread.exit_code)
    if applied.after is not None:
        codes.append(nothing_to_do(applied.after))
        codes.append(ExitCode.PENDING if applied.after.mutations else ExitCode.FINE)
    return worst(*codes)


def nothing_to_do(changeset: Changeset) -> ExitCode:
    """The exit code of a run without anything to do: what is blocked is not as planned."""
    unknown = any(blocked.why is Why.UNKNOWN for blocked in changeset.blocked)
    if unknown:
        return ExitCode.UNKNOWN
    return ExitCode.REFUSED if changeset.blocked else ExitCode.FINE
