"""A trade's life against the embedded exchange, from plan to end, and what must never happen."""

from decimal import Decimal

import pytest

from smartplan.changes.changeset import (
    Blocked,
    Cancel,
    Close,
    Create,
    Finished,
    SetNote,
    Unchanged,
    Update,
)
from smartplan.changes.execute.executor import Result
from smartplan.changes.reconcile.inputs import Choices
from tests.desks import Desk
from tests.trades import PERCENT, SWING, changed

D = Decimal
TRADES = "/v2/smart_trades"


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    (tmp_path / "smartplan.toml").write_text('workspace = "desk"\n', encoding="utf-8")
    made.write("btc-swing.yaml", SWING)
    return made


@pytest.fixture
def opened(desk):
    """The desk after its first apply, and the number of its live trade."""
    (outcome,) = desk.apply().outcomes
    assert outcome.result is Result.DONE
    desk.requests()
    return desk, outcome.trade_id


def only(changeset):
    (action,) = changeset.actions
    return action


def test_an_applied_plan_applied_again_sends_nothing(opened):
    desk, _ = opened
    assert isinstance(only(desk.diff()), Unchanged)
    assert desk.apply().outcomes == ()
    assert desk.requests() == []


def test_a_moved_stop_is_one_patch_and_its_note(opened):
    desk, number = opened
    desk.write("btc-swing.yaml", changed("55000", "56000"))
    desk.apply()
    assert desk.requests() == [
        ("PATCH", f"{TRADES}/{number}"),
        ("POST", f"{TRADES}/{number}/set_note"),
    ]
    assert isinstance(only(desk.diff()), Unchanged)


def test_the_whole_way_to_the_last_target_is_no_drift(opened):
    desk, number = opened
    for price in ("61000", "60000", "63000", "66000", "70000"):
        desk.exchange.tick("USDT_BTC", D(price))
        desk.pause(5)
        assert isinstance(only(desk.diff()), Unchanged), price
    live = desk.client.get(number)
    assert live.trade.stop_loss.trigger > 55000, "the exchange has moved the stop to breakeven"
    desk.exchange.tick("USDT_BTC", D("73000"))
    desk.exchange.tick("USDT_BTC", D("71000"))
    desk.pause(5)
    assert isinstance(only(desk.diff()), Finished)
    assert desk.apply().outcomes == ()
    desk.write("btc-swing.yaml", changed("66000", "67000"))
    assert isinstance(only(desk.diff()), Finished)
    assert desk.requests() == []


def test_a_target_can_move_after_breakeven_and_the_stop_stays(opened):
    desk, number = opened
    for price in ("60000", "66000"):
        desk.exchange.tick("USDT_BTC", D(price))
    desk.pause(5)
    stop = desk.client.get(number).trade.stop_loss.trigger
    desk.write("btc-swing.yaml", changed("72000", "74000"))
    desk.apply()
    live = desk.client.get(number)
    assert live.trade.stop_loss.trigger == stop
    assert [step.price for step in live.trade.take_profit] == [66000, 74000]
    assert isinstance(only(desk.diff()), Unchanged)


def test_a_finished_trade_is_opened_again_by_its_round_alone(opened):
    desk, number = opened
    desk.client.cancel(number)
    desk.pause(5)
    assert isinstance(only(desk.diff()), Finished)
    desk.write("btc-swing.yaml", SWING + "lifecycle: {round: 2}\n")
    assert isinstance(only(desk.diff()), Create)


def test_a_second_round_that_ended_between_two_runs_is_finished(opened):
    """The journal knows the end of the first round: that says nothing of the second."""
    desk, number = opened
    desk.client.cancel(number)
    desk.pause(5)
    desk.write("other.yaml", SWING)
    desk.apply()
    desk.write("btc-swing.yaml", SWING + "lifecycle: {round: 2}\n")
    (outcome,) = desk.apply(choices=Choices(allow_lookalike=frozenset({"btc-swing"}))).outcomes
    desk.client.cancel(outcome.trade_id)
    desk.pause(5)
    second = desk.diff().actions[0]
    assert (type(second), second.of.trade_id) == (Finished, outcome.trade_id)


def test_without_a_journal_the_markers_are_enough(opened):
    desk, _ = opened
    desk.lose_journal()
    assert isinstance(only(desk.diff()), Unchanged)
    desk.write("btc-swing.yaml", changed("55000", "56000"))
    assert isinstance(only(desk.diff()), Update)


def test_without_a_journal_what_has_ended_stays_ended(opened):
    desk, number = opened
    desk.client.cancel(number)
    desk.pause(5)
    desk.lose_journal()
    assert isinstance(only(desk.diff()), Finished)


def test_drift_is_blocked_until_the_plan_takes_it(opened):
    desk, number = opened
    moved = {"enabled": True, "order_type": "market", "breakeven": True,
             "conditional": {"price": {"value": "56000", "type": "bid"}}}  # fmt: skip
    position = {"type": "buy", "units": {"value": "0.01"}, "price": {"value": "60000"}}
    desk.client.update(number, {"position": position, "stop_loss": moved})
    desk.pause(5)
    desk.requests()
    assert isinstance(only(desk.diff()), Blocked)
    assert desk.apply().outcomes == ()
    assert desk.requests() == []
    desk.write("btc-swing.yaml", changed("55000", "56000"))
    assert isinstance(only(desk.diff()), SetNote)
    desk.apply()
    assert isinstance(only(desk.diff()), Unchanged)


def test_drift_is_put_back_by_name(opened):
    desk, number = opened
    position = {"type": "buy", "units": {"value": "0.01"}, "price": {"value": "60000"}}
    desk.client.update(number, {"position": position, "stop_loss": {"enabled": False}})
    desk.pause(5)
    named = Choices(overwrite_drift=frozenset({"btc-swing"}))
    desk.apply(choices=named)
    assert desk.client.get(number).trade.stop_loss.trigger == 55000
    assert isinstance(only(desk.diff()), Unchanged)


def test_cancelling_in_the_plan_ends_an_unfilled_trade(opened):
    desk, number = opened
    desk.write("btc-swing.yaml", SWING + "lifecycle: {state: cancelled}\n")
    assert isinstance(only(desk.diff()), Cancel)
    desk.apply()
    assert desk.client.get(number).status == "cancelled"
    assert isinstance(only(desk.diff()), Finished)


def test_a_filled_trade_is_closed_and_never_cancelled(opened):
    desk, number = opened
    desk.exchange.fill(number)
    desk.write("btc-swing.yaml", SWING + "lifecycle: {state: cancelled}\n")
    assert isinstance(only(desk.diff()), Blocked)
    desk.write("btc-swing.yaml", SWING + "lifecycle: {state: closed}\n")
    assert isinstance(only(desk.diff()), Close)
    desk.apply()
    assert desk.client.get(number).status == "panic_sold"


def test_a_renamed_file_opens_nothing(opened):
    desk, _ = opened
    (desk.root / "plans" / "btc-swing.yaml").rename(desk.root / "plans" / "btc-new.yaml")
    blocked = desk.diff().actions[0]
    assert isinstance(blocked, Blocked)
    assert "renamed_from: btc-swing" in blocked.ways_out[0]
    desk.write("btc-new.yaml", SWING + "lifecycle: {renamed_from: btc-swing}\n")
    assert isinstance(only(desk.diff()), SetNote)
    desk.apply()
    assert isinstance(only(desk.diff()), Unchanged)


def test_a_renamed_file_opens_nothing_even_when_the_entry_has_filled(opened):
    """The fee is taken in base: the live trade holds a little less than the plan orders."""
    desk, number = opened
    desk.exchange.fill(number)
    desk.pause(5)
    assert desk.client.get(number).trade.position.units < D("0.01")
    (desk.root / "plans" / "btc-swing.yaml").rename(desk.root / "plans" / "btc-new.yaml")
    assert isinstance(desk.diff().actions[0], Blocked)


def test_a_renamed_workspace_opens_nothing(opened):
    desk, _ = opened
    (desk.root / "smartplan.toml").write_text('workspace = "desk2"\n', encoding="utf-8")
    action = only(desk.diff())
    assert isinstance(action, Blocked)
    assert "set it back to `desk`" in action.ways_out[0]


def test_a_trailing_stop_applies_moves_and_is_tightened(desk):
    trailing = "{price: {value: 55000, type: bid}, trailing: {enabled: true, percent: 8}}"
    text = SWING.replace("{price: {value: 55000, type: bid}}", trailing).replace(
        "  breakeven: true\n", ""
    )
    desk.write("btc-swing.yaml", text)
    (outcome,) = desk.apply().outcomes
    assert isinstance(only(desk.diff()), Unchanged)
    for price in ("60000", "63000"):
        desk.exchange.tick("USDT_BTC", D(price))
    desk.pause(5)
    stop = desk.client.get(outcome.trade_id).trade.stop_loss.trigger
    assert stop > 55000, "the exchange has trailed the stop"
    assert isinstance(only(desk.diff()), Unchanged)
    desk.write("btc-swing.yaml", text.replace("percent: 8", "percent: 5"))
    update = only(desk.diff())
    assert isinstance(update, Update)
    assert update.body["stop_loss"]["conditional"]["price"]["value"] == format(
        stop.normalize(), "f"
    )
    desk.apply()
    assert isinstance(only(desk.diff()), Unchanged)


def test_a_percent_target_added_after_the_fill_is_a_price_the_exchange_takes(desk):
    """The service takes percents only before the fill, and prices only on the pair's tick."""
    desk.write("btc-swing.yaml", PERCENT)
    (outcome,) = desk.apply().outcomes
    for price in ("61000", "59999.37", "58000.11", "58700.77"):
        desk.exchange.tick("USDT_BTC", D(price))
    desk.pause(5)
    assert desk.client.get(outcome.trade_id).entered
    step = "    - {order_type: limit, price: {percent: 33.333, type: bid}, volume: 10}\n"
    text = changed("stop_loss:", step + "stop_loss:", changed("volume: 60", "volume: 50", PERCENT))
    desk.write("btc-swing.yaml", text)
    update = only(desk.diff())
    assert isinstance(update, Update)
    added = D(update.body["take_profit"]["steps"][2]["price"]["value"])
    assert added % D("0.01") == 0
    (outcome,) = desk.apply().outcomes
    assert outcome.result is Result.DONE
    assert isinstance(only(desk.diff()), Unchanged)


def test_the_journal_knows_the_ids_of_the_steps_after_each_apply(opened):
    desk, number = opened
    extra = "    - {order_type: limit, price: {value: 64000, type: bid}, volume: 25}\n"
    for text in (SWING, changed("    - {order_type: limit", extra + "    - {order_type: limit",
                                changed("volume: 50}", "volume: 25}"))):  # fmt: skip
        desk.write("btc-swing.yaml", text)
        desk.apply()
        with desk.session() as session:
            (known,) = session.journal.known_trades()
        steps = desk.client.get(number).trade.take_profit
        assert list(known.applied["step_ids"].values()) == [str(step.id) for step in steps]
