"""The journal of a workspace as a trading log, with what the exchange shows of its trades."""

from collections.abc import Sequence

from smartplan.changes.reconcile import snapshot
from smartplan.changes.trading_log import LogEntry, trading_log
from smartplan.state.store import Event
from smartplan.trade.contract import Contracts
from smartplan.workflow.reconciliation import ownership
from smartplan.workflow.session import Session


def history_of_trades(events: Sequence[Event], session: Session) -> tuple[LogEntry, ...]:
    """The log of these events, with fills and exits. Raises ``ServiceError``."""
    settings = session.settings
    view = snapshot.whole(session.client, ownership(settings), settings.since)
    return trading_log(events, view.by_id, Contracts.of_settings(settings))


def history_of_requests(events: Sequence[Event]) -> tuple[LogEntry, ...]:
    """The log of what was asked for alone."""
    return trading_log(events, {}, Contracts())
