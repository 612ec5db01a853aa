"""Paper money and real money never meet, whatever id a person names."""

from pathlib import Path

import pytest

from smartplan.errors import SafetyRefusal
from smartplan.settings import Settings
from smartplan.trade.wire import live_trade
from smartplan.workflow.live_trades import right_money


def trade(kind: str | None, account_id: int = 1):
    account = {"id": account_id} | ({} if kind is None else {"type": kind})
    position = {"type": "buy", "order_type": "market", "units": {"value": "1"}}
    return live_trade({"id": 7, "account": account, "pair": "USDT_BTC", "position": position})


def settings(environment: str) -> Settings:
    return Settings(Path(), environment=environment, accounts={"main": 1})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("environment", "kind", "account_id"),
    [
        ("paper", "paper_trading", 1),
        ("paper", "paper_trading", 99),
        ("real", "binance", 1),
        ("real", "binance", 99),
        ("real", None, 1),
        ("sandbox", "paper_trading", 1),
    ],
)
def test_the_right_money_passes(environment: str, kind: str | None, account_id: int) -> None:
    right_money(settings(environment), trade(kind, account_id))


@pytest.mark.parametrize(
    ("environment", "kind", "account_id", "what"),
    [
        ("paper", "binance", 1, "real money"),
        ("real", "paper_trading", 1, "paper money"),
        ("real", "paper_trading_futures", 1, "paper money"),
        ("real", None, 99, "unknown kind"),
        ("paper", None, 99, "unknown kind"),
    ],
)
def test_the_other_money_is_refused(
    environment: str, kind: str | None, account_id: int, what: str
) -> None:
    with pytest.raises(SafetyRefusal, match=what):
        right_money(settings(environment), trade(kind, account_id))
