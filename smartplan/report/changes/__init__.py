"""What every format of a diff, an apply or a drift is made from."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from smartplan.changes.changeset import Blocked, Changeset, Orphan, Railed, summary
from smartplan.changes.execute.outcomes import Outcome
from smartplan.report.changes.text import Setting, diff_text, drift_line, drift_text, outcome_line

Kind = Literal["diff", "apply", "drift"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesReport:
    """A changeset with what surrounds it.

    ``changes_id`` names the action set, ``next_command`` is what to run next, ``expires`` the end
    of a changeset that was saved. After an apply: its ``outcomes``, and what is left to do
    (``after``, ``None`` when the exchange could not be read again), and the guard rails that were
    ``overridden`` for a ``reason``. Of a drift: what ``moved``.
    """

    kind: Kind
    changeset: Changeset
    setting: Setting
    changes_id: str
    version: str
    commit: str | None = None
    next_command: str | None = None
    expires: datetime | None = None
    outcomes: tuple[Outcome, ...] = ()
    after: Changeset | None = None
    moved: tuple[Blocked | Orphan, ...] = ()
    overridden: tuple[Railed, ...] = ()
    reason: str = ""

    @property
    def told(self) -> Changeset:
        """The changeset with the actions that this report is about."""
        if self.kind != "drift":
            return self.changeset
        return replace(self.changeset, actions=self.moved, staying=())

    @property
    def line(self) -> str:
        """What everything comes to, in one line."""
        return drift_line(self.moved) if self.kind == "drift" else summary(self.changeset)


def render_text(report: ChangesReport) -> str:
    """For people at a terminal."""
    if report.kind == "drift":
        return drift_text(report.changeset, report.moved, report.setting)
    shown = diff_text(report.changeset, report.setting)
    lines = [outcome_line(outcome, report.setting.colour) for outcome in report.outcomes]
    return "\n".join([shown, *lines]) + "\n" if lines else shown
