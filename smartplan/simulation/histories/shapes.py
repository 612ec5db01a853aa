"""What a table of prices is: whose, which columns are the time and the prices, and what they mean.

A shape is recognised by its header, or where there is none by the number of its columns.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from smartplan.errors import UsageError

TICKS = ("bid", "ask", "last")
CANDLES = ("open", "high", "low", "close")
OWN = "smartplan"
TIMES = ("ts", "timestamp", "unix", "open_time", "opentime", "time", "datetime", "date")
"""What the column of the time is called, the surest first."""
SYNONYMS = {
    "open": ("o", "open_price", "opening"),
    "high": ("h", "high_price", "max"),
    "low": ("l", "low_price", "min"),
    "close": ("c", "close_price", "closing"),
    "bid": ("best_bid", "bid_price"),
    "ask": ("best_ask", "ask_price"),
    "last": ("last_price", "price"),
}
BINANCE_WIDTH = 12


class Shape(Struct, frozen=True):
    """Whose table it is (``name``), and where in a row the time and the prices stand.

    ``local_utc`` says that times without a zone are UTC, by what its maker says.
    """

    name: str
    time: int
    prices: tuple[int, ...]
    width: int
    local_utc: bool = False

    @property
    def candles(self) -> bool:
        """Whether its rows are candles, else ticks."""
        return len(self.prices) == len(CANDLES)

    @property
    def names(self) -> tuple[str, ...]:
        """What its prices are."""
        return CANDLES if self.candles else TICKS


def named(text: str) -> dict[str, str]:
    """``--columns ts=timestamp,open=o`` as it is meant. Raises ``UsageError``."""
    found = {}
    for part in text.split(","):
        ours, separator, theirs = part.partition("=")
        if not separator or ours.strip() not in {"ts", *CANDLES, *TICKS} or not theirs.strip():
            raise UsageError(
                f"--columns {text}: `{part}` names no column",
                hint="for example --columns ts=timestamp,open=o,high=h,low=l,close=c",
            )
        found[ours.strip()] = theirs.strip().lower()
    return found


def headless(cells: Sequence[str]) -> Shape | None:
    """The shape of a table without a header, by its first row."""
    width = len(cells)
    if width not in {5, 6, BINANCE_WIDTH} or not cells[0].strip()[:1].isdigit():
        return None
    name = "Binance klines" if width == BINANCE_WIDTH else "candles without a header"
    return Shape(name, 0, (1, 2, 3, 4), width, local_utc=False)


def of_header(header: Sequence[str], file: Path, line: int, columns: Mapping[str, str]) -> Shape:
    """The shape that a header says. Raises ``UsageError`` where it names no prices."""
    names = [name.strip().lower().replace(" ", "_") for name in header]
    columns = {ours: theirs.replace(" ", "_") for ours, theirs in columns.items()}
    for ours, theirs in columns.items():
        if theirs not in names:
            raise UsageError(
                f"{file}:{line}: there is no column `{theirs}` for {ours}",
                hint=f"it has {', '.join(names)}"[:200],
            )
    time = _place(names, ("ts",), columns, TIMES)
    for wanted in (CANDLES, TICKS):
        places = [_place(names, (name,), columns, SYNONYMS[name]) for name in wanted]
        found = tuple(place for place in places if place is not None)
        if time is not None and len(found) == len(wanted):
            name = _maker(names, columns)
            return Shape(name, time, found, len(names), name in _UTC_BY_ITSELF)
    raise UsageError(
        f"{file}:{line}: its first line must name the columns: "
        f"ts,{','.join(CANDLES)}[,volume] for candles, ts,{','.join(TICKS)} for ticks",
        hint="name them with --columns ts=…,open=…,high=…,low=…,close=…",
    )


_UTC_BY_ITSELF = frozenset({"CryptoDataDownload", "Yahoo", "freqtrade"})


def _place(
    names: Sequence[str], own: tuple[str], columns: Mapping[str, str], others: Sequence[str]
) -> int | None:
    given = columns.get(own[0])
    wanted = (given,) if given is not None else (*own, *others)
    return next((names.index(name) for name in wanted if names.count(name) == 1), None)


def _maker(names: Sequence[str], columns: Mapping[str, str]) -> str:
    if columns:
        return "a table with the columns that were named"
    if "ts" in names:
        return OWN
    if "open_time" in names and "close_time" in names:
        return "Binance klines"
    if "unix" in names or ("symbol" in names and "date" in names):
        return "CryptoDataDownload"
    if "date" in names and ("adj_close" in names or names[0] == "price"):
        return "Yahoo"
    if names[:1] == ["time"]:
        return "a TradingView export"
    if names[:1] == ["timestamp"]:
        return "ccxt OHLCV"
    return "a table of candles"
