"""Every endpoint of the service, against a server on loopback that answers as documented."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from smartplan.api.client import SmartTradeClient, TradeFilter
from smartplan.errors import AnswerLost, Rejected
from tests.loopback import http


def entity(trade_id: int = 7, **changes) -> dict:
    """A smart trade as the service shows it, abridged; figures of its documentation."""
    return {
        "id": trade_id,
        "account": {"id": 29981012, "type": "binance", "name": "Spot"},
        "pair": "USDT_DOGE",
        "instant": False,
        "status": {"type": "waiting_targets", "title": "Waiting Targets"},
        "position": {
            "type": "buy",
            "editable": False,
            "units": {"value": "15.0", "editable": False},
            "price": {"value": "0.10664"},
            "order_type": "limit",
        },
        "take_profit": {"enabled": False, "price_type": "value", "steps": []},
        "stop_loss": {"enabled": False},
        "note": "",
        "data": {"editable": True, "entered_amount": "14.91", "entered_total": "1.58385"},
    } | changes


@pytest.fixture
def client(connect):
    return lambda server: SmartTradeClient(connect(server))


def sent(server) -> list[tuple[str, str, object]]:
    prefix = len("/public/api")
    return [
        (one.method, one.target[prefix:], json.loads(one.body) if one.body else None)
        for one in server.requests
    ]


ACTIONS = {
    "get": (lambda c: c.get(7), "GET", "", None),
    "update": (
        lambda c: c.update(7, {"stop_loss": {"enabled": False}}),
        "PATCH", "", {"stop_loss": {"enabled": False}},
    ),
    "cancel": (lambda c: c.cancel(7), "DELETE", "", None),
    "reduce at market": (
        lambda c: c.reduce_funds(7, Decimal("1.50")),
        "POST", "/reduce_funds", {"order_type": "market", "units": {"value": "1.5"}},
    ),
    "add at a limit": (
        lambda c: c.add_funds(7, Decimal("1E-8"), price=Decimal("0.1")),
        "POST", "/add_funds",
        {"order_type": "limit", "units": {"value": "0.00000001"}, "price": {"value": "0.1"}},
    ),
    "close": (lambda c: c.close_by_market(7), "POST", "/close_by_market", None),
    "force start": (lambda c: c.force_start(7), "POST", "/force_start", None),
    "force process": (lambda c: c.force_process(7), "POST", "/force_process", None),
    "note": (lambda c: c.set_note(7, "weekly"), "POST", "/set_note", {"note": "weekly"}),
}  # fmt: skip


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_on_a_trade_sends_what_is_documented_and_returns_the_trade(serve, client, name):
    act, method, tail, body = ACTIONS[name]
    server = serve(http(201 if method == "POST" else 200, entity()))
    trade = act(client(server))
    assert trade.id == 7
    assert trade.entered_amount == Decimal("14.91")
    assert sent(server) == [(method, f"/v2/smart_trades/7{tail}", body)]


@pytest.mark.parametrize("name", ACTIONS)
def test_an_answer_about_another_trade_is_no_answer(serve, client, name):
    server = serve(http(200, entity(8)))
    with pytest.raises(AnswerLost, match="another trade, 8"):
        ACTIONS[name][0](client(server))


@pytest.mark.parametrize(
    "answer",
    [
        http(201),
        http(204),
        http(201, []),
        http(201, [entity()]),
        http(201, "created"),
        http(201, {}),
        http(201, entity(id=None)),
        http(201, entity(id="7")),
        http(201, entity(id=True)),
        http(201, entity(id=7.5)),
        http(201, entity(id=10**18)),
        http(201, raw=b'{"id": 7, "commission": 1E+9999999999999999999999}'),
        http(201, entity(position={"type": ["buy"], "units": {"value": "1"}})),
        http(202, {"status": "queued"}),
    ],
)
def test_a_create_is_done_only_by_an_object_with_an_integer_id(serve, client, answer):
    server = serve(answer)
    with pytest.raises(AnswerLost):
        client(server).create({"pair": "USDT_BTC"})
    assert len(server.requests) == 1


def test_a_nonsensical_retry_after_takes_nothing_from_an_answer(serve, client):
    when = {"Retry-After": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}
    assert client(serve(http(201, entity(), headers=when))).create({}).id == 7


def test_a_create_returns_the_new_trade(serve, client):
    server = serve(http(201, entity(31247949, status={"type": "created"})))
    trade = client(server).create({"pair": "USDT_DOGE"})
    assert (trade.id, trade.status) == (31247949, "created")
    assert sent(server) == [("POST", "/v2/smart_trades", {"pair": "USDT_DOGE"})]


def test_a_refused_create_is_told_with_its_attributes(serve, client):
    key = "take_profit[steps][0][price][value]"
    server = serve(http(400, {"error": "record_invalid", "error_attributes": {key: ["is bad"]}}))
    with pytest.raises(Rejected) as caught:
        client(server).create({})
    assert caught.value.attributes == {key: ("is bad",)}


def test_a_cancel_may_be_answered_with_a_204_but_not_with_an_empty_200(serve, client):
    smart = client(serve(http(204), http(200)))
    assert smart.cancel(7) is None
    with pytest.raises(AnswerLost):
        smart.cancel(7)


# --- listings -----------------------------------------------------------------------------------


def test_one_page_carries_every_criterion(serve, client):
    server = serve(http(200, [entity(1), entity(2)]))
    criteria = TradeFilter(
        account_id=1, pair="USDT_BTC", type="smart_trade", status="active",
        created_from="2026-11-22", created_to="2026-11-23", base="BTC", quote="USDT",
    )  # fmt: skip
    page = client(server).list_trades(criteria, page=3, per_page=10, order_direction="desc")
    assert [trade.id for trade in page.trades] == [1, 2]
    ((_, target, _),) = sent(server)
    assert target == (
        "/v2/smart_trades?account_id=1&pair=USDT_BTC&type=smart_trade&status=active"
        "&from=2026-11-22&to=2026-11-23&base=BTC&quote=USDT"
        "&order_by=created_at&order_direction=desc&page=3&per_page=10"
    )


def test_an_account_that_cannot_be_read_hides_no_other(serve, client):
    rows = [{"id": 1, "name": "main"}, {"name": "broken"}, None, {"id": "2", "is_locked": "false"}]
    found = client(serve(http(200, rows), http(200, []))).accounts()
    assert [account.id for account in found] == [1, 2]


# --- everything else ----------------------------------------------------------------------------


def test_child_orders_are_listed_closed_and_cancelled(serve, client):
    order = {"id": 51, "trade_purpose": "stop_loss", "status": "idle", "cancelable": True,
             "trigger_price": "0.1013", "order_type": "market", "new_key": 1}  # fmt: skip
    server = serve(http(200, [order]), http(201, entity()), http(204))
    smart = client(server)
    (child,) = smart.orders(7)
    smart.close_order(7, 51)
    smart.cancel_order(7, 51)
    assert (child.id, child.purpose, child.status) == (51, "stop_loss", "idle")
    assert child.cancelable is True
    assert child.trigger_price == Decimal("0.1013")
    assert child.raw["new_key"] == 1
    assert sent(server) == [
        ("GET", "/v2/smart_trades/7/trades", None),
        ("POST", "/v2/smart_trades/7/trades/51/close_by_market", None),
        ("DELETE", "/v2/smart_trades/7/trades/51", None),
    ]


def test_the_limit_of_reducing_funds_is_a_decimal(serve, client):
    server = serve(http(200, {"max_reduce_funds_amount": "14.91"}), http(200, {}))
    smart = client(server)
    assert smart.reduce_funds_limit(7) == Decimal("14.91")
    with pytest.raises(AnswerLost, match="max_reduce_funds_amount"):
        smart.reduce_funds_limit(7)


def test_accounts_are_read_leniently(serve, client):
    full = {
        "id": 32199203, "name": "Paper", "type": "paper_trading", "market_code": "paper_trading",
        "exchange_name": "Paper trading", "smart_trading_supported": True, "is_locked": False,
        "conditional_buy_supported": "true", "market_buy_supported": True, "api_keys_state": "ok",
        "supported_market_types": ["spot"], "hedge_mode_enabled": None, "unheard_of": {},
    }  # fmt: skip
    server = serve(http(200, [full, {"id": 1}]), http(200, {"id": 1, "market_code": "binance"}))
    smart = client(server)
    paper, bare = smart.accounts({1})
    assert paper.is_paper
    assert paper.conditional_buy_supported is True
    assert paper.supported_market_types == ("spot",)
    assert bare.smart_trading_supported is None
    assert not bare.is_paper
    assert smart.account(1).market_code == "binance"
    assert [target for _, target, _ in sent(server)] == [
        "/ver1/accounts?page=1&per_page=100",
        "/ver1/accounts/1",
    ]


@pytest.mark.parametrize("size", [10, 50, 100])
def test_accounts_beyond_the_first_page_are_found(serve, client, size):
    """However short the service's pages are; those that are wanted are looked for no further."""
    first = [{"id": number} for number in range(1, size + 1)]
    server = serve(http(200, first), http(200, [{"id": 1001}]), http(200, []))
    assert [one.id for one in client(server).accounts()] == [*range(1, size + 1), 1001]
    server = serve(http(200, first), http(200, [{"id": 1001}]))
    assert client(server).accounts({2, 1001})[-1].id == 1001
    assert [one.id for one in client(serve(http(200, first))).accounts({2})][:2] == [1, 2]


def test_rates_limits_and_leverage_are_decimals_and_public(serve, client):
    answer = {
        "last": "60000.5", "bid": 60000, "ask": "1.6e-06", "priceStep": "0.01",
        "minLotSize": "0.00001", "lotStep": "0.00001", "minTotal": "5.0", "maxTotal": None,
        "maxMarketBuyAmount": "120.0", "bidMultiplierUp": "5",
        "leverage_data": [
            {"code": "isolated", "can_set_leverage_value": True, "max_leverage": "20",
             "available_leverage_values": ["1", 5, "20"], "valid": {"min": "1", "max": "25"}},
            {"code": "cross", "value": {"min": 1, "max": 10}},
            {"code": "odd", "max_leverage": 3},
        ],
    }  # fmt: skip
    server = serve(http(200, answer), http(200, {"last": "1"}))
    smart = client(server)
    rates = smart.rates_with_leverage("binance_futures", "USDT_BTC")
    assert (rates.last, rates.bid, rates.ask) == (
        Decimal("60000.5"), Decimal(60000), Decimal("0.0000016"),
    )  # fmt: skip
    assert rates.limits.price_step == Decimal("0.01")
    assert rates.limits.max_market_buy_amount == Decimal(120)
    assert rates.limits.bid_multiplier_up == Decimal(5)
    assert rates.limits.max_total is None
    isolated, cross, odd = rates.leverage
    assert isolated.can_set_value
    assert isolated.values == (Decimal(1), Decimal(5), Decimal(20))
    assert (isolated.minimum, isolated.maximum) == (Decimal(1), Decimal(25))
    assert (cross.minimum, cross.maximum) == (Decimal(1), Decimal(10))
    assert odd.maximum == Decimal(3)
    assert smart.rates("binance", "USDT_BTC").leverage == ()
    query = "pair=USDT_BTC&limit_type=smart_trade"
    assert [target for _, target, _ in sent(server)] == [
        "/ver1/accounts/currency_rates_with_leverage_data?market_code=binance_futures&" + query,
        "/ver1/accounts/currency_rates?market_code=binance&" + query,
    ]
    assert all("apikey" not in one.headers for one in server.requests)


def test_the_leverage_data_tell_what_a_contract_stands_for(serve, client):
    offers = [{"code": "isolated", "quanto_multiplier": "0.0001"},
              {"code": "cross", "quanto_multiplier": "0.0001"}]  # fmt: skip
    differing = [
        {"code": "isolated", "quanto_multiplier": 1},
        {"code": "x", "quanto_multiplier": 2},
    ]
    answers = (
        {"leverage_data": offers},
        {"leverage_data": []},
        {"leverage_data": differing},
    )
    smart = client(serve(*(http(200, answer) for answer in answers)))
    told = [smart.rates_with_leverage("gate_io_usdt_perpetual", "USDT_BTC_USDT") for _ in answers]
    assert [rates.contract_size for rates in told] == [Decimal("0.0001"), None, None]
    assert {rates.market for rates in told} == {"gate_io_usdt_perpetual"}


def test_the_pairs_of_a_market_are_public(serve, client):
    server = serve(http(200, ["USDT_BTC", "USDT_ETH"]), http(200, {"pairs": []}))
    smart = client(server)
    assert smart.market_pairs("binance") == ("USDT_BTC", "USDT_ETH")
    with pytest.raises(AnswerLost, match="a list was expected"):
        smart.market_pairs("binance")
    assert "apikey" not in server.requests[0].headers


def test_credentials_are_checked_with_the_service(serve, client):
    server = serve(
        http(200, {"valid": True}),
        http(200, {"valid": False}),
        http(401, {"error": "api_key_invalid_or_expired"}),
    )
    smart = client(server)
    assert smart.validate() is True
    assert smart.validate() is False
    with pytest.raises(Rejected, match="api_key_invalid_or_expired"):
        smart.validate()


def test_ping_and_time_need_no_key(serve, client):
    server = serve(http(200, {"pong": "pong!"}), http(200, {"server_time": 1795348800}))
    smart = client(server)
    smart.ping()
    assert smart.server_time() == datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert all("apikey" not in one.headers for one in server.requests)
