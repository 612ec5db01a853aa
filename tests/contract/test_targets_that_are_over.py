"""A plan that changes targets after the first has filled, against the embedded exchange.

What is filled cannot change, what is open may; no part of a position is left without a target,
and nobody is told that the exchange was changed when it was not.
"""

from decimal import Decimal

import pytest

from smartplan.changes.changeset import Blocked, Unchanged, Update, Why
from smartplan.changes.execute.outcomes import Result
from smartplan.changes.reconcile.inputs import Choices
from tests.trades import changed, without
from tests.workspace import Workspace

D = Decimal
OVERWRITE = Choices(overwrite_drift=frozenset({"btc-swing"}))
FIRST = "    - {order_type: limit, price: {value: 66000, type: bid}, volume: 60}\n"
SECOND = "    - {order_type: limit, price: {value: 72000, type: bid}, volume: 40}\n"
SHARED = "and share the 40 % that are left among the others"
LADDER = f"""\
account: main
pair: USDT_BTC
position: {{type: buy, order_type: limit, units: {{value: 0.01}}, price: {{value: 60000}}}}
take_profit:
  enabled: true
  steps:
{FIRST}{SECOND}stop_loss:
  enabled: true
  order_type: market
  conditional: {{price: {{value: 55000, type: bid}}}}
"""
SHIFTED = changed("volume: 40", "volume: 30", changed("volume: 60", "volume: 70", LADDER))
FUTILE = changed("66000", "65000", LADDER)


@pytest.fixture(params=["journal", "no journal"])
def hit(tmp_path, request):
    """The workspace once the first target has filled: 60 % are sold, 40 % are left."""
    workspace = Workspace(tmp_path)
    workspace.plan("btc-swing", LADDER)
    (outcome,) = workspace.apply().outcomes
    assert outcome.result is Result.DONE
    workspace.tick("USDT_BTC", "60000", "66000")
    workspace.pause(5)
    assert [step["status"]["type"] for step in steps(workspace)] == ["finished", "order_placed"]
    workspace.requests()
    if request.param == "no journal":
        workspace.lose_journal()
    return workspace


def steps(workspace):
    (entity,) = workspace.exchange.list_trades({"status": "active"})
    return entity["take_profit"]["steps"]


def open_steps(workspace):
    """Price and volume of the targets that still wait."""
    waiting = (step for step in steps(workspace) if step["status"]["type"] != "finished")
    return [(D(step["price"]["value"]), D(step["volume"])) for step in waiting]


def decided(workspace, text, choices=None):
    workspace.plan("btc-swing", text)
    (action,) = workspace.diff(choices=choices).actions
    return action


def test_volumes_that_leave_a_part_without_a_target_are_told_in_true_words(hit):
    action = decided(hit, SHIFTED)
    assert isinstance(action, Blocked)
    assert action.why is Why.PLAN
    assert action.reason == (
        "target 1 is filled (60 %): the plan gives the others 30 %, but 40 % are left, "
        "so 10 % would have no target"
    )
    (way,) = action.ways_out
    assert way == f"put 60 back for target 1 (plans/btc-swing.yaml:7), {SHARED}"
    shown = [(c.path[2:], str(c.before), str(c.after)) for c in action.changes]
    assert shown == [((0, "volume"), "60", "70"), ((1, "volume"), "40.0", "30")]


@pytest.mark.parametrize("choices", [None, OVERWRITE], ids=["", "--overwrite-drift"])
def test_they_are_never_sent(hit, choices):
    hit.plan("btc-swing", SHIFTED)
    assert hit.apply(choices=choices).outcomes == ()
    assert hit.requests() == []


def test_the_way_out_as_it_is_written_agrees_with_the_exchange(hit):
    decided(hit, SHIFTED)
    assert isinstance(decided(hit, LADDER), Unchanged)
    assert hit.apply().outcomes == ()


def test_the_way_out_with_the_rest_shared_anew_is_sent_and_covers_it_all(hit):
    decided(hit, SHIFTED)
    shared = SECOND.replace("40}", "25}") + SECOND.replace("72000", "75000").replace("40}", "15}")
    assert isinstance(decided(hit, changed(SECOND, shared, LADDER)), Update)
    (outcome,) = hit.apply().outcomes
    assert outcome.result is Result.DONE
    assert open_steps(hit) == [(72000, 25), (75000, 15)]
    (action,) = hit.diff().actions
    assert (type(action), action.reason) == (Unchanged, "")


def test_a_plan_without_the_filled_target_does_not_take_the_open_one_away(hit):
    text = changed("volume: 40", "volume: 100", without(LADDER, FIRST.rstrip()))
    for choices in (None, OVERWRITE):
        action = decided(hit, text, choices)
        assert isinstance(action, Blocked)
        assert "target 1 is filled (60 %)" in action.reason
        assert "on the exchange" not in action.reason
        (way,) = action.ways_out
        assert way == f"put target 1 back as it was (plans/btc-swing.yaml:7), {SHARED}"
        assert hit.apply(choices=choices).outcomes == ()
    assert hit.requests() == []


@pytest.mark.parametrize(
    "rest",
    [
        SECOND.replace("40}", "60}") + SECOND.replace("72000", "80000"),
        SECOND.replace("40}", "60}") + SECOND.replace("72000", "80000").replace("40}", "30}")
        + SECOND.replace("72000", "90000").replace("40}", "10}"),
    ],
    ids=["as many targets", "more targets"],
)  # fmt: skip
def test_the_open_target_is_not_taken_for_another_where_the_filled_one_was_left_out(hit, rest):
    """Both would fit into what is left; the target at 72000 would be lost."""
    action = decided(hit, changed(FIRST + SECOND, rest, LADDER))
    assert isinstance(action, Blocked)
    assert action.reason == (
        "target 1 is filled (60 %): the plan has another in its place, "
        "so its open targets cannot be told"
    )
    (way,) = action.ways_out
    assert way.endswith(SHARED)
    assert hit.apply(choices=OVERWRITE).outcomes == ()
    assert hit.requests() == []


def test_more_than_is_left_is_not_sent_either(hit):
    text = changed("volume: 40", "volume: 50", changed("volume: 60", "volume: 50", LADDER))
    action = decided(hit, text)
    assert isinstance(action, Blocked)
    assert action.reason == (
        "target 1 is filled (60 %): the plan gives the others 50 %, but 40 % are left"
    )


def test_an_open_target_moves_beside_a_change_that_comes_too_late(hit):
    """One is sent, the other told, at this diff and at every one after it."""
    action = decided(hit, changed("72000", "73000", FUTILE))
    late = (
        "target 1 is filled: price.value 66000 → 65000 comes too late "
        "(put 66000 back: plans/btc-swing.yaml:7)"
    )
    assert isinstance(action, Update)
    assert action.reason == late
    assert [change.path[2:] for change in action.changes] == [(1, "price", "value")]
    (outcome,) = hit.apply().outcomes
    assert outcome.result is Result.DONE
    assert open_steps(hit) == [(73000, 40)]
    hit.requests()
    (again,) = hit.diff().actions
    assert (type(again), again.reason) == (Unchanged, late)
    assert hit.apply().outcomes == ()
    assert hit.requests() == []
    hit.plan("btc-swing", changed("72000", "73000", LADDER))
    (after,) = hit.diff().actions
    assert (type(after), after.reason) == (Unchanged, "")


def test_a_change_of_a_filled_target_alone_is_told_each_time_and_nothing_is_sent(hit):
    for _ in range(2):
        action = decided(hit, FUTILE)
        assert isinstance(action, Unchanged)
        assert action.reason == (
            "target 1 is filled: price.value 66000 → 65000 comes too late "
            "(put 66000 back: plans/btc-swing.yaml:7)"
        )
        assert hit.apply().outcomes == ()
    assert hit.requests() == []
    assert decided(hit, LADDER).reason == ""


def test_many_changes_of_a_filled_target_are_told_together(hit):
    action = decided(hit, changed("limit, price: {value: 66000", "market, price: {value: 65000",
                                  LADDER))  # fmt: skip
    assert action.reason == (
        "target 1 is filled: order_type limit → market, price.value 66000 → 65000 come too late "
        "(put it back as it was: plans/btc-swing.yaml:7)"
    )


def test_a_volume_that_somebody_lowered_is_put_back_to_the_whole_rest(hit):
    """Moved on the exchange for once: 10 % have no target until the plan is put back."""
    kept = [step | {"volume": "20"} for step in steps(hit)[1:]]
    extra = {"order_type": "limit", "price": {"value": "90000", "type": "bid"}, "volume": "20"}
    (entity,) = hit.exchange.list_trades({"status": "active"})
    body = {"take_profit": {"enabled": True, "steps": [*kept, extra]}}
    hit.exchange.update(entity["id"], body)
    hit.pause(5)
    action = decided(hit, LADDER)
    assert isinstance(action, Blocked)
    assert action.why is Why.EXCHANGE
    (outcome,) = hit.apply(choices=OVERWRITE).outcomes
    assert outcome.result is Result.DONE
    assert open_steps(hit) == [(72000, 40)]


def test_taking_all_targets_away_is_still_the_plans_to_say(hit):
    text = changed(LADDER[LADDER.index("take_profit:") : LADDER.index("stop_loss:")],
                   "take_profit: {enabled: false}\n", LADDER)  # fmt: skip
    action = decided(hit, text)
    assert isinstance(action, Update)
    assert action.changes[0].widens_risk
    (outcome,) = hit.apply().outcomes
    assert outcome.result is Result.DONE
    assert open_steps(hit) == []
    assert isinstance(hit.diff().actions[0], Unchanged)


def test_the_entry_that_comes_too_late_does_not_hold_up_what_else_changes(hit):
    text = changed("value: 60000", "value: 59000", changed("72000", "73000", LADDER))
    action = decided(hit, text)
    assert isinstance(action, Update)
    assert action.reason == "the entry is filled: the plan's new entry comes too late"
    hit.apply()
    (again,) = hit.diff().actions
    assert (type(again), again.reason) == (Unchanged, action.reason)
