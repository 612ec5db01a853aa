"""The state of the exchange, and how it is kept in a file that several processes share."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Literal, get_args, get_origin, get_type_hints

from smartplan.errors import ServiceError
from smartplan.sandbox.trade import Trade

FORMAT = 1
FIRST_TRADE = 31_000_001
FIRST_ORDER = 1_000_000_001
LOCK_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Quote:
    """The prices of one market."""

    bid: Decimal
    ask: Decimal
    last: Decimal


@dataclass(slots=True)
class Book:
    """Everything the exchange remembers. Markets are ``market_code/pair``."""

    trades: dict[int, Trade] = field(default_factory=dict)
    quotes: dict[str, Quote] = field(default_factory=dict)
    next_trade: int = FIRST_TRADE
    next_order: int = FIRST_ORDER
    changed: bool = False

    def put(self, trade: Trade) -> Trade:
        """Remember a trade, new or changed."""
        self.trades[trade.id] = trade
        self.changed = True
        return trade

    def set_quote(self, market: str, quote: Quote) -> None:
        """Remember the prices of a market."""
        self.quotes[market] = quote
        self.changed = True

    def take_trade_id(self) -> int:
        """A trade id never used before."""
        self.next_trade += 1
        return self.next_trade - 1

    def take_order_id(self) -> int:
        """A child order id never used before."""
        self.next_order += 1
        return self.next_order - 1


class MemoryShelf:
    """Keeps the book of one process, in memory only."""

    def __init__(self) -> None:
        self._book = Book()

    @contextmanager
    def open(self) -> Iterator[Book]:
        """The book, to be read and changed."""
        yield self._book

    def clear(self) -> None:
        """Forget everything."""
        self._book = Book()


class FileShelf:
    """Keeps the book in a JSON file: locked while in use, replaced atomically when changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._book = Book()

    @contextmanager
    def open(self) -> Iterator[Book]:
        """The book as it is now, saved on the way out if it was changed.

        A refused request saves too: what was due before it has settled all the same.
        Raises ``ServiceError`` for a corrupt file.
        """
        with self._locked():
            self._load()
            try:
                yield self._book
            finally:
                if self._book.changed:
                    self._save()

    def clear(self) -> None:
        """Delete the file, whatever is in it."""
        with self._locked():
            self._path.unlink(missing_ok=True)
            self._seen = None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{self._path}.lock", timeout=LOCK_SECONDS)
        try:
            lock.acquire()
        except Timeout as error:
            raise ServiceError(
                f"the sandbox's state file {self._path} is in use by another process"
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _load(self) -> None:
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            self._book, self._seen = Book(), None
            return
        seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if seen != self._seen:
            self._book = read_book(self._path.read_bytes(), self._path)
            self._seen = seen

    def _save(self) -> None:
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}.tmp")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123  # a descriptor
            file.write(book_text(self._book))
            file.flush()
            os.fsync(file.fileno())
        stat = draft.stat()
        draft.replace(self._path)
        self._book.changed = False
        self._seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)


def book_text(book: Book) -> str:
    """The book as JSON."""
    state = {
        "format": FORMAT,
        "next_trade": book.next_trade,
        "next_order": book.next_order,
        "quotes": encode(book.quotes),
        "trades": [encode(trade) for trade in book.trades.values()],
    }
    return json.dumps(state, separators=(",", ":"), ensure_ascii=False)


def read_book(text: bytes, path: Path) -> Book:
    """The book of a state file; raises ``ServiceError`` naming the file and the way out."""
    try:
        state = json.loads(text)
        _check_format(state["format"])
        trades = [decode(Trade, item) for item in state["trades"]]
        quotes = {name: decode(Quote, item) for name, item in state["quotes"].items()}
        return Book(
            trades={trade.id: trade for trade in trades if isinstance(trade, Trade)},
            quotes={name: quote for name, quote in quotes.items() if isinstance(quote, Quote)},
            next_trade=int(state["next_trade"]),
            next_order=int(state["next_order"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation) as error:
        raise ServiceError(
            f"the sandbox's state file {path} cannot be read ({error})",
            hint="run `smartplan sandbox reset` to start with an empty exchange",
        ) from error


def _check_format(found: object) -> None:
    if found != FORMAT:
        raise ValueError(f"its format is {found}, not {FORMAT}")


def encode(value: object) -> object:
    """A record as plain JSON values: numbers as text, times in ISO form."""
    if is_dataclass(value):
        return {f.name: encode(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {str(key): encode(item) for key, item in value.items()}
    return value


def decode(kind: object, data: object) -> object:
    """The record of a type that ``encode`` wrote; raises ``TypeError`` and the like."""
    if data is None and NoneType in get_args(kind):
        return None
    if isinstance(kind, type) and is_dataclass(kind):
        if not isinstance(data, dict):
            raise TypeError(f"expected an object for {kind.__name__}")
        hints = _hints(kind)
        return kind(**{name: decode(hints[name], item) for name, item in data.items()})
    if kind is Decimal:
        return Decimal(str(data))
    if kind is datetime:
        return datetime.fromisoformat(str(data))
    if isinstance(kind, type) and not isinstance(data, kind):
        raise TypeError(f"expected {kind.__name__}, found {data!r}")
    origin = get_origin(kind)
    if origin is tuple:
        if not isinstance(data, list):
            raise TypeError("expected a list")
        return tuple(decode(get_args(kind)[0], item) for item in data)
    if origin is Literal or isinstance(kind, type):
        return data
    return decode(next(arg for arg in get_args(kind) if arg is not NoneType), data)


@cache
def _hints(kind: type) -> Mapping[str, object]:
    return get_type_hints(kind)
