"""The store in PostgreSQL, for runners that share no disk."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from msgspec import Struct

from smartplan.state.postgres_database import PostgresDatabase
from smartplan.state.store import LockHeld, LockScope, StoreUnusable
from smartplan.state.tables import Connection, TableStore

SECONDS = 60.0
"""Longer than any single request, so that a renewed lease outlasts the request that follows."""
_RENEWALS = 3

_END = "clock_timestamp() + ? * interval '1 second'"
_ACQUIRE = (
    f"INSERT INTO lease VALUES (?, ?, ?, 1, clock_timestamp(), {_END})"  # noqa: S608 - constants only
    " ON CONFLICT (workspace, environment) DO UPDATE SET owner = excluded.owner,"
    f" token = lease.token + 1, since = clock_timestamp(), expires = {_END}"
    " WHERE lease.expires <= clock_timestamp() RETURNING token"
)
_HOLDER = (
    "SELECT owner, to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') FROM lease"
    " WHERE workspace = ? AND environment = ?"
)
_OURS = "workspace = ? AND environment = ? AND token = ?"
_RENEW = f"UPDATE lease SET expires = {_END} WHERE {_OURS}"  # noqa: S608 - constants only
_RELEASE = f"UPDATE lease SET expires = clock_timestamp() WHERE {_OURS}"  # noqa: S608 - constants only


class LeaseLost(StoreUnusable):
    """Another run has taken the lock over: nothing of this one may be written any more."""


class Lease(Struct, frozen=True):
    """A lease that was granted; ``seconds`` is how long each renewal lasts."""

    scope: LockScope
    token: int
    seconds: float

    def renew(self, connection: Connection) -> None:
        """Renew it for what ``connection`` writes; ``LeaseLost`` when another run holds it."""
        values = (self.seconds, self.scope.workspace, self.scope.environment, self.token)
        if connection.execute(_RENEW, values).rowcount == 0:
            raise LeaseLost(
                f"Another run has taken over {self.scope.workspace} ({self.scope.environment}):"
                " this one was held up for longer than its lock lasts.",
                hint="Nothing more is sent. `smartplan diff` shows what is left to do.",
            )

    def release(self, connection: Connection) -> None:
        """End it now, if it is still ours."""
        values = (self.scope.workspace, self.scope.environment, self.token)
        connection.execute(_RELEASE, values)


@contextmanager
def hold(
    database: PostgresDatabase,
    reconnect: Callable[[], PostgresDatabase],
    scope: LockScope,
    seconds: float,
) -> Iterator[Lease]:
    """Hold the lock of ``scope``; ``LockHeld`` at once if another run has it."""
    lease = Lease(scope, _acquire(database, scope, seconds), seconds)
    done = Event()
    renewer = Thread(target=_keep, args=(lease, reconnect, done), daemon=True)
    renewer.start()
    try:
        yield lease
    finally:
        done.set()
        renewer.join()
        # Without a connection it ends by itself.
        with suppress(StoreUnusable), database.transaction() as connection:
            lease.release(connection)


def _acquire(database: PostgresDatabase, scope: LockScope, seconds: float) -> int:
    owner = f"process {os.getpid()} on {socket.gethostname()}"
    with database.transaction() as connection:
        values = (scope.workspace, scope.environment, owner, seconds, seconds)
        row = connection.execute(_ACQUIRE, values).fetchone()
        if row is not None:
            return int(row[0])
        holder, since = connection.execute(_HOLDER, (scope.workspace, scope.environment)).fetchone()
    raise LockHeld(
        f"Another run is at work in {scope.workspace} ({scope.environment}): {holder} since {since}"
        " UTC.",
        hint=f"Wait for it to end. The lock of a run that died is free after {seconds:g} s.",
    )


def _keep(lease: Lease, reconnect: Callable[[], PostgresDatabase], done: Event) -> None:
    """Renew until ``done``. A server that is away is tried again: the next write will judge."""
    while not done.wait(lease.seconds / _RENEWALS):
        try:
            with reconnect() as database:
                _renew(lease, database, done)
        except LeaseLost:
            return
        except StoreUnusable:
            continue


def _renew(lease: Lease, database: PostgresDatabase, done: Event) -> None:
    """Renew now, and over the same connection for as long as it lasts."""
    while True:
        with database.transaction() as connection:
            lease.renew(connection)
        if done.wait(lease.seconds / _RENEWALS):
            return


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

    def __init__(self, url: str, *, migrate: bool = False, lease_seconds: float = SECONDS) -> None:
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
        with hold(
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
