"""Where granted and refused requests are written down: one process at a time, one clock for all."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from smartplan.resource import Resource
from smartplan.state.clocks import Clocks, Moment
from smartplan.state.tables import Connection

SERVER_CLOCK = "SELECT extract(epoch FROM clock_timestamp())::float8"
_TAKING_TURNS = 0x62756467657400  # any number, the same for every smartplan


class Ledger(Resource, Protocol):
    """The tables ``granted`` and ``refused``. Raises ``StoreUnusable``."""

    @property
    def problem(self) -> str | None:
        """Why nothing can be written, ``None`` if it can."""
        ...

    def turn(self) -> AbstractContextManager[tuple[Connection, Moment]]:
        """The ledger for this process alone, and what time it is; durable when the block ends."""
        ...


class SqliteLedger(Resource):
    """A file that the processes of a user share (``None``: memory that nobody shares)."""

    def __init__(self, file: Path | None, clocks: Clocks | None = None) -> None:
        from smartplan.state.database import Database
        from smartplan.state.private_files import refuse_shared

        if file is not None:
            refuse_shared(file, file.parent.parent, links=True)
        # What is granted has to survive the death of a process, not of the machine.
        self._database = Database(file, "budget", synchronous="NORMAL", migrate=True)
        self._clocks = clocks or Clocks()

    @property
    def problem(self) -> str | None:
        """See ``Ledger.problem``."""
        return self._database.problem

    @contextmanager
    def turn(self) -> Iterator[tuple[Connection, Moment]]:
        """See ``Ledger.turn``."""
        with self._database.transaction() as connection:
            yield connection, self._clocks.now()

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


class PostgresLedger(Resource):
    """In the store's database, by the server's clock: exact over all machines that use it.

    A connection that breaks is made again: asking twice can only grant too little.
    ``clock`` is the SQL that tells the time in seconds.
    """

    def __init__(self, url: str, *, clock: str = SERVER_CLOCK) -> None:
        from smartplan.state.postgres_database import PostgresDatabase

        self._connect = PostgresDatabase
        self._url = url
        self._clock = clock
        self._database = PostgresDatabase(url)

    @property
    def problem(self) -> str | None:
        """See ``Ledger.problem``."""
        return self._database.problem

    @contextmanager
    def turn(self) -> Iterator[tuple[Connection, Moment]]:
        """See ``Ledger.turn``."""
        if not self._database.alive:
            self._database.close()
            self._database = self._connect(self._url)
        with self._database.transaction() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(?)", (_TAKING_TURNS,))
            (seconds,) = connection.execute(self._clock).fetchone()
            yield connection, Moment("server", seconds, seconds)

    def close(self) -> None:
        """Let go of the connection."""
        self._database.close()
