from datetime import UTC, datetime
from decimal import Decimal

import pytest

from smartplan.changes.manual.proposals import close
from smartplan.changes.status import Row, WorkspaceStatus
from smartplan.report.appearance import Look, Palette
from smartplan.report.figures import position_profit
from smartplan.report.proposal_text import proposal_text
from smartplan.report.status import StatusReport
from smartplan.report.status.text import render as status_text
from smartplan.report.trades.details import details
from smartplan.settings import ContractTerms
from smartplan.trade.contract import Contracts
from smartplan.trade.model import LiveTrade
from smartplan.trade.position import position_of
from smartplan.trade.wire import live_trade

D = Decimal
INVERSE = Contracts({"ETH_ETHUSD_240628": ContractTerms(size=D(10), inverse=True)})


def held(profit: dict[str, str] | None, pair: str = "USDT_DOGE") -> LiveTrade:
    """Bought 30 at 2000, the bid at 2500, no commission."""
    return live_trade(
        {
            "id": 7,
            "account": {"id": 1},
            "pair": pair,
            "status": {"type": "waiting_targets"},
            "position": {"type": "buy", "order_type": "market", "units": {"value": "30"}},
            "take_profit": {"enabled": False},
            "stop_loss": {"enabled": False},
            "data": {
                "current_price": {"bid": "2500", "ask": "2501", "last": "2500"},
                "average_enter_price": "2000",
                "entered_amount": "30",
                "entered_total": "60000",
                "commission": "0",
            },
            "profit": profit,
        }
    )


@pytest.mark.parametrize(
    ("profit", "text"),
    [
        (None, "+15000 USDT (+25.00 %)"),
        ({"volume": "15000", "percent": "25"}, "+15000 USDT (+25.00 %)"),
        ({"volume": "15100", "percent": "25.17"}, "+15100 USDT (+25.17 %)"),
        ({"volume": "1.5", "percent": "0.1"}, "+1.50 USDT (+0.10 %), ours +15000 USDT"),
        ({"volume": "-1.5"}, "-1.50 USDT (–), ours +15000 USDT"),
    ],
)
def test_the_services_profit_comes_first_and_ours_beside_it(
    profit: dict[str, str] | None, text: str
) -> None:
    assert position_profit(position_of(held(profit)), "USDT") == text


def test_money_of_unknown_contracts_is_a_question_mark_unless_the_service_names_it() -> None:
    pair = "ETH_ETHUSD_240628"
    assert position_profit(position_of(held(None, pair)), "ETH") == "?"
    named = held({"volume": "0.03", "percent": "20"}, pair)
    assert position_profit(position_of(named), "ETH") == "+0.03 ETH (+20.00 %)"
    # 30 · 10 · (1/2000 − 1/2500) = 0.03.
    assert position_profit(position_of(held(None, pair), INVERSE), "ETH") == "+0.03 ETH (+20.00 %)"


def test_what_is_done_by_hand_is_worth_what_its_contracts_are() -> None:
    def shown(pair: str, contracts: Contracts) -> str:
        return proposal_text(close(held(None, pair)), "sandbox", "x", Palette(), contracts)

    # 30 · 10 / 2500 = 0.12.
    assert "about 0.12 ETH" in shown("ETH_ETHUSD_240628", INVERSE)
    assert "about 75000 USDT" in shown("USDT_DOGE", INVERSE)
    unknown = shown("ETH_ETHUSD_240628", Contracts())
    assert "worth ? (units are contracts of unknown size: set it in [risk.contracts]" in unknown
    assert "P/L now ?" in unknown


def test_status_and_trade_show_tell_the_services_own_figures() -> None:
    raw = dict(held({"volume": "0.03", "percent": "20"}, "ETH_ETHUSD_240628").raw)
    raw["position"] = {**raw["position"], "total": {"value": "0.15"}}
    raw["data"] = {**raw["data"], "liquidation_price": "1005.5"}
    live = live_trade({**raw, "margin": {"amount": "0.14", "total": "0.15"}})
    stands = position_of(live)
    row = Row(
        name="eth", pair="ETH_ETHUSD_240628", side="long", units=D(30),
        status="waiting_targets", planned=True, trade_id=7, stands=stands,
    )  # fmt: skip
    watched = WorkspaceStatus("desk", "real", (), datetime(2026, 11, 22, tzinfo=UTC), (row,))
    text = status_text(StatusReport(watched, "x"), Look())
    assert "total 0.15 ETH · margin 0.15 ETH · liquidation 1005.5" in text
    shown = details(live, Contracts())
    for words in ("total        0.15 ETH", "margin       0.15 ETH", "liquidation  1005.5"):
        assert words in shown
    unknown = details(held(None, "ETH_ETHUSD_240628"), Contracts())
    assert "?: units are contracts of unknown size: set it in [risk.contracts]" in unknown
