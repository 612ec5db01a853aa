"""A private SQLite file: opened for its owner alone, brought up to date, its errors explained."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from smartplan.resource import Resource
from smartplan.state.folder import make_private
from smartplan.state.store import StoreUnusable
from smartplan.state.tables import check_version, migrations

Synchronous = Literal["FULL", "NORMAL"]
BUSY_SECONDS = 30.0


class Database(Resource):
    """One connection to one file (``None``: memory only), with numbered migrations applied.

    ``problem`` says why a file can only be read; ``None`` when it can be written.
    """

    def __init__(
        self, path: Path | None, series: str, *, synchronous: Synchronous, migrate: bool
    ) -> None:
        self._path = path
        self._migrations = migrations(series)
        self.problem: str | None = None
        with self.explained():
            self._connection = self._connect()
            try:
                self._set_up(synchronous, migrate=migrate)
            except BaseException:
                self._connection.close()
                raise

    @property
    def version(self) -> int:
        """The number of the last migration that was applied."""
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        return int(version)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.explained():
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Writes that are durable together when the block ends, or never happened."""
        if self.problem is not None:
            raise StoreUnusable(self.problem, hint="Whatever changes a trade needs its store.")
        with self.explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn SQLite's errors into sentences."""
        try:
            yield
        except sqlite3.Error as error:
            raise StoreUnusable(
                f"The store {self._path} cannot be used: {error}.",
                hint="`smartplan state check` says more; keep a copy of the file before you replace"
                " it.",
            ) from error

    def _connect(self) -> sqlite3.Connection:
        if self._path is None:
            return _open(":memory:")
        try:
            make_private(self._path.parent)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            return self._connect_for_reading(error)
        return _open(str(self._path))

    def _connect_for_reading(self, error: OSError) -> sqlite3.Connection:
        self.problem = f"The store {self._path} cannot be written: {error.strerror}."
        if self._path is None or not self._path.is_file():
            return _open(":memory:")
        log = self._path.with_name(f"{self._path.name}-wal")
        # Reading wants to write beside the file, unless it is declared immutable; what still
        # stands in the log would then be overlooked.
        settled = not log.exists() or log.stat().st_size == 0
        mode = "mode=ro&immutable=1" if settled else "mode=ro"
        return _open(f"{self._path.absolute().as_uri()}?{mode}", uri=True)

    def _set_up(self, synchronous: Synchronous, *, migrate: bool) -> None:
        fresh = not self._connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
        on_disk = self._path is not None and self.problem is None
        if on_disk:
            _use_write_ahead_log(self._connection)
        self._connection.execute(f"PRAGMA synchronous = {synchronous}")
        self._connection.execute("PRAGMA foreign_keys = ON")
        if fresh or (migrate and self.problem is None):
            self._migrate()
        check_version(self._path, self.version, len(self._migrations))

    def _migrate(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for number in range(self.version + 1, len(self._migrations) + 1):
                for statement in _statements(self._migrations[number - 1].decode()):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {number}")
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise


def _open(database: str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(database, timeout=BUSY_SECONDS, isolation_level=None, uri=uri)


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """The one statement that SQLite does not wait with while others start the same file."""
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.01)
        else:
            return


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
