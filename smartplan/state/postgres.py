"""The store in PostgreSQL, for runners that share no disk."""

from collections.abc import Iterator
from contextlib import contextmanager

from smartplan.state import lease
from smartplan.state.lease import Lease
from smartplan.state.server import PostgresDatabase
from smartplan.state.store import LockScope
from smartplan.state.tables import Connection, TableStore

_FORGETFUL = (
    "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'"
    " ORDER BY name"
)
_UNGUARDED = (
    "SELECT 1 FROM pg_trigger WHERE tgrelid = 'event'::regclass AND tgenabled = 'O'"
    " AND tgname = 'event_is_never_changed'"
)


class PostgresStore(TableStore):
    """A ``Store`` for many machines: one transaction per write, its lock a fenced lease.

    A connection that breaks is not made again: the run that was using it has to stop.
    """

    def __init__(
        self, url: str, *, migrate: bool = False, lease_seconds: float = lease.SECONDS
    ) -> None:
        self._url = url
        self._lease_seconds = lease_seconds
        self._leases: dict[LockScope, Lease] = {}
        self._database = PostgresDatabase(url, migrate=migrate)
        super().__init__(self._database)

    @property
    def version(self) -> int:
        """See ``Store.version``."""
        return self._database.version

    def _admit(self, connection: Connection, scope: LockScope) -> None:
        if scope in self._leases:
            self._leases[scope].renew(connection)

    @contextmanager
    def lock(self, scope: LockScope, run: str) -> Iterator[None]:  # noqa: ARG002 - the protocol's word
        """See ``Store.lock``."""
        with lease.hold(
            self._database, lambda: PostgresDatabase(self._url), scope, self._lease_seconds
        ) as held:
            self._leases[scope] = held
            try:
                yield
            finally:
                del self._leases[scope]

    def problems(self) -> tuple[str, ...]:
        """See ``Store.problems``."""
        found = [
            f"the server may forget what it has confirmed: {name} is off"
            for (name,) in self._database.rows(_FORGETFUL)
        ]
        if not self._database.rows(_UNGUARDED):
            found.append("table event: nothing keeps its rows from being changed")
        return tuple(found)
