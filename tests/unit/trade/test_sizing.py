from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartplan.trade.model import Side
from smartplan.trade.profit import FeeModel, Fees, loss_per_unit
from smartplan.trade.sizing import ladder, r_ladder, size_from_risk, split_units, split_volumes

D = Decimal

prices = st.decimals("0.01", "100000", places=4, allow_nan=False)
weights = st.lists(st.decimals("0.01", "1000", places=2, allow_nan=False), min_size=1, max_size=12)
volumes = st.lists(st.decimals("0.01", "60", places=2, allow_nan=False), min_size=1, max_size=8)
lots = st.sampled_from([D(lot) for lot in ("0.00001", "0.001", "0.5", "1")])


@pytest.mark.parametrize(
    ("side", "stop", "fee", "model", "size", "loss"),
    [
        (Side.LONG, "49000", "0", "base", "0.1", "100"),
        (Side.LONG, "49000", "0.0005", "quote", "0.09528", "99.99636"),
        (Side.LONG, "49000", "0.001", "base", "0.09107", "99.99039757"),
        (Side.SHORT, "51000", "0.001", "base", "0.09082", "99.99282"),
    ],
)
def test_size_from_one_percent_of_10000(
    side: Side, stop: str, fee: str, model: FeeModel, size: str, loss: str
) -> None:
    fees = Fees.each_way(D(fee), model)
    at = {"entry": D(50000), "stop": D(stop), "fees": fees}
    units = size_from_risk(side, equity=D(10000), percent=D(1), lot=D("0.00001"), **at)
    assert units == D(size)
    assert units * loss_per_unit(side, **at) == D(loss)


def test_no_size_follows_from_a_stop_that_loses_nothing() -> None:
    with pytest.raises(ValueError, match="a long from 100 loses nothing at the stop 101"):
        size_from_risk(
            Side.LONG,
            equity=D(1000),
            percent=D(1),
            entry=D(100),
            stop=D(101),
            lot=D(1),
            fees=Fees.each_way(D(0)),
        )


@given(
    st.sampled_from(Side),
    prices,
    st.decimals("0.1", "50", places=1, allow_nan=False),
    st.decimals("0.1", "5", places=1, allow_nan=False),
    st.decimals("0", "0.01", places=4, allow_nan=False),
    st.sampled_from(["base", "quote"]),
    lots,
)
def test_the_sized_position_loses_no_more_than_the_budget_and_one_lot_more_would(
    side: Side,
    entry: Decimal,
    distance: Decimal,
    percent: Decimal,
    fee: Decimal,
    model: FeeModel,
    lot: Decimal,
) -> None:
    at = {
        "entry": entry,
        "stop": entry * (1 - side.sign * distance / 100),
        "fees": Fees.each_way(fee, model),
    }
    units = size_from_risk(side, equity=D(10000), percent=percent, lot=lot, **at)
    loss, budget = loss_per_unit(side, **at), D(10000) * percent / 100
    assert units % lot == 0
    assert units * loss <= budget < (units + lot) * loss


@pytest.mark.parametrize(
    ("weights", "granularity", "shares"),
    [
        ("1 1 1", "0.01", "33.34 33.33 33.33"),
        ("1 2 4 8", "0.01", "6.67 13.33 26.67 53.33"),
        ("1 1 1 1 1 1 1", "0.01", "14.29 14.29 14.29 14.29 14.28 14.28 14.28"),
        ("1 1 1", "1", "34 33 33"),
        ("5", "0.01", "100"),
    ],
)
def test_volumes_split_by_largest_remainder(weights: str, granularity: str, shares: str) -> None:
    split = split_volumes([D(weight) for weight in weights.split()], D(granularity))
    assert split == [D(share) for share in shares.split()]


@given(weights, st.sampled_from([D("0.01"), D("0.1"), D(1), D(5)]))
def test_split_volumes_add_up_to_exactly_100_and_follow_the_weights(
    weights: list[Decimal], granularity: Decimal
) -> None:
    shares = split_volumes(weights, granularity)
    assert sum(shares) == 100
    total = sum(weights)
    for weight, share in zip(weights, shares, strict=True):
        assert share % granularity == 0
        assert abs(share - 100 * weight / total) < granularity


@pytest.mark.parametrize(
    ("weights", "granularity", "message"),
    [
        ([], D(1), "at least one weight"),
        ([D(1), D(0)], D(1), "each above 0"),
        ([D(1)], D("0.03"), "0.03 does not divide 100"),
        ([D(1)], D(0), "0 does not divide 100"),
    ],
)
def test_weights_that_cannot_be_split_are_refused(
    weights: list[Decimal], granularity: Decimal, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        split_volumes(weights, granularity)


@pytest.mark.parametrize(
    ("units", "volumes", "steps"),
    [("14.91", "50 25 25", "8 3 3"), ("20", "35 35", "7 7"), ("0.4", "50 50", "0 0")],
)
def test_units_split_as_the_service_splits_them(units: str, volumes: str, steps: str) -> None:
    split = split_units(D(units), [D(volume) for volume in volumes.split()], D(1))
    assert split == [D(step) for step in steps.split()]


def test_no_volumes_need_no_units() -> None:
    assert split_units(D(10), [], D(1)) == []


@given(st.decimals("0", "10000", places=5, allow_nan=False), volumes, lots)
def test_split_units_add_up_to_what_the_volumes_cover_in_whole_lots(
    units: Decimal, volumes: list[Decimal], lot: Decimal
) -> None:
    steps = split_units(units, volumes, lot)
    covered = units * sum(volumes) / 100
    assert all(step >= 0 and step % lot == 0 for step in steps)
    assert sum(steps) <= covered < sum(steps) + lot


def test_a_linear_ladder() -> None:
    assert ladder(D(66000), D(72000), 3) == [66000, 69000, 72000]
    assert ladder(D(110), D(100), 3) == [110, 105, 100]
    assert ladder(D(100), D(200), 1) == [100]


def test_a_geometric_ladder() -> None:
    rungs = ladder(D(100), D(160), 4, "geometric")
    rounded = [rung.quantize(D("1e-8")) for rung in rungs]
    assert rounded == [D(100), D("116.96070953"), D("136.79807573"), D(160)]


def test_r_multiples_point_away_from_the_stop() -> None:
    assert r_ladder(D(100), D(90), [D(1), D(2)]) == [110, 120]
    assert r_ladder(D(100), D(105), [D(1), D("2.5")]) == [95, D("87.5")]


@given(prices, prices, st.integers(2, 8), st.sampled_from(["linear", "geometric"]))
def test_a_ladder_is_ordered_and_ends_where_asked(
    first: Decimal, last: Decimal, count: int, kind: str
) -> None:
    rungs = ladder(first, last, count, "geometric" if kind == "geometric" else "linear")
    assert len(rungs) == count
    assert (rungs[0], rungs[-1]) == (first, last)
    assert rungs == sorted(rungs, reverse=last < first)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ladder(D(1), D(2), 0), "at least one price"),
        (lambda: ladder(D(0), D(2), 3), "above 0"),
        (lambda: r_ladder(D(5), D(5), [D(1)]), "no risk to multiply"),
    ],
)
def test_ladders_that_cannot_be_built_are_refused(call: object, message: str) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=message):
        call()
