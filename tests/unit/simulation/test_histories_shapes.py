"""Price files as people have them: each shape, made here, is recognised by its content."""

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from smartplan.errors import UsageError
from smartplan.simulation.histories.history import FileReading, read_history

D = Decimal
START = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
TRUTH = [
    (START + n * HOUR, D(open_), D(high), D(low), D(close))
    for n, (open_, high, low, close) in enumerate(
        [
            ("42283.58", "42554.57", "42261.02", "42475.23"),
            ("42475.23", "42775", "42431.65", "42613.56"),
            ("42613.57", "42638.41", "42500", "42581.1"),
        ]
    )
]


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("SMARTPLAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def seconds(time):
    return int(time.timestamp())


def lines(*rows):
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


def klines(unit):
    hour = 3600 * unit
    return [
        (seconds(t) * unit, *prices, "12.5", seconds(t) * unit + hour - 1, "9.1", 42, "1", "2", 0)
        for t, *prices in TRUTH
    ]


BINANCE = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,"
    "taker_buy_volume,taker_buy_quote_volume,ignore\n"
)
OHLCV = [[seconds(t) * 1000, *map(float, prices), 12.5] for t, *prices in TRUTH]
DOWNLOAD = "https://www.CryptoDataDownload.com\n"
CDD = DOWNLOAD + "unix,date,symbol,open,high,low,close,Volume BTC,Volume USDT,tradecount\n"


def newest_first(head, row):
    return head + lines(*(row(*candle) for candle in reversed(TRUTH)))


SHAPES = {
    "own": (
        "ts,open,high,low,close,volume\n" + lines(*((t.isoformat(), *p, 1) for t, *p in TRUTH)),
        "",
    ),
    "binance, ms": (
        BINANCE + lines(*klines(1000)),
        "read as Binance klines, ms, 3 candles, 2024-01-01",
    ),
    "binance, µs": (BINANCE + lines(*klines(10**6)), "read as Binance klines, µs, 3 candles"),
    "binance without a header": (lines(*klines(1000)), "read as Binance klines, ms, 3 candles"),
    "binance without a header, µs": (lines(*klines(10**6)), "read as Binance klines, µs"),
    "cryptodatadownload": (
        newest_first(
            CDD, lambda t, *p: (seconds(t), f"{t:%Y-%m-%d %H:%M:%S}", "BTC/USDT", *p, 1, 2, 3)
        ),
        "read as CryptoDataDownload, s, 3 candles, newest first",
    ),
    "cryptodatadownload, as it was": (
        newest_first(
            DOWNLOAD + "Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USD\n",
            lambda t, *p: (f"{t:%Y-%m-%d %I-%p}", "BTCUSD", *p, 1, 2),
        ),
        "read as CryptoDataDownload, 3 candles, newest first",
    ),
    "tradingview": (
        "time,open,high,low,close,Volume\n" + lines(*((seconds(t), *p, 1) for t, *p in TRUTH)),
        "read as a TradingView export, s, 3 candles",
    ),
    "tradingview, iso": (
        "time,open,high,low,close\n" + lines(*((t.isoformat(), *p) for t, *p in TRUTH)),
        "read as a TradingView export, 3 candles",
    ),
    "ccxt csv": (
        "timestamp,open,high,low,close,volume\n"
        + lines(*((seconds(t) * 1000, *p, 1) for t, *p in TRUTH)),
        "read as ccxt OHLCV, ms, 3 candles",
    ),
    "ccxt csv without a header": (
        lines(*((seconds(t) * 1000, *p, 1) for t, *p in TRUTH)),
        "read as candles without a header, ms, 3 candles",
    ),
    "ccxt and freqtrade json": (json.dumps(OHLCV), "read as ccxt or freqtrade JSON, ms, 3 candles"),
    "semicolons and commas": (
        "ts;open;high;low;close\n"
        + "".join(
            ";".join([t.isoformat(), *(str(p).replace(".", ",") for p in prices)]) + "\n"
            for t, *prices in TRUTH
        ),
        "",
    ),
    "tabs, other words": (
        "datetime\tO\tH\tL\tC\n"
        + "".join("\t".join(map(str, (t.isoformat(), *p))) + "\n" for t, *p in TRUTH),
        "read as a table of candles, 3 candles",
    ),
    "a spreadsheet's encoding": (
        ("ts,open,high,low,close\n" + lines(*((t.isoformat(), *p) for t, *p in TRUTH))).encode(
            "utf-16"
        ),
        "",
    ),
}


def read(file, **how):
    history = read_history(file, FileReading(**how))
    series = history.series
    return history, [(series.time(at), *series.prices(at)) for at in range(len(series))]


def packings(data):
    member = io.BytesIO()
    with zipfile.ZipFile(member, "w") as packed:
        packed.writestr("prices.csv", data)
    return {"": data, "gzip": gzip.compress(data), "zip": member.getvalue()}


@pytest.mark.parametrize("packing", ["", "gzip", "zip"])
@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_recognised_and_told(tmp_path, name, packing):
    text, told = SHAPES[name]
    data = text if isinstance(text, bytes) else text.encode()
    file = tmp_path / "prices"
    file.write_bytes(packings(data)[packing])
    for _ in range(2):  # the second time as it was kept
        history, rows = read(file)
        assert rows == TRUTH
        assert history.series.span == HOUR
        assert history.warnings == ()
        if told:
            start, _, rest = told.partition(", ")
            assert history.told.startswith(f"{start} in {packing}, {rest}" if packing else told)
        elif not packing:
            assert history.told == ""


def test_days_of_yahoo_are_utc(tmp_path):
    days = [(f"{START + n * timedelta(1):%Y-%m-%d}", *p) for n, (_, *p) in enumerate(TRUTH)]
    plain = "Date,Open,High,Low,Close,Adj Close,Volume\n" + lines(*((*d, d[4], 7) for d in days))
    turned = [(day, close, high, low, open_, 7) for day, open_, high, low, close in days]
    stacked = (
        "Price,Close,High,Low,Open,Volume\nTicker"
        + ",BTC-USD" * 5
        + "\nDate,,,,,\n"
        + lines(*turned)
    )
    for text in (plain, stacked):
        file = tmp_path / "BTC-USD.csv"
        file.write_text(text)
        history, rows = read(file)
        assert [row[1:] for row in rows] == [row[1:] for row in TRUTH]
        assert (rows[0][0], history.series.span) == (START, timedelta(days=1))
        assert history.told.startswith("read as Yahoo, 3 candles")


@pytest.mark.parametrize("form", ["feather", "parquet"])
def test_the_tables_of_freqtrade(tmp_path, form):
    pyarrow = pytest.importorskip("pyarrow")
    feather = pytest.importorskip("pyarrow.feather")
    parquet = pytest.importorskip("pyarrow.parquet")
    times = pyarrow.array([t for t, *_ in TRUTH], pyarrow.timestamp("ms", "UTC"))
    columns = {
        name: [float(row[at]) for row in TRUTH]
        for at, name in enumerate(("open", "high", "low", "close"), 1)
    }
    table = pyarrow.table({"date": times, **columns, "volume": [1.0, 2.0, 3.0]})
    file = tmp_path / "BTC_USDT-1h"
    (feather.write_feather if form == "feather" else parquet.write_table)(table, file)
    history, rows = read(file)
    assert rows == TRUTH
    assert history.told.startswith(f"read as freqtrade in {form.capitalize()}, µs, 3 candles")


def test_columns_can_be_named(tmp_path):
    file = tmp_path / "p.csv"
    file.write_text("when,a,b,c,d\n" + lines(*((t.isoformat(), *p) for t, *p in TRUTH)))
    with pytest.raises(UsageError, match="must name the columns"):
        read(file)
    _, rows = read(file, columns="ts=when,open=a,high=b,low=c,close=d")
    assert rows == TRUTH
    with pytest.raises(UsageError, match="there is no column `x` for open"):
        read(file, columns="ts=when,open=x")
    with pytest.raises(UsageError, match="names no column"):
        read(file, columns="ts")


HEAD = "ts,open,high,low,close\n"
ROW = "{},10,12,9,11\n"


def own(*rows):
    return HEAD + "".join(row if "," in row else ROW.format(row) for row in rows)


class TestOddRows:
    @pytest.mark.parametrize(
        ("row", "said"),
        [
            (
                "2024-01-01T02:00Z,10,12,9,11,5\n",
                "p.csv:4: 6 columns are too many, the table has 5",
            ),
            ("2024-01-01T02:00Z,10,12\n", "p.csv:4: 3 columns are too few, the table has 5"),
            ("2024-01-01T02:00Z,10,12,0,11\n", "p.csv:4: low is `0`, not a price"),
            ("2024-01-01T02:00Z,10,nan,9,11\n", "p.csv:4: high is `nan`, not a price"),
            ("2024-01-01T02:00Z,10,,9,11\n", "p.csv:4: high is ``, not a price"),
            (
                "2024-01-01T01:00Z,10,12,9,10\n",
                "p.csv:4: 2024-01-01 01:00:00 UTC comes 0:00:00 after",
            ),
        ],
    )
    def test_what_cannot_be_used_is_an_error_with_its_line(self, tmp_path, row, said):
        file = tmp_path / "p.csv"
        file.write_text(own("2024-01-01T00:00Z", "2024-01-01T01:00Z", row))
        with pytest.raises(UsageError) as refused:
            read(file)
        assert said in str(refused.value)

    def test_a_gap_and_a_row_that_comes_twice_are_warnings(self, tmp_path):
        file = tmp_path / "p.csv"
        hours = [f"2024-01-01T{hour:02}:00Z" for hour in (0, 1, 1, 2, 5, 6, 9)]
        file.write_text(own(*hours))
        for _ in range(2):
            history, rows = read(file)
            assert len(rows) == 6
            assert history.warnings == (
                f"{file}:4: the same row twice: left out",
                f"{file}:6: a gap of 2:00:00 before it, and 1 more",
            )

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"[1, 2", "it begins like JSON, but is none"),
            (b'{"a": 1}', "not a list of candles"),
            (b"[[1, 2]]", "entry 1 is no candle"),
            (b"\x1f\x8b\x08nothing", "cannot be unpacked"),
            (b"PK\x03\x04nothing", "cannot be unpacked"),
            (b"PAR1nothing", "cannot be read"),
        ],
    )
    def test_what_is_broken_is_said(self, tmp_path, data, said):
        file = tmp_path / "p"
        file.write_bytes(data)
        with pytest.raises(UsageError, match=said):
            read(file)

    def test_an_archive_of_several_files_is_refused(self, tmp_path):
        file = tmp_path / "p.zip"
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr("a.csv", "x")
            packed.writestr("b.csv", "y")
        with pytest.raises(UsageError, match="one file is expected in it, there are 2"):
            read(file)


class TestKept:
    def test_the_second_time_the_file_is_not_decoded(self, tmp_path, kept, monkeypatch):
        file = tmp_path / "p.csv"
        file.write_text(own("2024-01-01T00:00Z", "2024-01-01T01:00Z"))
        _, rows = read(file)
        assert len(list(kept.iterdir())) == 1
        monkeypatch.setattr("smartplan.simulation.histories.history.contents_of", None)
        assert read(file)[1] == rows

    def test_another_content_another_reading_and_no_cache_are_read_anew(self, tmp_path, kept):
        file = tmp_path / "p.csv"
        file.write_text(own("2024-01-01T00:00Z", "2024-01-01T01:00Z"))
        read(file)
        _, closes = read(file, candle_time="close")
        assert closes[0][0] == START - HOUR
        file.write_text(own("2024-01-01T00:00Z", "2024-01-01T02:00Z"))
        assert read(file)[0].series.span == 2 * HOUR
        count = len(list(kept.iterdir()))
        file.write_text(own("2024-01-01T00:00Z", "2024-01-01T03:00Z"))
        read(file, cached=False)
        assert len(list(kept.iterdir())) == count == 3

    @pytest.mark.parametrize("damage", [b"", b"\xff" * 40, None])
    def test_what_is_damaged_is_read_anew(self, tmp_path, kept, damage):
        file = tmp_path / "p.csv"
        file.write_text(own("2024-01-01T00:00Z", "2024-01-01T01:00Z"))
        _, rows = read(file)
        (entry,) = kept.iterdir()
        entry.write_bytes(entry.read_bytes()[:-1] if damage is None else damage)
        assert read(file)[1] == rows

    def test_a_folder_that_cannot_be_written_is_no_error(self, tmp_path, monkeypatch):
        (tmp_path / "blocked").write_text("")
        monkeypatch.setenv("SMARTPLAN_CACHE", str(tmp_path / "blocked" / "cache"))
        file = tmp_path / "p.csv"
        file.write_text(own("2024-01-01T00:00Z", "2024-01-01T01:00Z"))
        assert len(read(file)[1]) == 2
