"""Status: the plans beside what the exchange shows."""

from functools import partial

from smartplan.changes import guards
from smartplan.changes.reconcile import snapshot
from smartplan.changes.reconcile.matching import Matching
from smartplan.changes.reconcile.renames import Renames
from smartplan.changes.status import StatusQuery, WorkspaceStatus
from smartplan.trade.contract import Contracts
from smartplan.workflow.lint_plans import LintResult
from smartplan.workflow.reconciliation import ownership, risk_of
from smartplan.workflow.session import Session


def watch(checked: LintResult, session: Session) -> WorkspaceStatus:
    """One look. Raises ``SafetyRefusal`` for accounts of the wrong kind."""
    settings = session.settings
    guards.accounts_fit(settings.environment, settings.accounts, session.accounts)
    ours = ownership(settings)
    view = snapshot.whole(session.client, ours, settings.since)
    memory = session.memory(view)
    known = checked.known | {trade.name for trade in checked.trades}
    matching = Matching(settings.workspace, ours.accounts, view, memory, known)
    renames = Renames(checked.trades, matching, known)
    matching.claim(renames.taken_over())
    watched = StatusQuery(
        checked.trades,
        checked.broken,
        matching,
        renames,
        memory,
        settings.environment,
        Contracts.of_settings(settings),
        partial(risk_of, settings),
    )
    return WorkspaceStatus(
        workspace=settings.workspace,
        environment=settings.environment,
        accounts=tuple(sorted(settings.accounts.items())),
        at=session.now(),
        rows=watched.rows(),
        foreign=len(matching.foreign),
        unreadable=matching.unreadable,
    )
