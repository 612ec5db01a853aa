"""Searching a series says what looking at each of its rows would."""

import pickle
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from smartplan.sandbox.levels import Band
from smartplan.simulation import series as series_module
from smartplan.simulation.series import PriceSeries, column, in_order

prices = st.lists(st.integers(100, 200), min_size=1, max_size=200)
bounds = st.none() | st.decimals(min_value=5, max_value=25, places=2)


def series_of(values):
    times = column(range(len(values)))
    columns = [column(v + more for v in values) for more in (0, 3, -3, 0)]
    return PriceSeries(times, columns, 1, timedelta(microseconds=1))


@given(prices, bounds, bounds, st.data())
def test_the_next_row_outside_of_a_band(values, lower, upper, data):
    series = series_of(values)
    start = data.draw(st.integers(0, len(values)))
    stop = data.draw(st.integers(start, len(values)))
    band = Band(lower, upper)
    chunk = data.draw(st.sampled_from([2, 3, 128]))
    series_module.CHUNK, before = chunk, series_module.CHUNK
    try:
        found = series.next_outside(band, start, stop)
    finally:
        series_module.CHUNK = before
    rows = (
        at
        for at in range(start, stop)
        if not band.holds(series.prices(at)[2], series.prices(at)[1])
    )
    assert found == next(rows, stop)


def test_prices_are_exact_whatever_their_decimals():
    coarse = PriceSeries(column([1]), [column([7])] * 4, 0, timedelta(1))
    fine = PriceSeries(column([2]), [column([10**19 + 1])] * 4, 18, timedelta(1))
    both = in_order([coarse, fine])
    assert both.prices(0)[0] == Decimal(7)
    assert both.prices(1)[0] == Decimal("10.000000000000000001")
    assert pickle.loads(pickle.dumps(both)).prices(1) == both.prices(1)


@given(prices, st.data())
def test_the_extremes_of_some_rows(values, data):
    series = series_of(values)
    start = data.draw(st.integers(0, len(values) - 1))
    stop = data.draw(st.integers(start + 1, len(values)))
    series_module.CHUNK, before = data.draw(st.sampled_from([2, 3, 128])), series_module.CHUNK
    try:
        found = series.extremes(start, stop)
    finally:
        series_module.CHUNK = before
    some = values[start:stop]
    assert found == (Decimal(min(some) - 3) / 10, Decimal(max(some) + 3) / 10)
