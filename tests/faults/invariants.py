"""I1 to I10, read from the server's own log, its trades and the journal: no opinion of ours."""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote

TRADES = "/public/api/v2/smart_trades"
MARKER = re.compile(r"\[smartplan1:([a-z0-9-]+)/([a-z0-9-]+)#(\d+) [0-9a-f]{16} [kcx]\]$")
IDENTITY = tuple[str, str, int]


@dataclass(frozen=True)
class Intent:
    """An intent of the journal, and the trade or the identity it is about."""

    at: datetime
    action: str
    name: str
    round: int
    trade_id: int | None


@dataclass(frozen=True)
class Mutation:
    """A request that changes something, as the server saw it."""

    at: datetime
    method: str
    path: str
    body: Mapping[str, Any]

    @property
    def trade_id(self) -> int | None:
        """The id in its path; a create has none."""
        found = re.match(rf"{TRADES}/(\d+)", self.path)
        return int(found[1]) if found else None

    def __str__(self) -> str:
        return f"{self.method} {self.path.removeprefix('/public/api')}"


def identity_of(note: str | None) -> IDENTITY | None:
    """Workspace, name and round that a note claims."""
    found = MARKER.search((note or "").strip())
    return (found[1], found[2], int(found[3])) if found else None


def mutations(log: Iterable[Any]) -> list[Mutation]:
    """Every request of the server's log that changes a trade."""
    return [
        Mutation(datetime.fromisoformat(r.time), r.method, r.path, json.loads(r.body or "{}"))
        for r in log
        if r.method != "GET" and r.path.startswith(TRADES)
    ]


def intents(journal: Path) -> list[Intent]:
    """Every intent in a journal file, as SQLite reads it."""
    rows = _rows(journal, "SELECT at, data, name, round, trade_id FROM event WHERE kind = 'intent'")
    return [
        Intent(datetime.fromisoformat(at), json.loads(data)["action"], name, round_, trade_id)
        for at, data, name, round_, trade_id in rows
    ]


def open_claims(journal: Path) -> int:
    """How many intents have no outcome yet."""
    return len(_rows(journal, "SELECT name FROM claim"))


def _rows(journal: Path, query: str) -> list[tuple[Any, ...]]:
    """Nothing, where the process died before there was a table."""
    if not journal.exists():
        return []
    with closing(sqlite3.connect(journal)) as connection:
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        return connection.execute(query).fetchall() if tables else []


def every_trade(exchange: Any) -> list[dict[str, Any]]:
    """All trades of an exchange, page by page."""
    query = {"status": "all", "per_page": "100", "order_by": "created_at",
             "order_direction": "asc"}  # fmt: skip
    found: list[dict[str, Any]] = []
    for page in count(1):
        rows = exchange.list_trades({**query, "page": str(page)})
        if not rows:
            break
        found += [dict(row) for row in rows]
    return found


def duplicates(entities: Sequence[Mapping[str, Any]], by_hand: frozenset[int]) -> Iterator[str]:
    """I1: two trades that smartplan opened for one identity."""
    opened = Counter(identity_of(e["note"]) for e in entities if e["id"] not in by_hand)
    for identity, number in opened.items():
        if identity is not None and number > 1:
            yield f"I1: {number} trades for {identity}"


def foreign_changes(log: Iterable[Any], foreign: frozenset[int]) -> Iterator[str]:
    """I2: a request that changes a trade which is none of ours."""
    for mutation in mutations(log):
        if mutation.trade_id in foreign:
            yield f"I2: {mutation}, which is not ours"


@dataclass(frozen=True)
class Moved:
    """A person, or the market, moved a trade: ``what`` says how."""

    at: datetime
    trade_id: int
    what: str


def overwritten(log: Iterable[Any], moves: Iterable[Moved]) -> Iterator[str]:
    """I9: a write of a run that reached a trade after that had moved under it."""
    written = mutations(log)
    for move in moves:
        for mutation in written:
            if mutation.trade_id == move.trade_id and mutation.at >= move.at:
                yield f"I9: {mutation}, though before it {move.what}"


def naked(entities: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """I10: a trade of ours that was given up with its position open: nothing exits it."""
    for entity in entities:
        data, status = entity["data"], entity["status"]["type"]
        held = Decimal(data["entered_amount"] or 0) - Decimal(data["closed_amount"] or 0)
        if held > 0 and status.startswith("cancel") and identity_of(entity["note"]):
            yield f"I10: #{entity['id']} is {status}, and {held} units are left without exits"


_ALLOWED = {
    "POST": ("create", "replace"),
    "PATCH": ("update",),
    "DELETE": ("cancel", "replace", "cancel_order"),
    "set_note": ("update", "set_note", "adopt"),
    "close_by_market": ("close", "close_order"),
    "add_funds": ("add_funds",),
    "reduce_funds": ("reduce_funds",),
    "force_start": ("force_start",),
    "force_process": ("force_process",),
}


def unjournaled(log: Iterable[Any], known: Sequence[Intent]) -> Iterator[str]:
    """I3: a mutation without an intent before it; one intent covers one request of a kind.

    ``doctor`` asks whether a key may write with a note for trade 0, which nobody has.
    """
    used: Counter[tuple[int, str]] = Counter()
    for mutation in mutations(log):
        if mutation.trade_id == 0:
            continue
        last = mutation.path.rsplit("/", 1)[-1]
        kind = last if last in _ALLOWED else mutation.method
        fits = [
            at
            for at, intent in enumerate(known)
            if intent.at <= mutation.at
            and intent.action in _ALLOWED[kind]
            and not used[at, kind]
            and _about(intent, mutation)
        ]
        if not fits:
            yield f"I3: {mutation} without an intent before it"
        else:
            used[fits[0], kind] += 1


def _about(intent: Intent, mutation: Mutation) -> bool:
    if mutation.trade_id is not None:
        return intent.trade_id == mutation.trade_id
    identity = identity_of(mutation.body.get("note"))
    return identity is not None and identity[1:] == (intent.name, intent.round)


def by_one_clock(violations: Iterable[str]) -> list[str]:
    """Without I3, where only the journal's clock was moved and not the server's."""
    return [one for one in violations if not one.startswith("I3:")]


def too_fast(log: Iterable[Any]) -> Iterator[str]:
    """I6: more than 100 requests in 60 seconds."""
    times = [datetime.fromisoformat(r.time) for r in log]
    for first, later in zip(times, times[100:], strict=False):
        if later - first < timedelta(seconds=60):
            yield f"I6: 101 requests within {(later - first).total_seconds():.1f} s"
            return


def leaked(secrets: Iterable[str], files: Iterable[Path]) -> Iterator[str]:
    """I7: a key, a secret or a signature in anything that was written, in whatever spelling."""
    wanted = [secret.lower() for secret in secrets]
    for file in files:
        content = plain(file.read_text(encoding="utf-8", errors="replace"))
        if any(secret in content for secret in wanted):
            yield f"I7: a secret in {file.name}"


def plain(text: str) -> str:
    """A text as whoever looks for a secret reads it: no case, no escapes of JSON or of URLs."""
    unescaped = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    return unquote(unescaped).replace("\\/", "/").lower()
