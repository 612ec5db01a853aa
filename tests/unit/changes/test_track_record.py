"""What the journal and the exchange say of trades that are over."""

from datetime import UTC, datetime
from decimal import Decimal

from smartplan.changes.track_record import (
    ClosedTrade,
    Move,
    TrackRecord,
    moved_elsewhere,
    stories,
    tags_of,
)
from smartplan.state.store import Event, EventKind, LockScope
from smartplan.trade.model import Side
from tests.bodies import LONG
from tests.trades import TRIGGER, live

D = Decimal
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
SCOPE = LockScope("desk", "sandbox")


def event(kind: EventKind, name: str | None, trade_id: int | None, **data: object) -> Event:
    about = {"name": name, "round": 1 if name is not None else None, "trade_id": trade_id}
    return Event(at=AT, run="r", kind=kind, scope=SCOPE, data=data, **about)


OPENED = (
    event(EventKind.INTENT, "btc-swing", None, action="create", body=LONG),
    event(EventKind.OUTCOME, "btc-swing", 7, result="done"),
)


def test_a_trade_is_known_by_the_body_that_opened_it() -> None:
    (story,) = stories(OPENED).values()
    assert story.name == "btc-swing"
    assert story.planned is not None
    assert story.planned.pair == "USDT_BTC"
    assert story.moved == {}
    assert stories((event(EventKind.OUTCOME, "old", 8, result="adopted"),))[8].planned is None


def test_who_has_moved_it_is_counted() -> None:
    stop = {"stop_loss": {**LONG["stop_loss"], "conditional": {"price": {"value": "56000"}}}}
    story = stories((
        *OPENED,
        event(EventKind.INTENT, "btc-swing", 7, action="update", body={"patch": stop}),
        event(EventKind.INTENT, "btc-swing", 7, action="set_note", body={"note": "x"}),
        event(EventKind.INTENT, None, 7, action="update", body=stop),
        event(EventKind.INTENT, None, 7, action="close", body=None),
    ))[7]  # fmt: skip
    assert story.moved == {"plan": 1, "by hand": 2}
    assert [(move.who, move.what) for move in story.moves] == [
        ("plan", "stop"), ("by hand", "stop"), ("by hand", "position"),
    ]  # fmt: skip
    assert story.latest is not None
    assert story.latest.stop_loss is not None
    assert story.latest.stop_loss.trigger == 56000


def test_a_stop_that_none_of_us_has_sent_was_moved_elsewhere() -> None:
    body = {**LONG, "stop_loss": {**LONG["stop_loss"], "breakeven": False}}
    events = (event(EventKind.INTENT, "btc-swing", None, action="create", body=body), OPENED[1])
    story = stories(events)[7]
    sent = story.latest
    assert sent is not None
    assert sent.stop_loss is not None
    targets = {
        f"take_profit.steps.{place}.price.value": str(step.price)
        for place, step in enumerate(sent.take_profit)
    }
    as_sent = {**targets, TRIGGER: str(sent.stop_loss.trigger), "stop_loss.breakeven": False}
    if len(sent.take_profit) == 1:
        as_sent["take_profit.steps.1.price.value"] = str(sent.take_profit[0].price)
    assert moved_elsewhere(live(as_sent), story) == ()
    stop = {**as_sent, TRIGGER: "57123"}
    assert moved_elsewhere(live(stop), story) == (Move("elsewhere", "stop"),)
    target = {**as_sent, "take_profit.steps.0.price.value": "66123"}
    assert moved_elsewhere(live(target), story) == (Move("elsewhere", "targets"),)


def test_tags_are_the_words_with_a_hash() -> None:
    assert tags_of("weekly support #swing, #btc-1 and no#tag #swing") == ("swing", "btc-1")


def closed(number: int, profit: str | None, **more: object) -> ClosedTrade:
    made = {
        "name": "a", "pair": "USDT_BTC", "side": Side.LONG, "status": "finished", "quote": "USDT",
        "opened": AT, "closed": AT, "risk": D(10), **more,
    }  # fmt: skip
    return ClosedTrade(id=number, profit=None if profit is None else D(profit), **made)


def record(*trades: ClosedTrade) -> TrackRecord:
    return TrackRecord("desk", "sandbox", AT, trades)


def test_groups_have_their_n_and_no_percentage_of_a_few() -> None:
    found = record(closed(1, "15"), closed(2, "-10", pair="USDT_ETH"), closed(3, None))
    whole, btc, eth = found.groups(["pair"])
    assert (whole.n, whole.won, whole.profit, whole.unknown) == (3, 1, 5, 1)
    assert (whole.mean_r, whole.won_percent) == (D("0.25"), None)
    assert (btc.key, btc.n, btc.rs) == ("USDT_BTC", 2, (D("1.5"),))
    assert (eth.key, eth.n, eth.mean_r) == ("USDT_ETH", 1, -1)
    many = record(*(closed(number, "1" if number % 4 else "-1") for number in range(20)))
    assert many.groups([])[0].won_percent == 75
    assert record(*many.trades[:19]).groups([])[0].won_percent is None


def test_currencies_are_never_added_up() -> None:
    found = record(closed(1, "15"), closed(2, "0.1", quote="BTC", pair="BTC_ETH")).groups([])
    assert [(one.quote, one.profit) for one in found] == [("BTC", D("0.1")), ("USDT", 15)]


def test_a_trade_of_two_tags_is_in_both_groups_and_once_in_all() -> None:
    found = record(closed(1, "1", tags=("a", "b")), closed(2, "1")).groups(["tag", "month"])
    assert [(one.by, one.key, one.n) for one in found] == [
        ("", "all", 2), ("tag", "(no tag)", 1), ("tag", "a", 1), ("tag", "b", 1),
        ("month", "2026-11", 2),
    ]  # fmt: skip


def test_slippage_is_known_whole_or_not_at_all() -> None:
    assert closed(1, "1", entry_slip=D(2)).slippage == D("0.2")
    assert closed(1, "1", entry_slip=D(2), exit_slip=D(3)).slippage == D("0.5")
    stopped = closed(1, "1", entry_slip=D(2), status="stop_loss_finished")
    assert stopped.slippage is None
    assert closed(1, "1").slippage is None
    assert closed(1, "1", risk=None).r is None
