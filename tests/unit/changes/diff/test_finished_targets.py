"""What the plan changes of a filled entry or target, and of what the service moved itself.

A change of the plan is never taken for one made on the exchange.
"""

import pytest

from smartplan.changes.changeset import Blocked, SetNote, Unchanged, Update, Why
from smartplan.changes.execute.actions import known_after
from smartplan.changes.reconcile.inputs import Memory
from smartplan.diagnostics import format_path
from smartplan.trade.fields import digest_of
from smartplan.trade.marker import split_note
from tests.changesets import IDENTITY, OVERWRITE, decided, fields, remembered
from tests.trades import (
    ENTERED,
    FIRST_TARGET_HIT,
    SWING,
    TRIGGER,
    changed,
    live,
    plan,
)

LEVERED = SWING + "leverage: {enabled: true, type: cross, value: 5}\n"
LEVERAGE = {"leverage": {"enabled": True, "type": "cross", "value": "5.0"}}
BOTH = changed("value: 60000", "value: 59000", changed("value: 5}", "value: 3}", LEVERED))
LATE = "the entry is filled: the plan's new entry comes too late"
TIMEOUT = ("breakeven: true", "breakeven: true\n  timeout: {enabled: true, value: 9}")


def decide(*found, **known):
    """The one action there is."""
    (action,) = decided(*found, **known)
    return action


def test_leverage_changes_beside_an_entry_that_comes_too_late():
    lived = live({**ENTERED, **LEVERAGE}, applied=plan(LEVERED))
    action = decide(BOTH, lived, memory=remembered(LEVERED))
    assert isinstance(action, Update)
    assert (fields(action), action.reason) == (["leverage.value"], LATE)


def test_what_came_too_late_is_no_part_of_what_was_applied():
    """Else the next diff would take the plan for applied, and say nothing more."""
    lived = live({**ENTERED, **LEVERAGE}, applied=plan(LEVERED))
    action = decide(BOTH, lived, memory=remembered(LEVERED))
    known = known_after(action, IDENTITY, 31000001)
    entry = known.applied["entry"]
    assert (entry["position.price.value"], entry["leverage.value"]) == ("60000", "3")
    marker = split_note(action.note)[1]
    assert marker.digests[0] == digest_of(entry)


def test_where_nobody_knows_what_was_applied_the_exchange_is_not_accused():
    lived = live({**ENTERED, **LEVERAGE}, applied=plan(LEVERED))
    action = decide(BOTH, lived)
    assert isinstance(action, Blocked)
    assert action.reason == (
        "leverage.value differs from the exchange (3 → 5); with no record of what was applied "
        "last, nobody can tell who changed it"
    )


def test_a_new_trigger_of_a_stop_at_breakeven_is_told_beside_what_waits_for_it():
    text = changed(*TIMEOUT, changed("55000", "54000"))
    lived = live({**FIRST_TARGET_HIT, TRIGGER: "60060.06"})
    action = decide(text, lived, memory=remembered())
    assert isinstance(action, Blocked)
    assert action.reason == (
        f"{TRIGGER} was changed in the plan and on the exchange (54000 → 60060.06)"
    )


def test_putting_drift_back_shows_the_plans_own_changes_of_the_same_group():
    text = changed(*TIMEOUT)
    lived = live({TRIGGER: "56000"})
    held = decide(text, lived, memory=remembered())
    assert held.reason == f"{TRIGGER} was moved on the exchange (55000 → 56000)"
    action = decide(text, lived, memory=remembered(), choices=OVERWRITE)
    assert isinstance(action, Update)
    assert fields(action) == [TRIGGER, "stop_loss.timeout.value"]
    assert [change.widens_risk for change in action.changes] == [True, True]
    assert action.body["stop_loss"]["timeout"] == {"enabled": True, "value": 9}


@pytest.mark.parametrize("memory", [remembered(), None], ids=["journal", "no journal"])
def test_a_crash_after_the_patch_is_healed_by_a_note_also_once_a_target_has_filled(memory):
    stale = live({**FIRST_TARGET_HIT, "take_profit.steps.1.price.value": "73000"}, applied=plan())
    action = decide(changed("72000", "73000"), stale, memory=memory)
    assert isinstance(action, SetNote)
    assert format_path(action.changes[0].path) == "marker"


def test_without_a_journal_a_filled_target_that_is_listed_otherwise_is_told_and_nothing_sent():
    """The digest fits neither what the plan says nor what is shown: the marker stays."""
    edits = {**FIRST_TARGET_HIT, "take_profit.steps.0.price.value": "66012.5"}
    action = decide(changed("66000", "65000"), live(edits))
    assert isinstance(action, Unchanged)
    assert action.reason == (
        "target 1 is filled: price.value 66012.5 → 65000 comes too late "
        "(put 66012.5 back: plans/btc-swing.yaml:7)"
    )


def test_a_cancelled_target_leaves_the_others_as_they_stand():
    """A person has taken 50 % off on the exchange; the other target still moves."""
    edits = {**ENTERED, "take_profit.steps.1.status.type": "cancelled"}
    action = decide(changed("66000", "67000"), live(edits))
    assert isinstance(action, Update)
    assert [step["volume"] for step in action.body["take_profit"]["steps"]] == ["50"]


def test_a_cancelled_target_may_give_its_share_to_the_others():
    edits = {**ENTERED, "take_profit.steps.1.status.type": "cancelled"}
    text = SWING[: SWING.index("    - order_type: market")] + SWING[SWING.index("stop_loss:") :]
    action = decide(changed("volume: 50", "volume: 100", text), live(edits))
    assert isinstance(action, Update)
    assert [step["volume"] for step in action.body["take_profit"]["steps"]] == ["100"]


def test_a_filled_target_at_the_end_of_the_plan_is_put_back_into_it():
    """The second filled first; without it the plan would sell all that is left of it twice."""
    edits = {**ENTERED, "take_profit.steps.1.status.type": "finished"}
    text = SWING[: SWING.index("    - order_type: market")] + SWING[SWING.index("stop_loss:") :]
    action = decide(changed("volume: 50", "volume: 100", text), live(edits))
    assert isinstance(action, Blocked)
    assert action.why is Why.PLAN
    assert action.reason == (
        "target 2 is filled (50 %): the plan gives the others 100 %, but 50 % are left"
    )
    (way,) = action.ways_out
    assert way.startswith("put target 2 back into the plan with its 50 %, and share the 50 %")


def test_an_update_beside_drift_keeps_what_the_journal_knows_of_the_drifted_group():
    text = changed("66000", "67000", changed(*TIMEOUT))
    update, blocked = decided(text, live({TRIGGER: "56000"}), memory=remembered())
    assert isinstance(blocked, Blocked)
    known = known_after(update, IDENTITY, 31000001)
    assert split_note(update.note)[1].digests[2] == digest_of(known.applied["stop_loss"])
    done = {"take_profit.steps.0.price.value": "67000", TRIGGER: "56000"}
    after = live({**done, "note": update.note, "note_raw": update.note})
    again = decide(text, after, memory=Memory({("btc-swing", 1): known}))
    assert again.reason == blocked.reason
