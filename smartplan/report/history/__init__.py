"""The journal: its events as they were written, and the log that they read as."""

from collections.abc import Sequence

from msgspec import Struct

from smartplan.changes.trading_log import LogEntry
from smartplan.state.store import Event


class HistoryReport(Struct, frozen=True):
    """``events`` of the journal; ``log`` is what they say of trades, with fills and exits.

    ``missing`` says why the exchange was not asked for those, if it was not.
    """

    events: Sequence[Event]
    log: Sequence[LogEntry] = ()
    missing: str = ""
