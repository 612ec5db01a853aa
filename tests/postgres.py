"""A real PostgreSQL for the tests: ``make postgres`` installs it, a script of ours starts it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "postgres"
IMPOSSIBLE = 77


class Server:
    """A running server; ``url`` is that of its database, with the password in it."""

    def __init__(self, folder: str, url: str) -> None:
        self._folder = folder
        self.url = url

    def connect(self) -> psycopg.Connection:
        """A connection past smartplan, for looking and for breaking things."""
        connection = psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True)
        connection.execute("SET search_path TO smartplan, public")
        return connection

    def execute(self, sql: str, *values: object) -> list[tuple]:
        with self.connect() as connection:
            cursor = connection.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    def forget(self) -> None:
        """Drop everything; whoever still holds a connection loses it."""
        self.cut()
        self.execute("DROP SCHEMA IF EXISTS smartplan CASCADE")

    def cut(self) -> None:
        """Kill the connections of all others."""
        self.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )

    def restart(self) -> None:
        subprocess.run([SCRIPT, "restart", self._folder], check=True, timeout=60)

    def stop(self) -> None:
        subprocess.run([SCRIPT, "stop", self._folder], check=True, timeout=60)


@contextmanager
def running() -> Iterator[Server]:
    """The server while the block lasts; skips, saying why, where there can be none."""
    done = subprocess.run([SCRIPT, "start"], capture_output=True, text=True, timeout=300)
    if done.returncode == IMPOSSIBLE:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr
    server = Server(*done.stdout.split())
    try:
        yield server
    finally:
        server.stop()
