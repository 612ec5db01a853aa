from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from smartplan.settings import RiskSettings, Settings
from smartplan.settings.reading import MakerTaker
from smartplan.trade.contract import Contract
from smartplan.trade.costs import Costs, enters_at_market, pays_funding
from smartplan.trade.model import Conditional, Leverage, Position, Side, StopLoss, Trade
from smartplan.trade.risk import assess

D = Decimal
FUTURES = Costs(maker=D("0.0002"), taker=D("0.0005"), model="quote")
LONG = Trade(
    account_id=2,
    pair="USDT_BTC",
    position=Position(type="buy", order_type="limit", units=D(1), price=D(50000)),
    stop_loss=StopLoss(order_type="market", price_type="bid", trigger=D(49000)),
)
AT_MARKET = replace(LONG, position=replace(LONG.position, order_type="market", price=None))


def test_limit_orders_pay_the_maker_and_stops_the_taker() -> None:
    # 1000 + 50000 · 0.0002 + 49000 · 0.0005
    assert assess(LONG, costs=FUTURES).loss_at_stop == D("1034.5")
    # 1000 + 50000 · 0.0005 + 49000 · 0.0005
    assert assess(AT_MARKET, costs=FUTURES, reference=D(50000)).loss_at_stop == D("1049.5")


def test_market_orders_slip_and_limits_do_not() -> None:
    costs = replace(Costs.one(D(0)), slippage=D("0.1"))
    # Sold at 48951 instead of 49000; bought at 50050 instead of 50000.
    assert assess(LONG, costs=costs).loss_at_stop == 1049
    assert assess(AT_MARKET, costs=costs, reference=D(50000)).loss_at_stop == 1099
    assert LONG.stop_loss is not None
    limit = replace(LONG, stop_loss=replace(LONG.stop_loss, order_type="limit", price=D(48900)))
    assert assess(limit, costs=costs).loss_at_stop == 1100
    assert costs.bought(Side.SHORT, D(100)) == D("99.9")
    assert costs.left(Side.SHORT, D(100)) == D("100.1")


def test_funding_is_what_eight_hours_of_a_perpetual_cost() -> None:
    costs = replace(FUTURES, funding=D("0.01"))
    geared = replace(LONG, leverage=Leverage(type="isolated", value=D(10)))
    assert assess(geared, costs=costs).funding == 5
    short = replace(geared, position=replace(geared.position, type="sell"))
    assert assess(short, costs=costs).funding == -5
    assert assess(geared, costs=FUTURES).funding is None
    assert assess(LONG, costs=costs).funding is None
    assert pays_funding(LONG, Contract(D(10)))
    assert not pays_funding(replace(geared, pair="ETH_ETHUSD_240628"), Contract(D(10)))


def test_the_order_of_a_conditional_entry_decides() -> None:
    for kind in ("limit", "market"):
        trigger = Conditional(price=D(1), price_type="ask", order_type=kind)
        entry = replace(LONG.position, order_type="conditional", conditional=trigger)
        assert enters_at_market(replace(LONG, position=entry)) is (kind == "market")
    assert not enters_at_market(replace(AT_MARKET, skip_enter_step=True))


def test_each_account_has_its_own_and_the_others_what_is_said_of_all() -> None:
    risk = RiskSettings(
        fees={"futures": MakerTaker(D("0.0002"), D("0.0005"))},
        slippage={"": D("0.2"), "main": D("0.1")},
        funding={"futures": D("0.01")},
    )
    settings = Settings(Path(), risk=risk)
    main = Costs.of_account(settings, 1, "base")
    assert (main.maker, main.taker, main.slippage, main.funding) == (
        D("0.001"), D("0.001"), D("0.1"), None,
    )  # fmt: skip
    futures = Costs.of_account(settings, 2, "quote")
    assert (futures.maker, futures.taker, futures.slippage, futures.funding) == (
        D("0.0002"), D("0.0005"), D("0.2"), D("0.01"),
    )  # fmt: skip


@pytest.mark.parametrize("fee", ["-0.1", "1"])
def test_a_fee_is_a_fraction(fee: str) -> None:
    with pytest.raises(ValueError, match="a fee is a fraction"):
        Costs.one(D(fee))
