"""Status: the plans that fit, beside what the exchange shows."""

from smartplan.api.client import ACTIVE_TRADES, TradeFilter
from smartplan.changes import guards
from smartplan.changes.matching import Matching
from smartplan.changes.watching import Watched, rows
from smartplan.workflow.changing import Session
from smartplan.workflow.checking import Checked


def watch(checked: Checked, session: Session) -> Watched:
    """One look. Raises ``SafetyRefusal`` for accounts of the wrong kind."""
    settings = session.settings
    guards.accounts_fit(settings.environment, settings.accounts, session.accounts)
    active = session.client.scan(ACTIVE_TRADES)
    names = {trade.name for trade in checked.trades}
    found = {
        live.marker.name
        for live in active
        if live.marker is not None and live.marker.workspace == settings.workspace
    }
    start = settings.since.isoformat() if settings.since is not None else None
    everything = TradeFilter(status="all", created_from=start)
    ended = session.client.scan(everything) if names - found else ()
    accounts = settings.accounts
    known = checked.known | names
    matching = Matching(settings.workspace, accounts.values(), active, ended, known)
    return Watched(
        workspace=settings.workspace,
        environment=settings.environment,
        accounts=tuple(sorted(accounts.items())),
        at=session.now(),
        rows=rows(checked.trades, matching),
        foreign=matching.foreign,
    )
