"""Status: the plans that fit, beside what the exchange shows."""

from smartplan.changes import guards
from smartplan.changes.hidden import Hidden
from smartplan.changes.matching import Matching
from smartplan.changes.reading import read
from smartplan.changes.watching import Watched, rows
from smartplan.workflow.changing import names_to_find, ownership
from smartplan.workflow.checking import Checked
from smartplan.workflow.session import ServiceListing, Session


def watch(checked: Checked, session: Session) -> Watched:
    """One look. Raises ``SafetyRefusal`` for accounts of the wrong kind."""
    settings = session.settings
    guards.accounts_fit(settings.environment, settings.accounts, session.accounts)
    accounts = frozenset(settings.accounts.values())
    names = {trade.name for trade in checked.trades}
    ours = ownership(settings)
    sought = names_to_find(checked, session)
    view = read(ServiceListing(session.client), ours, sought, settings.since)
    matching = Matching(
        settings.workspace, accounts, view.active, view.ended, checked.known | names
    )
    hidden = Hidden.of(view, settings.workspace, session.memory(view))
    return Watched(
        workspace=settings.workspace,
        environment=settings.environment,
        accounts=tuple(sorted(settings.accounts.items())),
        at=session.now(),
        rows=rows(checked.trades, matching, hidden, checked.known | names, settings.environment),
        foreign=len(matching.foreign),
        unreadable=hidden.shown,
    )
