"""Desired and live: what differs, who made it differ, and what is no difference at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartplan.changes.diff.attribution import Cause
from smartplan.changes.diff.trade_diff import diff
from smartplan.diagnostics import format_path
from smartplan.trade.fields import Group, digests
from tests.trades import (
    ENTERED,
    FIRST_TARGET_HIT,
    PERCENT,
    SWING,
    TIGHTER,
    TRAILING_STOP,
    TRAILING_STOP_LIVE,
    TRIGGER,
    changed,
    live,
    percent_live,
    plan,
)

D = Decimal


def compared(planned, lived):
    return diff(planned.trade, lived, lived.marker.digests)


def shown(found, *causes):
    """The changes as ``path: before → after``."""
    return [
        f"{format_path(change.path)}: {change.before} → {change.after}"
        for change in found.of(*(causes or tuple(Cause)))
    ]


def clean(found):
    return not found.groups and not found.immutable


# --- no difference ------------------------------------------------------------------------------


def test_a_trade_that_was_just_applied_does_not_differ():
    assert clean(compared(plan(), live()))


@pytest.mark.parametrize(
    "edits",
    [
        {"data.updated_at": "x", "data.current_price": {"bid": "1"}, "profit.percent": "-9.1"},
        {"status.title": "x", "version": 9, "novel": 1, "position.total.value": "1"},
        {"take_profit.price_type": "percentage", "take_profit.steps.0.total": "12"},
        {"take_profit.steps.0.units": {"value": "0.005"}, "take_profit.steps.0.status.title": ""},
        {"take_profit.steps.0.id": 999, "take_profit.steps.0.position": 7},
        {"position.units.value": D("0.010"), "stop_loss.price.value": "1"},
        {"position.price.value": "6E+4"},
        {"leverage": {"enabled": False, "type": "cross", "value": "3"}},
        {"stop_loss.timeout": {"enabled": False, "value": 30}},
        {"take_profit.steps.0.trailing": {"enabled": False, "percent": "2"}},
        {"account.name": "renamed", "account.type": "x"},
    ],
)
def test_noise_is_no_difference(edits):
    assert clean(compared(plan(), live(edits)))


@pytest.mark.parametrize("key", ["take_profit", "stop_loss"])
@pytest.mark.parametrize(
    "group", [{"enabled": False}, {"enabled": False, "price_type": "value", "steps": []}, None]
)
def test_absent_and_disabled_are_the_same(key, group):
    only = SWING[: SWING.index("take_profit:")]
    written = plan(only)
    off = {"take_profit": {"enabled": False}, "stop_loss": {"enabled": False}, key: group}
    note = {"note": "", "note_raw": None}
    lived = live({**off, **note}, applied=written)
    assert clean(diff(written.trade, lived, digests(written.trade)))


def test_custom_leverage_is_stored_as_isolated():
    written = plan(SWING + "leverage: {enabled: true, type: custom, value: 5}\n")
    edits = {"leverage": {"enabled": True, "type": "isolated", "value": "5.0"}}
    assert clean(compared(written, live(edits, applied=written)))


@pytest.mark.parametrize("leverage", [{"enabled": True}, {"enabled": True, "value": "5.0"},
                                      {"enabled": True, "type": "cross"}])  # fmt: skip
def test_leverage_the_entity_does_not_tell_is_not_compared(leverage):
    written = plan(SWING + "leverage: {enabled: true, type: cross, value: 5}\n")
    assert clean(compared(written, live({"leverage": leverage}, applied=written)))


def test_the_fill_changes_price_and_units_and_that_is_no_drift():
    assert clean(compared(plan(), live(ENTERED)))


def test_a_conditional_entry_that_has_fired_is_no_drift():
    text = SWING.replace("order_type: limit, units", "order_type: conditional, units").replace(
        "price: {value: 60000}}\ntake",
        "conditional: {price: {value: 60500}, order_type: market}}\ntake",
    )
    written = plan(text)
    edits = {**ENTERED, "position.order_type": "conditional"}
    assert clean(compared(written, live(edits, applied=written)))


def test_a_finished_step_is_compared_no_more():
    edits = {
        **FIRST_TARGET_HIT,
        "take_profit.steps.0.price.value": "66012.5",
        "take_profit.steps.0.volume": "49.99",
    }
    assert clean(compared(plan(), live(edits)))


@pytest.mark.parametrize("status", ["cancelled", "panic_sold", "failed", "pending_cancellation"])
def test_a_step_that_is_over_is_frozen_out(status):
    edits = {**ENTERED, "take_profit.steps.1.status.type": status,
             "take_profit.steps.1.volume": "35"}  # fmt: skip
    assert clean(compared(plan(), live(edits)))


def test_the_stop_after_the_first_target_of_a_breakeven_trade_is_no_drift():
    found = compared(plan(), live({**FIRST_TARGET_HIT, TRIGGER: "60060.06"}))
    assert clean(found)
    assert ("stop_loss", "conditional", "price", "value") in found.kept


def test_before_the_first_target_the_same_move_is_drift():
    found = compared(plan(), live({**ENTERED, TRIGGER: "60060.06"}))
    assert shown(found, Cause.DRIFT) == [f"{TRIGGER}: 60060.06 → 55000"]


def test_a_trailing_stop_moves_once_the_trade_is_entered():
    written = plan(TRAILING_STOP)
    edits = {**TRAILING_STOP_LIVE, **ENTERED, TRIGGER: "58123.4"}
    assert clean(compared(written, live(edits, applied=written)))


def test_a_trailing_stop_does_not_move_before_the_entry():
    written = plan(TRAILING_STOP)
    edits = {**TRAILING_STOP_LIVE, TRIGGER: "58123.4"}
    found = compared(written, live(edits, applied=written))
    assert shown(found, Cause.DRIFT) == [f"{TRIGGER}: 58123.4 → 55000"]


# --- percent targets ----------------------------------------------------------------------------


def test_percents_wait_for_the_entry():
    assert clean(compared(plan(PERCENT), percent_live()))


def test_a_percent_becomes_a_price_with_the_fill_and_that_is_no_drift():
    assert clean(compared(plan(PERCENT), percent_live(filled=True)))


def test_an_entity_that_shows_price_and_percent_is_compared_in_the_plans_own_words():
    edits = {"take_profit.steps.0.price": {"type": "bid", "value": "65999.9", "percent": "10.0"}}
    assert clean(compared(plan(PERCENT), percent_live(edits, filled=True)))


def test_a_percent_changed_before_the_fill_is_a_plan_change():
    found = compared(plan(changed("percent: 10,", "percent: 11,", PERCENT)), percent_live())
    assert shown(found, Cause.PLAN) == ["take_profit.steps[0].price.percent: 10.0 → 11"]


def test_a_percent_changed_after_the_fill_is_never_lost_in_silence():
    written = plan(changed("percent: 10,", "percent: 11,", PERCENT))
    (change,) = compared(written, percent_live(filled=True)).of(Cause.CONFLICT)
    assert format_path(change.path) == "take_profit.steps[0].price.value"
    assert (change.before, change.after) == (66000, 66600)


def test_a_stop_percent_changed_after_the_fill_is_never_lost_in_silence():
    found = compared(
        plan(changed("percent: 6,", "percent: 7,", PERCENT)), percent_live(filled=True)
    )
    assert [line.split(":")[0] for line in shown(found, Cause.CONFLICT)] == [TRIGGER]
    assert found.of(Cause.CONFLICT)[0].after == 55800
    assert found.of(Cause.CONFLICT)[0].widens_risk


def test_the_way_out_of_a_percent_conflict_is_the_live_price():
    text = changed("{percent: 10,", "{value: 66000,", PERCENT)
    text = changed("{percent: 20,", "{value: 72000,", text)
    found = compared(plan(text), percent_live(filled=True))
    assert clean(found)
    assert found.digests == digests(plan(text).trade)


# --- plan change, drift, conflict ---------------------------------------------------------------

MOVED = {TRIGGER: "56000.0"}
PLAN_54 = changed("value: 55000", "value: 54000")


def test_only_the_plan_moved():
    found = compared(plan(PLAN_54), live())
    assert shown(found, Cause.PLAN) == [f"{TRIGGER}: 55000.0 → 54000"]
    assert found.digests == digests(plan(PLAN_54).trade)


def test_only_the_exchange_moved():
    found = compared(plan(), live(MOVED))
    assert shown(found, Cause.DRIFT) == [f"{TRIGGER}: 56000.0 → 55000"]
    assert found.digests == digests(plan().trade)


def test_both_moved():
    lived = live(MOVED)
    found = compared(plan(PLAN_54), lived)
    assert shown(found, Cause.CONFLICT) == [f"{TRIGGER}: 56000.0 → 54000"]
    assert found.digests == lived.marker.digests


def test_both_moved_to_the_same_place():
    text = changed("value: 55000", "value: 56000")
    found = compared(plan(text), live(MOVED))
    assert clean(found)
    assert found.digests == digests(plan(text).trade)


def test_drift_of_one_group_does_not_hold_up_another():
    found = compared(plan(changed("value: 66000", "value: 67000")), live(MOVED))
    assert [(group.group, group.cause) for group in found.groups] == [
        (Group.TAKE_PROFIT, Cause.PLAN),
        (Group.STOP_LOSS, Cause.DRIFT),
    ]
    new, old = digests(plan(changed("value: 66000", "value: 67000")).trade), digests(plan().trade)
    assert found.digests == (old[0], new[1], old[2], old[3])


def test_a_plan_change_beside_a_stop_that_the_service_moved_is_a_plan_change():
    written = plan(
        changed("breakeven: true", "breakeven: true\n  timeout: {enabled: true, value: 30}")
    )
    found = compared(written, live({**FIRST_TARGET_HIT, TRIGGER: "60060.06"}))
    assert shown(found) == ["stop_loss.timeout.value: None → 30"]
    assert found.groups[0].cause is Cause.PLAN


def test_a_new_trigger_for_a_stop_that_the_service_moved_is_never_lost_in_silence():
    found = compared(plan(PLAN_54), live({**FIRST_TARGET_HIT, TRIGGER: "60060.06"}))
    assert shown(found, Cause.CONFLICT) == [f"{TRIGGER}: 60060.06 → 54000"]


def test_a_step_the_exchange_lost_is_drift():
    found = compared(plan(), live({"take_profit.steps.1": ...}))
    assert found.groups[0].cause is Cause.DRIFT
    assert all(change.path[:3] == ("take_profit", "steps", 1) for change in found.of(Cause.DRIFT))


def test_a_step_somebody_added_is_drift():
    extra = {"id": 103, "order_type": "limit", "price": {"type": "bid", "value": "80000"},
             "volume": "1", "trailing": {"enabled": False}, "status": {"type": "idle"}}  # fmt: skip
    lived = live()
    steps = [*lived.raw["take_profit"]["steps"], extra]
    found = compared(plan(), live({"take_profit.steps": steps}))
    assert {c.path[:3] for c in found.of(Cause.DRIFT)} == {("take_profit", "steps", 2)}


def test_targets_that_were_all_cancelled_by_hand_are_drift():
    found = compared(plan(), live({"take_profit": {"enabled": True, "steps": []}}))
    assert "take_profit.enabled: False → True" in shown(found, Cause.DRIFT)


def test_a_group_removed_from_the_plan_is_switched_off_in_one_line():
    text = SWING[: SWING.index("stop_loss:")] + "note: weekly support\n"
    found = compared(plan(text), live())
    assert shown(found, Cause.PLAN) == ["stop_loss.enabled: True → False"]
    assert found.of(Cause.PLAN)[0].widens_risk


def test_a_trailing_stop_removed_from_the_plan_is_one_line_too():
    written = plan(TRAILING_STOP)
    text = SWING[: SWING.index("stop_loss:")] + "note: weekly support\n"
    echoed = {**TRAILING_STOP_LIVE, "stop_loss.conditional.trailing.percent": "8.5"}
    for edits in (TRAILING_STOP_LIVE, echoed):
        found = compared(plan(text), live(edits, applied=written))
        assert shown(found) == ["stop_loss.enabled: True → False"]


# --- the hidden field ---------------------------------------------------------------------------


def test_the_percent_nobody_echoes_is_told_by_the_marker():
    found = compared(plan(TIGHTER), live(TRAILING_STOP_LIVE, applied=plan(TRAILING_STOP)))
    (change,) = found.of(Cause.PLAN)
    assert format_path(change.path) == "stop_loss.conditional.trailing.percent"
    assert (change.before, change.before_unknown, change.after) == (None, True, 5)


def test_an_echoed_percent_is_compared():
    edits = {**TRAILING_STOP_LIVE, "stop_loss.conditional.trailing.percent": "-7.0"}
    found = compared(plan(TRAILING_STOP), live(edits, applied=plan(TRAILING_STOP)))
    assert shown(found, Cause.DRIFT) == ["stop_loss.conditional.trailing.percent: 7.0 → 8.5"]


def test_a_plan_that_leaves_the_percent_of_a_trailing_stop_to_the_service_asks_for_no_change():
    unsaid = plan(TRAILING_STOP.replace(", percent: 8.5", ""))
    for percent in (None, "7.0"):
        edits = {**TRAILING_STOP_LIVE, "stop_loss.conditional.trailing.percent": percent}
        assert compared(unsaid, live(edits, applied=unsaid)).groups == ()
        assert compared(unsaid, live(edits, applied=plan(TRAILING_STOP))).groups == ()


def test_a_trailing_that_is_new_was_not_unknown_before():
    written = plan(SWING.replace("  breakeven: true\n", ""))
    found = compared(plan(TRAILING_STOP), live({"stop_loss.breakeven": False}, applied=written))
    assert [(c.path[-1], c.before, c.before_unknown) for c in found.of(Cause.PLAN)] == [
        ("enabled", False, False),
        ("percent", None, False),
    ]


def test_the_hidden_percent_waits_for_a_stop_that_a_person_moved():
    """One PATCH sends the whole stop loss: it would move the trigger back in silence."""
    lived = live({**TRAILING_STOP_LIVE, TRIGGER: "56000"}, applied=plan(TRAILING_STOP))
    found = compared(plan(TIGHTER), lived)
    assert found.of(Cause.PLAN) == ()
    assert {group.cause for group in found.groups} == {Cause.CONFLICT}
    assert found.digests == lived.marker.digests


# --- the entry ----------------------------------------------------------------------------------


def test_an_entry_is_compared_while_it_waits():
    found = compared(plan(changed("value: 60000", "value: 59000")), live())
    assert shown(found, Cause.PLAN) == ["position.price.value: 60000.0 → 59000"]


def test_a_new_entry_that_comes_too_late_is_said_and_not_forgotten():
    lived = live(ENTERED)
    found = compared(plan(changed("value: 60000", "value: 59000")), lived)
    assert found.groups == ()
    assert {change.path[0] for change in found.late} == {"position"}
    assert found.digests == lived.marker.digests


def test_leverage_can_change_after_the_fill():
    before = plan(SWING + "leverage: {enabled: true, type: cross, value: 5}\n")
    after = plan(SWING + "leverage: {enabled: true, type: cross, value: 3}\n")
    edits = {**ENTERED, "leverage": {"enabled": True, "type": "cross", "value": "5.0"}}
    found = compared(after, live(edits, applied=before))
    assert shown(found, Cause.PLAN) == ["leverage.value: 5.0 → 3"]
    assert found.digests == digests(after.trade)
    assert found.late == ()


@pytest.mark.parametrize(
    ("edits", "path"),
    [
        ({"account.id": 2}, "account_id"),
        ({"pair": "USDT_ETH"}, "pair"),
        ({"instant": True}, "instant"),
        ({"skip_enter_step": True}, "skip_enter_step"),
        ({"position.type": "sell"}, "position.type"),
        ({"position.order_type": "market"}, "position.order_type"),
    ],
)
def test_what_no_patch_can_change_is_told_apart(edits, path):
    found = compared(plan(), live(edits))
    assert path in [format_path(change.path) for change in found.immutable]


def test_an_adopted_trade_shows_what_differs_as_drift():
    found = diff(plan(PLAN_54).trade, live(), None)
    assert shown(found, Cause.DRIFT) == [f"{TRIGGER}: 55000.0 → 54000"]


# --- risk ---------------------------------------------------------------------------------------

SHORT = SWING.replace("type: buy", "type: sell")
SHORT_LIVE = {"position.type": "sell"}


def widening(before, after, edits=None):
    """The fields that the change from one plan's text to another flags."""
    found = diff(plan(after).trade, live(edits, applied=plan(before)), digests(plan(before).trade))
    return [format_path(change.path) for change in found.of(*Cause) if change.widens_risk]


@pytest.mark.parametrize(
    ("text", "edits", "farther", "nearer"),
    [(SWING, {}, "54999", "55001"), (SHORT, SHORT_LIVE, "55001", "54999")],
)
def test_a_stop_moved_away_widens_and_one_moved_closer_does_not(text, edits, farther, nearer):
    assert widening(text, changed("55000", farther, text), edits) == [TRIGGER]
    assert widening(text, changed("55000", nearer, text), edits) == []


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("units: {value: 0.01}", "units: {value: 0.011}", "position.units.value"),
        ("note:", "leverage: {enabled: true, type: isolated, value: 2}\nnote:", "leverage.enabled"),
        ("breakeven: true", "breakeven: false", "stop_loss.breakeven"),
        ("breakeven: true", "breakeven: true\n  timeout: {enabled: true, value: 9}",
         "stop_loss.timeout.value"),
    ],
)  # fmt: skip
def test_more_to_lose(old, new, path):
    assert path in widening(SWING, changed(old, new))


def test_a_limit_stop_may_stay_unfilled():
    limit = changed(
        "order_type: market\n  conditional",
        "order_type: limit\n  price: {value: 54900}\n  conditional",
    )
    assert widening(SWING, limit) == ["stop_loss.order_type"]


def test_cross_margin_stakes_the_account():
    text = SWING + "leverage: {enabled: true, type: isolated, value: 5}\n"
    edits = {"leverage": {"enabled": True, "type": "isolated", "value": "5.0"}}
    assert widening(text, changed("isolated", "cross", text), edits) == ["leverage.type"]
    assert widening(text, changed("value: 5}", "value: 6}", text), edits) == ["leverage.value"]
    assert widening(text, changed("value: 5}", "value: 4}", text), edits) == []


TIMED = """order_type: market, timeout: {enabled: true, value: 5}, conditional: {
  price: {value: 55, type: bid}, trailing: {enabled: true, percent: 3}}"""


@pytest.mark.parametrize(
    "stop",
    [
        "order_type: market, conditional: {price: {value: 55000, type: bid}}",
        "order_type: market, conditional: {price: {percent: 5, type: bid}}",
        "order_type: limit, price: {value: 54}, conditional: {price: {value: 55, type: bid}}",
        (
            "order_type: market, timeout: {enabled: true, value: 5}, conditional: {price: "
            "{value: 55, type: bid}, trailing: {enabled: true, percent: 3}}"
        ),
    ],
)
def test_adding_a_stop_widens_nothing(stop):
    bare = SWING[: SWING.index("stop_loss:")] + "note: weekly support\n"
    with_stop = bare + f"stop_loss: {{enabled: true, {stop}}}\n"
    assert widening(bare, with_stop, {"stop_loss": {"enabled": False}}) == []


def test_taking_the_targets_away_widens():
    text = SWING[: SWING.index("take_profit:")] + SWING[SWING.index("stop_loss:") :].replace(
        "  breakeven: true\n", ""
    )
    assert "take_profit.enabled" in widening(SWING, text)


def test_switching_off_a_trailing_stop_widens():
    plain = TRAILING_STOP.replace(", trailing: {enabled: true, percent: 8.5}", "")
    assert widening(TRAILING_STOP, plain, TRAILING_STOP_LIVE) == [
        "stop_loss.conditional.trailing.enabled"
    ]


def test_moving_a_target_widens_nothing():
    assert widening(SWING, changed("66000", "70000")) == []
    assert widening(SWING, changed("66000", "61000")) == []


@given(st.integers(1, 200_000).map(Decimal))
def test_a_stop_widens_exactly_when_it_is_lower_for_a_long(trigger):
    flagged = widening(SWING, changed("55000", str(trigger)))
    assert bool(flagged) == (trigger < 55000)
