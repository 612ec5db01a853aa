"""The store in one SQLite file, with its lock beside it."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from smartplan.document.scalars import number_text
from smartplan.state.database import Database
from smartplan.state.lock import hold
from smartplan.state.store import (
    Change,
    ChangesetUsed,
    Claim,
    ClaimHeld,
    CloseClaim,
    Event,
    EventKind,
    Forget,
    Identity,
    KnownTrade,
    OpenClaim,
    Remember,
    Scope,
    UseChangeset,
)

_EVENT = "number, at, run, kind, workspace, environment, name, round, trade_id, data"
_OF_SCOPE = "workspace = ? AND environment = ?"
_OF_IDENTITY = f"{_OF_SCOPE} AND name = ? AND round = ?"


class SqliteStore:
    """A ``Store`` for one machine: WAL, every write on disk before it returns, owner only."""

    def __init__(self, path: Path, *, migrate: bool = False) -> None:
        self._path = path
        self._database = Database(path, "journal", synchronous="FULL", migrate=migrate)

    @property
    def read_only(self) -> str | None:
        """See ``Store.read_only``."""
        return self._database.problem

    def record(self, event: Event, *changes: Change) -> int:
        """See ``Store.record``."""
        with self._database.transaction() as connection:
            number = _append(connection, event)
            for change in changes:
                _make(connection, change, number)
        return number

    def events(self, scope: Scope, *, name: str | None = None) -> tuple[Event, ...]:
        """See ``Store.events``."""
        sql = f"SELECT {_EVENT} FROM event WHERE {_OF_SCOPE}"  # noqa: S608 - constants only
        values: list[object] = [scope.workspace, scope.environment]
        if name is not None:
            sql, values = f"{sql} AND name = ?", [*values, name]
        return tuple(map(_event, self._database.rows(f"{sql} ORDER BY number", *values)))

    def claims(self, scope: Scope) -> tuple[Claim, ...]:
        """See ``Store.claims``."""
        rows = self._database.rows(
            f"SELECT {_EVENT} FROM event WHERE number IN"  # noqa: S608 - constants only
            f" (SELECT intent FROM claim WHERE {_OF_SCOPE}) ORDER BY number",
            scope.workspace,
            scope.environment,
        )
        return tuple(map(_claim, rows))

    def trades(self, scope: Scope) -> tuple[KnownTrade, ...]:
        """See ``Store.trades``."""
        rows = self._database.rows(
            "SELECT name, round, trade_id, applied, ended FROM trade"  # noqa: S608 - constants only
            f" WHERE {_OF_SCOPE} ORDER BY name, round",
            scope.workspace,
            scope.environment,
        )
        return tuple(_known(scope, row) for row in rows)

    def lock(self, scope: Scope, run: str) -> AbstractContextManager[None]:
        """See ``Store.lock``."""
        return hold(self._path, scope, run)

    def problems(self) -> tuple[str, ...]:
        """See ``Store.problems``."""
        found = [str(row[0]) for row in self._database.rows("PRAGMA integrity_check")]
        found += [
            f"table {row[0]}, row {row[1]}: points to nothing"
            for row in self._database.rows("PRAGMA foreign_key_check")
        ]
        return tuple(problem for problem in found if problem != "ok")

    def close(self) -> None:
        """See ``Store.close``."""
        self._database.close()


def _append(connection: sqlite3.Connection, event: Event) -> int:
    cursor = connection.execute(
        "INSERT INTO event (at, run, kind, workspace, environment, name, round, trade_id, data)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            event.at.isoformat(),
            event.run,
            event.kind,
            event.scope.workspace,
            event.scope.environment,
            event.name,
            event.round,
            event.trade_id,
            _json(event.data),
        ),
    )
    return int(cursor.lastrowid or 0)


def _make(connection: sqlite3.Connection, change: Change, event: int) -> None:
    match change:
        case OpenClaim(identity):
            _open_claim(connection, identity, event)
        case CloseClaim(identity):
            connection.execute(
                f"DELETE FROM claim WHERE {_OF_IDENTITY}",  # noqa: S608 - constants only
                _key(identity),
            )
        case Remember(trade):
            connection.execute(
                "INSERT OR REPLACE INTO trade"
                " (workspace, environment, name, round, trade_id, ended, applied)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *_key(trade.identity),
                    trade.trade_id,
                    trade.ended,
                    None if trade.applied is None else _json(trade.applied),
                ),
            )
        case Forget(scope, name):
            connection.execute(
                f"DELETE FROM trade WHERE {_OF_SCOPE} AND name = ?",  # noqa: S608 - constants only
                (scope.workspace, scope.environment, name),
            )
        case UseChangeset(id_):
            _use_changeset(connection, id_, event)


def _open_claim(connection: sqlite3.Connection, identity: Identity, event: int) -> None:
    try:
        connection.execute("INSERT INTO claim VALUES (?, ?, ?, ?, ?)", (*_key(identity), event))
    except sqlite3.IntegrityError:
        raise ClaimHeld(
            f"An earlier request for {identity.name} (round {identity.round}) has no known outcome"
            " yet.",
            hint=f"`smartplan resolve {identity.name}` settles it.",
        ) from None


def _use_changeset(connection: sqlite3.Connection, changeset: str, event: int) -> None:
    try:
        connection.execute("INSERT INTO changeset VALUES (?, ?)", (changeset, event))
    except sqlite3.IntegrityError:
        raise ChangesetUsed(
            f"The changeset {changeset[:12]} was applied before.",
            hint="`smartplan diff --out` makes a new one.",
        ) from None


def _key(identity: Identity) -> tuple[str, str, str, int]:
    scope = identity.scope
    return (scope.workspace, scope.environment, identity.name, identity.round)


def _json(data: Mapping[str, object]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_as_text)


def _as_text(value: object) -> str:
    if isinstance(value, Decimal):
        return number_text(value)
    raise TypeError(f"{type(value).__name__} has no place in the journal")


def _event(row: tuple[Any, ...]) -> Event:
    number, at, run, kind, workspace, environment, name, round_, trade_id, data = row
    return Event(
        at=datetime.fromisoformat(at),
        run=run,
        kind=EventKind(kind),
        scope=Scope(workspace, environment),
        name=name,
        round=round_,
        trade_id=trade_id,
        data=json.loads(data, parse_float=Decimal),
        number=number,
    )


def _claim(row: tuple[Any, ...]) -> Claim:
    intent = _event(row)
    return Claim(Identity(intent.scope, intent.name or "", intent.round or 0), intent)


def _known(scope: Scope, row: tuple[Any, ...]) -> KnownTrade:
    name, round_, trade_id, applied, ended = row
    return KnownTrade(
        identity=Identity(scope, name, round_),
        trade_id=trade_id,
        applied=None if applied is None else json.loads(applied, parse_float=Decimal),
        ended=ended,
    )
