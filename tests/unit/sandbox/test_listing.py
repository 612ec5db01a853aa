"""Filters, order and paging of the listing."""

import pytest

from smartplan.sandbox.rejection import Rejection


@pytest.fixture
def ids(exchange):
    def listed(**parameters):
        return [trade["id"] for trade in exchange.list_trades(parameters)]

    return listed


@pytest.fixture
def five(exchange, clock, limit_trade):
    """Five trades a second apart: two on other pairs, one cancelled."""
    made = []
    for at in range(5):
        pair = {"USDT_BTC": "USDT_BTC"} if at < 3 else {}
        body = limit_trade if pair else _eth(limit_trade)
        made.append(exchange.create(body)["id"])
        clock.advance(1)
    exchange.cancel(made[0])
    clock.advance(1)
    return made


def _eth(body):
    position = body["position"] | {"units": {"value": "1"}, "price": {"value": "2400"}}
    off = {"enabled": False}
    return body | {"pair": "USDT_ETH", "position": position, "take_profit": off, "stop_loss": off}


def test_pages_by_creation_time_cover_everything_once(ids, five):
    order = {"order_by": "created_at", "order_direction": "asc", "per_page": "2"}
    assert ids(page="1", **order) == five[:2]
    assert ids(page="3", **order) == five[4:]
    assert ids(page="1", **order | {"order_direction": "ASC"}) == five[:2]
    assert ids(page="4", **order) == []


def test_status_filters(ids, five):
    assert set(ids(status="active")) == set(five[1:])
    assert ids(status="cancelled") == [five[0]]
    assert ids(status="finished") == [five[0]]
    for spelling in ("successfully_finished", "successfully_finish", "failed"):
        assert ids(status=spelling) == []
    assert set(ids(status="all")) == set(ids()) == set(five)


def test_field_filters(ids, five):
    assert set(ids(pair="USDT_ETH")) == set(ids(base="ETH")) == set(five[3:])
    assert set(ids(quote="USDT", account_id="1", type="smart_trade")) == set(five)
    assert ids(account_id="2") == ids(type="simple_buy") == []


def test_time_filters_take_the_creation_date(ids, five):
    assert set(ids(**{"from": "2026-11-22T12:00:03.528Z"})) == set(five[3:])
    assert set(ids(to="2026-11-22T12:00:01.000Z")) == {five[0]}
    assert set(ids(**{"from": "2026-11-22"})) == set(five)


def test_the_default_is_ten_by_status_descending(ids, exchange, five, limit_trade):
    for _ in range(7):
        exchange.create(limit_trade)
    listed = ids()
    assert len(listed) == 10
    assert not set(listed[:7]) & set(five)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("per_page", "101"), ("status", "open"), ("order_by", "id"), ("from", "soon"), ("page", "0")],
)
def test_what_is_not_documented_is_refused(exchange, parameter, value):
    with pytest.raises(Rejection) as caught:
        exchange.list_trades({parameter: value})
    assert caught.value.status == 400
    assert list(caught.value.body["error_attributes"]) == [parameter]
