"""Figures of many trades, worked out by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from smartplan.simulation.statistics import (
    Bin,
    Sample,
    curve,
    histogram,
    open_positions,
    statistics_of,
)

D = Decimal
START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def sample(number, r, *, hours=1, ending="take_profit", risk=10):
    start = START + number * HOUR
    net = None if r is None else D(r) * risk
    return Sample(start, ending, start, start + hours * HOUR, net, None if r is None else D(r))


def never(number):
    return Sample(START + number * HOUR, "never_entered", None, None, D(0), None)


# +2, −1, −1, +1, −0.5 and one that was never entered, an hour each.
SOME = [sample(n, r) for n, r in enumerate(("2", "-1", "-1", "1", "-0.5"))] + [never(5)]


def test_the_figures():
    found = statistics_of(SOME, 10 * HOUR)
    assert (found.n, found.filled, found.wins, found.losses, found.with_r) == (6, 5, 2, 3, 5)
    assert found.win_rate == D("0.4")
    # The mean win is 15, the mean loss 25/3: (25/3) / (15 + 25/3) = 25/70.
    assert round(found.needed_rate, 10) == round(D(25) / D(70), 10)
    assert (found.expectancy, found.mean, found.net) == (D("0.1"), 1, 5)
    assert (found.median_r, found.worst_r, found.best_r) == (D("-0.5"), -1, 2)
    assert found.profit_factor == D("1.2")  # 30 / 25
    assert found.losing_run == 2
    # 20, 10, 0, 10, 5: from 20 to 0.
    assert (found.drawdown, found.drawdown_r) == (20, 2)
    assert found.exposure == D("0.5")


def test_the_curve_is_in_the_order_in_which_trades_end():
    late, soon = sample(0, "1", hours=9), sample(1, "-1")
    assert [point.r for point in curve([late, soon])] == [-1, 0]
    assert statistics_of([late, soon], 9 * HOUR).drawdown_r == 1


def test_positions_that_overlap_are_one_exposure():
    both = [sample(0, "1", hours=4), sample(2, "1", hours=4)]
    assert statistics_of(both, 12 * HOUR).exposure == D("0.5")


def test_starts_that_overlap_an_earlier_one_are_counted():
    assert statistics_of(SOME, 10 * HOUR).overlapping == 0
    # From 0 to 4, 2 to 3 and 3 to 5, all within each other; 5 to 6 begins as the last one ends.
    some = [sample(0, "1", hours=4), sample(2, "1"), sample(3, "1", hours=2), sample(5, "1")]
    assert statistics_of(some, 12 * HOUR).overlapping == 2
    # What never had a position overlaps nothing.
    assert statistics_of([sample(0, "1", hours=4), never(1)], 12 * HOUR).overlapping == 0
    assert statistics_of([sample(0, "1"), sample(0, "-1")], 12 * HOUR).overlapping == 1


def test_how_many_were_open_at_once():
    some = [sample(0, "1", hours=4), sample(2, "1", hours=2), sample(4, "1"), never(5)]
    steps = [(time - START) // HOUR for time, _ in open_positions(some)]
    assert (steps, [n for _, n in open_positions(some)]) == ([0, 2, 4, 4, 4, 5], [1, 2, 3, 2, 1, 0])
    assert open_positions([never(0)]) == []


def test_nothing_is_said_of_nothing():
    found = statistics_of([never(0)], HOUR)
    assert (found.n, found.filled, found.net) == (1, 0, 0)
    assert found.win_rate is found.needed_rate is found.expectancy is found.profit_factor is None


def test_unknown_money_is_unknown():
    found = statistics_of([sample(0, None)], HOUR)
    assert (found.filled, found.expectancy) == (1, None)
    assert "set it in [risk.contracts]" in found.unknown


def test_the_histogram_leaves_no_trade_out():
    bins = histogram(SOME)
    assert bins[0] == Bin(D(-1), D("-0.75"), 2)
    assert bins[-1] == Bin(D(2), D("2.25"), 1)
    assert sum(one.trades for one in bins) == 5
    wide = histogram([sample(0, "-1"), sample(1, "90")])
    assert sum(one.trades for one in wide) == 2
    assert len(wide) <= 16
