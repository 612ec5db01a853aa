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
from smartplan.changes.execute.outcomes import Result
from smartplan.changes.reconcile.inputs import Choices
from tests.trades import PERCENT, SWING, changed
from tests.workspace import Workspace

D = Decimal
TRADES = "/v2/smart_trades"


@pytest.fixture
def workspace(tmp_path):
    made = Workspace(tmp_path)
    made.plan("btc-swing", SWING)
    return made


@pytest.fixture
def opened(workspace):
    """The workspace after its first apply, and the number of its live trade."""
    (outcome,) = workspace.apply().outcomes
    assert outcome.result is Result.DONE
    workspace.requests()
    return workspace, outcome.trade_id


def only(changeset):
    (action,) = changeset.actions
    return action


def test_an_applied_plan_applied_again_sends_nothing(opened):
    workspace, _ = opened
    assert isinstance(only(workspace.diff()), Unchanged)
    assert workspace.apply().outcomes == ()
    assert workspace.requests() == []


def test_a_moved_stop_is_one_patch_and_its_note(opened):
    workspace, number = opened
    workspace.plan("btc-swing", changed("55000", "56000"))
    workspace.apply()
    assert workspace.requests() == [
        ("PATCH", f"{TRADES}/{number}"),
        ("POST", f"{TRADES}/{number}/set_note"),
    ]
    assert isinstance(only(workspace.diff()), Unchanged)


def test_the_whole_way_to_the_last_target_is_no_drift(opened):
    workspace, number = opened
    for price in ("61000", "60000", "63000", "66000", "70000"):
        workspace.tick("USDT_BTC", price)
        workspace.pause(5)
        assert isinstance(only(workspace.diff()), Unchanged), price
    live = workspace.client.get(number)
    assert live.trade.stop_loss.trigger > 55000, "the exchange has moved the stop to breakeven"
    workspace.tick("USDT_BTC", "73000")
    workspace.tick("USDT_BTC", "71000")
    workspace.pause(5)
    assert isinstance(only(workspace.diff()), Finished)
    assert workspace.apply().outcomes == ()
    workspace.plan("btc-swing", changed("66000", "67000"))
    assert isinstance(only(workspace.diff()), Finished)
    assert workspace.requests() == []


def test_a_target_can_move_after_breakeven_and_the_stop_stays(opened):
    workspace, number = opened
    workspace.tick("USDT_BTC", "60000", "66000")
    workspace.pause(5)
    stop = workspace.client.get(number).trade.stop_loss.trigger
    workspace.plan("btc-swing", changed("72000", "74000"))
    workspace.apply()
    live = workspace.client.get(number)
    assert live.trade.stop_loss.trigger == stop
    assert [step.price for step in live.trade.take_profit] == [66000, 74000]
    assert isinstance(only(workspace.diff()), Unchanged)


def test_a_finished_trade_is_opened_again_by_its_round_alone(opened):
    workspace, number = opened
    workspace.client.cancel(number)
    workspace.pause(5)
    assert isinstance(only(workspace.diff()), Finished)
    workspace.plan("btc-swing", SWING + "lifecycle: {round: 2}\n")
    assert isinstance(only(workspace.diff()), Create)


def test_a_second_round_that_ended_between_two_runs_is_finished(opened):
    """The journal knows the end of the first round: that says nothing of the second."""
    workspace, number = opened
    workspace.client.cancel(number)
    workspace.pause(5)
    workspace.plan("other", SWING)
    workspace.apply()
    workspace.plan("btc-swing", SWING + "lifecycle: {round: 2}\n")
    (outcome,) = workspace.apply(choices=Choices(allow_lookalike=frozenset({"btc-swing"}))).outcomes
    workspace.client.cancel(outcome.trade_id)
    workspace.pause(5)
    second = workspace.diff().actions[0]
    assert (type(second), second.of.trade_id) == (Finished, outcome.trade_id)


def test_without_a_journal_the_markers_are_enough(opened):
    workspace, _ = opened
    workspace.lose_journal()
    assert isinstance(only(workspace.diff()), Unchanged)
    workspace.plan("btc-swing", changed("55000", "56000"))
    assert isinstance(only(workspace.diff()), Update)


def test_without_a_journal_what_has_ended_stays_ended(opened):
    workspace, number = opened
    workspace.client.cancel(number)
    workspace.pause(5)
    workspace.lose_journal()
    assert isinstance(only(workspace.diff()), Finished)


def test_drift_is_blocked_until_the_plan_takes_it(opened):
    workspace, number = opened
    moved = {"enabled": True, "order_type": "market", "breakeven": True,
             "conditional": {"price": {"value": "56000", "type": "bid"}}}  # fmt: skip
    position = {"type": "buy", "units": {"value": "0.01"}, "price": {"value": "60000"}}
    workspace.client.update(number, {"position": position, "stop_loss": moved})
    workspace.pause(5)
    workspace.requests()
    assert isinstance(only(workspace.diff()), Blocked)
    assert workspace.apply().outcomes == ()
    assert workspace.requests() == []
    workspace.plan("btc-swing", changed("55000", "56000"))
    assert isinstance(only(workspace.diff()), SetNote)
    workspace.apply()
    assert isinstance(only(workspace.diff()), Unchanged)


def test_drift_is_put_back_by_name(opened):
    workspace, number = opened
    position = {"type": "buy", "units": {"value": "0.01"}, "price": {"value": "60000"}}
    workspace.client.update(number, {"position": position, "stop_loss": {"enabled": False}})
    workspace.pause(5)
    named = Choices(overwrite_drift=frozenset({"btc-swing"}))
    workspace.apply(choices=named)
    assert workspace.client.get(number).trade.stop_loss.trigger == 55000
    assert isinstance(only(workspace.diff()), Unchanged)


def test_cancelling_in_the_plan_ends_an_unfilled_trade(opened):
    workspace, number = opened
    workspace.plan("btc-swing", SWING + "lifecycle: {state: cancelled}\n")
    assert isinstance(only(workspace.diff()), Cancel)
    workspace.apply()
    assert workspace.client.get(number).status == "cancelled"
    assert isinstance(only(workspace.diff()), Finished)


def test_a_filled_trade_is_closed_and_never_cancelled(opened):
    workspace, number = opened
    workspace.exchange.fill(number)
    workspace.plan("btc-swing", SWING + "lifecycle: {state: cancelled}\n")
    assert isinstance(only(workspace.diff()), Blocked)
    workspace.plan("btc-swing", SWING + "lifecycle: {state: closed}\n")
    assert isinstance(only(workspace.diff()), Close)
    workspace.apply()
    assert workspace.client.get(number).status == "panic_sold"


def test_a_renamed_file_opens_nothing(opened):
    workspace, _ = opened
    (workspace.folder / "plans" / "btc-swing.yaml").rename(
        workspace.folder / "plans" / "btc-new.yaml"
    )
    blocked = workspace.diff().actions[0]
    assert isinstance(blocked, Blocked)
    assert "renamed_from: btc-swing" in blocked.ways_out[0]
    workspace.plan("btc-new", SWING + "lifecycle: {renamed_from: btc-swing}\n")
    assert isinstance(only(workspace.diff()), SetNote)
    workspace.apply()
    assert isinstance(only(workspace.diff()), Unchanged)


def test_a_renamed_file_opens_nothing_even_when_the_entry_has_filled(opened):
    """The fee is taken in base: the live trade holds a little less than the plan orders."""
    workspace, number = opened
    workspace.exchange.fill(number)
    workspace.pause(5)
    assert workspace.client.get(number).trade.position.units < D("0.01")
    (workspace.folder / "plans" / "btc-swing.yaml").rename(
        workspace.folder / "plans" / "btc-new.yaml"
    )
    assert isinstance(workspace.diff().actions[0], Blocked)


def test_a_renamed_workspace_opens_nothing(opened):
    workspace, _ = opened
    workspace.toml.write_text('workspace = "desk2"\n', encoding="utf-8")
    action = only(workspace.diff())
    assert isinstance(action, Blocked)
    assert "set it back to `desk`" in action.ways_out[0]


def test_a_trailing_stop_applies_moves_and_is_tightened(workspace):
    trailing = "{price: {value: 55000, type: bid}, trailing: {enabled: true, percent: 8}}"
    text = SWING.replace("{price: {value: 55000, type: bid}}", trailing).replace(
        "  breakeven: true\n", ""
    )
    workspace.plan("btc-swing", text)
    (outcome,) = workspace.apply().outcomes
    assert isinstance(only(workspace.diff()), Unchanged)
    workspace.tick("USDT_BTC", "60000", "63000")
    workspace.pause(5)
    stop = workspace.client.get(outcome.trade_id).trade.stop_loss.trigger
    assert stop > 55000, "the exchange has trailed the stop"
    assert isinstance(only(workspace.diff()), Unchanged)
    workspace.plan("btc-swing", text.replace("percent: 8", "percent: 5"))
    update = only(workspace.diff())
    assert isinstance(update, Update)
    assert update.body["stop_loss"]["conditional"]["price"]["value"] == format(
        stop.normalize(), "f"
    )
    workspace.apply()
    assert isinstance(only(workspace.diff()), Unchanged)


def test_a_trailing_stop_without_a_percent_applies_and_shifts_by_the_move(workspace):
    trailing = "{price: {value: 55000, type: bid}, trailing: {enabled: true}}"
    text = SWING.replace("{price: {value: 55000, type: bid}}", trailing).replace(
        "  breakeven: true\n", ""
    )
    workspace.plan("btc-swing", text)
    (outcome,) = workspace.apply().outcomes
    assert isinstance(only(workspace.diff()), Unchanged)
    workspace.tick("USDT_BTC", "60000", "63000", "61000")
    workspace.pause(5)
    assert workspace.client.get(outcome.trade_id).trade.stop_loss.trigger == 58000
    assert isinstance(only(workspace.diff()), Unchanged)


def test_a_percent_target_added_after_the_fill_is_a_price_the_exchange_takes(workspace):
    """The service takes percents only before the fill, and prices only on the pair's tick."""
    workspace.plan("btc-swing", PERCENT)
    (outcome,) = workspace.apply().outcomes
    workspace.tick("USDT_BTC", "61000", "59999.37", "58000.11", "58700.77")
    workspace.pause(5)
    assert workspace.client.get(outcome.trade_id).entered
    step = "    - {order_type: limit, price: {percent: 33.333, type: bid}, volume: 10}\n"
    text = changed("stop_loss:", step + "stop_loss:", changed("volume: 60", "volume: 50", PERCENT))
    workspace.plan("btc-swing", text)
    update = only(workspace.diff())
    assert isinstance(update, Update)
    added = D(update.body["take_profit"]["steps"][2]["price"]["value"])
    assert added % D("0.01") == 0
    (outcome,) = workspace.apply().outcomes
    assert outcome.result is Result.DONE
    assert isinstance(only(workspace.diff()), Unchanged)


def test_the_journal_knows_the_ids_of_the_steps_after_each_apply(opened):
    workspace, number = opened
    extra = "    - {order_type: limit, price: {value: 64000, type: bid}, volume: 25}\n"
    for text in (SWING, changed("    - {order_type: limit", extra + "    - {order_type: limit",
                                changed("volume: 50}", "volume: 25}"))):  # fmt: skip
        workspace.plan("btc-swing", text)
        workspace.apply()
        with workspace.session() as session:
            (known,) = session.journal.known_trades()
        steps = workspace.client.get(number).trade.take_profit
        assert list(known.applied["step_ids"].values()) == [str(step.id) for step in steps]
