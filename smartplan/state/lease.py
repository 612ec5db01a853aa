"""The lock of a scope as a lease in PostgreSQL: owner, expiry and fencing token.

All times are the server's. The lease is renewed by a thread while its run works, and by every
write of the run itself; a write whose token is no longer the newest is refused. What the token
cannot do: the request to the service is sent after the write, and a run that is held up between
the two (a suspended machine) sends it although the lease has passed on.
"""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Thread

from smartplan.state.server import PostgresDatabase
from smartplan.state.store import LockHeld, LockScope, StoreUnusable
from smartplan.state.tables import Connection

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


@dataclass(frozen=True, slots=True)
class Lease:
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
