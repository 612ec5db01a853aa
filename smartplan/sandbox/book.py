"""The state of the exchange, and how it is kept in a file that several processes share.

The file has a page of JSON a line, each with the trades and prices that a call has changed, whole:
a call appends one line, which is there or is not, and once the pages that say nothing new any more
outweigh the others, one page of everything replaces them.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import msgspec
from msgspec import Struct, field

from smartplan.errors import ServiceError
from smartplan.sandbox.trade import ExchangeTrade

FORMAT = 2
READABLE = frozenset({1, FORMAT})
"""A file of format 1 is a single page, without the end of its line."""

FIRST_TRADE = 31_000_001
FIRST_ORDER = 1_000_000_001
LOCK_SECONDS = 30
SPARE = 64 * 1024
"""Bytes that may be appended, however small the book is."""

NAMED = 64
"""Bytes at the start of a file that no other file begins with: there its first page is named."""


class Quote(Struct, frozen=True):
    """The prices of one market."""

    bid: Decimal
    ask: Decimal
    last: Decimal


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the file; ``book`` is a name that only a first page has."""

    format: int = FORMAT
    book: str = ""
    next_trade: int
    next_order: int
    quotes: dict[str, Quote]
    trades: tuple[ExchangeTrade, ...]


class _Format(msgspec.Struct, frozen=True):
    format: int


class Book(Struct):
    """Everything the exchange remembers. Markets are ``market_code/pair``."""

    trades: dict[int, ExchangeTrade] = field(default_factory=dict)
    quotes: dict[str, Quote] = field(default_factory=dict)
    next_trade: int = FIRST_TRADE
    next_order: int = FIRST_ORDER
    _put: set[int] = field(default_factory=set)
    _moved: set[str] = field(default_factory=set)

    def put(self, trade: ExchangeTrade) -> ExchangeTrade:
        """Remember a trade, new or changed."""
        self.trades[trade.id] = trade
        self._put.add(trade.id)
        return trade

    def set_quote(self, market: str, quote: Quote) -> None:
        """Remember the prices of a market."""
        self.quotes[market] = quote
        self._moved.add(market)

    def take_trade_id(self) -> int:
        """A trade id never used before."""
        self.next_trade += 1
        return self.next_trade - 1

    def take_order_id(self) -> int:
        """A child order id never used before."""
        self.next_order += 1
        return self.next_order - 1

    @property
    def changed(self) -> bool:
        """Whether there is anything that no page has yet."""
        return bool(self._put or self._moved)

    def saved(self) -> None:
        """A page has everything."""
        self._put.clear()
        self._moved.clear()

    def read(self, page: Page) -> None:
        """Remember what a page says."""
        self.trades.update((trade.id, trade) for trade in page.trades)
        self.quotes.update(page.quotes)
        self.next_trade, self.next_order = page.next_trade, page.next_order

    def changes(self) -> bytes:
        """The line that says what has changed."""
        quotes = {market: self.quotes[market] for market in sorted(self._moved)}
        return self._line("", quotes, (self.trades[number] for number in sorted(self._put)))

    def whole(self) -> bytes:
        """The line that says everything, the first of a file."""
        return self._line(uuid4().hex, self.quotes, self.trades.values())

    def _line(self, name: str, quotes: dict[str, Quote], trades: Iterable[ExchangeTrade]) -> bytes:
        page = Page(
            book=name,
            next_trade=self.next_trade,
            next_order=self.next_order,
            quotes=quotes,
            trades=tuple(trades),
        )
        return _ENCODER.encode(page) + b"\n"


_UNSEEN = (0, 0, 0)
_ENCODER, _PAGES = msgspec.json.Encoder(), msgspec.json.Decoder(Page)
_FORMATS = msgspec.json.Decoder(_Format)


class MemoryShelf:
    """Keeps the book of one process, in memory only."""

    def __init__(self) -> None:
        self._book = Book()

    @contextmanager
    def open(self) -> Iterator[Book]:
        """The book, to be read and changed."""
        yield self._book
        self._book.saved()

    def clear(self) -> None:
        """Forget everything."""
        self._book = Book()


class _Place(Struct, frozen=True):
    """How far a file was read: it begins with ``name``, ``end`` is where its last whole line ends.

    ``first`` is how long its first line is; ``seen`` tells the file as it was from any other.
    """

    name: bytes
    first: int
    end: int
    seen: tuple[int, int, int]


class FileShelf:
    """Keeps the book in a file of JSON lines, locked while in use."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place: _Place | None = None
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
            self._place = None

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
            file = self._path.open("rb")
        except FileNotFoundError:
            self._book, self._place = Book(), None
            return
        with file:
            place = self._place
            if place is not None and place.seen == _seen(file):
                return
            name = file.read(NAMED)
            # Another may have appended to what was read, or put another file in its place.
            if place is None or place.name != name or place.end >= _seen(file)[-1]:
                self._book, self._place = Book(), None
                place = _Place(name, 0, 0, _seen(file))
            file.seek(place.end)
            self._place = self._read(file.read(), place, _seen(file))

    def _read(self, text: bytes, place: _Place, seen: tuple[int, int, int]) -> _Place | None:
        """Read on; ``None`` for a file that nothing can be appended to."""
        whole, newline, rest = text.rpartition(b"\n")
        if not place.end and not newline:
            self._read_lines([rest])
            return None
        self._read_lines(whole.split(b"\n") if whole else [])
        first = place.first or text.index(b"\n") + 1
        # The rest was being written by a process that was killed: nobody was told that it is there.
        end = place.end + len(text) - len(rest)
        return _Place(place.name, first, end, _UNSEEN if rest else seen)

    def _read_lines(self, lines: Iterable[bytes]) -> None:
        try:
            for line in lines:
                self._book.read(_page(line))
        except ValueError as error:
            self._place = None
            raise ServiceError(
                f"the sandbox's state file {self._path} cannot be read ({error})",
                hint="run `smartplan sandbox reset` to start with an empty exchange",
            ) from error

    def _save(self) -> None:
        place, self._place = self._place, None  # whatever goes wrong, the file is read again
        line = self._book.changes()
        if place is None or place.end + len(line) > 2 * place.first + SPARE:
            self._place = self._replace(self._book.whole())
        else:
            with self._path.open("r+b") as file:
                file.truncate(place.end)
                file.seek(place.end)
                seen = _written(file, line)
            self._place = _Place(place.name, place.first, place.end + len(line), seen)
        self._book.saved()

    def _replace(self, line: bytes) -> _Place:
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}.tmp")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            seen = _written(file, line)
        draft.replace(self._path)
        return _Place(line[:NAMED], len(line), len(line), seen)


def _page(line: bytes) -> Page:
    """Raises ``ValueError`` for one of another format, or of none."""
    found = _FORMATS.decode(line).format
    if found not in READABLE:
        raise ValueError(f"its format is {found}, not {FORMAT}")
    return _PAGES.decode(line)


def _written(file: BinaryIO, line: bytes) -> tuple[int, int, int]:
    file.write(line)
    file.flush()
    os.fsync(file.fileno())
    return _seen(file)


def _seen(file: BinaryIO) -> tuple[int, int, int]:
    stat = os.fstat(file.fileno())
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
