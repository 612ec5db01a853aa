"""Price files: what they may look like, and what is said of a line that cannot be used."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import pytest

from smartplan.errors import UsageError
from smartplan.simulation.histories.history import FileReading, read_history
from smartplan.simulation.histories.moments import read_zone

D = Decimal
HEAD = "ts,open,high,low,close,volume\n"


@pytest.fixture
def csv(tmp_path):
    def write(text):
        file = tmp_path / "p.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """Where prices are kept that were read once."""
    monkeypatch.setenv("SMARTPLAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def open_history(file, **options):
    return read_history(file, FileReading(**options))


class Row(NamedTuple):
    time: datetime
    prices: tuple[Decimal, ...]


def rows(history):
    series = history.series
    return [Row(series.time(at), series.prices(at)) for at in range(len(series))]


def times(history):
    return [row.time.isoformat() for row in rows(history)]


class TestTimes:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-11-22T14:05:00Z",
            "2026-11-22 16:05:00+02:00",
            "1795356300",
            "1795356300000",
            '"2026-11-22T14:05:00Z"',
            " 2026-11-22T14:05:00Z",
        ],
    )
    def test_forms_of_the_same_moment(self, csv, text):
        history = open_history(csv(f"ts,bid,ask,last\n{text},1,1,1\n"))
        assert rows(history)[0].time == datetime(2026, 11, 22, 14, 5, tzinfo=UTC)

    def test_local_times_need_their_zone(self, csv):
        file = csv("ts,bid,ask,last\n2026-11-22 15:05,1,1,1\n")
        with pytest.raises(UsageError, match=r"p\.csv:2: the time 2026-11-22 15:05 has no time zo"):
            open_history(file)
        for zone in ("Europe/Berlin", "+01:00"):
            assert times(open_history(file, zone=zone)) == ["2026-11-22T14:05:00+00:00"]

    def test_a_time_with_a_zone_keeps_it(self, csv):
        file = csv("ts,bid,ask,last\n2026-11-22T15:05:00Z,1,1,1\n")
        assert times(open_history(file, zone="+05:00")) == ["2026-11-22T15:05:00+00:00"]

    def test_a_date_without_dashes_is_no_epoch_time(self, csv):
        with pytest.raises(UsageError, match="ts is `20261122`, not a time"):
            open_history(csv("ts,bid,ask,last\n20261122,1,1,1\n"))

    @pytest.mark.parametrize("zone", ["Mars", "+99:00", "../etc/passwd"])
    def test_an_unknown_zone(self, zone):
        with pytest.raises(UsageError, match="is no known time zone"):
            read_zone(zone)

    def test_the_hour_that_comes_twice_in_autumn_is_refused(self, csv):
        hour = "2026-10-25 02:58,1,1,1\n2026-10-25 02:59,1,1,1\n2026-10-25 02:00,1,1,1\n"
        text = "ts,bid,ask,last\n" + hour
        with pytest.raises(UsageError, match=r"p\.csv:4: .* goes back in time"):
            rows(open_history(csv(text), zone="Europe/Berlin"))


class TestCandles:
    TWO = (
        HEAD + "2026-11-22T00:05:00Z,10,12,9,11,500\n"
        "2026-11-22T00:10:00Z,11,13,10,12,500\n"
        "2026-11-22T00:25:00Z,12,12,12,12,0\n"
    )

    def test_the_span_is_the_smallest_step(self, csv):
        history = open_history(csv(self.TWO))
        assert history.series.span == timedelta(minutes=5)
        assert rows(history)[0].prices == (D(10), D(12), D(9), D(11))

    def test_times_may_be_those_of_the_close(self, csv):
        history = open_history(csv(self.TWO), candle_time="close")
        assert times(history)[:2] == ["2026-11-22T00:00:00+00:00", "2026-11-22T00:05:00+00:00"]

    def test_columns_may_stand_in_any_order(self, csv):
        text = "close,extra,ts,Low,HIGH,open\n4,x,2026-11-22T00:00:00Z,1,5,2\n"
        assert rows(open_history(csv(text)))[0].prices == (D(2), D(5), D(1), D(4))

    @pytest.mark.parametrize(
        ("prices", "said"),
        [
            ("10,9,8,9", "the open 10 is above the high 9"),
            ("10,12,11,12", "the open 10 is below the low 11"),
            ("10,12,9,13", "the close 13 is above the high 12"),
            ("10,8,9,10", "the open 10 is above the high 8"),
            ("1e30,12,9,10", "open is `1e30`, not a price"),
            ("-1,12,9,10", "open is `-1`, not a price"),
            ("1,12,9,", "close is ``, not a price"),
            ("１,12,9,10", "open is `１`, not a price"),
        ],
    )
    def test_a_candle_that_cannot_be(self, csv, prices, said):
        text = HEAD + "2026-11-22T00:00:00Z,1,1,1,1,0\n\n2026-11-22T00:01:00Z," + prices + ",0\n"
        with pytest.raises(UsageError) as refused:
            open_history(csv(text))
        # The empty line counts.
        assert str(refused.value).endswith(f"p.csv:4: {said}")

    def test_candles_that_overlap(self, csv):
        late = "".join(f"2026-11-22T{h:02}:{m:02}:00Z,1,1,1,1,0\n" for h in (0, 1) for m in (0, 5))
        text = HEAD + late + "2026-11-22T01:05:00Z,2,2,2,2,0\n"
        with pytest.raises(
            UsageError, match=r":6: .* comes 0:00:00 after the line before, but can"
        ):
            rows(open_history(csv(text)))


class TestFiles:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "p.csv:1: its first line must name the columns"),
            ("2026-11-22T00:00:00Z,1,1,1\n", "p.csv:1: its first line must name the columns"),
            ("ts,bid,ask\n", "p.csv:1: its first line must name the columns"),
            ("ts,bid,ask,last\n", "there are no prices in it"),
            (b"\x89PNG\r\n\x00\x00", "p.csv:1: its first line must name the columns"),
            (b"ts,bid,ask,last\n\x00\xff,1,1,1\n", "p.csv:2: "),
        ],
    )
    def test_what_is_no_price_file(self, csv, text, said):
        with pytest.raises(UsageError) as refused:
            open_history(csv(text))
        assert said in str(refused.value)

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(UsageError, match="No such file"):
            open_history(tmp_path / "none.csv")

    def test_a_byte_order_mark_and_windows_line_ends(self, csv):
        text = b"\xef\xbb\xbfts,bid,ask,last\r\n2026-11-22T00:00:00Z,1,2,1.5\r\n"
        assert rows(open_history(csv(text)))[0].prices == (D(1), D(2), D("1.5"))

    def test_a_remark_in_a_column_that_is_not_read_does_no_harm(self, csv):
        text = "ts,bid,ask,last,remark\n2026-11-22T00:00:00Z,1,2,1.5,späte_r\n"
        assert rows(open_history(csv(text)))[0].prices == (D(1), D(2), D("1.5"))

    def test_long_files_come_in_blocks_and_keep_their_line_numbers(self, csv):
        start = datetime(2026, 1, 1, tzinfo=UTC)
        lines = [f"{(start + timedelta(minutes=n)).isoformat()},1,2,1,2,0\n" for n in range(9000)]
        lines[8000] = lines[8000].replace(",1,2,1,2,", ",1,2,1,3,")
        with pytest.raises(UsageError, match=r"p\.csv:8002: the close 3 is above the high 2"):
            open_history(csv(HEAD + "".join(lines)))
