from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, localcontext

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smartplan.trade.model import Side
from smartplan.trade.profit import (
    Fees,
    break_even,
    loss_per_unit,
    mean_target,
    profit,
    realised_profit,
    reward_risk_gross,
    reward_risk_net,
    shown_profit,
)
from smartplan.trade.rounding import ceil_to_step, floor_to_step

D = Decimal
NO_FEES = Fees.each_way(D(0))
SPOT = Fees.each_way(D("0.001"))
FUTURES = Fees.each_way(D("0.0005"), "quote")

prices = st.decimals("0.0001", "100000", places=4, allow_nan=False)
fractions = st.decimals("0", "0.01", places=4, allow_nan=False)
fees = st.builds(Fees, fractions, fractions, st.sampled_from(["base", "quote"]))
sides = st.sampled_from(Side)


@pytest.mark.parametrize(
    ("side", "stop", "fees", "loss"),
    [
        (Side.LONG, "49000", NO_FEES, "1000"),
        (Side.LONG, "49000", FUTURES, "1049.5"),
        (Side.LONG, "49000", SPOT, "1097.951"),
        (Side.SHORT, "51000", SPOT, "1101"),
        (Side.SHORT, "51000", Fees.each_way(D("0.001"), "quote"), "1101"),
    ],
)
def test_loss_per_unit_at_the_stop_of_an_entry_at_50000(
    side: Side, stop: str, fees: Fees, loss: str
) -> None:
    assert loss_per_unit(side, entry=D(50000), stop=D(stop), fees=fees) == D(loss)


@pytest.mark.parametrize(
    ("side", "fees", "price"),
    [
        (Side.LONG, SPOT, "50100.1502002503"),
        (Side.LONG, FUTURES, "50050.0250125063"),
        (Side.SHORT, SPOT, "49900.0999000999"),
    ],
)
def test_break_even_of_50000(side: Side, fees: Fees, price: str) -> None:
    assert break_even(side, entry=D(50000), fees=fees).quantize(D("1e-10")) == D(price)


def test_reward_risk_of_three_targets() -> None:
    mean = mean_target([(D(52000), D(50)), (D(54000), D(30)), (D(56000), D(20))])
    assert mean == 53400
    entry, stop = D(50000), D(49000)
    assert reward_risk_gross(Side.LONG, entry=entry, stop=stop, target=mean) == D("3.4")
    net = reward_risk_net(Side.LONG, entry=entry, stop=stop, target=mean, fees=SPOT)
    assert net is not None
    assert net.quantize(D("1e-6")) == D("2.999454")


def test_volumes_left_after_a_cancelled_step_still_weigh_the_mean() -> None:
    assert mean_target([(D(100), D(35)), (D(110), D(35))]) == 105


def test_a_stop_that_loses_nothing_has_no_reward_risk() -> None:
    at = {"entry": D(100), "stop": D(100), "target": D(110)}
    assert reward_risk_gross(Side.LONG, **at) is None
    assert reward_risk_net(Side.SHORT, entry=D(100), stop=D(90), target=D(80), fees=SPOT) is None


def test_targets_without_volume_are_refused() -> None:
    with pytest.raises(ValueError, match="volume above 0"):
        mean_target([])


def test_what_part_of_a_position_has_realised_counts_its_share_of_the_cost() -> None:
    # 1000 bought for 440, of which 499.5 brought 239.52.
    whole = {"entered_amount": D(999), "entered_total": D(440)}
    gained = realised_profit(Side.LONG, **whole, closed_amount=D("499.5"), closed_total=D("239.52"))
    assert gained == D("19.52")
    assert realised_profit(Side.SHORT, **whole, closed_amount=D("499.5"), closed_total=D(210)) == D(
        10
    )
    nothing = {"entered_amount": D(0), "entered_total": D(0)}
    assert realised_profit(Side.LONG, **nothing, closed_amount=D(0), closed_total=D(0)) == 0


@pytest.mark.parametrize(
    ("side", "amount", "total", "price", "volume", "percent"),
    [
        (Side.LONG, "14.91", "1.58385", "0.10613", "-0.0030340983", "-0.19"),
        (Side.SHORT, "7.8", "1.977066", "0.264", "-0.0841932", "-4.26"),
    ],
)
def test_profit_as_the_service_shows_it(
    side: Side, amount: str, total: str, price: str, volume: str, percent: str
) -> None:
    shown = shown_profit(
        side,
        entered_amount=D(amount),
        entered_total=D(total),
        price=D(price),
        commission=D("0.001"),
    )
    assert (shown.volume, shown.percent) == (D(volume), D(percent))


def test_nothing_entered_shows_no_percent() -> None:
    shown = shown_profit(
        Side.LONG, entered_amount=D(0), entered_total=D(0), price=D(1), commission=D(0)
    )
    assert (shown.volume, shown.percent) == (0, 0)


@pytest.mark.parametrize("fee", ["-0.001", "1"])
def test_a_fee_is_a_fraction(fee: str) -> None:
    with pytest.raises(ValueError, match="a fee is a fraction"):
        Fees.each_way(D(fee))


def test_a_binary_float_is_refused() -> None:
    with pytest.raises(TypeError):
        break_even(Side.LONG, entry=1.5, fees=SPOT)


def test_the_caller_s_decimal_context_changes_nothing() -> None:
    at = {"entry": D("50000.12345678"), "fees": SPOT}
    with localcontext(Context(prec=4, rounding=ROUND_FLOOR)):
        coarse = break_even(Side.LONG, **at)
    assert coarse == break_even(Side.LONG, **at)


@given(prices, prices)
def test_without_fees_a_short_mirrors_a_long(entry: Decimal, close: Decimal) -> None:
    at = {"entry": entry, "close": close, "units": D(3), "fees": NO_FEES}
    assert profit(Side.LONG, **at) == -profit(Side.SHORT, **at)


@given(sides, prices, prices, fees)
def test_fees_never_help(side: Side, entry: Decimal, close: Decimal, fees: Fees) -> None:
    at = {"entry": entry, "close": close, "units": D(1)}
    assert profit(side, **at, fees=fees) <= profit(side, **at, fees=NO_FEES)


@given(sides, prices, fees)
def test_break_even_on_the_tick_wins_and_one_tick_worse_loses(
    side: Side, entry: Decimal, fees: Fees
) -> None:
    tick = D("0.0001")
    exact = break_even(side, entry=entry, fees=fees)
    on_tick = ceil_to_step(exact, tick) if side is Side.LONG else floor_to_step(exact, tick)
    worse = on_tick - side.sign * tick
    assume(worse > 0)
    assert profit(side, entry=entry, close=on_tick, units=D(1), fees=fees) >= 0
    assert profit(side, entry=entry, close=worse, units=D(1), fees=fees) < 0


@given(sides, prices, prices, prices)
def test_net_reward_risk_without_fees_is_the_gross_one(
    side: Side, entry: Decimal, stop: Decimal, target: Decimal
) -> None:
    at = {"entry": entry, "stop": stop, "target": target}
    assert reward_risk_net(side, **at, fees=NO_FEES) == reward_risk_gross(side, **at)


@given(prices)
def test_inexact_digits_of_a_break_even_go_towards_the_gain(entry: Decimal) -> None:
    long = break_even(Side.LONG, entry=entry, fees=SPOT)
    with localcontext(Context(prec=90, rounding=ROUND_CEILING)):
        assert long * D("0.998001") >= entry
