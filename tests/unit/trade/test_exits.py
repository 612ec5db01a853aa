from decimal import ROUND_FLOOR, Context, Decimal, localcontext

import pytest

from smartplan.trade.exits import percent_away, stop_trigger, target_price, worst_close
from smartplan.trade.model import Side, StopLoss, TakeProfitStep, Trailing

D = Decimal


def target(**said: object) -> TakeProfitStep:
    return TakeProfitStep(order_type="limit", price_type="bid", volume=D(100), **said)


def stop(**said: object) -> StopLoss:
    return StopLoss(order_type="market", price_type="bid", **said)


def test_an_exit_in_percent_stands_away_from_the_entry() -> None:
    assert target_price(Side.LONG, target(percent=D(10)), D(99)) == D("108.9")
    assert stop_trigger(Side.LONG, stop(percent=D(5)), D(99)) == D("94.05")


def test_for_a_short_both_are_mirrored() -> None:
    assert target_price(Side.SHORT, target(percent=D(10)), D(100)) == 90
    assert stop_trigger(Side.SHORT, stop(percent=D(5)), D(100)) == 105


def test_an_exit_with_a_price_stands_there_whatever_the_entry() -> None:
    for entry in (None, D(100)):
        assert target_price(Side.LONG, target(price=D(120)), entry) == 120
        assert stop_trigger(Side.LONG, stop(trigger=D(95)), entry) == 95


def test_in_percent_of_an_unknown_entry_it_stands_nowhere() -> None:
    assert target_price(Side.LONG, target(percent=D(10)), None) is None
    assert stop_trigger(Side.LONG, stop(percent=D(5)), None) is None


@pytest.mark.parametrize(
    ("side", "price", "percent", "worst"),
    [(Side.LONG, 72000, 2, 70560), (Side.SHORT, 50, 2, 51), (Side.LONG, 100, -3, 97)],
)
def test_a_trailing_target_counts_at_its_worst_close(
    side: Side, price: int, percent: int, worst: int
) -> None:
    trailing = target(price=D(price), trailing=Trailing(D(percent)))
    assert worst_close(side, trailing, None) == worst


def test_how_a_trailing_target_closes_is_unknown_without_its_percent() -> None:
    assert worst_close(Side.LONG, target(price=D(100), trailing=Trailing(None)), D(90)) is None


def test_the_caller_s_decimal_context_changes_nothing() -> None:
    long_percent = target(percent=D("1.2345678"))
    with localcontext(Context(prec=4, rounding=ROUND_FLOOR)):
        coarse = target_price(Side.SHORT, long_percent, D("50000.12345678"))
    assert coarse == target_price(Side.SHORT, long_percent, D("50000.12345678"))


def test_a_binary_float_is_refused() -> None:
    with pytest.raises(TypeError):
        percent_away(D(100), 1.5)
