"""A study as a page: it loads nothing, escapes what others wrote, and draws what was found."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser

from smartplan.report import STUDY
from smartplan.simulation.prices import PriceHistory
from smartplan.simulation.statistics import Sample, statistics_of
from smartplan.simulation.study import (
    Found,
    SimulationSubject,
    Study,
    TradeStudy,
    VariantResult,
    Walking,
)
from smartplan.simulation.variants import variants_of
from smartplan.trade.costs import Costs
from smartplan.trade.model import Position, Trade

D = Decimal
FREE = Costs.one(D(0))
START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOSTILE = "<script>alert(1)</script>.csv"
TRADE = Trade(
    account_id=1,
    pair="USDT_BTC",
    position=Position(type="buy", order_type="market", units=D(1)),
)


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.loads = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.loads += [value for name, value in attrs if name in {"src", "href", "style"}]


def found(*rs):
    samples = [
        Sample(
            START + n * HOUR,
            "take_profit",
            START + n * HOUR,
            START + (n + 1) * HOUR,
            10 * D(r),
            D(r),
        )
        for n, r in enumerate(rs)
    ]
    figures = statistics_of(samples, 10 * HOUR)
    return Found(figures, figures, tuple(samples), START, START + 10 * HOUR)


def study(*, sweeps=("stop=1%,2%", "tp=2%,4%"), holdout=None):
    variants = variants_of(sweeps, None)
    results = tuple(
        VariantResult(variant, found("2", "-1", str(1 - n)), found("-1") if holdout else None)
        for n, variant in enumerate(variants)
    )
    history = PriceHistory(
        pair="USDT_BTC",
        file=HOSTILE,
        candles=True,
        rows=10,
        start=START,
        end=START + 10 * HOUR,
        bars=(),
    )
    trade = TradeStudy(SimulationSubject("one", TRADE), "USDT_BTC", results, FREE)
    return Study(Walking(every=2, holdout=holdout), (trade,), {"USDT_BTC": history})


def test_the_page_loads_nothing_and_runs_nothing():
    page = STUDY.render(study(), "html")
    parsed = Page(page)
    assert parsed.loads == []
    assert not {"script", "img", "link", "iframe"} & set(parsed.tags)
    assert "default-src 'none'" in page
    assert "&lt;script&gt;" in page


def test_equity_drawdown_exposure_histogram_and_heat_map_are_drawn():
    page = STUDY.render(study(), "html")
    assert page.count('class="plot"') == 4
    assert "Exposure: positions that were open at once" in page
    # 2, 1, 2 R: the deepest fall is 1.
    assert ">-1.00</text>" in page
    assert ">2.00</text>" in page
    cells = re.findall(r'<td class="(\w+)">([-0-9.]+)<small>n (\d+)</small>', page)
    # The means of 2, −1 and 1, 0, −1, −2.
    assert cells == [
        ("up5", "0.66", "3"), ("up2", "0.33", "3"), ("none", "0.00", "3"), ("down2", "-0.34", "3"),
    ]  # fmt: skip


def test_what_was_held_out_comes_first_and_one_figure_has_no_heat_map():
    page = STUDY.render(study(sweeps=("stop=1%,2%",), holdout=D("0.3")), "html")
    assert page.index("Held out: ") < page.index("The past it was chosen in: ")
    assert 'class="heat"' not in page
