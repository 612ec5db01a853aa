"""What a person may ask of a live trade, and what is refused before anybody is asked."""

from decimal import Decimal

import pytest

from smartplan.changes.manual import proposals
from smartplan.changes.manual.requests import CloseTrade, MoveStop, WriteNote
from smartplan.errors import SafetyRefusal, UsageError
from smartplan.trade.model import LiveTrade, Trailing
from smartplan.trade.wire import live_trade

D = Decimal


def live(**changes: object) -> LiveTrade:
    entity: dict[str, object] = {
        "id": 7,
        "account": {"id": 1},
        "pair": "USDT_BTC",
        "status": {"type": "waiting_targets"},
        "position": {
            "type": "buy",
            "order_type": "market",
            "units": {"value": "1.0"},
            "price": {"value": "100"},
        },
        "take_profit": {"enabled": False},
        "stop_loss": {
            "enabled": True,
            "order_type": "market",
            "conditional": {"price": {"value": "95", "type": "bid"}},
        },
        "note": "",
        "data": {
            "entered_amount": "1.0",
            "entered_total": "100.0",
            "current_price": {"bid": "104", "ask": "106", "last": "105"},
        },
    }
    return live_trade(entity | changes)


LIMIT_STOP = {
    "enabled": True,
    "order_type": "limit",
    "price": {"value": "94"},
    "conditional": {"price": {"value": "95", "type": "bid"}},
}
TRAILING_STOP = {
    "enabled": True,
    "order_type": "market",
    "conditional": {
        "price": {"value": "95", "type": "bid"},
        "trailing": {"enabled": True, "percent": None},
    },
}
ANY = [
    proposals.cancel,
    proposals.close,
    lambda trade: proposals.move_stop(trade, D(96)),
    lambda trade: proposals.add_funds(trade, D(1), None),
    lambda trade: proposals.reduce_funds(trade, D(1), None, D(2)),
    proposals.force_start,
    proposals.force_process,
]


@pytest.mark.parametrize("ask", ANY)
def test_nothing_is_done_to_a_trade_that_is_over(ask) -> None:
    with pytest.raises(UsageError, match="is over"):
        ask(live(status={"type": "finished"}))


def test_a_limit_stop_moves_with_its_limit() -> None:
    trade = live(stop_loss=LIMIT_STOP)
    with pytest.raises(UsageError, match="limit stop"):
        proposals.move_stop(trade, D(96))
    moved = proposals.move_stop(trade, D(96), limit=D("95.5")).request
    assert isinstance(moved, MoveStop)
    assert (moved.after.trigger, moved.after.price) == (96, D("95.5"))
    with pytest.raises(UsageError, match="market stop"):
        proposals.move_stop(live(), D(96), limit=D("95.5"))


def test_a_trailing_stop_goes_on_trailing_with_or_without_a_percent() -> None:
    trade = live(stop_loss=TRAILING_STOP)
    moved = proposals.move_stop(trade, D(96)).request
    assert isinstance(moved, MoveStop)
    assert (moved.after.trigger, moved.after.trailing) == (96, Trailing(None))
    named = proposals.move_stop(trade, D(96), trailing=D(2)).request
    assert isinstance(named, MoveStop)
    assert named.after.trailing == Trailing(D(2))


@pytest.mark.parametrize("percent", ["0.009", "100.01", "150"])
def test_a_percent_that_the_service_refuses_is_not_sent(percent: str) -> None:
    trade = live(stop_loss=TRAILING_STOP)
    with pytest.raises(UsageError, match="the service takes"):
        proposals.move_stop(trade, D(96), trailing=D(percent))


def test_a_percent_makes_no_stop_trail() -> None:
    with pytest.raises(UsageError, match="does not trail"):
        proposals.move_stop(live(), D(96), trailing=D(2))


@pytest.mark.parametrize(
    ("side", "trigger", "widens"), [("buy", 94, True), ("buy", 96, False), ("sell", 110, True)]
)
def test_a_stop_moved_away_from_the_price_widens_risk(
    side: str, trigger: int, widens: bool
) -> None:
    position = {
        "type": side, "order_type": "market", "units": {"value": "1.0"}, "price": {"value": "100"},
    }  # fmt: skip
    stop = LIMIT_STOP | {"order_type": "market"}
    if side == "sell":
        stop = stop | {"conditional": {"price": {"value": "108", "type": "ask"}}}
    moved = proposals.move_stop(live(position=position, stop_loss=stop), D(trigger)).request
    assert isinstance(moved, MoveStop)
    assert moved.widens_risk is widens


def test_a_short_stop_below_the_ask_would_fire_at_once() -> None:
    position = {
        "type": "sell", "order_type": "market", "units": {"value": "1.0"}, "price": {"value": "1"},
    }  # fmt: skip
    stop = LIMIT_STOP | {
        "order_type": "market",
        "conditional": {"price": {"value": "108", "type": "ask"}},
    }
    with pytest.raises(SafetyRefusal, match="the ask is at 106: a stop at 105 would fire at once"):
        proposals.move_stop(live(position=position, stop_loss=stop), D(105))


def test_a_marker_of_a_later_version_is_never_written_over() -> None:
    trade = live(note="x [smartplan2:desk/a#1 0000 k]")
    with pytest.raises(UsageError, match="nothing is written over it"):
        proposals.write_note(trade, "new")


def test_forgetting_a_trade_without_a_text_leaves_a_note_the_service_takes() -> None:
    trade = live(note="[smartplan1:desk/a#1 0000000000000000 k]")
    request = proposals.forget(trade, "desk").request
    assert isinstance(request, WriteNote)
    assert request.note == "no longer managed by smartplan"


def test_funds_are_refused_where_the_service_says_that_it_takes_none() -> None:
    with pytest.raises(UsageError, match="takes no funds"):
        proposals.add_funds(live(data={"add_funds_available": False}), D(1), None)


def test_a_trade_that_waits_for_its_targets_is_not_cancelled_while_its_amount_lags() -> None:
    lagging = live(data={"entered_amount": "0.0", "entered_total": "0.0"})
    with pytest.raises(SafetyRefusal, match=r"leaves long 1 BTC open and unprotected"):
        proposals.cancel(lagging)
    closing = proposals.close(lagging).request
    assert isinstance(closing, CloseTrade)
    assert closing.size.units == 1
