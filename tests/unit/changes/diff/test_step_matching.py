"""Steps are told by the journal's ids, else by what they say: an order is not a change."""

from decimal import Decimal
from itertools import permutations

import pytest
from msgspec.structs import replace

from smartplan.changes.changeset import Blocked, Unchanged, Update
from smartplan.changes.diff.step_matching import ids_of
from smartplan.changes.execute.actions import known_after
from smartplan.changes.reconcile.inputs import Choices, Memory
from smartplan.diagnostics import format_path
from tests.changesets import IDENTITY, changes
from tests.trades import ENTERED, SWING_ENTITY, changed, live, plan

D = Decimal
STEPS = """\
    - {order_type: limit, price: {value: 66000, type: bid}, volume: 50}
    - order_type: market
      price: {value: 72000, type: bid}
      volume: 50
      trailing: {enabled: true, percent: 2}
"""
THREE = changed(STEPS, """\
    - {order_type: limit, price: {value: 66000, type: bid}, volume: 50}
    - {order_type: limit, price: {value: 70000, type: bid}, volume: 30}
    - {order_type: limit, price: {value: 75000, type: bid}, volume: 20}
""")  # fmt: skip
LAST_MOVED = changed("75000", "76000", THREE)
FIRST = SWING_ENTITY["take_profit"]["steps"][0]


def step(number, price, volume, status="idle"):
    shown = {"type": "bid", "value": f"{price}.0", "percent": None}
    return FIRST | {"id": number, "price": shown, "volume": volume, "status": {"type": status}}


A, B, C = step(201, 66000, "50.0"), step(202, 70000, "30.0"), step(203, 75000, "20.0")
A_HIT = step(201, 66000, "50.0", "finished")
PARTLY_CLOSED = {**ENTERED, "data.closed_amount": "0.005", "data.closed_total": "330.0"}


def lived(*steps, **edits):
    return live({"take_profit.steps": list(steps), **edits}, applied=plan(THREE))


def known():
    """What an apply of THREE wrote down: the fields, and the ids in the order of the plan."""
    (create,) = decide(plan(THREE)).mutations
    return Memory({("btc-swing", 1): known_after(create, IDENTITY, 31000001, lived(A, B, C))})


def decide(planned, *active, memory=None, choices=None):
    return changes(planned, active=active, memory=memory, choices=choices)


@pytest.mark.parametrize("order", list(permutations((A, B, C))))
@pytest.mark.parametrize("journal", [True, False])
def test_another_order_is_no_change(order, journal):
    (action,) = decide(plan(THREE), lived(*order), memory=known() if journal else None).actions
    assert isinstance(action, Unchanged)


@pytest.mark.parametrize("order", list(permutations((A, B, C))))
def test_in_any_order_a_change_reaches_its_own_step(order):
    (update,) = decide(plan(LAST_MOVED), lived(*order), memory=known()).actions
    assert isinstance(update, Update)
    assert [format_path(change.path) for change in update.changes] == [
        "take_profit.steps[2].price.value"
    ]
    sent = [(s["id"], s["price"]["value"]) for s in update.body["take_profit"]["steps"]]
    assert sent == [(201, "66000"), (202, "70000"), (203, "76000")]


@pytest.mark.parametrize("order", [p for p in permutations((A, B, C)) if p != (A, B, C)])
def test_without_ids_a_change_in_another_order_is_held_up(order):
    (action,) = decide(plan(LAST_MOVED), lived(*order)).actions
    assert isinstance(action, Blocked)


@pytest.mark.parametrize("order", list(permutations((A_HIT, B, C))))
def test_a_step_that_is_over_is_never_sent_again_wherever_it_is_listed(order):
    (update,) = decide(plan(LAST_MOVED), lived(*order, **PARTLY_CLOSED), memory=known()).actions
    assert [s["id"] for s in update.body["take_profit"]["steps"]] == [202, 203]


def test_a_step_of_a_position_that_is_listed_no_more_is_over():
    gone = lived(B, C, **PARTLY_CLOSED)
    (action,) = decide(plan(THREE), gone, memory=known()).actions
    assert isinstance(action, Unchanged)
    (update,) = decide(plan(LAST_MOVED), gone, memory=known()).actions
    sent = [(s["id"], s["price"]["value"]) for s in update.body["take_profit"]["steps"]]
    assert sent == [(202, "70000"), (203, "76000")]


def test_a_step_that_is_listed_no_more_has_still_sold_its_volume():
    """The 50 % that are left are not shared as if 60 % had been sold."""
    text = changed("volume: 30", "volume: 20", changed("volume: 50", "volume: 60", THREE))
    (action,) = decide(plan(text), lived(B, C, **PARTLY_CLOSED), memory=known()).actions
    assert isinstance(action, Blocked)
    assert action.reason.startswith("target 1 is filled (50 %): the plan gives the others 40 %")


@pytest.mark.parametrize(
    ("steps", "closed"),
    [([B, C], "0.0"), ([A, C], "0.001"), ([A_HIT, C], "0.005"), ([C], "0.005"), ([], "0.005")],
    ids=["nothing closed", "too little", "another step", "two steps", "all steps"],
)
def test_a_step_that_somebody_took_from_a_position_is_drift(steps, closed):
    """0.01 entered, 50, 30 and 20 %: what is gone would have closed more than was closed."""
    taken = lived(*steps, **{**PARTLY_CLOSED, "data.closed_amount": closed})
    (action,) = decide(plan(THREE), taken, memory=known()).actions
    assert isinstance(action, Blocked)


@pytest.mark.parametrize("text", [THREE, LAST_MOVED])
def test_without_ids_a_step_that_is_listed_no_more_is_held_up(text):
    (action,) = decide(plan(text), lived(B, C, **PARTLY_CLOSED)).actions
    assert isinstance(action, Blocked)


def test_a_step_that_somebody_took_from_a_waiting_trade_is_drift():
    (action,) = decide(plan(THREE), lived(A, C), memory=known()).actions
    assert isinstance(action, Blocked)


def test_a_step_that_somebody_put_first_is_drift_and_told_as_added():
    mine = step(209, 90000, "1.0")
    (action,) = decide(plan(THREE), lived(mine, A, B, C), memory=known()).actions
    assert isinstance(action, Blocked)
    assert {change.path[:3] for change in action.changes} == {("take_profit", "steps", 3)}


def test_what_is_put_back_is_put_back_into_its_own_step():
    moved = step(201, 65000, "50.0")
    named = Choices(overwrite_drift=frozenset({"btc-swing"}))
    (update,) = decide(plan(THREE), lived(C, B, moved), memory=known(), choices=named).actions
    sent = [(s["id"], s["price"]["value"]) for s in update.body["take_profit"]["steps"]]
    assert sent == [(201, "66000"), (202, "70000"), (203, "75000")]


def test_the_ids_of_an_earlier_version_of_the_plan_are_not_used():
    """The marker says that something else was applied since the journal was written."""
    steps = [step(303, 76000, "20.0"), step(301, 66000, "50.0"), step(302, 70000, "30.0")]
    other = live({"take_profit.steps": steps}, applied=plan(LAST_MOVED))
    (action,) = decide(plan(LAST_MOVED), other, memory=known()).actions
    assert isinstance(action, Unchanged)


def test_after_an_update_old_and_new_ids_are_known():
    """One step went on and is listed last, one is new, and one that is over is listed too."""
    trade = plan(THREE).trade
    answer = lived(A_HIT, step(300, 75000, "20.0"), B)
    assert ids_of(trade, answer, (201, 202, None)) == {"0": "201", "1": "202", "2": "300"}
    assert ids_of(trade, answer, (None, 202, None)) == {"0": "201", "1": "202", "2": "300"}


def test_ids_that_cannot_be_told_are_not_guessed():
    trade = plan(THREE).trade
    assert ids_of(trade, lived(A, B)) == {}
    assert ids_of(trade, lived(A, B, C, step(204, 80000, "1.0"))) == {}


def test_a_journal_of_an_earlier_version_has_no_ids():
    memory = known()
    (key,) = memory.trades
    before = memory.trades[key]
    applied = {k: v for k, v in before.applied.items() if k != "step_ids"}
    old = Memory({key: replace(before, applied=applied)})
    (action,) = decide(plan(THREE), lived(C, A, B), memory=old).actions
    assert isinstance(action, Unchanged)
