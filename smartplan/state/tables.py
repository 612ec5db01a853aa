"""The four tables of a store, the same for every driver: events, claims, trades, changesets.

SQL here is what SQLite and PostgreSQL both understand; ``?`` stands for a value.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from smartplan.diagnostics import command
from smartplan.document.scalars import number_text
from smartplan.resource import Resource
from smartplan.state.store import (
    Change,
    ChangesetUsed,
    Claim,
    ClaimHeld,
    CloseClaim,
    Event,
    EventKind,
    Forget,
    ForgetAll,
    Identity,
    KnownTrade,
    LockScope,
    OpenClaim,
    Remember,
    StoreUnusable,
    UseChangeset,
)

Row = tuple[Any, ...]


class Rows(Protocol):
    """The result of a statement."""

    @property
    def rowcount(self) -> int:
        """How many rows the statement has written."""
        ...

    def fetchone(self) -> Any:
        """The next row, ``None`` after the last."""
        ...

    def fetchall(self) -> list[Any]:
        """Every row that is left."""
        ...


class Connection(Protocol):
    """Runs statements inside a transaction."""

    def execute(self, sql: str, values: Sequence[object] = (), /) -> Rows:
        """Run one statement."""
        ...


class Transactions(Resource, Protocol):
    """A database of either kind. Methods raise ``StoreUnusable``."""

    @property
    def problem(self) -> str | None:
        """Why nothing can be written, ``None`` if it can."""
        ...

    def rows(self, sql: str, *values: object) -> list[Row]:
        """The rows of a query."""
        ...

    def transaction(self) -> AbstractContextManager[Connection]:
        """Writes that are durable together when the block ends, or never happened."""
        ...


def migrations(series: str) -> list[bytes]:
    """The numbered scripts that bring a database up to date, the first of them first."""
    folder = Path(__file__).parent / "migrations" / series
    return [file.read_bytes() for file in sorted(folder.iterdir())]


def check_version(store: object, version: int, newest: int) -> None:
    """Raises ``StoreUnusable`` for a store that another version of smartplan has written."""
    if version > newest:
        raise StoreUnusable(
            f"The store {store} was written by a newer smartplan.",
            hint="Install that version, or name another store under [state].",
        )
    if version < newest:
        raise StoreUnusable(
            f"The store {store} is of an older version.",
            hint="`smartplan state migrate` brings it up to date.",
        )


_EVENT = "number, at, run, kind, workspace, environment, name, round, trade_id, data"
_SELECT_EVENTS = f"SELECT {_EVENT} FROM event WHERE workspace = ? AND environment = ?"  # noqa: S608 - constants only
_SELECT_CLAIMS = (
    f"SELECT {_EVENT} FROM event WHERE number IN"  # noqa: S608 - constants only
    " (SELECT intent FROM claim WHERE workspace = ? AND environment = ?) ORDER BY number"
)
_SELECT_TRADES = (
    "SELECT name, round, trade_id, applied, ended FROM trade"
    " WHERE workspace = ? AND environment = ? ORDER BY name, round"
)
_INSERT_EVENT = (
    "INSERT INTO event (at, run, kind, workspace, environment, name, round, trade_id, data)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number"
)
_DELETE_CLAIM = (
    "DELETE FROM claim WHERE workspace = ? AND environment = ? AND name = ? AND round = ?"
)
_UPSERT_TRADE = (
    "INSERT INTO trade (workspace, environment, name, round, trade_id, ended, applied)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (workspace, environment, name, round) DO UPDATE"
    " SET trade_id = excluded.trade_id, ended = excluded.ended, applied = excluded.applied"
)
_OTHERS = (
    "FROM trade WHERE workspace = ? AND environment = ? AND trade_id = ?"
    " AND NOT (name = ? AND round = ?)"
)
_SELECT_APPLIED = f"SELECT applied {_OTHERS} AND applied IS NOT NULL"
_DELETE_OTHERS = f"DELETE {_OTHERS}"
_DELETE_TRADES = "DELETE FROM trade WHERE workspace = ? AND environment = ? AND name = ?"

_DELETE_SCOPE = (
    "DELETE FROM trade WHERE workspace = ? AND environment = ?",
    "DELETE FROM claim WHERE workspace = ? AND environment = ?",
)


class TableStore(Resource):
    """What a ``Store`` does with its tables, whatever database they lie in."""

    def __init__(self, database: Transactions) -> None:
        self._tables = database

    @property
    def read_only(self) -> str | None:
        """See ``Store.read_only``."""
        return self._tables.problem

    def record(self, event: Event, *changes: Change) -> int:
        """See ``Store.record``."""
        with self._tables.transaction() as connection:
            self._admit(connection, event.scope)
            number = _append(connection, event)
            for change in changes:
                _make(connection, change, number)
        return number

    def _admit(self, connection: Connection, scope: LockScope) -> None:
        """Where a driver refuses a write whose lock is lost."""

    def events(self, scope: LockScope, *, name: str | None = None) -> tuple[Event, ...]:
        """See ``Store.events``."""
        sql, values = _SELECT_EVENTS, [scope.workspace, scope.environment]
        if name is not None:
            sql, values = f"{sql} AND name = ?", [*values, name]
        return tuple(map(_event, self._tables.rows(f"{sql} ORDER BY number", *values)))

    def claims(self, scope: LockScope) -> tuple[Claim, ...]:
        """See ``Store.claims``."""
        rows = self._tables.rows(_SELECT_CLAIMS, scope.workspace, scope.environment)
        return tuple(map(_claim, rows))

    def trades(self, scope: LockScope) -> tuple[KnownTrade, ...]:
        """See ``Store.trades``."""
        rows = self._tables.rows(_SELECT_TRADES, scope.workspace, scope.environment)
        return tuple(_known(scope, row) for row in rows)

    def close(self) -> None:
        """Let go of the database."""
        self._tables.close()


def _append(connection: Connection, event: Event) -> int:
    row = connection.execute(
        _INSERT_EVENT,
        (
            event.at.isoformat(),
            event.run,
            str(event.kind),
            event.scope.workspace,
            event.scope.environment,
            event.name,
            event.round,
            event.trade_id,
            _json(event.data),
        ),
    ).fetchone()
    return int(row[0])


def _make(connection: Connection, change: Change, event: int) -> None:
    match change:
        case OpenClaim(identity):
            _open_claim(connection, identity, event)
        case CloseClaim(identity):
            connection.execute(_DELETE_CLAIM, _key(identity))
        case Remember(trade):
            _remember(connection, trade)
        case Forget(scope, name):
            connection.execute(_DELETE_TRADES, (scope.workspace, scope.environment, name))
        case ForgetAll(scope):
            for sql in _DELETE_SCOPE:
                connection.execute(sql, (scope.workspace, scope.environment))
        case UseChangeset(id_):
            _use_changeset(connection, id_, event)


def _remember(connection: Connection, trade: KnownTrade) -> None:
    """A live trade has one identity: what was known of it under another goes with it."""
    key = _key(trade.identity)
    others = (*key[:2], trade.trade_id, *key[2:])
    before = connection.execute(_SELECT_APPLIED, others).fetchone()
    applied = None if trade.applied is None else _json(trade.applied)
    if applied is None and before is not None:
        applied = before[0]
    connection.execute(_DELETE_OTHERS, others)
    connection.execute(_UPSERT_TRADE, (*key, trade.trade_id, trade.ended, applied))


def _open_claim(connection: Connection, identity: Identity, event: int) -> None:
    sql = "INSERT INTO claim VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    if connection.execute(sql, (*_key(identity), event)).rowcount == 0:
        words = f"resolve {identity.name} --wait"
        raise ClaimHeld(
            f"An earlier request for {identity.name} (round {identity.round}) has no known outcome"
            " yet.",
            hint=f"{command(words, identity.scope.environment)} settles it.",
        )


def _use_changeset(connection: Connection, changeset: str, event: int) -> None:
    sql = "INSERT INTO changeset VALUES (?, ?) ON CONFLICT DO NOTHING"
    if connection.execute(sql, (changeset, event)).rowcount == 0:
        raise ChangesetUsed(
            f"The changeset {changeset[:12]} was applied before.",
            hint="`smartplan diff --out FILE` makes a new one.",
        )


def _key(identity: Identity) -> tuple[str, str, str, int]:
    scope = identity.scope
    return (scope.workspace, scope.environment, identity.name, identity.round)


def _json(data: Mapping[str, object]) -> str:
    """ASCII: what the service answers may hold text that no database takes."""
    return json.dumps(data, separators=(",", ":"), default=_as_text)


def _as_text(value: object) -> str:
    if isinstance(value, Decimal):
        return number_text(value)
    raise TypeError(f"{type(value).__name__} has no place in the journal")


def _event(row: Row) -> Event:
    number, at, run, kind, workspace, environment, name, round_, trade_id, data = row
    return Event(
        at=datetime.fromisoformat(at),
        run=run,
        kind=EventKind(kind),
        scope=LockScope(workspace, environment),
        name=name,
        round=round_,
        trade_id=trade_id,
        data=json.loads(data, parse_float=Decimal),
        number=number,
    )


def _claim(row: Row) -> Claim:
    intent = _event(row)
    return Claim(Identity(intent.scope, intent.name or "", intent.round or 0), intent)


def _known(scope: LockScope, row: Row) -> KnownTrade:
    name, round_, trade_id, applied, ended = row
    return KnownTrade(
        identity=Identity(scope, name, round_),
        trade_id=trade_id,
        applied=None if applied is None else json.loads(applied, parse_float=Decimal),
        ended=ended,
    )
