from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from smartplan.settings import RiskSettings, Settings
from smartplan.trade.contract import Contract
from smartplan.trade.liquidation import (
    Maintenance,
    MaintenanceRates,
    assumed,
    liquidation_estimate,
    liquidation_of,
    margin_of,
    rate_shown,
    reaches,
)
from smartplan.trade.model import Leverage, Position, Side, Trade
from tests.trades import ENTERED, live

D = Decimal
NO_RATE = Maintenance(D(0))


def geared(side: str = "buy", value: int | None = 20, kind: str = "isolated") -> Trade:
    return Trade(
        account_id=2,
        pair="USDT_BTC",
        position=Position(type=side, order_type="limit", units=D("0.1"), price=D(60000)),
        leverage=Leverage(type=kind, value=None if value is None else D(value)),
    )


@pytest.mark.parametrize(("side", "price"), [(Side.LONG, "45203.4154"), (Side.SHORT, "54753.6088")])
def test_the_formula_at_ten_times(side: Side, price: str) -> None:
    estimate = liquidation_estimate(
        side, entry=D(50000), leverage=D(10), fee=D("0.0005"), maintenance=D("0.004")
    )
    assert estimate.quantize(D("0.0001")) == D(price)


def test_leverage_must_be_positive() -> None:
    with pytest.raises(ValueError, match="leverage must be above 0"):
        liquidation_estimate(Side.LONG, entry=D(1), leverage=D(0), fee=D(0), maintenance=D(0))


@given(st.decimals("0.00000001", 1000000, places=8), st.integers(2, 100), st.sampled_from(Side))
def test_what_is_left_of_the_margin_there_is_the_maintenance_margin(
    entry: Decimal, leverage: int, side: Side
) -> None:
    fee, rate = D("0.0005"), D("0.01")
    price = liquidation_estimate(side, entry=entry, leverage=D(leverage), fee=fee, maintenance=rate)
    left = entry / leverage + side.sign * (price - entry)
    assert abs(left - price * (rate + fee)) < entry * D("1e-20")


def test_a_path_that_crosses_it_has_lost_the_margin() -> None:
    """20 times long at 60000, no stop, down to 42000 and back to 66000: it is over at 42000."""
    trade = geared()
    found = liquidation_of(trade, entry=D(60000), fee=D(0), maintenance=assumed(D(20)))
    # 60000 · 0.95 / (1 − 0.025)
    assert found.price is not None
    assert found.price.quantize(D("0.01"), "ROUND_UP") == D("58461.54")
    assert reaches(Side.LONG, D(42000), found.price)
    assert not reaches(Side.LONG, D(60000), found.price)
    # 0.1 · 60000 / 20
    assert margin_of(trade, units=D("0.1"), entry=D(60000)) == 300


def test_a_short_is_liquidated_above_its_entry() -> None:
    found = liquidation_of(geared("sell", 10), entry=D(60000), fee=D(0), maintenance=NO_RATE)
    assert found.price == 66000
    assert reaches(Side.SHORT, D(66000), D(66000))


@pytest.mark.parametrize(
    ("trade", "contract", "why"),
    [
        (geared(kind="cross"), Contract(), "cross margin: it depends on the whole account"),
        (geared(value=None), Contract(), "the leverage has no value"),
        (geared(), Contract(None), "units are contracts of unknown size"),
        (replace(geared(), leverage=None), Contract(), ""),
    ],
)
def test_where_nobody_can_say_there_is_no_price_and_why(
    trade: Trade, contract: Contract, why: str
) -> None:
    found = liquidation_of(trade, entry=D(60000), fee=D(0), maintenance=NO_RATE, contract=contract)
    assert (found.price, found.unknown) == (None, why)


def test_a_long_of_one_time_is_never_liquidated_and_an_inverse_one_is() -> None:
    plain = liquidation_of(geared(value=1), entry=D(2000), fee=D(0), maintenance=NO_RATE)
    assert (plain.price, plain.unknown) == (None, "")
    coin = liquidation_of(
        geared(value=1),
        entry=D(2000),
        fee=D(0),
        maintenance=NO_RATE,
        contract=Contract(D(10), inverse=True),
    )
    # Its margin is the coin itself: at half the price it owes as much again.
    assert coin.price == 1000


def test_the_rate_comes_from_the_most_particular_place() -> None:
    trade = geared()
    rates = MaintenanceRates(
        {"": D("0.05"), "futures": D("0.04"), "USDT_BTC": D("0.03"), "futures/USDT_BTC": D("0.02")},
        {2: "futures"},
    )
    assert rates.of(trade) == Maintenance(D("0.02"), "settings")
    assert rates.of(replace(trade, account_id=3)).rate == D("0.03")
    assert rates.of(replace(trade, pair="USDT_ETH")).rate == D("0.04")
    assert rates.of(replace(trade, account_id=3, pair="USDT_ETH")).rate == D("0.05")


def test_without_a_word_of_ours_the_position_then_the_exchange_then_an_assumption() -> None:
    rates, trade = MaintenanceRates(), geared()
    known = {"shown": D("0.011"), "listed": D("0.012"), "most": D(50)}
    assert rates.of(trade, **known) == Maintenance(D("0.011"), "position")
    known["shown"] = None
    assert rates.of(trade, **known) == Maintenance(D("0.012"), "exchange")
    known["listed"] = None
    assert rates.of(trade, **known) == Maintenance(D("0.01"), "max_leverage")
    # Half of the initial margin, and never more than 2.5 %.
    assert rates.of(trade) == Maintenance(D("0.025"), "assumed")
    assert assumed(D(100)) == Maintenance(D("0.005"), "assumed")
    assert assumed(D(2)) == Maintenance(D("0.025"), "assumed")


def test_settings_name_accounts_by_alias() -> None:
    settings = Settings(
        Path(),
        accounts={"futures": 2},
        risk=RiskSettings(maintenance={"futures": D("0.007")}),
    )
    assert MaintenanceRates.of_settings(settings).of(geared()).rate == D("0.007")


def test_the_rate_of_a_position_is_what_its_own_price_comes_to() -> None:
    geared_swing = {
        **ENTERED,
        "leverage": {"enabled": True, "type": "isolated", "value": "10"},
        "data.liquidation_price": "54545.454545454545",
    }
    # 60000 · 0.9 / (1 − 0.01)
    rate = rate_shown(live(geared_swing), entry=D(60000), fee=D(0))
    assert rate is not None
    assert round(rate, 9) == D("0.01")
    odd = live({**geared_swing, "data.liquidation_price": "20000"})
    assert rate_shown(odd, entry=D(60000), fee=D(0)) is None
    cross = live({**geared_swing, "leverage.type": "cross"})
    assert rate_shown(cross, entry=D(60000), fee=D(0)) is None
    assert rate_shown(live(ENTERED), entry=D(60000), fee=D(0)) is None
