"""Thinning keeps what a drawing needs, whatever the length of the history."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from smartplan.simulation.prices import Bar, Thinning

START = datetime(2026, 11, 22, tzinfo=UTC)


def bars_of(prices):
    return [
        Bar(START + timedelta(minutes=n), *(Decimal(p) for p in (p, p + 1, p - 1, p)))
        for n, p in enumerate(prices)
    ]


@given(st.lists(st.integers(10, 99), min_size=1, max_size=120), st.integers(1, 50))
def test_extremes_ends_and_order_survive_in_a_bounded_number_of_bars(prices, size):
    bars, thinning = bars_of(prices), Thinning(enough=8)
    for start in range(0, len(bars), size):
        thinning.extend(bars[start : start + size])
    kept = thinning.bars
    assert len(kept) <= 16
    assert max(bar.high for bar in kept) == max(bar.high for bar in bars)
    assert min(bar.low for bar in kept) == min(bar.low for bar in bars)
    assert (kept[0].open, kept[-1].close) == (bars[0].open, bars[-1].close)
    steps = {later.time - earlier.time for earlier, later in pairwise(kept)}
    assert len(steps) <= 1


def test_a_short_history_is_kept_as_it_is():
    bars = bars_of(range(10, 20))
    thinning = Thinning(enough=8)
    thinning.extend(bars)
    assert thinning.bars == tuple(bars)
