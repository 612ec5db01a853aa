"""The journal as a trading log, with what the exchange shows of its trades."""

import copy
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from smartplan.changes.trading_log import LogEntry, trading_log
from smartplan.state.store import Event, EventKind, LockScope
from smartplan.trade.contract import Contracts
from smartplan.trade.wire import live_trade
from tests.bodies import LONG
from tests.trades import SWING_ENTITY

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
SCOPE = LockScope("desk", "sandbox")


def journal(*told: tuple) -> list[Event]:
    """Events of run, kind, name, id and data, a minute apart."""
    return [
        Event(
            at=START + timedelta(minutes=number), run=run, kind=EventKind(kind), scope=SCOPE,
            name=name, round=1 if name else None, trade_id=number_, data=data, number=number + 1,
        )
        for number, (run, kind, name, number_, data) in enumerate(told)
    ]  # fmt: skip


def stop(price: str) -> dict:
    return LONG["stop_loss"] | {"conditional": {"price": {"value": price, "type": "bid"}}}


OPENED = (
    ("a", "run", None, None, {"command": "apply"}),
    ("a", "intent", "btc", None, {"action": "create", "body": LONG}),
    ("a", "answer", "btc", None, {"step": "create", "status": "created"}),
    ("a", "outcome", "btc", 7, {"result": "done", "status": "created"}),
)


def log(*told: tuple, live: dict | None = None) -> tuple[LogEntry, ...]:
    return trading_log(journal(*told), live or {}, Contracts())


def test_an_order_is_told_once_with_what_it_says_and_the_id_it_was_given() -> None:
    (opened,) = log(*OPENED)
    assert (opened.action, opened.name, opened.trade_id, opened.by) == ("create", "btc", 7, "plan")
    assert opened.after is not None
    assert opened.after.stop_loss is not None
    assert opened.after.stop_loss.trigger == Decimal(55000)
    assert opened.result == ""


def test_a_stop_moved_by_hand_and_one_by_the_plan_have_both_prices() -> None:
    by_hand = {"action": "update", "body": {"stop_loss": stop("56000")}}
    by_plan = {"action": "update", "body": {"patch": {"stop_loss": stop("57000")}, "note": "n"}}
    _, first, second = log(
        *OPENED,
        ("b", "run", None, None, {"command": "trade move-stop"}),
        ("b", "intent", None, 7, by_hand),
        ("b", "answer", None, 7, {"step": "update", "status": "waiting_targets"}),
        ("c", "run", None, None, {"command": "apply"}),
        ("c", "intent", "btc", 7, by_plan),
        ("c", "answer", "btc", 7, {"step": "update", "status": "waiting_targets"}),
        ("c", "intent", "btc", 7, {"action": "set_note", "body": {"note": "n"}}),
        ("c", "answer", "btc", 7, {"step": "set_note"}),
        ("c", "outcome", "btc", 7, {"result": "done"}),
    )
    triggers = [
        (entry.by, entry.name, entry.before.stop_loss.trigger, entry.after.stop_loss.trigger)
        for entry in (first, second)
    ]
    assert triggers == [
        ("hand", "btc", Decimal(55000), Decimal(56000)),
        ("plan", "btc", Decimal(56000), Decimal(57000)),
    ]


def test_what_was_refused_or_never_answered_says_so() -> None:
    refused = {"step": "close", "refused": "no"}
    _, first, second = log(
        *OPENED,
        ("b", "run", None, None, {"command": "trade close"}),
        ("b", "intent", None, 7, {"action": "close", "body": None}),
        ("b", "answer", None, 7, refused),
        ("c", "run", None, None, {"command": "apply"}),
        ("c", "intent", "other", None, {"action": "create", "body": LONG}),
    )
    assert (first.action, first.result) == ("close", "refused")
    assert (second.name, second.result) == ("other", "unknown")


def test_fills_and_exits_come_from_the_exchange() -> None:
    raw = copy.deepcopy(SWING_ENTITY) | {"id": 7}
    raw["status"] = {"type": "stop_loss_finished", "basic_type": "stop_loss_finished"}
    raw["data"] |= {
        "entered_amount": "0.00999", "entered_total": "600", "closed_amount": "0.00999",
        "average_enter_price": "60060.06", "average_close_price": "54950",
        "closed_at": "2026-11-22T13:00:00Z", "finished": True,
    }  # fmt: skip
    raw["profit"] = {"volume": "-51.1", "percent": "-8.5"}
    opened, filled, ended = log(*OPENED, live={7: live_trade(raw)})
    assert opened.action == "create"
    assert (filled.action, filled.by, filled.at, filled.price) == (
        "filled", "exchange", None, Decimal("60060.06"),
    )  # fmt: skip
    assert ended.action == "stop_loss_finished"
    assert ended.at == datetime(2026, 11, 22, 13, tzinfo=UTC)
    assert ended.price == Decimal(54950)
    assert ended.profit is not None
    assert ended.profit.volume == Decimal("-51.1")
