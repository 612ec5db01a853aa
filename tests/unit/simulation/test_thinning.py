"""A drawing has what it needs, whatever the length of the history."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from smartplan.simulation.series import PriceSeries, column
from smartplan.simulation.thinning import bars_of


def series_of(prices):
    times = column(n * 60_000_000 for n in range(len(prices)))
    columns = [column(p + more for p in prices) for more in (0, 1, -1, 0)]
    return PriceSeries(times, columns, 0, timedelta(minutes=1))


@given(st.lists(st.integers(10, 99), min_size=1, max_size=120), st.integers(1, 50))
def test_extremes_ends_and_order_survive_in_a_bounded_number_of_bars(prices, enough):
    kept = bars_of(series_of(prices), enough)
    assert len(kept) <= enough
    assert max(bar.high for bar in kept) == max(prices) + 1
    assert min(bar.low for bar in kept) == min(prices) - 1
    assert (kept[0].open, kept[-1].close) == (prices[0], prices[-1])
    steps = {later.time - earlier.time for earlier, later in pairwise(kept)}
    assert len(steps) <= 1


def test_a_short_history_is_kept_as_it_is():
    assert [bar.open for bar in bars_of(series_of(range(10, 20)))] == list(range(10, 20))
