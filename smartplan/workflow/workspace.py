"""A workspace as a program uses it: what the commands do, as methods that answer with values."""

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from smartplan import settings as settings_room
from smartplan.changes.changeset import Blocked, Changeset, Orphan
from smartplan.changes.execute.outcomes import Outcome
from smartplan.changes.permission import Permission, overrides_of
from smartplan.changes.reconcile.inputs import Choices
from smartplan.changes.status import WorkspaceStatus
from smartplan.changes.track_record import TrackRecord
from smartplan.errors import SafetyRefusal, UsageError
from smartplan.settings import Settings
from smartplan.times import utc_now
from smartplan.workflow import lint_many, lint_plans
from smartplan.workflow.connecting import Network, Pace, open_session
from smartplan.workflow.diff_and_apply import Applied, carry_out
from smartplan.workflow.lint_plans import LintFindings, LintResult
from smartplan.workflow.reconciliation import compare, moved
from smartplan.workflow.session import Session
from smartplan.workflow.sources import Inputs
from smartplan.workflow.status import watch
from smartplan.workflow.track_record import Histories, track_record


def open(  # noqa: A001  # read as ``smartplan.open``
    folder: str | os.PathLike[str] = ".",
    *,
    environment: str | None = None,
    values: Iterable[str] = (),
    assignments: Iterable[str] = (),
    network: Network | None = None,
    pace: Pace | None = None,
) -> "Workspace":
    """The workspace around ``folder``, to be used in a ``with`` block. Raises ``UsageError``.

    ``environment`` is sandbox, paper or real; the settings' own, where it is left out. ``values``
    are files of template values, ``assignments`` single ones as ``a.b=VALUE``. Nothing is connected
    before something needs it. Credentials come from the environment variables alone, as they do on
    the command line.
    """
    network = network or Network()
    working = Path(folder).resolve()
    if not working.is_dir():
        raise UsageError(f"{folder}: there is no such folder")
    settings = settings_room.load(working, network.environ, environment=environment)
    inputs = Inputs(values=tuple(values), assignments=tuple(assignments))
    every = environment is None
    return Workspace(settings, working, inputs, network, pace or Pace(), every=every)


class Workspace:
    """The plans of a folder in one environment; ``settings`` are what its ``smartplan.toml`` says.

    ``paths`` of a method are files, folders or globs below the folder; without one, all plans.
    Where the plans have errors, everything but ``lint`` and ``status`` raises ``SafetyRefusal``.
    """

    def __init__(
        self,
        settings: Settings,
        working: Path,
        inputs: Inputs,
        network: Network,
        pace: Pace,
        *,
        every: bool = False,
    ) -> None:
        self.settings = settings
        self._working = working
        self._inputs = inputs
        self._network = network
        self._pace = pace
        self._every = every
        self._opened = ExitStack()
        self._session: Session | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection and close the store; what comes then opens them again."""
        self._session = None
        self._opened.close()

    def lint(self, *paths: str) -> LintFindings:
        """Every offline rule over the plans, in each environment unless one was named."""
        return lint_many.lint(self._selected(paths), utc_now(), every=self._every)

    def diff(self, *paths: str, choices: Choices | None = None) -> Changeset:
        """What ``apply`` would do. Nothing is changed."""
        return compare(self._sound(paths), self._connected(), choices)

    def drift(self, *paths: str) -> tuple[Blocked | Orphan, ...]:
        """What moved on the exchange since the last apply. Nothing is changed."""
        return moved(self.diff(*paths))

    def status(self, *paths: str) -> WorkspaceStatus:
        """The plans beside their live trades."""
        return watch(self._checked(paths, optional=True), self._connected())

    def stats(self, *, since: date | None = None, prices: Histories | None = None) -> TrackRecord:
        """What became of the trades that are over, created ``since``.

        ``prices`` by pair, as ``smartplan.read_prices`` has them, say how far they went meanwhile.
        """
        return track_record(self._connected(), since=since, histories=prices)

    def apply(
        self,
        changeset: Changeset,
        *paths: str,
        reason: str = "",
        choices: Choices | None = None,
        overrides: Iterable[str] = (),
        widen: Iterable[str] = (),
        seen: bool = False,
        on_outcome: Callable[[Outcome], None] = lambda _: None,
    ) -> Applied:
        """Do what ``diff`` with the same ``paths`` and ``choices`` came to, and verify it.

        Raises ``SafetyRefusal`` where that is not what would be done any more, and where a guard
        rail forbids it. ``overrides`` are guard rails to be set aside as ``RULE[:NAME]``; they need
        a ``reason``, which is journaled. ``widen`` names the trades whose risk may be widened.
        ``seen``: a person has looked at it; else guard rails that ask refuse. ``on_outcome`` is
        told what each request was answered, before the exchange is read again; the end of it all
        is what is returned.
        """
        if not isinstance(changeset, Changeset):
            raise UsageError("apply takes a changeset", hint="workspace.diff() answers with one")
        permission = Permission(
            changeset,
            choices or Choices(),
            overrides=overrides_of(tuple(overrides), reason),
            widen=frozenset(widen),
            unseen=not seen,
            reason=reason,
        )
        checked = self._sound(paths)
        return carry_out(checked, permission, self._connected(), on_outcome=on_outcome)

    def _selected(self, paths: tuple[str, ...], *, optional: bool = False) -> lint_plans.PlanSet:
        inputs = replace(self._inputs, paths=paths, optional=optional)
        return lint_plans.open_workspace(inputs, self.settings, self._working)

    def _checked(self, paths: tuple[str, ...], *, optional: bool = False) -> LintResult:
        return lint_plans.check(self._selected(paths, optional=optional), utc_now())

    def _sound(self, paths: tuple[str, ...]) -> LintResult:
        checked = self._checked(paths)
        if checked.errors:
            raise SafetyRefusal("the plans have errors: nothing was sent", hint="lint() has them")
        return checked

    def _connected(self) -> Session:
        if self._session is None:
            session = open_session(self.settings, self._network, self._pace)
            self._session = self._opened.enter_context(session)
        return self._session
