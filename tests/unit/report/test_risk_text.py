from decimal import Decimal

import pytest

from smartplan.report.risk_text import change_line, risk_line, total_line
from smartplan.trade.heat import totals
from smartplan.trade.liquidation import Maintenance
from smartplan.trade.model import (
    Leverage,
    Position,
    Side,
    StopLoss,
    TakeProfitStep,
    Trade,
    Trailing,
)
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
        "notional 600 USDT · loss at stop 51.10 USDT · reward:risk 1.59 · break-even 60120.19"
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


def test_a_loss_is_also_told_in_percent_of_the_equity_rounded_up() -> None:
    risk = Risk(quote="USDT", loss_at_stop=D("104.6001"))
    assert risk_line(risk, {"USDT": D(10000)}) == "loss at stop 104.61 USDT (1.05 % of equity)"
    assert risk_line(risk, {"BTC": D(1)}) == "loss at stop 104.61 USDT"
    assert risk_line(risk, {"USDT": D(0)}) == "loss at stop 104.61 USDT"


def test_the_liquidation_says_how_far_away_it_is() -> None:
    # 50 000 at 10 times, a long (risk.md): 45203.4154, which is 9.593 % below.
    own = Risk(quote="USDT", reference=D(50000), liquidation=D("45203.4154"))
    assert risk_line(own) == "liquidation 45203.42 (9.59 % away)"


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (Maintenance(D("0.004")), "maintenance 0.4 %"),
        (Maintenance(D("0.025"), "assumed"), "maintenance 2.5 % assumed"),
        (Maintenance(D("0.01"), "exchange"), "maintenance 1 % as the exchange says"),
    ],
)
def test_an_estimate_says_on_which_rate_it_rests(rate: Maintenance, words: str) -> None:
    risk = Risk(quote="USDT", reference=D(50000), liquidation=D("45203.4154"), maintenance=rate)
    assert risk_line(risk) == f"liquidation about 45203.42 (9.59 % away; {words})"


def test_a_break_even_in_text_breaks_even() -> None:
    for side, text in ((Side.LONG, "60120.19"), (Side.SHORT, "60120.18"), (None, "60120.18")):
        risk = Risk(quote="USDT", break_even=D("60120.18324"), side=side)
        assert risk_line(risk) == f"break-even {text}"


def test_totals_are_per_quote_currency_and_name_what_they_leave_out() -> None:
    risks = {
        "a": Risk(quote="USDT", notional=D(600), loss_at_stop=D("51.1")),
        "b": Risk(quote="USDT", notional=D(400), margin=D(40), loss_at_stop=D(-10)),
        "c": Risk(quote="USDT", notional=D(100), unknown={"loss_at_stop": "no stop loss"}),
        "d": Risk(quote="BTC", loss_at_stop=D("0.01")),
    }
    btc, usdt = (total_line(total, {"USDT": D(1000)}) for total in totals(risks))
    # b locks in a gain, which is no credit for what a may lose.
    assert usdt == (
        "Total USDT: notional 1100 · margin 40 · loss at stop 51.10 (5.11 % of equity) · 3 trades "
        "· without the unknown loss of c"
    )
    assert btc == (
        "Total BTC: notional 0 · loss at stop 0.01 · 1 trade · without the unknown notional of d"
    )


def test_figures_of_any_size_can_be_shown() -> None:
    huge = Risk(quote="USDT", notional=D(f"1{'0' * 39}.123"), break_even=D(10**20))
    shown = f"notional 1{'0' * 39}.12 USDT · break-even 1{'0' * 20}"
    assert risk_line(huge) == shown


def usdt(**figures: str) -> Risk:
    return Risk(quote="USDT", **{name: D(value) for name, value in figures.items()})


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        (
            usdt(notional="600", loss_at_stop="31.14"),
            usdt(notional="600", loss_at_stop="51.1"),
            "notional 600 USDT · loss at stop 31.14 → 51.10 USDT (0.32 % → 0.52 % of equity)",
        ),
        (
            usdt(loss_at_stop="31.14"),
            usdt(loss_at_stop="-8"),
            "loss at stop 31.14 USDT (0.32 % of equity) → gain at stop 8 USDT",
        ),
        (
            usdt(notional="600", reward_risk="1.59"),
            Risk(quote="USDT", notional=D(600), unknown={"reward_risk": "no take profit"}),
            "notional 600 USDT · reward:risk 1.59 → unknown (no take profit)",
        ),
        (
            Risk(quote="USDT", unknown={"loss_at_stop": "no stop loss"}),
            usdt(loss_at_stop="50"),
            "loss at stop unknown → 50 USDT (0.5 % of equity)",
        ),
        (
            usdt(notional="600"),
            usdt(notional="600", margin="60"),
            "notional 600 USDT · margin – → 60 USDT",
        ),
        (
            usdt(reference="50000", liquidation="45203.4154"),
            usdt(reference="50000", liquidation="47000"),
            "liquidation 45203.42 → 47000 (9.59 % → 6 % away)",
        ),
        (usdt(notional="600.001"), usdt(notional="600.002"), ""),
    ],
)
def test_what_an_update_moves_has_an_arrow_and_the_rest_stands_once(
    before: Risk, after: Risk, line: str
) -> None:
    assert change_line(before, after, {"USDT": D(10000)}) == line


def test_a_short_line_is_of_what_moves_alone() -> None:
    before, after = usdt(notional="600", loss_at_stop="31"), usdt(notional="600", loss_at_stop="51")
    assert change_line(before, after, whole=False) == "loss at stop 31 → 51 USDT"


def test_what_stays_unknown_is_said_with_its_reason() -> None:
    before = Risk(quote="USDT", notional=D(1), unknown={"loss_at_stop": "no stop loss"})
    after = Risk(quote="USDT", notional=D(2), unknown={"loss_at_stop": "no stop loss"})
    moved = "notional 1 → 2 USDT"
    assert change_line(before, after) == f"{moved} · loss at stop unknown (no stop loss)"
