"""Risk of what is held, by hand: what was bought and is sold again is at risk no more."""

from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from smartplan.settings import RiskSettings, Settings
from smartplan.trade.contract import Contract
from smartplan.trade.holding import cost_price, held_part, realised
from smartplan.trade.model import LiveTrade
from smartplan.trade.position import average_entry
from smartplan.trade.risk import Risk
from smartplan.trade.wire import live_trade
from smartplan.workflow.reconciliation import risk_of
from tests.trades import ENTERED, entity, live

D = Decimal
CENT = D("0.01")
ADA = {
    **ENTERED,
    "pair": "USDT_ADA",
    "position.units.value": "999.0",
    "position.price.value": "0.4404",
    "data.entered_amount": "999.0",
    "data.entered_total": "440.0",
    "data.average_enter_price": "0.4404",
    "data.closed_amount": "499.5",
    "data.closed_total": "239.52024",
    "data.commission": "0.001",
    "take_profit.steps.0.status.type": "finished",
    "take_profit.steps.0.price.value": "0.48",
    "take_profit.steps.1.price.value": "0.52",
    "take_profit.steps.1.order_type": "limit",
    "take_profit.steps.1.trailing": {"enabled": False, "percent": None},
    "stop_loss.conditional.price.value": "0.42",
}
"""1000 ADA bought at 0.44, the fee of 0.1 % taken out of them; half of them sold at 0.48."""
DOGE = {
    **ENTERED,
    "pair": "BTC_DOGE",
    "position.units.value": "99900.0",
    "position.price.value": "0.00000103",
    "data.entered_amount": "99900.0",
    "data.entered_total": "0.103",
    "data.average_enter_price": "0.00000103",
    "data.commission": "0.001",
    "take_profit.steps.0.price.value": "0.0000012",
    "take_profit.steps.1.price.value": "0.0000014",
    "stop_loss.conditional.price.value": "0.00000102",
}


def risk(edits: dict[str, object], fee: str = "0.001") -> Risk:
    settings = Settings(Path(), workspace="desk", risk=RiskSettings(fee=D(fee)))
    lived = live(edits)
    return risk_of(settings, lived.trade, paid=average_entry(lived), live=lived)


def test_half_of_a_position_that_is_sold_is_at_risk_no_more() -> None:
    # 220 was paid for what is left: 499.5 · 0.42 · 0.999 = 209.58 come back.
    found = risk(ADA)
    assert found.held == D("499.5")
    assert found.notional == 220
    assert found.loss_at_stop == 220 - D("499.5") * D("0.42") * D("0.999")
    assert found.loss_at_stop.quantize(CENT) == D("10.42")
    assert found.loss_held == found.loss_at_stop
    assert found.loss_waiting == 0
    # The rest of 440 has brought 239.52: 19.52 are realised, and stand apart.
    assert found.realised == D("19.52024")


def test_a_stop_above_the_cost_locks_in_the_gain_of_what_is_held() -> None:
    found = risk({**ADA, "stop_loss.conditional.price.value": "0.46"})
    assert found.loss_at_stop is not None
    assert found.loss_at_stop.quantize(CENT) == D("-9.54")


def test_reward_and_break_even_are_those_of_what_is_held() -> None:
    found = risk(ADA)
    # The one target that is left: 499.5 · 0.52 · 0.999 − 220 = 39.48026, against 10.41979.
    assert found.reward_risk is not None
    assert round(found.reward_risk * D("10.41979"), 4) == D("39.4803")
    # 220 / (499.5 · 0.999)
    assert found.break_even is not None
    assert round(found.break_even, 8) == D("0.44088132")


def test_the_average_of_the_entity_is_rounded_and_its_totals_are_not() -> None:
    found = risk(DOGE)
    assert found.notional == D("0.103")
    assert found.loss_at_stop == D("0.103") - 99900 * D("0.00000102") * D("0.999")
    assert found.loss_at_stop.quantize(D("1e-7")) == D("0.0012039")


def test_the_live_commission_wins_over_the_fee_of_the_settings() -> None:
    assert risk(ADA, fee="0.05").loss_at_stop == risk(ADA).loss_at_stop
    unsaid = {**ADA, "data.commission": None}
    assert risk(unsaid, fee="0").loss_at_stop == 220 - D("499.5") * D("0.42")


def test_what_of_an_entry_still_waits_is_at_risk_beside_what_is_held() -> None:
    half = {
        "status.type": "waiting_position",
        "data.entered_amount": "0.004",
        "data.entered_total": "240.0",
        "data.average_enter_price": "60000.0",
        "data.commission": "0",
    }
    found = risk(half, fee="0")
    # 0.004 held and 0.006 to come, each from 60000 to 55000.
    assert (found.held, found.notional, found.loss_at_stop) == (D("0.004"), 600, 50)
    assert (found.loss_held, found.loss_waiting) == (20, 30)


def test_an_entry_that_has_filled_waits_for_nothing_though_its_fee_is_missing() -> None:
    filled = {**ENTERED, "data.entered_amount": "0.00999", "position.units.value": "0.01"}
    part = held_part(live(filled), Contract())
    assert part is not None
    assert part.waiting == 0
    assert held_part(live(), Contract()) is None


def test_what_is_sold_to_the_last_unit_is_at_risk_no_more() -> None:
    sold = {**ADA, "data.closed_amount": "999.0", "data.closed_total": "479.04"}
    found = risk(sold)
    assert (found.held, found.notional, found.loss_at_stop) == (0, 0, 0)
    assert found.unknown["break_even"] == "nothing is held"
    assert found.realised == D("39.04")


def test_contracts_have_cost_what_their_totals_say() -> None:
    # 1000 contracts of 0.0001 BTC for 6003 USDT: 60030 each BTC.
    lived = live({
        **ENTERED,
        "data.entered_amount": "1000",
        "data.entered_total": "6003",
        "data.average_enter_price": "60030.0",
        "data.closed_amount": "500",
        "data.closed_total": "3100",
    })  # fmt: skip
    assert cost_price(lived, Contract(D("0.0001"))) == 60030
    assert realised(lived, Contract(D("0.0001"))) == D("98.5")
    # Of unknown size, or of another than the totals speak of, the average is what there is.
    assert cost_price(lived, Contract(None)) == 60030
    assert cost_price(lived, Contract(D("0.01"))) == 60030
    assert realised(lived, Contract(None)) is None


def test_inverse_contracts_have_cost_coins() -> None:
    # 30 contracts of 10 USD at 2000: 0.15 ETH.
    lived = live({
        **ENTERED,
        "data.entered_amount": "30",
        "data.entered_total": "0.15",
        "data.average_enter_price": "2000",
    })  # fmt: skip
    assert cost_price(lived, Contract(D(10), inverse=True)) == 2000
    in_dollars = live({**ENTERED, "data.entered_amount": "30", "data.entered_total": "300",
                       "data.average_enter_price": "2000"})  # fmt: skip
    assert cost_price(in_dollars, Contract(D(10), inverse=True)) == 2000


amounts = st.decimals("0.001", 1000, places=3)
prices = st.decimals("0.001", 100000, places=3)


@given(amounts, prices, prices, st.integers(0, 99), st.booleans())
def test_of_what_is_held_the_loss_is_its_share_of_the_cost_less_what_it_brings(
    bought: Decimal, paid: Decimal, stop: Decimal, sold: int, long: bool
) -> None:
    """The same in plain words of cash: money out, money back."""
    closed = bought * sold / 100
    body = entity({
        **ENTERED,
        "position.type": "buy" if long else "sell",
        "data.entered_amount": str(bought),
        "data.entered_total": str(bought * paid),
        "data.average_enter_price": str(paid),
        "data.closed_amount": str(closed),
        "data.closed_total": str(closed * paid),
        "data.commission": "0.002",
        "stop_loss.conditional.price.value": str(stop),
    })  # fmt: skip
    lived: LiveTrade = live_trade(body)
    settings = Settings(Path(), workspace="desk")
    found = risk_of(settings, lived.trade, paid=average_entry(lived), live=lived)
    left = bought - closed
    cash = (
        left * stop * D("0.998") - left * paid if long else left * paid - left * stop * D("1.002")
    )
    assert found.loss_at_stop is not None
    assert abs(found.loss_at_stop + cash) < D("1e-30") * (1 + abs(cash))


GEARED = {
    **ENTERED,
    "leverage": {"enabled": True, "type": "isolated", "value": "10"},
    "data.entered_amount": "0.01",
    "data.entered_total": "600",
    "data.average_enter_price": "60000",
    "data.commission": "0",
    "data.liquidation_price": "54545.454545454545",
}


def test_the_liquidation_price_of_the_service_wins_as_long_as_the_leverage_stays() -> None:
    settings = Settings(Path(), workspace="desk", risk=RiskSettings(fee=D(0)))
    lived = live(GEARED)
    own = risk_of(settings, lived.trade, paid=D(60000), live=lived)
    assert (own.liquidation, own.maintenance) == (D("54545.454545454545"), None)
    # 60000 · 0.9 / (1 − 0.01) is theirs: at 5 times the same rate makes it 60000 · 0.8 / 0.99.
    lower = replace(lived.trade, leverage=replace(lived.trade.leverage, value=D(5)))
    ours = risk_of(settings, lower, paid=D(60000), live=lived)
    assert ours.maintenance is not None
    assert ours.maintenance.source == "position"
    assert ours.liquidation is not None
    assert round(ours.liquidation, 4) == D("48484.8485")


def test_a_cross_position_has_the_price_that_the_service_names_and_else_none() -> None:
    settings = Settings(Path(), workspace="desk", risk=RiskSettings(fee=D(0)))
    named = live({**GEARED, "leverage.type": "cross"})
    assert risk_of(settings, named.trade, paid=D(60000), live=named).liquidation is not None
    silent = live({**GEARED, "leverage.type": "cross", "data.liquidation_price": None})
    found = risk_of(settings, silent.trade, paid=D(60000), live=silent)
    assert found.liquidation is None
    assert found.unknown["liquidation"].startswith("cross margin")
