"""Our client and the sandbox share no code: where they agree, both read the same documentation."""

from decimal import Decimal

import pytest

from smartplan.api.client import EVERY_TRADE, SmartTradeClient
from smartplan.api.http import build_client
from smartplan.changes.reconcile.snapshot import complete
from smartplan.errors import Rejected
from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.settings import Credentials, Secret

BODY = {
    "account_id": 1,
    "pair": "USDT_BTC",
    "position": {
        "type": "buy",
        "order_type": "limit",
        "units": {"value": "0.01"},
        "price": {"value": "10000"},
    },
    "take_profit": {"enabled": False},
    "stop_loss": {"enabled": False},
    "note": "käse & co",
}


@pytest.fixture
def exchange():
    return Exchange(settle_delay=0)


def connect(exchange: Exchange, secret: str = SANDBOX_SECRET, *, strict: bool = True):
    credentials = Credentials(Secret(SANDBOX_KEY), Secret(secret))
    app = create_app(exchange, strict=strict)
    return SmartTradeClient(build_client("http://localhost/public/api", credentials, app=app))


def test_a_trade_is_opened_changed_noted_and_cancelled(exchange):
    client = connect(exchange)
    opened = client.create(BODY)
    assert opened.trade.note == "käse & co"
    position = {
        "type": "buy",
        "order_type": "limit",
        "units": {"value": Decimal("0.02")},
        "price": {"value": Decimal("9900.50")},
    }
    client.update(opened.id, {"position": position})
    client.set_note(opened.id, "weekly")
    live = client.get(opened.id)
    assert (live.trade.position.units, live.trade.position.price, live.trade.note) == (
        Decimal("0.02"),
        Decimal("9900.5"),
        "weekly",
    )
    client.cancel(opened.id)
    assert client.get(opened.id).status == "cancelled"


def test_a_scan_finds_all_of_several_pages_oldest_first(exchange):
    client = connect(exchange)
    opened = [client.create(BODY | {"note": f"trade {number}"}).id for number in range(105)]
    assert [trade.id for trade in complete(client).trades] == opened
    client.cancel(opened[0])
    assert len(complete(client)) == 104
    assert len(complete(client, EVERY_TRADE)) == 105


def test_the_accounts_lead_to_pairs_rates_and_leverage(exchange):
    client = connect(exchange)
    spot, futures, *_ = client.accounts()
    assert (spot.id, futures.id) == (1, 2)
    assert client.account(1) == spot
    assert "USDT_BTC" in client.market_pairs(spot.market_code)
    rates = client.rates(spot.market_code, "USDT_BTC")
    assert rates.bid < rates.ask
    assert rates.limits.lot_step > 0
    pair = client.market_pairs(futures.market_code)[0]
    offers = client.rates_with_leverage(futures.market_code, pair).leverage
    assert {"isolated", "cross"} <= {offer.code for offer in offers}


def test_the_service_answers_and_knows_the_key(exchange):
    client = connect(exchange)
    client.ping()
    assert client.validate()
    before = exchange.now().replace(microsecond=0)
    assert before <= client.server_time() <= exchange.now()


def test_a_wrong_secret_is_refused_in_both_forms_and_nothing_happens(exchange):
    with pytest.raises(Rejected, match="signature_invalid") as caught:
        connect(exchange, "wrong").create(BODY)
    assert "secret" in caught.value.hint
    assert [request.method for request in exchange.log] == ["POST", "POST"]
    assert complete(connect(exchange), EVERY_TRADE).trades == ()


def test_a_refused_trade_names_the_fields(exchange):
    with pytest.raises(Rejected) as caught:
        connect(exchange).create(BODY | {"position": {"type": "buy", "order_type": "limit"}})
    assert any("units" in key for key in caught.value.attributes)


def test_a_trade_that_is_not_there_is_told_plainly(exchange):
    with pytest.raises(Rejected) as caught:
        connect(exchange).get(404404)
    assert "smartplan trade list" in caught.value.hint
