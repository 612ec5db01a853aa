"""The matching table, a row a test: what is found on the exchange decides what is done."""

from datetime import date

import pytest
from msgspec.structs import replace

from smartplan.api.entities import rates
from smartplan.changes.changeset import (
    Adopt,
    Blocked,
    Cancel,
    Close,
    Create,
    Finished,
    Orphan,
    Replace,
    SetNote,
    Unchanged,
    Update,
    Why,
    summary,
)
from smartplan.changes.reconcile.inputs import Choices, Desired, MarketView, Memory
from smartplan.changes.reconcile.reconcile import reconcile
from smartplan.changes.reconcile.snapshot import Ownership, read
from smartplan.diagnostics import format_path
from smartplan.state.store import Identity, KnownTrade, LockScope
from smartplan.trade.fields import STOP_TRIGGER, applied_form
from smartplan.trade.listing import Listing
from smartplan.trade.model import OnRemove
from tests.changesets import SCOPE, changes, decide
from tests.trades import ENTERED, FIRST_TARGET_HIT, SWING, changed, live, note_of, plan


def lifecycle(text, base=SWING):
    return plan(base + f"lifecycle: {{{text}}}\n")


def ended(status="finished", *, number=31000001, **mark):
    return live({"status.type": status, "id": number}, **mark)


# --- nothing found ------------------------------------------------------------------------------


def test_what_is_nowhere_is_created_under_its_marker():
    action = decide(plan())
    assert isinstance(action, Create)
    assert action.body["note"].startswith("weekly support [smartplan1:desk/btc-swing#1 ")
    assert action.body["note"].endswith(" k]")
    assert action.of.trade_id is None


@pytest.mark.parametrize("state", ["cancelled", "closed"])
def test_what_is_not_wanted_open_is_not_opened(state):
    action = decide(lifecycle(f"state: {state}"))
    assert isinstance(action, Unchanged)
    assert action.reason == f"state: {state}, and nothing is open"


@pytest.mark.parametrize(
    ("until", "kind"),
    [
        ("2026-11-22T11:59:59Z", Finished),
        ("2026-11-22T12:00:00Z", Finished),
        ("2026-11-22T12:00:01Z", Create),
        ("2026-11-22T13:30:00+02:00", Finished),
    ],
)
def test_nothing_is_opened_after_valid_until(until, kind):
    assert isinstance(decide(lifecycle(f"valid_until: {until}")), kind)


@pytest.mark.parametrize(
    ("last", "kind"),
    [("60000", Create), ("60600", Create), ("59400", Create), ("60601", Blocked), (None, Blocked)],
)
def test_nothing_is_opened_away_from_the_expected_price(last, kind):
    market = {(1, "USDT_BTC"): rates({"last": last})}
    action = decide(lifecycle("expect: {price: 60000, within: 1}"), market=market)
    assert isinstance(action, kind)


def test_nothing_is_opened_where_the_expected_price_cannot_be_checked():
    action = decide(lifecycle("expect: {price: 60000, within: 1}"), market={})
    assert isinstance(action, Blocked)


# --- active, same round -------------------------------------------------------------------------


def test_what_is_there_as_planned_is_unchanged():
    action = decide(plan(), active=[live()])
    assert (type(action), action.reason) == (Unchanged, "")
    assert action.risk.notional == 600


def test_a_change_of_the_plan_is_an_update_with_its_line():
    action = decide(plan(changed("66000", "67000")), active=[live()])
    assert isinstance(action, Update)
    (change,) = action.changes
    assert format_path(change.path) == "take_profit.steps[0].price.value"
    assert (change.location.file, change.location.line) == ("plans/btc-swing.yaml", 7)
    assert action.note != live().raw["note_raw"]


def test_drift_is_blocked_with_both_ways_out():
    action = decide(plan(), active=[live({"stop_loss.conditional.price.value": "56000"})])
    assert isinstance(action, Blocked)
    assert "stop_loss.conditional.price.value was moved on the exchange" in action.reason
    assert "(55000 → 56000)" in action.reason
    assert "put 56000 into plans/btc-swing.yaml:16" in action.ways_out[0]


def test_drift_of_the_stop_does_not_hold_up_a_target():
    moved = live({"stop_loss.conditional.price.value": "56000"})
    update, blocked = changes(plan(changed("66000", "67000")), active=[moved]).actions
    assert (type(update), type(blocked)) == (Update, Blocked)
    assert "stop_loss" not in update.body
    assert update.note.split()[-2][8:12] == moved.raw["note_raw"].split()[-2][8:12]


def test_a_new_text_of_the_note_is_a_note_to_set():
    action = decide(plan(changed("weekly", "daily")), active=[live()])
    assert isinstance(action, SetNote)
    assert [(c.path, c.before, c.after) for c in action.changes] == [
        (("note",), "weekly support", "daily support")
    ]


def test_a_new_text_of_the_note_shows_beside_an_update():
    text = SWING.replace("weekly", "daily").replace("55000", "56000")
    action = decide(plan(text), active=[live()])
    assert isinstance(action, Update)
    assert [(c.path, c.before, c.after) for c in action.changes][-1] == (
        ("note",), "weekly support", "daily support"
    )  # fmt: skip
    assert "note" not in action.body


def test_another_on_remove_is_a_note_to_set():
    action = decide(lifecycle("on_remove: close"), active=[live()])
    assert isinstance(action, SetNote)
    assert action.note.endswith(" x]")
    assert [(c.before, c.after) for c in action.changes] == [("keep", "close")]


def test_a_crash_between_patch_and_note_is_healed_by_a_note():
    """Live is as desired, the marker is of the earlier plan."""
    stale = live({"take_profit.steps.0.price.value": "67000"}, applied=plan())
    action = decide(plan(changed("66000", "67000")), active=[stale])
    assert isinstance(action, SetNote)
    assert len(action.changes) == 1


def test_what_cannot_be_changed_is_blocked_with_the_way_round():
    text = SWING.replace("order_type: limit, units: {value: 0.01}, price: {value: 60000}",
                         "order_type: market, units: {value: 0.01}")  # fmt: skip
    action = decide(plan(text), active=[live()])
    assert isinstance(action, Blocked)
    assert action.reason.startswith("position.order_type cannot be changed")
    assert "lifecycle.round" in " ".join(action.ways_out)


@pytest.mark.parametrize("status", ["stop_loss_in_progress", "pending_reduce_funds", "novel"])
def test_a_status_that_takes_no_patch_blocks(status):
    action = decide(plan(changed("66000", "67000")), active=[live({"status.type": status})])
    assert isinstance(action, Blocked)
    assert status in action.reason


def test_a_trade_that_was_just_created_is_waited_for():
    young = live({"status.type": "created", "data.editable": False})
    assert isinstance(decide(plan(changed("66000", "67000")), active=[young]), Update)


@pytest.mark.parametrize(
    ("flag", "old", "new", "field"),
    [
        ("stop_loss.editable", "55000", "56000", "stop_loss.conditional.price.value"),
        ("position.price.editable", "value: 0.01", "value: 0.02", "position.units.value"),
        ("position.price.editable", "60000", "59000", "position.price.value"),
        ("data.editable", "66000", "67000", "take_profit.steps[0].price.value"),
    ],
)
def test_what_the_exchange_calls_not_editable_is_blocked_by_its_name(flag, old, new, field):
    action = decide(plan(changed(old, new)), active=[live({flag: False})])
    assert isinstance(action, Blocked)
    assert action.reason == f"the exchange takes no change of {field} now ({flag} is false)"


@pytest.mark.parametrize(("old", "new"), [("value: 0.01", "value: 0.02"), ("60000", "59000")])
def test_an_entry_that_waits_is_edited_as_its_price_alone_allows(old, new):
    """As recorded: all of ten waiting trades say false of the position and of its units."""
    recorded = {"position.editable": False, "position.units.editable": False}
    assert isinstance(decide(plan(changed(old, new)), active=[live(recorded)]), Update)


# --- ending -------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["cancelled", "closed"])
@pytest.mark.parametrize("status", ["waiting_position", "created"])
def test_what_has_not_begun_is_cancelled(state, status):
    action = decide(lifecycle(f"state: {state}"), active=[live({"status.type": status})])
    assert isinstance(action, Cancel)


def test_what_is_filled_is_closed_at_market():
    assert isinstance(decide(lifecycle("state: closed"), active=[live(ENTERED)]), Close)


@pytest.mark.parametrize("amount", ["0.01", "0.00000001"])
def test_what_is_filled_is_never_cancelled(amount):
    filled = live({**ENTERED, "data.entered_amount": amount})
    action = decide(lifecycle("state: cancelled"), active=[filled])
    assert isinstance(action, Blocked)
    assert "drops its exits" in action.reason


def test_an_entry_that_is_too_late_is_cancelled():
    late = lifecycle("valid_until: 2026-11-22T00:00:00Z")
    assert isinstance(decide(late, active=[live()]), Cancel)


def test_an_entered_trade_goes_on_after_valid_until():
    late = lifecycle("valid_until: 2026-11-22T00:00:00Z")
    assert isinstance(decide(late, active=[live(ENTERED)]), Unchanged)


@pytest.mark.parametrize("status", ["cancellation_pending", "panic_sell_in_progress"])
def test_what_is_ending_already_is_let_be(status):
    action = decide(lifecycle("state: closed"), active=[live({"status.type": status})])
    assert isinstance(action, Unchanged)


# --- over ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["finished", "panic_sold", "stop_loss_finished", "cancelled"])
def test_what_is_over_is_over_whatever_the_plan_says_now(status):
    action = decide(plan(changed("66000", "67000")), ended=[ended(status)])
    assert isinstance(action, Finished)
    assert not action.failed


def test_a_failed_trade_is_over_with_its_error():
    failed = live({"status.type": "failed", "status.error": "Not enough USDT"})
    action = decide(plan(), ended=[failed])
    assert (action.failed, action.reason) == (True, "Not enough USDT")


def test_a_later_round_that_is_over_counts():
    assert isinstance(decide(plan(), ended=[ended(round_=3)]), Finished)


def test_a_higher_round_trades_again():
    action = decide(lifecycle("round: 2"), ended=[ended(round_=1)])
    assert isinstance(action, Create)
    assert "btc-swing#2 " in action.body["note"]


def test_an_open_trade_beats_an_ended_one():
    assert isinstance(decide(plan(), active=[live()], ended=[ended(number=5)]), Unchanged)


@pytest.mark.parametrize(("in_plan", "open_"), [(2, 1), (1, 2)])
def test_another_round_that_is_still_open_is_blocked(in_plan, open_):
    action = decide(lifecycle(f"round: {in_plan}"), active=[live(round_=open_)])
    assert isinstance(action, Blocked)
    assert f"round {open_} is still open" in action.reason


# --- several, none, somebody else's -------------------------------------------------------------


def test_two_open_trades_with_one_marker_are_a_duplicate():
    action = decide(plan(), active=[live(), live({"id": 7})])
    assert isinstance(action, Blocked)
    assert "#31000001, #7" in action.reason


def test_adopt_says_which_of_two_is_meant():
    chosen, other = changes(lifecycle("adopt: 7"), active=[live(), live({"id": 7})]).actions
    assert (type(chosen), chosen.of.trade_id) == (Unchanged, 7)
    assert (type(other), other.of.trade_id) == (Orphan, 31000001)


def test_a_trade_is_adopted_by_its_marker_alone():
    foreign = live({"note": "by hand", "note_raw": "by hand", "data.entered_amount": "0.01",
                    "stop_loss.conditional.price.value": "1"})  # fmt: skip
    action = decide(lifecycle("adopt: 31000001"), active=[foreign])
    assert isinstance(action, Adopt)
    assert action.note.startswith("weekly support [smartplan1:desk/btc-swing#1 ")


def test_adopt_is_inert_once_adopted():
    assert isinstance(decide(lifecycle("adopt: 31000001"), active=[live()]), Unchanged)


def test_adopt_of_what_is_not_there_opens_nothing():
    action = decide(lifecycle("adopt: 5"))
    assert isinstance(action, Blocked)
    assert "#5 is no open trade" in action.reason


@pytest.mark.parametrize(
    ("edits", "mark", "says"),
    [
        ({}, {"workspace": "other"}, "belongs to other/btc-swing"),
        ({}, {"name": "sibling"}, "belongs to desk/sibling"),
        ({"pair": "USDT_ETH", "note": "", "note_raw": ""}, {}, "pair USDT_ETH, not USDT_BTC"),
        ({"position.type": "sell", "note": "", "note_raw": ""}, {}, "position.type sell, not buy"),
        ({"account.id": 2, "note": "", "note_raw": ""}, {}, "account_id 2, not 1"),
    ],
)
def test_what_is_not_this_trade_is_not_adopted(edits, mark, says):
    action = decide(lifecycle("adopt: 31000001"), active=[live(edits, **mark)], known=["sibling"])
    assert isinstance(action, Blocked)
    assert says in action.reason


def test_an_orphan_of_ours_can_be_adopted():
    action = decide(lifecycle("adopt: 31000001"), active=[live(name="gone")])
    assert isinstance(action, Adopt)


def test_a_trade_older_than_since_is_not_adopted():
    """Once ended it would be on no list: its plan would open it again."""
    old = live({"note": "", "note_raw": ""})
    action = decide(lifecycle("adopt: 31000001"), active=[old], since=date(2026, 11, 23))
    assert isinstance(action, Blocked)
    assert "before `since`" in action.reason


def test_two_plans_cannot_adopt_one_trade():
    one, two = (
        lifecycle("adopt: 31000001"),
        plan(SWING + "lifecycle: {adopt: 31000001}\n", name="second"),
    )
    foreign = live({"note": "", "note_raw": ""})
    actions = changes(one, two, active=[foreign]).actions
    assert [type(action) for action in actions] == [Blocked, Blocked]
    assert "claimed by btc-swing and second" in actions[0].reason


# --- renames ------------------------------------------------------------------------------------


def renamed(text="renamed_from: btc-swing", base=SWING):
    return plan(base + f"lifecycle: {{{text}}}\n", name="btc-new")


def test_a_rename_sets_the_note_and_nothing_else():
    action = decide(renamed(), active=[live()])
    assert isinstance(action, SetNote)
    assert "desk/btc-new#1" in action.note
    assert [(c.before, c.after) for c in action.changes] == [("btc-swing", "btc-new")]


def test_a_rename_does_not_open_again_what_has_ended():
    action = decide(renamed(), ended=[ended()])
    assert isinstance(action, Finished)


def test_a_rename_is_inert_once_done():
    done = live(applied=renamed())
    assert isinstance(decide(renamed(), active=[done]), Unchanged)


@pytest.mark.parametrize("known", [[], ["btc-swing"]])
def test_a_name_that_is_still_planned_cannot_be_taken_over(known):
    """A copied entry with `renamed_from` would leave the old one to be opened a second time."""
    plans = [renamed()] if known else [plan(), renamed()]
    actions = changes(*plans, active=[live()], known=known).actions
    assert type(actions[-1]) is Blocked
    assert not [a for a in actions if isinstance(a, Create | SetNote)]


def test_two_plans_cannot_take_over_one_name():
    other = plan(SWING + "lifecycle: {renamed_from: btc-swing}\n", name="third")
    actions = changes(renamed(), other, active=[live()]).actions
    assert [type(action) for action in actions] == [Blocked, Blocked]


def test_the_old_trade_beside_a_finished_rename_is_an_orphan():
    actions = changes(renamed(), active=[live(applied=renamed()), live({"id": 7})]).actions
    assert [type(action) for action in actions] == [Unchanged, Orphan]


# --- look-alikes --------------------------------------------------------------------------------

UNMARKED = {"note": "", "note_raw": None}


@pytest.mark.parametrize(
    ("edits", "mark", "way_out"),
    [
        (UNMARKED, {}, "adopt: 31000001"),
        ({**UNMARKED, **ENTERED}, {}, "adopt: 31000001"),
        ({}, {"name": "old-name"}, "renamed_from: old-name"),
        (ENTERED, {"name": "old-name"}, "renamed_from: old-name"),
        ({}, {"workspace": "old-desk"}, "set it back to `old-desk`"),
    ],
)
def test_what_looks_like_an_open_trade_is_not_opened_beside_it(edits, mark, way_out):
    action = changes(plan(), active=[live(edits, **mark)]).actions[0]
    assert isinstance(action, Blocked)
    assert way_out in action.ways_out[0]


@pytest.mark.parametrize(
    "edits",
    [
        {**UNMARKED, "position.units.value": "0.011"},
        {**UNMARKED, **ENTERED, "position.units.value": "0.0101"},
        {**UNMARKED, "position.type": "sell"},
        {**UNMARKED, "pair": "USDT_ETH"},
        {**UNMARKED, "account.id": 2},
        {**UNMARKED, "account.id": 77},
        {**UNMARKED, "status.type": "finished"},
    ],
)
def test_what_is_clearly_another_does_not_stand_in_the_way(edits):
    assert isinstance(decide(plan(), active=[live(edits)]), Create)


@pytest.mark.parametrize("edited", ["{} watch this", "{} ", "({})", "{:.48}", "v2 {}!"])
def test_what_is_left_of_a_marker_holds_a_create_back_whatever_the_plan_says_now(edited):
    """No journal, a note that somebody wrote into, and other units in the plan."""
    note = edited.format(note_of(plan()))
    there = live({"note": note, "note_raw": note})
    action = decide(plan(changed("0.01", "0.02")), active=[there])
    if note.rstrip().endswith("k]"):
        assert isinstance(action, Update)
    else:
        assert isinstance(action, Blocked)
        assert "is it this trade?" in action.reason


def test_a_marker_of_another_name_in_a_note_holds_nothing_back():
    note = note_of(plan(), name="btc-swing-2") + " watch this"
    there = live({"note": note, "note_raw": note})
    assert isinstance(decide(plan(changed("0.01", "0.02")), active=[there]), Create)


def test_a_trade_of_another_workspace_under_another_name_is_none_of_ours():
    changeset = changes(plan(), active=[live(workspace="other", name="x")])
    assert [type(action) for action in changeset.actions] == [Create]
    assert changeset.foreign == 1


def test_two_like_rungs_of_one_plan_are_both_opened():
    other = plan(name="rung-2")
    assert changes(plan(), other).count(Create) == 2


# --- what the journal knows ---------------------------------------------------------------------

DESK = LockScope("desk", "sandbox")
TRIGGER = "stop_loss.conditional.price.value"


def known(number=31000001, name="btc-swing", round_=1, **more):
    """A memory of one live trade."""
    trade = KnownTrade(identity=Identity(DESK, name, round_), trade_id=number, **more)
    return Memory({(name, round_): trade})


def unknown(planned, name="btc-swing"):
    """A memory of one create whose answer was lost."""
    return Memory(unknown={(name, 1): planned.trade})


def test_a_note_that_lost_its_marker_is_told_by_the_journal():
    action = decide(plan(), active=[live(UNMARKED)], memory=known())
    assert (type(action), action.why) == (Blocked, Why.EXCHANGE)
    assert action.reason == "its note was edited: #31000001 has lost our marker"
    assert "adopt: 31000001" in action.ways_out[0]


def test_an_ended_trade_without_its_marker_is_finished_all_the_same():
    gone = live({**UNMARKED, "status.type": "stop_loss_finished"})
    assert isinstance(decide(plan(), ended=[gone], memory=known()), Finished)


def test_what_the_journal_saw_end_is_finished_without_any_list():
    action = decide(plan(), memory=known(ended="cancelled"))
    assert (type(action), action.failed) == (Finished, False)
    assert decide(plan(), memory=known(ended="failed")).failed


def test_what_we_opened_and_nobody_lists_is_missing_and_never_opened_again():
    action = decide(plan(), memory=known())
    assert (type(action), action.why) == (Blocked, Why.EXCHANGE)
    assert action.reason.startswith("missing: #31000001")


def test_a_rename_does_not_lose_what_the_journal_knows():
    action = decide(renamed(), memory=known())
    assert isinstance(action, Blocked)
    assert action.reason.startswith("missing: #31000001")


def test_another_round_in_the_journal_says_nothing_of_this_one():
    assert isinstance(decide(lifecycle("round: 2"), memory=known(ended="finished")), Create)


def test_a_copy_that_outlived_the_trade_we_opened_is_not_taken_for_it():
    action = decide(plan(), active=[live()], memory=known(number=5))
    assert isinstance(action, Blocked)
    assert "the trade that was opened is #5" in action.reason


def test_nothing_is_opened_while_an_earlier_create_is_unknown():
    action = decide(plan(), memory=unknown(plan()))
    assert (type(action), action.why) == (Blocked, Why.UNKNOWN)
    assert "smartplan resolve btc-swing --wait" in action.ways_out[0]


def test_a_rename_does_not_get_round_an_unknown_create():
    action = decide(renamed(), memory=unknown(plan()))
    assert (type(action), action.why) == (Blocked, Why.UNKNOWN)
    assert "smartplan resolve btc-swing" in action.ways_out[0]


def test_a_silent_rename_does_not_get_round_an_unknown_create():
    action, left_behind = changes(plan(name="btc-new"), memory=unknown(plan())).actions
    assert (type(action), action.why) == (Blocked, Why.UNKNOWN)
    assert "create of btc-swing" in action.reason
    assert (left_behind.of.name, left_behind.of.trade_id) == ("btc-swing", None)


def test_an_unknown_create_of_another_size_does_not_stand_in_the_way():
    other = plan(changed("value: 0.01", "value: 0.02"))
    action, left_behind = changes(plan(name="btc-new"), memory=unknown(other)).actions
    assert isinstance(action, Create)
    assert (type(left_behind), left_behind.why) == (Blocked, Why.UNKNOWN)
    assert "`smartplan resolve btc-swing --wait`" in left_behind.ways_out[0]


def test_an_unknown_create_holds_up_every_round_of_its_name():
    action = decide(lifecycle("round: 2"), memory=unknown(plan()))
    assert (type(action), action.why) == (Blocked, Why.UNKNOWN)


def test_an_unknown_create_that_is_still_planned_holds_up_itself_alone():
    first, second = changes(plan(), plan(name="rung-2"), memory=unknown(plan())).actions
    assert (type(first), type(second)) == (Blocked, Create)


def test_the_journal_tells_drift_field_by_field():
    text = changed("breakeven: true", "breakeven: true\n  timeout: {enabled: true, value: 9}")
    memory = known(applied=applied_form(plan().trade))
    action = decide(plan(text), active=[live({TRIGGER: "56000"})], memory=memory)
    assert isinstance(action, Blocked)
    assert action.reason == f"{TRIGGER} was moved on the exchange (55000 → 56000)"


# --- what the user allows by name ---------------------------------------------------------------


def test_drift_is_put_back_only_by_name():
    moved = [live({TRIGGER: "56000"})]
    assert isinstance(decide(plan(), active=moved), Blocked)
    other = Choices(overwrite_drift=frozenset({"another"}))
    assert isinstance(decide(plan(), active=moved, choices=other), Blocked)
    named = Choices(overwrite_drift=frozenset({"btc-swing"}))
    action = decide(plan(), active=moved, choices=named)
    assert isinstance(action, Update)
    assert [(str(c.before), str(c.after)) for c in action.changes] == [("56000", "55000")]
    assert action.changes[0].widens_risk


def test_putting_drift_back_leaves_the_stop_that_the_service_moved():
    """The stop stands at breakeven; a target and the timeout are another matter."""
    named = Choices(overwrite_drift=frozenset({"btc-swing"}))
    lived = live({**FIRST_TARGET_HIT, TRIGGER: "60060.06",
                  "stop_loss.timeout": {"enabled": True, "value": 30}})  # fmt: skip
    action = decide(plan(), active=[lived], choices=named)
    assert isinstance(action, Update)
    assert [format_path(c.path) for c in action.changes] == ["stop_loss.timeout.value"]
    assert action.body["stop_loss"]["conditional"]["price"]["value"] == "60060.06"


def test_a_stop_that_is_shown_as_put_back_is_put_back():
    named = Choices(overwrite_drift=frozenset({"btc-swing"}))
    lived = live({**FIRST_TARGET_HIT, TRIGGER: "60060.06"})
    action = decide(plan(changed("55000", "56000")), active=[lived], choices=named)
    assert [(format_path(c.path), c.widens_risk) for c in action.changes] == [(TRIGGER, True)]
    assert action.body["stop_loss"]["conditional"]["price"]["value"] == "56000"


def test_a_higher_round_replaces_an_unfilled_one_only_by_name():
    second = lifecycle("round: 2")
    assert isinstance(decide(second, active=[live()]), Blocked)
    choices = Choices(replace=frozenset({"btc-swing"}))
    action = decide(second, active=[live()], choices=choices)
    assert (type(action), action.of.trade_id, action.of.round) == (Replace, 31000001, 2)
    assert "btc-swing#2 " in action.body["note"]
    assert isinstance(decide(second, active=[live(ENTERED)], choices=choices), Blocked)
    lower = [live(round_=3)]
    assert isinstance(decide(second, active=lower, choices=choices), Blocked)


def test_a_look_alike_is_opened_only_by_name():
    choices = Choices(allow_lookalike=frozenset({"btc-swing"}))
    assert isinstance(decide(plan(), active=[live(UNMARKED)], choices=choices), Create)


@pytest.mark.parametrize(
    ("on_remove", "edits", "confirmed", "kind"),
    [
        (OnRemove.KEEP, {}, True, Orphan),
        (OnRemove.CANCEL, {}, False, Cancel),
        (OnRemove.CLOSE, {}, False, Cancel),
        (OnRemove.CANCEL, ENTERED, True, Blocked),
        (OnRemove.CLOSE, ENTERED, False, Blocked),
        (OnRemove.CLOSE, ENTERED, True, Close),
        (OnRemove.CLOSE, {"status.type": "stop_loss_in_progress"}, True, Orphan),
    ],
)
def test_pruning_does_what_the_marker_says(on_remove, edits, confirmed, kind):
    orphan = live({**edits, "id": 7}, name="gone", on_remove=on_remove)
    choices = Choices(prune=True, confirm_close=frozenset({"gone"} if confirmed else ()))
    assert isinstance(changes(plan(), active=[live(), orphan], choices=choices).actions[-1], kind)


@pytest.mark.parametrize("edits", [{}, ENTERED])
def test_pruning_never_ends_a_copy_made_on_the_exchange(edits):
    choices = Choices(prune=True, confirm_close=frozenset({"gone"}))
    memory = known(name="gone")
    ours, copy = (
        live({**edits, "id": number}, name="gone", on_remove=OnRemove.CLOSE)
        for number in (31000001, 31000002)
    )
    both = changes(plan(), active=[live({"id": 7}), ours, copy], memory=memory, choices=choices)
    assert [action.of.trade_id for action in both.mutations] == [31000001]
    (blocked,) = both.blocked
    assert blocked.of.trade_id == 31000002
    alone = changes(plan(), active=[live({"id": 7}), copy], memory=memory, choices=choices)
    assert (len(alone.mutations), len(alone.blocked)) == (0, 1)


def test_pruning_ends_neither_of_two_where_nobody_knows_which_is_ours():
    twins = [live({"id": id_}, name="gone", on_remove=OnRemove.CANCEL) for id_ in (1, 2)]
    found = changes(plan(), active=[live({"id": 7}), *twins], choices=Choices(prune=True))
    assert (len(found.mutations), len(found.blocked)) == (0, 2)


def test_a_trade_that_waits_for_its_targets_is_never_cancelled():
    lagging = {"status.type": "waiting_targets", "data.entered_amount": "0.0"}
    action = decide(lifecycle("state: cancelled"), active=[live(lagging)])
    assert isinstance(action, Blocked)


def test_without_pruning_an_orphan_goes_on():
    orphan = live({"id": 7}, name="gone", on_remove=OnRemove.CLOSE)
    choices = Choices(confirm_close=frozenset({"gone"}))
    assert isinstance(changes(plan(), active=[live(), orphan], choices=choices).actions[-1], Orphan)


# --- what is left over --------------------------------------------------------------------------


def test_what_no_plan_speaks_of_is_an_orphan():
    changeset = changes(plan(), active=[live(), live({**ENTERED, "id": 7}, name="gone")])
    assert isinstance(changeset.actions[-1], Orphan)
    assert changeset.actions[-1].entered


def test_a_plan_that_was_not_selected_makes_no_orphan():
    assert len(changes(plan(), active=[live(), live(name="other")], known=["other"]).actions) == 1


def test_other_accounts_are_other_environments():
    elsewhere = live({"account.id": 77})
    assert isinstance(decide(plan(), active=[elsewhere]), Create)


def test_the_summary_is_a_public_interface():
    changeset = changes(
        plan(changed("66000", "67000")), plan(name="b"), active=[live(), live({"id": 7}, name="b")]
    )
    assert summary(changeset) == (
        "Changes: 0 to create, 1 to update, 0 to adopt, 0 to cancel, 0 to close. "
        "1 unchanged, 0 finished, 0 blocked."
    )


def test_what_reduces_risk_runs_first_and_what_opens_last():
    def named(text, name):
        return plan(text, name=name)

    closing = SWING + "lifecycle: {state: closed}\n"
    plans = [
        named(changed("weekly support", "new"), "new"),
        named(changed("66000", "67000"), "target"),
        named(changed("55000", "56000"), "stop"),
        named(changed("weekly", "daily"), "note"),
        named(SWING + "lifecycle: {state: cancelled}\n", "cancel"),
        named(closing, "close"),
    ]
    active = [
        live({"id": number}, name=name)
        for number, name in enumerate(["target", "stop", "note", "cancel"], 1)
    ]
    active.append(live({**ENTERED, "id": 9}, name="close"))
    ordered = changes(*plans, active=active).mutations
    assert [action.of.name for action in ordered] == [
        "close", "cancel", "stop", "target", "note", "new",
    ]  # fmt: skip


# --- reading ------------------------------------------------------------------------------------


class Lists:
    def __init__(self, active, ended=()):
        self.given = {"active": tuple(active), "all": (*active, *ended)}
        self.asked = []

    def list_trades(self, criteria, *, page=1, per_page=100):
        self.asked.append(criteria.status)
        rows = self.given[criteria.status]
        return Listing(rows[(page - 1) * per_page : page * per_page])


OURS = Ownership("desk", frozenset({1, 2}))


def test_one_list_is_enough_when_every_name_is_open():
    lists = Lists([live()])
    read(lists, OURS, {"btc-swing"}, None)
    assert set(lists.asked) == {"active"}


@pytest.mark.parametrize("namesake", [{}, {"workspace": "other"}, {"account": 77}])
def test_a_name_that_is_not_open_here_is_looked_for_among_the_ended(namesake):
    """A namesake in another workspace, or on another environment's account, proves nothing."""
    mark = {key: value for key, value in namesake.items() if key == "workspace"}
    edits = {"account.id": namesake["account"]} if "account" in namesake else {}
    active = [live(edits, **mark)] if namesake else []
    lists = Lists(active, [ended(number=5)])
    view = read(lists, OURS, {"btc-swing"}, None)
    assert set(lists.asked) == {"active", "all"}
    found = reconcile(Desired([plan()], 1), view, SCOPE)
    assert found.count(Finished) == 1


def test_a_way_out_of_an_unknown_create_names_the_environment():
    memory = Memory(unknown={("btc-swing", 1): None})
    scope = replace(SCOPE, environment="real", memory=memory)
    (blocked,) = reconcile(Desired((plan(),), 1), MarketView((), ()), scope).actions
    assert blocked.ways_out[0] == "look again: `smartplan resolve btc-swing --wait --env real`"


def test_a_new_entry_that_comes_too_late_is_told_beside_what_else_changes():
    late = "the entry is filled: the plan's new entry comes too late"
    text = SWING.replace("value: 60000", "value: 59000")
    both = plan(text.replace("value: 55000", "value: 56000"))
    update = decide(both, active=[live(ENTERED)])
    assert isinstance(update, Update)
    assert [change.path for change in update.changes] == [STOP_TRIGGER]
    assert update.reason == late
    moved = decide(plan(text), active=[live({**ENTERED, TRIGGER: "54000"})])
    assert isinstance(moved, Blocked)
    assert moved.reason.endswith(late)
