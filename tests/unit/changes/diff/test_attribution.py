"""Who changed what, where a plan and a person meet in one group: nobody's change is lost."""

import pytest

from smartplan.changes.changeset import Blocked, SetNote, Unchanged, Update, Why
from smartplan.changes.execute.actions import known_after
from smartplan.changes.reconcile.inputs import Memory
from tests.changesets import IDENTITY, OVERWRITE, decided, fields, remembered
from tests.trades import (
    ENTERED,
    FIRST_TARGET_HIT,
    PERCENT,
    SWING,
    SWING_ENTITY,
    TRAILING_STOP,
    TRAILING_STOP_LIVE,
    TRIGGER,
    changed,
    live,
    percent_live,
    plan,
)

TARGETS = SWING[SWING.index("take_profit:") : SWING.index("stop_loss:")]
STOP = SWING[SWING.index("stop_loss:") : SWING.index("note:")]
NO_STOP = changed(STOP, "stop_loss: {enabled: false}\n")
NO_TARGETS = changed(TARGETS, "take_profit: {enabled: false}\n").replace("  breakeven: true\n", "")
FIRST, SECOND = SWING_ENTITY["take_profit"]["steps"]


@pytest.mark.parametrize("memory", [remembered(), None], ids=["journal", "no journal"])
def test_a_stop_that_somebody_moved_is_not_taken_away_by_a_plan_without_one(memory):
    (action,) = decided(NO_STOP, live({TRIGGER: "57000"}), memory=memory)
    assert isinstance(action, Blocked)
    assert action.why is Why.EXCHANGE


def test_what_was_moved_is_shown_beside_what_the_plan_takes_away():
    (action,) = decided(NO_STOP, live({TRIGGER: "57000"}), memory=remembered())
    assert fields(action) == ["stop_loss.enabled", TRIGGER]
    assert action.reason == "2 fields were changed in the plan and on the exchange"
    (forced,) = decided(NO_STOP, live({TRIGGER: "57000"}), memory=remembered(), choices=OVERWRITE)
    assert isinstance(forced, Update)
    assert forced.body["stop_loss"] == {"enabled": False}


def test_a_trailing_that_somebody_switched_on_is_one_line_beside_what_the_plan_changes():
    trails = {"take_profit.steps.0.trailing": {"enabled": True, "percent": "1"}}
    (action,) = decided(changed("66000", "67000"), live(trails), memory=remembered())
    assert fields(action) == ["take_profit.steps[0].trailing.enabled"]


def test_a_target_that_somebody_moved_is_not_taken_away_by_a_plan_without_targets():
    moved = live({"take_profit.steps.1.price.value": "71000"})
    (action,) = [a for a in decided(NO_TARGETS, moved, memory=remembered()) if a.changes[0].path[0] == "take_profit"]  # fmt: skip  # noqa: E501
    assert isinstance(action, Blocked)
    assert fields(action) == ["take_profit.enabled", "take_profit.steps[1].price.value"]


@pytest.mark.parametrize("memory", [True, False], ids=["journal", "no journal"])
@pytest.mark.parametrize(
    ("text", "edits"),
    [
        (SWING, {}),
        (SWING, {**FIRST_TARGET_HIT, TRIGGER: "60060.06"}),
        (TRAILING_STOP, {**ENTERED, **TRAILING_STOP_LIVE}),
        (TRAILING_STOP, {**ENTERED, **TRAILING_STOP_LIVE, TRIGGER: "55900"}),
    ],
    ids=["as applied", "at breakeven", "trailing", "trailed"],
)
def test_a_stop_that_only_the_service_moved_is_the_plans_to_take_away(text, edits, memory):
    moved_unseen = edits.get(TRIGGER) is not None and not memory
    gone = text[text.index("stop_loss:") : text.index("note:")]
    without = changed(gone, "stop_loss: {enabled: false}\n", text)
    (action,) = decided(
        without, live(edits, applied=plan(text)), memory=remembered(text) if memory else None
    )
    assert isinstance(action, Blocked if moved_unseen else Update)


def test_percent_targets_that_became_prices_are_the_plans_to_take_away():
    listed = PERCENT[PERCENT.index("take_profit:") : PERCENT.index("stop_loss:")]
    without = changed(listed, "take_profit: {enabled: false}\n", PERCENT)
    (action,) = decided(without, percent_live(filled=True), memory=remembered(PERCENT))
    assert isinstance(action, Update)
    assert fields(action) == ["take_profit.enabled"]


@pytest.mark.parametrize("memory", [remembered(), None], ids=["journal", "no journal"])
@pytest.mark.parametrize("steps", [[], [FIRST | {"status": {"type": "cancelled"}}]])
def test_a_plan_without_targets_agrees_with_an_exchange_where_all_are_over(memory, steps):
    """Once: the marker that is renewed then is the plan's."""
    empty = live({**ENTERED, "take_profit.steps": steps, "stop_loss.breakeven": False})
    actions = decided(NO_TARGETS, empty, memory=memory)
    notes = [action.note for action in actions if isinstance(action, SetNote | Update)]
    for note in notes:
        again = live(
            {**ENTERED, "take_profit.steps": steps, "stop_loss.breakeven": False,
             "note": note, "note_raw": note}
        )  # fmt: skip
        assert not any(
            isinstance(action, SetNote | Update)
            for action in decided(NO_TARGETS, again, memory=memory)
        )


def test_steps_are_told_by_what_was_applied_where_their_ids_are_not_known():
    """The service lists what is over first; the plan changes the other target."""
    over = SECOND | {"status": {"type": "cancelled"}, "editable": False}
    listed = live({**ENTERED, "take_profit.steps": [over, FIRST]})
    (action,) = decided(changed("66000", "67000"), listed, memory=remembered())
    assert isinstance(action, Update)
    assert fields(action) == ["take_profit.steps[0].price.value"]
    (sent,) = action.body["take_profit"]["steps"]
    assert (sent["id"], sent["price"]["value"]) == (101, "67000")


def test_an_open_step_is_told_before_an_ended_one_that_says_the_same():
    over = FIRST | {"id": 99, "status": {"type": "cancelled"}, "editable": False}
    listed = live({**ENTERED, "take_profit.steps": [over, SECOND, FIRST]})
    (action,) = decided(SWING, listed)
    assert isinstance(action, Unchanged)


def test_where_nobody_knows_which_target_is_which_none_is_overwritten():
    """The second was closed by hand and is listed first: by position it would be the plan's first.

    Sending would put the first target's order where the second one was, and call it done.
    """
    over = SECOND | {"status": {"type": "panic_sold"}, "editable": False}
    listed = live({**ENTERED, "take_profit.steps": [over, FIRST]})
    text = changed("66000", "67000")
    (held,) = decided(text, listed)
    assert isinstance(held, Blocked)
    (forced,) = decided(text, listed, choices=OVERWRITE)
    assert isinstance(forced, Blocked)
    assert "its open targets cannot be told" in forced.reason


@pytest.mark.parametrize("memory", [remembered(), None], ids=["journal", "no journal"])
def test_an_open_target_that_takes_the_place_of_one_that_is_over_is_not_told_from_it(memory):
    """Once it is there both say the same: the next change might be taken for the other's."""
    text = changed("72000", "66000", changed("66000", "65000"))
    (action,) = decided(text, live(FIRST_TARGET_HIT), memory=memory)
    assert isinstance(action, Blocked)
    assert action.reason.endswith("so its open targets cannot be told")


def test_a_renewed_marker_is_remembered_with_the_fields_it_stands_for():
    """Else the next change would find a journal that speaks of something else."""
    healed = live({TRIGGER: "56000"})
    text = changed("55000", "56000")
    (note,) = decided(text, healed, memory=remembered())
    assert isinstance(note, SetNote)
    known = known_after(note, IDENTITY, 31000001, healed)
    memory = Memory({("btc-swing", 1): known})
    moved = replace_note(live({TRIGGER: "56500"}), note.note)
    (action,) = decided(changed("55000", "54000"), moved, memory=memory)
    assert action.reason.startswith(f"{TRIGGER} was changed in the plan and on the exchange")


def replace_note(lived, note):
    from smartplan.trade.wire import live_trade

    return live_trade({**lived.raw, "note": note, "note_raw": note})
