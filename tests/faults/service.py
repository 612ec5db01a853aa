"""A service with habits of its own: a layer between the line and the sandbox.

The sandbox does what the documentation says; a habit is what a service does besides. The log of the
exchange stays its own: what was asked is recorded before any habit sees the answer.
"""

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from smartplan.sandbox.exchange import Exchange

PREFIX = "/public/api"
TRADES = "/v2/smart_trades"
_TRADE = re.compile(rf"{TRADES}/(\d+)")


@dataclass(frozen=True)
class Asked:
    """A request; ``path`` is below ``/public/api``."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        return self.method != "GET" and self.path.startswith(TRADES)

    @property
    def creates(self) -> bool:
        return (self.method, self.path) == ("POST", TRADES)

    @property
    def lists(self) -> bool:
        return (self.method, self.path) == ("GET", TRADES)

    @property
    def trade_id(self) -> int | None:
        found = _TRADE.match(self.path)
        return int(found[1]) if found else None


@dataclass(frozen=True)
class Said:
    """An answer: its status line, its headers, its content."""

    status: str
    headers: Sequence[tuple[str, str]]
    content: bytes

    @property
    def fine(self) -> bool:
        return self.status.startswith("2")

    def instead(self, payload: object) -> "Said":
        """The same with another JSON value."""
        content = json.dumps(payload, ensure_ascii=False).encode()
        kept = [(name, value) for name, value in self.headers if name.lower() != "content-length"]
        return Said(self.status, (*kept, ("Content-Length", str(len(content)))), content)


class Habit:
    """What a service does around a request: nothing, here."""

    def before(self, asked: Asked, exchange: Exchange) -> None:
        """It has arrived and is not processed yet."""

    def after(self, asked: Asked, said: Said, exchange: Exchange) -> Said:
        """It is processed, and will be answered with what this returns."""
        return said


@dataclass
class Layer:
    """A WSGI application around another one."""

    inner: Any
    exchange: Exchange
    habits: Iterable[Habit]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        path = environ["PATH_INFO"].removeprefix(PREFIX)
        headers = {
            name.removeprefix("HTTP_").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        asked = Asked(environ["REQUEST_METHOD"], path, query, headers)
        for habit in self.habits:
            habit.before(asked, self.exchange)
        begun: list[Any] = []
        content = b"".join(self.inner(environ, lambda *how: begun.append(how)))
        said = Said(begun[0][0], begun[0][1], content)
        for habit in self.habits:
            said = habit.after(asked, said, self.exchange)
        start_response(said.status, list(said.headers))
        return [said.content]


@dataclass
class Capped(Habit):
    """Pages hold ``most`` rows at most, whatever was asked for."""

    most: int

    def after(self, asked: Asked, said: Said, exchange: Exchange) -> Said:
        if not asked.lists or not said.fine:
            return said
        size = min(int(asked.query.get("per_page", 10)), self.most)
        return said.instead(exchange.list_trades({**asked.query, "per_page": str(size)}))


@dataclass
class Leaving(Habit):
    """One of ``rows`` is cancelled whenever a page of the open trades was answered."""

    rows: list[int]

    def after(self, asked: Asked, said: Said, exchange: Exchange) -> Said:
        if asked.lists and asked.query.get("status") == "active" and self.rows:
            exchange.cancel(self.rows.pop(0))
        return said


@dataclass
class Rewriting(Habit):
    """What is stored and shown of a note is what ``rewrite`` makes of it."""

    rewrite: Callable[[str], str]

    def after(self, asked: Asked, said: Said, exchange: Exchange) -> Said:
        if not said.fine or not (asked.creates or asked.path.endswith("/set_note")):
            return said
        entity = json.loads(said.content)
        exchange.set_note(entity["id"], {"note": self.rewrite(entity["note"])})
        return said.instead(exchange.get(entity["id"]))


@dataclass
class Happening(Habit):
    """``act`` runs once, before or after the ``at``-th request for which ``when`` holds."""

    act: Callable[[Asked, Exchange], object]
    when: Callable[[Asked], bool]
    at: int = 1
    early: bool = False
    seen: Counter[bool] = field(default_factory=Counter)

    def _tell(self, asked: Asked, exchange: Exchange) -> None:
        if self.when(asked):
            self.seen[True] += 1
            if self.seen[True] == self.at:
                self.act(asked, exchange)

    def before(self, asked: Asked, exchange: Exchange) -> None:
        if self.early:
            self._tell(asked, exchange)

    def after(self, asked: Asked, said: Said, exchange: Exchange) -> Said:
        if not self.early:
            self._tell(asked, exchange)
        return said
