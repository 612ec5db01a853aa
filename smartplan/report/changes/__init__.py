"""What every format of a diff, an apply or a drift is made from."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from smartplan.changes.changeset import Blocked, BrokenRail, Changeset, Orphan, summary
from smartplan.changes.decisions import Decisions
from smartplan.changes.execute.outcomes import Outcome
from smartplan.report.risk_text import Equity
from smartplan.report.words import counted

Kind = Literal["diff", "apply", "drift"]


class ReportContext(Struct, frozen=True):
    """What surrounds a changeset: the service it was read from, and what its risk assumes.

    ``equity`` is per quote currency, as far as it is set.
    """

    service: str
    fee: Decimal
    equity: Equity = field(default_factory=dict)


class ChangesReport(Struct, frozen=True, kw_only=True):
    """A changeset with what surrounds it.

    ``changes_id`` names the action set, ``next_command`` is what to run next, ``expires`` the end
    of a changeset that was saved. After an apply: its ``outcomes``, and what is left to do
    (``after``, ``None`` when the exchange could not be read again), and the guard rails that were
    ``overridden`` for a ``reason``. Of a drift: what ``moved``. In CI, where nobody types: what was
    ``decided`` in a file, and the ``open_decisions``.
    """

    kind: Kind
    changeset: Changeset
    setting: ReportContext
    changes_id: str
    commit: str | None = None
    next_command: str | None = None
    expires: datetime | None = None
    outcomes: tuple[Outcome, ...] = ()
    after: Changeset | None = None
    moved: tuple[Blocked | Orphan, ...] = ()
    overridden: tuple[BrokenRail, ...] = ()
    reason: str = ""
    decided: Decisions | None = None
    open_decisions: Decisions | None = None

    @property
    def content(self) -> Changeset:
        """The changeset with the actions that this report is about."""
        if self.kind != "drift":
            return self.changeset
        return replace(self.changeset, actions=self.moved, staying=())

    @property
    def line(self) -> str:
        """What everything comes to, in one line."""
        if self.kind != "drift":
            return summary(self.changeset)
        number = sum(isinstance(action, Blocked) for action in self.moved)
        orphans = len(self.moved) - number
        return f"Drift: {counted(number, 'trade')} moved, {counted(orphans, 'trade')} in no plan."
