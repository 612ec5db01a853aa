from decimal import Decimal

import pytest
from msgspec.structs import replace

from smartplan.trade.contract import Contract
from smartplan.trade.liquidation import Maintenance
from smartplan.trade.model import (
    Conditional,
    Expect,
    Leverage,
    Position,
    Side,
    StopLoss,
    TakeProfitStep,
    Trade,
    Trailing,
)
from smartplan.trade.profit import Fees, loss_per_unit, profit
from smartplan.trade.risk import assess, reference_price
from smartplan.trade.ticker import placed_price

D = Decimal
FEE = D("0.001")
CENT = D("0.01")

BTC_SWING = Trade(
    account_id=1,
    pair="USDT_BTC",
    position=Position(type="buy", order_type="limit", units=D("0.01"), price=D(60000)),
    take_profit=(
        TakeProfitStep(order_type="limit", price_type="bid", volume=D(50), price=D(66000)),
        TakeProfitStep(
            order_type="market",
            price_type="bid",
            volume=D(50),
            price=D(72000),
            trailing=Trailing(D(2)),
        ),
    ),
    stop_loss=StopLoss(order_type="market", price_type="bid", trigger=D(55000), breakeven=True),
)


def with_position(**changes: object) -> Trade:
    return replace(BTC_SWING, position=replace(BTC_SWING.position, **changes))


def with_stop(**changes: object) -> Trade:
    assert BTC_SWING.stop_loss is not None
    return replace(BTC_SWING, stop_loss=replace(BTC_SWING.stop_loss, **changes))


def market_entry() -> Trade:
    return with_position(order_type="market", price=None)


def test_the_figures_of_the_swing_plan() -> None:
    risk = assess(BTC_SWING, fee=FEE)
    # Held: 0.01 × 0.999 = 0.00999. At the stop: 0.00999 × 55000 × 0.999 = 548.90055 of 600.
    assert risk.notional == 600
    assert risk.loss_at_stop == D("51.09945")
    # Mean target (66000 + 72000 × 0.98) / 2 = 68280: 0.00999 × 68280 × 0.999 = 681.4350828.
    assert risk.reward_risk is not None
    assert risk.reward_risk.quantize(CENT) == D("1.59")
    assert (risk.reward_risk * D("51.09945")).quantize(D("1e-7")) == D("81.4350828")
    # 60000 / 0.998001
    assert risk.break_even is not None
    assert risk.break_even.quantize(CENT) == D("60120.18")
    assert risk.reward_risk_gross == D("1.656")
    assert risk.margin is None
    assert risk.liquidation is None
    assert risk.unknown == {}
    assert risk.quote == "USDT"


def test_a_market_entry_states_no_price_so_no_figure_is_known() -> None:
    risk = assess(market_entry(), fee=FEE)
    reason = "a market entry states no price"
    assert risk.unknown == dict.fromkeys(
        [
            "reference",
            "notional",
            "loss_at_stop",
            "reward_risk",
            "reward_risk_gross",
            "break_even",
        ],
        reason,
    )
    assert risk.notional is None


def test_a_reference_price_makes_a_market_entry_known() -> None:
    assert assess(market_entry(), fee=FEE, reference=D(60000)) == assess(BTC_SWING, fee=FEE)


def test_without_a_stop_loss_the_loss_is_unknown_and_the_notional_is_not() -> None:
    risk = assess(replace(BTC_SWING, stop_loss=None), fee=FEE)
    assert risk.notional == 600
    assert risk.loss_at_stop is None
    assert risk.unknown["loss_at_stop"] == "no stop loss"
    assert risk.unknown["reward_risk"] == "no stop loss"


def test_a_stop_that_waits_leaves_the_loss_unbounded() -> None:
    risk = assess(with_stop(timeout=8), fee=FEE)
    assert risk.loss_at_stop is None
    assert risk.unknown["loss_at_stop"] == "unbounded: the stop loss waits 8 s"


def test_a_limit_stop_loses_down_to_its_limit_price() -> None:
    risk = assess(with_stop(order_type="limit", price=D(54500)), fee=D(0))
    assert risk.loss_at_stop == 55


def test_a_stop_in_profit_is_a_gain_and_has_no_reward_risk() -> None:
    risk = assess(with_stop(trigger=D(61000)), fee=D(0))
    assert risk.loss_at_stop == -10
    assert risk.unknown["reward_risk"] == "the stop loss loses nothing"


def test_a_trailing_stop_is_counted_where_it_stands() -> None:
    # Bought 2 at 200 with the stop at 180: 40 is at risk until the price gains.
    position = Position(type="buy", order_type="limit", units=D(2), price=D(200))
    for percent in (None, D(1), D(50)):
        stop = StopLoss(
            order_type="market", price_type="bid", trigger=D(180), trailing=Trailing(percent)
        )
        trade = replace(BTC_SWING, position=position, stop_loss=stop)
        assert assess(trade, fee=D(0)).loss_at_stop == 40


def test_a_trailing_entry_and_its_percent_exits_count_from_its_worst_fill() -> None:
    entry = Conditional(
        price=D(10000), price_type="ask", order_type="market", trailing=Trailing(D("9.95"))
    )
    trade = Trade(
        account_id=1,
        pair="USDT_BTC",
        position=Position(type="buy", order_type="conditional", units=D(1), conditional=entry),
        take_profit=(
            TakeProfitStep(order_type="limit", price_type="bid", volume=D(100), percent=D(12)),
        ),
        stop_loss=StopLoss(order_type="market", price_type="bid", percent=D(6)),
    )
    risk = assess(trade, fee=D(0))
    # 9.95 % above 10000 at worst; 6 % of that.
    assert (risk.reference, risk.loss_at_stop, risk.reward_risk) == (10995, D("659.70"), 2)
    assert placed_price(trade) == 10000
    short = replace(trade, position=replace(trade.position, type="sell"))
    assert (assess(short, fee=D(0)).reference, placed_price(short)) == (9005, 10000)


def test_a_trailing_target_of_unknown_percent_leaves_the_reward_unknown() -> None:
    steps = (replace(BTC_SWING.take_profit[1], trailing=Trailing(None)),)
    risk = assess(replace(BTC_SWING, take_profit=steps), fee=FEE)
    assert risk.unknown["reward_risk"] == "a trailing take profit has no percent"
    assert risk.loss_at_stop == D("51.09945")


def test_cancelled_steps_do_not_count() -> None:
    first, last = BTC_SWING.take_profit
    steps = (first, replace(last, status="cancelled"))
    risk = assess(replace(BTC_SWING, take_profit=steps), fee=D(0))
    assert risk.reward_risk == D("1.2")


@pytest.mark.parametrize("volume", ["0", "-50"])
def test_a_take_profit_without_volume_is_none(volume: str) -> None:
    steps = (replace(BTC_SWING.take_profit[0], volume=D(volume)),)
    risk = assess(replace(BTC_SWING, take_profit=steps), fee=FEE)
    assert risk.unknown["reward_risk"] == "no take profit"


def test_leverage_changes_the_margin_and_never_the_loss() -> None:
    plain = assess(BTC_SWING, fee=FEE, fee_model="quote")
    trade = replace(BTC_SWING, leverage=Leverage(type="isolated", value=D(10)))
    risk = assess(trade, fee=FEE, fee_model="quote")
    assert risk.margin == 60
    assert risk.loss_at_stop == plain.loss_at_stop
    assert risk.notional == plain.notional == 600


def test_liquidation_of_an_isolated_long() -> None:
    trade = replace(with_position(price=D(50000)), leverage=Leverage(type="isolated", value=D(10)))
    risk = assess(trade, fee=D("0.0005"), fee_model="quote", maintenance=Maintenance(D("0.004")))
    assert risk.liquidation is not None
    assert risk.liquidation.quantize(D("0.0001")) == D("45203.4154")


def test_cross_margin_has_no_liquidation_estimate() -> None:
    trade = replace(BTC_SWING, leverage=Leverage(type="cross", value=D(5)))
    risk = assess(trade, fee=FEE)
    assert risk.liquidation is None
    assert risk.unknown["liquidation"].startswith("cross margin")
    assert risk.margin == 120


def test_leverage_of_one_has_no_liquidation_price() -> None:
    trade = replace(BTC_SWING, leverage=Leverage(type="isolated", value=D(1)))
    risk = assess(trade, fee=FEE)
    assert risk.liquidation is None
    assert "liquidation" not in risk.unknown


@pytest.mark.parametrize("value", [None, D(0)])
def test_leverage_without_a_usable_value_is_unknown(value: Decimal | None) -> None:
    trade = replace(BTC_SWING, leverage=Leverage(type="isolated", value=value))
    risk = assess(trade, fee=FEE)
    assert risk.unknown["margin"] == risk.unknown["liquidation"] == "the leverage has no value"


@pytest.mark.parametrize("inverse", [False, True])
def test_contracts_of_unknown_size_make_money_unknown(inverse: bool) -> None:
    trade = replace(BTC_SWING, leverage=Leverage(type="isolated", value=D(5)))
    risk = assess(trade, fee=FEE, fee_model="quote", contract=Contract(None, inverse))
    assert risk.notional is risk.margin is risk.loss_at_stop is risk.reward_risk is None
    assert set(risk.unknown) == {
        "notional",
        "margin",
        "loss_at_stop",
        "reward_risk",
        "reward_risk_gross",
        "liquidation",
    }
    assert set(risk.unknown.values()) == {"units are contracts of unknown size"}
    assert risk.break_even is not None


def contracts(side: str, units: int, entry: int, stop: int, target: int) -> Trade:
    closes_at = "bid" if side == "buy" else "ask"
    return Trade(
        account_id=2,
        pair="ETH_ETHUSD_240628",
        position=Position(type=side, order_type="limit", units=D(units), price=D(entry)),
        take_profit=(
            TakeProfitStep(
                order_type="limit", price_type=closes_at, price=D(target), volume=D(100)
            ),
        ),
        stop_loss=StopLoss(order_type="market", price_type=closes_at, trigger=D(stop)),
    )


def test_linear_contracts_are_worth_their_size() -> None:
    # 1000 contracts of 0.0001 BTC at 60000 are 6000; at 59000 they have lost 100.
    risk = assess(
        contracts("buy", 1000, 60000, 59000, 62000), fee=D(0), contract=Contract(D("0.0001"))
    )
    assert (risk.notional, risk.loss_at_stop, risk.reward_risk) == (6000, 100, 2)
    # The fees of both ways: 6 and 5.9.
    paid = assess(
        contracts("buy", 1000, 60000, 59000, 62000), fee=FEE, contract=Contract(D("0.0001"))
    )
    assert paid.loss_at_stop == D("111.9")


def test_an_inverse_long_is_counted_in_coins() -> None:
    # 30 contracts of 10 USD: 300/2000 = 0.15 ETH; at 1600 they have lost 300/1600 − 0.15 = 0.0375,
    # at 2500 they have won 0.15 − 300/2500 = 0.03.
    trade = contracts("buy", 30, 2000, 1600, 2500)
    risk = assess(trade, fee=D(0), contract=Contract(D(10), inverse=True))
    assert (risk.quote, risk.notional, risk.loss_at_stop) == ("ETH", D("0.15"), D("0.0375"))
    assert risk.reward_risk == risk.reward_risk_gross == D("0.8")
    assert risk.break_even == 2000
    # Fees in coins: 0.00015 on the way in, 0.0001875 at the stop.
    paid = assess(trade, fee=FEE, contract=Contract(D(10), inverse=True))
    assert paid.loss_at_stop == D("0.0378375")
    assert paid.break_even is not None
    assert round(paid.break_even, 6) == D("2004.004004")  # 2000 · 1.001 / 0.999


def test_an_inverse_short_mirrors_it() -> None:
    # At 2500 a short has lost 0.15 − 0.12 = 0.03, at 1600 it has won 0.0375.
    trade = contracts("sell", 30, 2000, 2500, 1600)
    risk = assess(trade, fee=D(0), contract=Contract(D(10), inverse=True))
    assert (risk.notional, risk.loss_at_stop) == (D("0.15"), D("0.03"))
    assert risk.reward_risk == D("1.25")


def test_an_inverse_long_without_leverage_is_liquidated_at_about_half() -> None:
    # The margin of 0.15 is lost at 1000; half a percent of maintenance makes it 1005.
    trade = replace(
        contracts("buy", 30, 2000, 1600, 2500), leverage=Leverage(type="isolated", value=D(1))
    )
    half = Maintenance(D("0.005"))
    risk = assess(trade, maintenance=half, contract=Contract(D(10), inverse=True))
    assert (risk.margin, risk.liquidation) == (D("0.15"), 1005)


def test_a_thousand_contracts_of_xbtusd() -> None:
    # 1000 USD at 60000 are a sixtieth of a coin; the stop at 55000 costs 1000/55000 − 1000/60000.
    trade = replace(contracts("buy", 1000, 60000, 55000, 66000), pair="XBT_XBTUSD")
    risk = assess(trade, fee=D(0), contract=Contract(D(1), inverse=True))
    assert risk.quote == "XBT"
    assert risk.notional is not None
    assert risk.loss_at_stop is not None
    assert round(risk.notional, 8) == D("0.01666667")
    assert round(risk.loss_at_stop, 8) == D("0.00151515")


def test_a_held_position_pays_no_fee_at_entry() -> None:
    held = replace(with_position(order_type="market"), skip_enter_step=True)
    risk = assess(held, fee=FEE)
    # 0.01 × 55000 × 0.999 = 549.45 of the 600 it cost.
    assert risk.loss_at_stop == D("50.55")


def test_a_short_loses_above_its_entry() -> None:
    trade = Trade(
        account_id=2,
        pair="USDT_BTC",
        position=Position(type="sell", order_type="limit", units=D("0.09082"), price=D(50000)),
        stop_loss=StopLoss(order_type="market", price_type="ask", trigger=D(51000)),
    )
    risk = assess(trade, fee=FEE)
    assert risk.loss_at_stop == D("99.99282")
    assert risk.break_even is not None
    assert risk.break_even.quantize(D("1e-10")) == D("49900.0999000999")


def test_the_assessment_agrees_with_the_arithmetic() -> None:
    fees = Fees.each_way(FEE, "quote")
    risk = assess(BTC_SWING, fee=FEE, fee_model="quote")
    at = {"entry": D(60000), "fees": fees}
    assert risk.loss_at_stop == D("0.01") * loss_per_unit(Side.LONG, stop=D(55000), **at)
    assert risk.reward_risk is not None
    gain = profit(Side.LONG, close=D(68280), units=D("0.01"), **at)
    assert (risk.reward_risk * risk.loss_at_stop).quantize(D("1e-20")) == gain


def conditional(order_type: str) -> Trade:
    trigger = Conditional(price=D(10000), price_type="ask", order_type=order_type)
    limit = D(10500) if order_type == "limit" else None
    return with_position(order_type="conditional", price=limit, conditional=trigger)


EXPECTED = Expect(price=D(61000), within=D(1))


@pytest.mark.parametrize(
    ("trade", "expect", "price"),
    [
        (BTC_SWING, None, D(60000)),
        (BTC_SWING, EXPECTED, D(60000)),
        (conditional("limit"), None, D(10500)),
        (conditional("market"), None, D(10000)),
        (market_entry(), None, None),
        (market_entry(), EXPECTED, D(61000)),
        (with_position(order_type="market"), None, None),
        (replace(with_position(order_type="market"), skip_enter_step=True), None, D(60000)),
    ],
)
def test_the_reference_is_the_entry_the_plan_states(
    trade: Trade, expect: Expect | None, price: Decimal | None
) -> None:
    assert reference_price(trade, expect) == price
