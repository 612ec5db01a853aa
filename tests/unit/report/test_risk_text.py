from decimal import Decimal

import pytest

from smartplan.report.risk_text import risk_line
from smartplan.trade.model import Leverage, Position, StopLoss, TakeProfitStep, Trade, Trailing
from smartplan.trade.risk import Risk, assess

D = Decimal


def test_the_line_of_the_swing_plan() -> None:
    trade = Trade(
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
        stop_loss=StopLoss(order_type="market", price_type="bid", trigger=D(55000)),
    )
    assert risk_line(assess(trade, fee=D("0.001"))) == (
        "notional 600 USDT · loss at stop 51.10 USDT · reward:risk 1.59 · break-even 60120.18"
    )


def test_what_is_unknown_comes_last_with_its_reason() -> None:
    trade = Trade(
        account_id=2,
        pair="USDT_ADA",
        position=Position(type="buy", order_type="limit", units=D(1000), price=D("0.45")),
        leverage=Leverage(type="cross", value=D(5)),
    )
    assert risk_line(assess(trade, fee=D("0.001"), fee_model="quote")) == (
        "notional 450 USDT · margin 90 USDT · break-even 0.450901 · "
        "loss at stop, reward:risk unknown (no stop loss) · "
        "liquidation unknown (cross margin: it depends on the whole account)"
    )


def test_a_market_entry_has_one_reason_for_all() -> None:
    trade = Trade(
        account_id=1,
        pair="USDT_BTC",
        position=Position(type="buy", order_type="market", units=D(1)),
    )
    assert risk_line(assess(trade, fee=D("0.001"))) == (
        "notional, loss at stop, reward:risk, break-even unknown (a market entry states no price)"
    )


@pytest.mark.parametrize(
    ("loss", "text"),
    [
        ("51.0901", "loss at stop 51.10 BTC"),
        ("0.000123456789", "loss at stop 0.000123457 BTC"),
        ("100", "loss at stop 100 BTC"),
        ("0", "loss at stop 0 BTC"),
        ("-10.239", "gain at stop 10.23 BTC"),
    ],
)
def test_a_loss_never_looks_smaller_than_it_is(loss: str, text: str) -> None:
    assert risk_line(Risk(quote="BTC", loss_at_stop=D(loss))) == text


def test_a_reward_risk_never_looks_better_than_it_is() -> None:
    assert risk_line(Risk(quote="USDT", reward_risk=D("0.9999"))) == "reward:risk 0.99"


@pytest.mark.parametrize(
    ("price", "text"),
    [("60120.18024", "60120.18"), ("0.0000123456789", "0.0000123457"), ("2304.60", "2304.6")],
)
def test_prices_keep_six_digits(price: str, text: str) -> None:
    assert risk_line(Risk(quote="USDT", break_even=D(price))) == f"break-even {text}"
