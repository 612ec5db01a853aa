from datetime import UTC, datetime
from decimal import Decimal

from smartplan.changes.track_record import ClosedTrade, Move, TrackRecord
from smartplan.report import STATS
from smartplan.report.stats import StatsReport
from smartplan.trade.model import Side

D = Decimal
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
LONG_ONE = ClosedTrade(
    id=31247951,
    name="a-name-that-is-far-too-long-for-any-column",
    pair="USDT_1000SATSUSDT_UMCBL",
    side=Side.SHORT,
    status="stop_loss_finished",
    quote="USDT",
    opened=AT,
    closed=AT,
    tags=("a-tag-that-is-far-too-long-for-any-column",),
    profit=D("-123456.789"),
    risk=D("9999.5"),
    entry_slip=D("123.45"),
    exit_slip=D("98765.4"),
    moves=(
        Move("plan", "stop"),
        Move("by hand", "stop"),
        Move("by hand", "funds"),
        Move("elsewhere", "targets"),
    ),
    adverse=D("-123000"),
    favourable=D("45678.9"),
)


def text(*trades: ClosedTrade, candles: bool = False) -> str:
    record = TrackRecord("desk", "real", AT, trades, open=3, candles=candles)
    return STATS.render(StatsReport(record, "api.3commas.io"), "text")


def test_whatever_it_says_fits_eighty_columns() -> None:
    for candles in (False, True):
        shown = text(LONG_ONE, candles=candles)
        assert all(len(line) <= 80 for line in shown.splitlines()), shown
    assert "P1 H2 E1" in shown
    assert "by a plan stop 1; by hand funds 1, stop 1; elsewhere targets 1." in shown
    # −123456.789 / 9999.5 = −12.346, rounded down; 98888.85 / 9999.5 = 9.889, a cost, up.
    assert "-12.35" in shown
    assert "+9.89" in shown


def test_a_percentage_needs_twenty_trades() -> None:
    won = ClosedTrade(
        id=1, name="a", pair="USDT_BTC", side=Side.LONG, status="finished", quote="USDT",
        opened=AT, closed=AT, profit=D(1), risk=D(1),
    )  # fmt: skip
    assert "19/19" in text(*[won] * 19)
    assert "100 %" in text(*[won] * 20)
