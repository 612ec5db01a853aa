"""A client other people wrote works against the sandbox, but for its base URL."""

import py3cw.request
import pytest
from py3cw.request import Py3CW

from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.server import Server

BODY = {
    "account_id": 1,
    "pair": "USDT_BTC",
    "position": {
        "type": "buy",
        "order_type": "limit",
        "units": {"value": "0.01"},
        "price": {"value": "10000"},
    },
    "take_profit": {
        "enabled": True,
        "steps": [{"order_type": "limit", "price": {"value": 11000, "type": "bid"}, "volume": 100}],
    },
    "stop_loss": {"enabled": False},
}


@pytest.fixture
def client(monkeypatch):
    exchange = Exchange(settle_delay=0)
    with Server(create_app(exchange), port=0) as server:
        monkeypatch.setattr(py3cw.request, "API_URL", server.url)
        client = Py3CW(key=SANDBOX_KEY, secret=SANDBOX_SECRET)
        yield client
        client.session.close()


def test_it_lists_creates_patches_notes_and_cancels(client):
    def call(action, number=None, payload=None):
        error, data = client.request(
            entity="smart_trades_v2", action=action, action_id=number, payload=payload
        )
        assert error == {}
        return data

    assert call("", payload={"status": "active", "per_page": 5}) == []
    number = str(call("new", payload=BODY)["id"])
    trade = call("get_by_id", number)
    assert trade["status"]["type"] == "waiting_position"

    steps = [BODY["take_profit"]["steps"][0] | {"id": trade["take_profit"]["steps"][0]["id"]}]
    steps[0]["price"] = {"value": 12000, "type": "bid"}
    changed = call("update", number, {"take_profit": {"enabled": True, "steps": steps}})
    assert changed["take_profit"]["steps"][0]["price"]["value"] == "12000.0"
    assert changed["take_profit"]["steps"][0]["id"] == trade["take_profit"]["steps"][0]["id"]

    assert call("set_note", number, {"note": "from another client"})["note"] == (
        "from another client"
    )
    assert [order["trade_purpose"] for order in call("get_trades", number)] == [
        "position",
        "take_profit",
    ]
    assert call("cancel", number)["status"]["type"] == "cancellation_pending"
    assert call("get_by_id", number)["status"]["type"] == "cancelled"


def test_it_reads_accounts_and_rates(client):
    error, accounts = client.request(entity="accounts")
    assert error == {}
    assert [account["name"] for account in accounts] == [
        "main",
        "futures",
        "contracts",
        "coin-margined",
    ]
    payload = {"market_code": "paper_trading", "pair": "USDT_BTC"}
    error, rates = client.request(entity="accounts", action="currency_rates", payload=payload)
    assert error == {}
    assert rates["last"] == "61000.0"


def test_it_is_told_what_is_wrong(client):
    error, data = client.request(
        entity="smart_trades_v2", action="new", payload=BODY | {"pair": "USDT_NOPE"}
    )
    assert data == {}
    assert "record_invalid" in error["msg"]
