"""Whatever is asked in whatever order, the exchange answers or refuses, and its books balance."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.rejection import Rejection
from tests.bodies import DOCUMENTED_EXACTLY

START = datetime(2026, 11, 22, tzinfo=UTC)
ENDED = {"finished", "panic_sold", "stop_loss_finished", "cancelled", "failed"}
ADJUSTMENT = {"order_type": "market", "units": {"value": "0.004"}}

operations = st.one_of(
    st.tuples(
        st.just("create"), st.sampled_from(sorted(DOCUMENTED_EXACTLY)), st.sampled_from([1, 2])
    ),
    st.tuples(st.just("wait"), st.sampled_from([0.1, 1, 30])),
    st.tuples(st.just("tick"), st.sampled_from([7000, 8000, 9000, 10000, 10600, 11600, 61000])),
    st.tuples(
        st.sampled_from(
            ["cancel", "close_by_market", "force_start", "force_process", "echo", "fill", "note"]
        )
    ),
    st.tuples(st.sampled_from(["reduce_funds", "add_funds"])),
    st.tuples(st.sampled_from(["close_child", "cancel_child"]), st.integers(0, 5)),
)


class Caller:
    """An exchange and the trade created last."""

    def __init__(self):
        self.now = START
        self.exchange = Exchange(clock=lambda: self.now)
        self.last = 0

    def do(self, name, *arguments):
        exchange = self.exchange
        if name == "create":
            body, account = arguments
            self.last = exchange.create(DOCUMENTED_EXACTLY[body] | {"account_id": account})["id"]
        elif name == "wait":
            self.now += timedelta(seconds=arguments[0])
        elif name == "tick":
            exchange.tick("USDT_BTC", Decimal(arguments[0]))
        elif name == "echo":
            entity = exchange.get(self.last)
            exchange.update(
                self.last,
                {key: entity[key] for key in ("position", "take_profit", "stop_loss")},
            )
        elif name == "note":
            exchange.set_note(self.last, {"note": "seen"})
        elif name in ("reduce_funds", "add_funds"):
            getattr(exchange, name)(self.last, ADJUSTMENT)
        elif name in ("close_child", "cancel_child"):
            orders = exchange.children(self.last)
            getattr(exchange, name)(self.last, orders[arguments[0] % len(orders)]["id"])
        else:
            getattr(exchange, name)(self.last)


def check(entity):
    data = entity["data"]
    assert json.loads(json.dumps(entity)) == entity
    assert 0 <= Decimal(data["closed_amount"]) <= Decimal(data["entered_amount"])
    ended = entity["status"]["type"] in ENDED
    assert data["editable"] is False or not ended
    assert ("closed_at" in data) == ended
    assert data["cancel_available"] is False or not ended


@given(st.sampled_from(sorted(DOCUMENTED_EXACTLY)), st.lists(operations, max_size=25))
@settings(max_examples=120, deadline=None)
def test_any_sequence_of_calls_is_answered_or_refused(first, sequence):
    caller = Caller()
    caller.do("create", first, 1)
    caller.do("wait", 1)
    frozen = {}
    for operation in sequence:
        with suppress(Rejection):
            caller.do(*operation)
        for entity in caller.exchange.list_trades({"per_page": "100"}):
            check(entity)
            caller.exchange.children(entity["id"])
            if entity["status"]["type"] in ENDED:
                facts = (entity["status"], entity["data"]["closed_total"], entity["profit"])
                assert frozen.setdefault(entity["id"], facts) == facts
