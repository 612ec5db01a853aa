"""Entities in every shape the reference describes become the same canonical trade."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from smartplan.trade.model import Leverage, Side, StopLoss, TakeProfitStep, Trailing
from smartplan.trade.wire import MalformedEntity, live_trade, plain_values
from tests.trades import ENTERED, SWING_ENTITY, entity, plan

D = Decimal


def read(edits=None):
    return live_trade(entity(edits))


def strip_ids(trade):
    steps = tuple(replace(s, id=None, status=None, editable=True) for s in trade.take_profit)
    return replace(trade, take_profit=steps)


def test_the_entity_of_a_plan_is_the_plan():
    assert strip_ids(read().trade) == plan().trade


def test_a_trade_that_waits_for_its_targets_may_hold_a_position_whatever_amount_it_shows():
    amount = {"data.may_hold_amount": "0.0"}
    assert read(amount | {"status.type": "waiting_targets"}).may_hold
    assert not read(amount | {"status.type": "waiting_position"}).may_hold
    assert not read(amount | {"status.type": "cancellation_pending"}).may_hold


def test_an_error_that_is_no_text_hides_no_trade():
    assert "balance" in (read({"status.error": {"code": "balance"}}).error or "")


def test_what_the_entity_says_beside_its_body():
    live = read({"status.error": "Insufficient funds", "data.closed_total": Decimal("1.5")})
    assert (live.id, live.status, live.error) == (
        31000001,
        "waiting_position",
        "Insufficient funds",
    )
    assert (live.entered, live.terminal, live.patchable) == (False, False, True)
    assert live.closed_total == D("1.5")
    assert live.created_at == "2026-11-22T12:00:00.528Z"
    assert [(step.id, step.status) for step in live.trade.take_profit] == [
        (101, "idle"),
        (102, "idle"),
    ]


@pytest.mark.parametrize(
    "missing",
    [
        "version", "status.basic_type", "status.title", "note_raw", "leverage", "reduce_funds",
        "market_close", "take_profit.price_type", "stop_loss.price_type", "stop_loss.price",
        "stop_loss.timeout", "stop_loss.editable", "position.editable", "position.total",
        "position.units.editable", "instant", "skip_enter_step", "profit", "margin", "data.type",
        "is_position_not_filled", "take_profit.steps.0.trailing", "take_profit.steps.0.editable",
        "take_profit.steps.0.price.percent", "stop_loss.conditional.trailing", "account.type",
        "data.current_price", "data.closed_amount",
    ],
)  # fmt: skip
def test_keys_that_came_over_the_years_may_be_missing(missing):
    assert read({missing: ...}).trade == read().trade


@pytest.mark.parametrize(
    "edits",
    [
        {"surprise": {"deep": [1]}, "position.novel": "x", "take_profit.steps.0.novel": None},
        {"data.updated_at": "2027-01-01T00:00:00.000Z", "profit.usd": "9", "version": 3},
        {"data.current_price": {"bid": "1", "ask": "2", "last": "1.5"}},
        {"position.units.value": "0.0100000000"},
        {"position.units.value": D("0.01")},
        {"position.units.value": "1E-2"},
        {"take_profit.steps.0.volume": 50},
        {"take_profit.steps.0.price.value": 66000},
        {"take_profit.steps.0.price.value": "66000.000000000000000000000000000000"},
        {"take_profit.steps.1.trailing.percent": "2.0"},
        {"take_profit.steps.1.trailing.percent": D("-2.00")},
        {"stop_loss.conditional.price.value": D("55000")},
        {"data.entered_amount": 0},
        {"data.entered_amount": None},
        {"leverage": {"enabled": False, "type": "isolated", "value": "5.0"}},
        {"leverage": None},
        {"status.basic_type": "something_new"},
    ],
)
def test_the_same_trade_in_other_clothes(edits):
    assert read(edits).trade == read().trade


@pytest.mark.parametrize(
    "stop_loss", [{"enabled": False}, None, {"enabled": False, "order_type": "market"}, {}]
)
def test_a_disabled_stop_loss_is_none(stop_loss):
    assert read({"stop_loss": stop_loss}).trade.stop_loss is None


@pytest.mark.parametrize(
    "take_profit",
    [
        {"enabled": False},
        {"enabled": False, "price_type": "value", "steps": []},
        {"enabled": True, "steps": []},
        {"enabled": True},
        {"enabled": True, "steps": None},
        {"enabled": False, "steps": SWING_ENTITY["take_profit"]["steps"]},
        None,
    ],
)
def test_no_targets_are_no_targets(take_profit):
    assert read({"take_profit": take_profit}).trade.take_profit == ()


def test_the_percent_of_a_trailing_stop_is_unknown_not_absent():
    stop = read({"stop_loss.conditional.trailing": {"enabled": True, "percent": None}}).trade
    assert stop.stop_loss.trailing == Trailing(None)


def test_a_limit_stop_with_a_timeout():
    stop = read(
        {
            "stop_loss.order_type": "limit",
            "stop_loss.price.value": "54800.0",
            "stop_loss.timeout": {"enabled": True, "value": "30"},
        }
    ).trade.stop_loss
    assert stop == StopLoss(
        order_type="limit",
        price_type="bid",
        trigger=D(55000),
        price=D(54800),
        timeout=30,
        breakeven=True,
    )


def test_the_price_of_a_market_stop_is_noise():
    assert read({"stop_loss.price.value": "54800.0"}).trade == read().trade


CONDITIONAL = {
    "position.order_type": "conditional",
    "position.conditional": {
        "editable": True,
        "price": {"value": "60500.0", "type": "ask"},
        "order_type": "limit",
        "trailing": {"enabled": False, "percent": None},
    },
}


def test_a_conditional_limit_entry_keeps_its_price():
    position = read(CONDITIONAL).trade.position
    assert position.price == 60000
    assert position.conditional.price == D("60500")
    assert (position.conditional.order_type, position.conditional.trailing) == ("limit", None)


def test_a_conditional_market_entry_has_no_price_of_its_own():
    edits = {**CONDITIONAL, "position.conditional.order_type": "market"}
    assert read(edits).trade.position.price is None


@pytest.mark.parametrize(("side", "default"), [("buy", "ask"), ("sell", "bid")])
def test_the_trigger_of_an_entry_has_a_price_type_by_side(side, default):
    edits = {**CONDITIONAL, "position.type": side, "position.conditional.price": {"value": "1"}}
    assert read(edits).trade.position.conditional.price_type == default


@pytest.mark.parametrize(
    "at", ["position.conditional.trailing", "position.conditional.price.trailing"]
)
def test_an_entry_trailing_is_read_where_the_pages_put_it(at):
    edits = {
        **CONDITIONAL,
        "position.conditional.order_type": "market",
        "position.conditional.trailing": ...,
        at: {"enabled": True, "percent": "1.5"},
    }
    assert read(edits).trade.position.conditional.trailing == Trailing(D("1.5"))


def test_a_market_entry_shows_an_estimate_as_its_price():
    assert read({"position.order_type": "market"}).trade.position.price is None


def test_a_position_that_is_held_keeps_its_reference_price():
    live = read({"skip_enter_step": True, "position.order_type": "market"})
    assert live.trade.skip_enter_step
    assert live.trade.position.price == 60000


def test_an_instant_trade():
    live = read(
        {"instant": True, "take_profit": {"enabled": False}, "stop_loss": {"enabled": False}}
    )
    assert live.trade.instant
    assert (live.trade.take_profit, live.trade.stop_loss) == ((), None)


@pytest.mark.parametrize(
    ("pair", "quote", "base"),
    [
        ("USDT_BTC", "USDT", "BTC"),
        ("USDT_BTCUSDT_UMCBL", "USDT", "BTCUSDT_UMCBL"),
        ("USDT_BTC_USDT", "USDT", "BTC_USDT"),
        ("USD_MATIC-PERP", "USD", "MATIC-PERP"),
    ],
)
def test_a_pair_splits_at_its_first_underscore(pair, quote, base):
    trade = read({"pair": pair}).trade
    assert (trade.pair, trade.quote, trade.base) == (pair, quote, base)


@pytest.mark.parametrize(
    ("leverage", "expected"),
    [
        (
            {"enabled": True, "type": "custom", "value": "5.0"},
            Leverage(type="isolated", value=D(5)),
        ),
        ({"enabled": True, "type": "isolated", "value": 5}, Leverage(type="isolated", value=D(5))),
        ({"enabled": True, "type": "cross", "value": "5"}, Leverage(type="cross", value=D(5))),
        ({"enabled": True, "type": "cross"}, Leverage(type="cross", value=None)),
        ({"enabled": True}, Leverage(type=None, value=None)),
        ({"enabled": True, "type": "novel", "value": ""}, Leverage(type=None, value=None)),
    ],
)
def test_leverage(leverage, expected):
    assert read({"leverage": leverage}).trade.leverage == expected


def test_a_short_exits_on_the_ask_by_default():
    live = read(
        {
            "position.type": "sell",
            "stop_loss.conditional.price": {"value": "65000"},
            "take_profit.steps.0.price": {"value": "50000"},
        }
    )
    assert live.trade.side is Side.SHORT
    assert live.trade.stop_loss.price_type == "ask"
    assert live.trade.take_profit[0].price_type == "ask"


def test_a_percent_target_is_kept_as_percent():
    edits = {"take_profit.steps.0.price": {"type": "bid", "value": None, "percent": "11.0"}}
    step = read(edits).trade.take_profit[0]
    assert step == TakeProfitStep(
        order_type="limit", price_type="bid", volume=D(50), percent=D(11), id=101, status="idle"
    )


@pytest.mark.parametrize(
    ("note_raw", "note", "text", "name"),
    [
        ("hi [smartplan1:desk/a#1 00000000ffffffff k]", "hi", "hi", "a"),
        ("a &amp; b", "a & b", "a &amp; b", None),
        (None, "hi [smartplan1:desk/a#1 00000000ffffffff k]", "hi", "a"),
        ("", "hi [smartplan1:desk/a#1 00000000ffffffff k]  ", "hi", "a"),
        (None, None, "", None),
    ],
)
def test_the_marker_is_read_from_note_raw_then_note(note_raw, note, text, name):
    live = read({"note_raw": note_raw, "note": note})
    assert live.trade.note == text
    assert (live.marker.name if live.marker else None) == name


@pytest.mark.parametrize(
    ("status", "terminal", "patchable"),
    [
        ("created", False, False),
        ("waiting_position", False, True),
        ("waiting_targets", False, True),
        ("cancellation_pending", False, False),
        ("cancellation_in_progress", False, False),
        ("panic_sell_pending", False, False),
        ("panic_sell_in_progress", False, False),
        ("stop_loss_in_progress", False, False),
        ("pending_reduce_funds", False, False),
        ("reduce_funds_in_progress", False, False),
        ("a_status_of_next_year", False, False),
        ("finished", True, False),
        ("panic_sold", True, False),
        ("stop_loss_finished", True, False),
        ("cancelled", True, False),
        ("failed", True, False),
    ],
)
def test_only_the_status_says_whether_it_is_over(status, terminal, patchable):
    live = read({"status.type": status, "data.finished": False, "data.closed_at": "2026-11-23"})
    assert (live.terminal, live.patchable) == (terminal, patchable)


@pytest.mark.parametrize("status", [None, {}, {"title": "?"}])
def test_an_entity_without_a_status_is_open_and_untouched(status):
    live = read({"status": status})
    assert (live.status, live.terminal, live.patchable) == ("unknown", False, False)


@pytest.mark.parametrize("flag", ["position.editable", "position.units.editable"])
def test_flags_that_are_false_of_every_waiting_entry_say_nothing(flag):
    assert read({flag: False}).editable == read({flag: True}).editable


def test_a_force_started_position_does_not_close_the_trade():
    live = read({"position.status.type": "panic_sell_pending"})
    assert live.status == "waiting_position"


def test_flags_say_what_a_patch_would_take():
    assert read({"data.editable": False}).patchable is False
    assert read({"position.price.editable": False}).editable.entry is False
    assert read({"stop_loss.editable": False}).editable.stop_loss is False
    leverage = {"enabled": True, "type": "cross", "type_editable": False}
    assert read({"leverage": leverage}).editable.leverage is False


def test_a_filled_entry():
    live = read(ENTERED)
    assert live.entered
    assert live.entered_amount == D("0.01")
    assert live.trade.position.units == D("0.00999")


@pytest.mark.parametrize("amount", [None, "", "x", [], {}])
@pytest.mark.parametrize(
    "status", ["waiting_targets", "stop_loss_in_progress", "pending_reduce_funds", "invented"]
)
def test_a_position_whose_size_is_not_told_counts_as_filled(amount, status):
    """Else it might be cancelled as if nothing could be left behind."""
    live = read(ENTERED | {"data.entered_amount": amount, "status.type": status})
    assert live.entered
    assert live.entered_amount == D("0.00999")


@pytest.mark.parametrize("status", ["created", "waiting_position", "cancelled", "failed"])
def test_an_entry_that_waits_counts_as_unfilled_unless_it_says_otherwise(status):
    edits = {"data.entered_amount": None, "status.type": status}
    assert not read(edits).entered
    assert not read(edits | {"is_position_not_filled": True}).entered
    assert read(edits | {"is_position_not_filled": False}).entered


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999999999", "abc", "", True, [], {}])
def test_no_number_is_no_number(value):
    assert read({"stop_loss.conditional.price.value": value}).trade.stop_loss.trigger is None


@pytest.mark.parametrize("number", [None, "31a", "", "٣", True, 0, -3, D("31.5")])
def test_an_answer_without_an_integer_id_is_no_entity(number):
    with pytest.raises(MalformedEntity):
        read({"id": number})


def test_an_id_may_be_quoted():
    assert read({"id": "31247949"}).id == 31247949


@pytest.mark.parametrize(
    "edits", [{"pair": None}, {"account": {}}, {"position": None}, {"position.units": {}},
              {"position.type": "hold"}]
)  # fmt: skip
def test_an_answer_without_its_identity_is_no_entity(edits):
    with pytest.raises(MalformedEntity):
        read(edits)


def test_quoted_booleans_and_numbers_of_a_plan_mean_what_they_say():
    assert plain_values({"enabled": "true", "value": "0.10", "note": "true"}, "") == {
        "enabled": True,
        "value": D("0.10"),
        "note": "true",
    }
    assert plain_values({"enabled": "false", "volume": 50, "percent": D("1.5")}, "") == {
        "enabled": False,
        "volume": D(50),
        "percent": D("1.5"),
    }


def test_an_entity_may_quote_its_booleans_too():
    assert read({"stop_loss.enabled": "true", "instant": "false"}).trade == read().trade
