from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartplan.trade.model import Side
from smartplan.trade.rounding import PriceRole, ceil_to_step, floor_to_step, round_price

D = Decimal
values = st.decimals("-1e15", "1e15", places=10, allow_nan=False)
steps = st.sampled_from([D(step) for step in ("1e-8", "0.0001", "0.025", "0.05", "1", "3", "500")])


@pytest.mark.parametrize(
    ("role", "long", "short"),
    [
        ("entry", "100.00", "100.05"),
        ("tp", "100.00", "100.05"),
        ("sl", "100.05", "100.00"),
        ("sl_limit", "100.00", "100.05"),
        ("breakeven", "100.05", "100.00"),
    ],
)
def test_a_price_rounds_to_the_careful_side_of_its_role(
    role: PriceRole, long: str, short: str
) -> None:
    price, tick = D("100.037"), D("0.05")
    assert round_price(price, tick, role=role, side=Side.LONG) == D(long)
    assert round_price(price, tick, role=role, side=Side.SHORT) == D(short)


@given(values, steps)
def test_floor_and_ceil_are_the_multiples_on_either_side(value: Decimal, step: Decimal) -> None:
    below, above = floor_to_step(value, step), ceil_to_step(value, step)
    assert below % step == 0
    assert above % step == 0
    assert below <= value <= above
    assert above - below in (0, step)


@given(values, steps)
def test_rounding_twice_changes_nothing(value: Decimal, step: Decimal) -> None:
    below = floor_to_step(value, step)
    assert floor_to_step(below, step) == below == ceil_to_step(below, step)


def test_a_value_a_hair_below_a_multiple_stays_below() -> None:
    hair = D("0.99999999999999999999999999999999999999999999999999")
    assert floor_to_step(hair, D(1)) == 0


@pytest.mark.parametrize("step", ["0", "-0.01"])
def test_a_step_must_be_positive(step: str) -> None:
    with pytest.raises(ValueError, match="a step must be above 0"):
        floor_to_step(D(1), D(step))
