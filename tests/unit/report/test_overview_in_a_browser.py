"""The page as a browser shows it: something is drawn, nothing is blocked, nothing complains."""

import re
import struct
import zlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from smartplan.report import OVERVIEW
from smartplan.report.overview import Overview, Shown
from smartplan.simulation.prices import Bar, PriceHistory
from smartplan.simulation.result import (
    Ending,
    PricePath,
    Run,
    SimulatedTrade,
    Simulation,
)
from smartplan.trade.costs import Costs
from smartplan.trade.model import Leverage, Position, StopLoss, TakeProfitStep, Trade
from smartplan.trade.risk import assess

D = Decimal
START = datetime(2026, 11, 22, tzinfo=UTC)
HOSTILE = "<script>console.error('ran')</script><img src=http://127.0.0.1:9/x>&amp;"
TRADE = Trade(
    account_id=1,
    pair="USDT_BTC",
    position=Position(type="buy", order_type="limit", units=D("0.01"), price=D(60000)),
    take_profit=(
        TakeProfitStep(order_type="limit", price_type="bid", volume=D(100), price=D(66000)),
    ),
    stop_loss=StopLoss(order_type="market", price_type="bid", trigger=D(55000)),
)


def overview():
    bars = tuple(
        Bar(START + timedelta(minutes=n), D(60000 + n), D(60100 + n), D(59900 + n), D(60010 + n))
        for n in range(300)
    )
    history = PriceHistory(
        pair="USDT_BTC", file="p.csv", candles=True, rows=300, start=START, end=START, bars=bars
    )
    run = Run(path=PricePath.WORST, ending=Ending.NEVER_ENTERED, status="waiting_position")
    simulated = SimulatedTrade("btc-swing", TRADE, (run,), Costs.one(D(0)))
    return Overview(
        environment="sandbox",
        service="embedded exchange",
        workspace="desk",
        plans=1,
        trades=(Shown("btc-swing", TRADE, assess(TRADE, fee=D("0.001")), D(61000)),),
        fee=D("0.001"),
        diff=HOSTILE,
        simulation=Simulation((simulated,), {"USDT_BTC": history}),
    )


def rows_of(png):
    """The scan lines of a PNG, as they are stored."""
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    data, at = b"", 8
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + size]
        at += size + 12
    samples = {2: 3, 6: 4}[colour]
    stride = width * samples * depth // 8 + 1
    raw = zlib.decompress(data)
    return [raw[n * stride : (n + 1) * stride] for n in range(height)]


def test_the_page_shows_its_values_and_complains_of_nothing(browse):
    shown, log = browse(OVERVIEW.render(overview(), "html"), "--dump-dom")
    assert "CONSOLE" not in log
    body = re.sub(r"<[^>]*>", " ", shown)
    for value in ("51.10 USDT", "60120.19", "61000", "never entered", "btc-swing"):
        assert value in body
    # What others wrote is text.
    assert "&lt;script&gt;" in shown


def test_a_page_that_would_load_something_is_noticed(browse):
    """Shows that the silence of the test above means something."""
    page = OVERVIEW.render(overview(), "html").replace(
        "</body>", "<img src='http://127.0.0.1:9/x'></body>"
    )
    _, log = browse(page, "--dump-dom")
    assert "CONSOLE" in log
    assert "Content Security Policy" in log


@pytest.mark.parametrize("size", ["1200,1600", "500,1600"])
def test_the_screenshot_is_not_blank(browse, tmp_path, size):
    picture = tmp_path / "page.png"
    browse(OVERVIEW.render(overview(), "html"), f"--window-size={size}", f"--screenshot={picture}")
    assert len(set(rows_of(picture.read_bytes()))) > 300


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_has_to_be_scrolled_sideways(sticking_out, width):
    geared = structs.replace(TRADE, leverage=Leverage(type="isolated", value=D(5)))
    risk = assess(geared, fee=D("0.001"))
    name = "weekly-breakout-that-has-a-long-name"
    shown = overview()
    trades = (*shown.trades, Shown(name, geared, risk, D(61000)))
    full = structs.replace(shown, trades=trades, equity={"USDT": D(10000)})
    assert sticking_out(OVERVIEW.render(full, "html"), width) == []
