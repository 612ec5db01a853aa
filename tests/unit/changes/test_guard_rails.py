"""Guard rails over all trades count every position that is open once a changeset is applied."""

from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from msgspec import structs

from smartplan.changes.guard_rails import broken_rails, open_risks
from smartplan.changes.reconcile.inputs import Choices, Desired, Memory
from smartplan.settings import RiskSettings, Settings
from smartplan.state.store import Identity, KnownTrade, LockScope
from smartplan.trade.policy import Limit, Policy, Strictness
from smartplan.workflow.reconciliation import risk_of
from tests import changesets
from tests.changesets import SCOPE
from tests.trades import (
    ENTERED,
    FIRST_TARGET_HIT,
    SWING,
    TRIGGER,
    changed,
    live,
    plan,
)

D = Decimal
NO_FEE = Settings(Path(), workspace="desk", risk=RiskSettings(fee=D(0)))
changes = partial(changesets.changes, assess=partial(risk_of, NO_FEE))
ETH = live({"id": 31000009, "pair": "USDT_ETH"}, name="eth")
LOSS = 50  # 0.01 from 60000 to the stop at 55000


def losses(*plans, **found):
    """Loss at stop by trade, of all that is open afterwards."""
    return {name: risk.loss_at_stop for name, risk in open_risks(changes(*plans, **found)).items()}


def test_what_is_opened_and_what_is_as_planned_counts():
    assert losses(plan()) == {"btc-swing": LOSS}
    assert losses(plan(), active=[live()]) == {"btc-swing": LOSS}


def test_an_open_trade_in_contracts_counts_by_what_its_own_total_says():
    # 1000 contracts at 60000 with a total of 6000 are 0.1 BTC: 500 to the stop at 55000.
    edits = {
        "id": 31000009,
        "pair": "USDT_BTC_USDT",
        "leverage": {"enabled": True, "type": "isolated", "value": "5.0"},
        "position.units.value": "1000.0",
        "position.total.value": "6000.0",
    }
    assert losses(active=[live(edits, name="perp")]) == {"perp": 500}
    edits["position.total.value"] = None
    assert losses(active=[live(edits, name="perp")]) == {"perp": None}


def test_a_trade_whose_note_alone_is_set_counts():
    assert losses(plan(changed("weekly", "daily")), active=[live()]) == {"btc-swing": LOSS}


@pytest.mark.parametrize(
    ("text", "edits", "loss"),
    [
        (SWING, {TRIGGER: "50000"}, 100),
        (changed("USDT_BTC", "USDT_ETH"), {}, 50),
        (SWING + "lifecycle: {round: 2}\n", {}, 50),
        (SWING + "lifecycle: {state: cancelled}\n", {**ENTERED, "position.units.value": "0.01",
         "position.price.value": "60000", "data.average_enter_price": "60000",
         "data.commission": "0"}, 50),
    ],
    ids=["a stop moved away", "immutable", "another round", "entered"],
)  # fmt: skip
def test_a_blocked_trade_counts_as_it_stands_on_the_exchange(text, edits, loss):
    found = changes(plan(text), active=[live(edits)])
    assert len(found.blocked) == 1
    assert {risk.loss_at_stop for risk in open_risks(found).values()} == {loss}


def test_every_one_of_two_trades_with_one_marker_counts():
    twin = live({"id": 31000002, TRIGGER: "50000"})
    assert sorted(losses(plan(), active=[live(), twin]).values()) == [50, 100]


def test_an_orphan_counts_until_it_is_pruned():
    assert losses(active=[live(on_remove="cancel")]) == {"btc-swing": LOSS}


def test_trades_of_plans_that_were_not_selected_count():
    assert losses(plan(), active=[live(), ETH], known=["eth"]) == {"btc-swing": 50, "eth": 50}


def test_a_trade_of_ours_whose_note_was_stripped_counts():
    known = KnownTrade(
        identity=Identity(LockScope("desk", "sandbox"), "btc-swing", 1), trade_id=31000001
    )
    memory = Memory({("btc-swing", 1): known})
    stripped = live({"note": "mine", "note_raw": "mine"})
    assert losses(plan(), active=[stripped], memory=memory) == {"#31000001": LOSS}


def test_trades_of_others_do_not_count():
    assert losses(active=[live({"note": "mine", "note_raw": "mine"})]) == {}
    assert losses(active=[live(workspace="theirs")]) == {}


def test_a_create_that_nobody_knows_the_outcome_of_counts():
    memory = Memory(unknown={("btc-swing", 1): plan().trade})
    assert losses(plan(), memory=memory) == {"btc-swing": LOSS}


def test_what_is_cancelled_closed_or_replaced_counts_no_more():
    entered = live(ENTERED)
    assert losses(plan(SWING + "lifecycle: {state: cancelled}\n"), active=[live()]) == {}
    assert losses(plan(SWING + "lifecycle: {state: closed}\n"), active=[entered]) == {}
    later = plan(changed("55000", "50000") + "lifecycle: {round: 2}\n")
    choices = Choices(replace=frozenset({"btc-swing"}))
    assert losses(later, active=[live()], choices=choices) == {"btc-swing": 100}


def test_an_update_beside_a_moved_stop_counts_with_the_stop_as_it_stands():
    """The target is changed, the stop that somebody moved away is blocked and stays there."""
    found = changes(plan(changed("66000", "67000")), active=[live({TRIGGER: "50000"})])
    assert len(found.mutations) == len(found.blocked) == 1
    (update,) = found.mutations
    assert (update.risk_before.loss_at_stop, update.risk_after.loss_at_stop) == (100, 100)
    assert [risk.loss_at_stop for risk in open_risks(found).values()] == [100]


def test_an_adopted_trade_counts_as_it_is_and_not_as_its_plan_would_have_it():
    theirs = live({"note": "mine", "note_raw": "mine", TRIGGER: "50000"})
    adopting = plan(SWING + "lifecycle: {adopt: 31000001}\n")
    assert losses(adopting, active=[theirs]) == {"btc-swing": 100}


def test_a_new_entry_that_comes_too_late_changes_no_figure():
    """What the exchange holds is 0.01, whatever the plan says after the fill."""
    filled = {**ENTERED, "position.units.value": "0.01", "position.price.value": "60000",
              "data.average_enter_price": "60000", "data.commission": "0"}  # fmt: skip
    assert losses(plan(changed("0.01", "0.001")), active=[live(filled)]) == {"btc-swing": LOSS}


def test_a_filled_market_entry_is_told_at_what_was_paid():
    market = changed("order_type: limit, units: {value: 0.01}, price: {value: 60000}",
                     "order_type: market, units: {value: 0.01}")  # fmt: skip
    filled = {**ENTERED, "position.order_type": "market", "position.units.value": "0.01",
              "data.average_enter_price": "61000", "data.entered_total": "610",
              "data.commission": "0"}  # fmt: skip
    assert losses(plan(market), active=[live(filled, applied=plan(market))]) == {"btc-swing": 60}


def test_the_commission_that_an_average_includes_is_not_counted_twice():
    """0.01 bought at 60000 with 0.1 %: 600 are gone, 0.00999 are held, 0.1 % more at the exit."""
    with_fee = structs.replace(NO_FEE, risk=RiskSettings(fee=D("0.001")))
    paid = {**ENTERED, "position.price.value": "60060.06006006006006006006006006006006"}
    paid["data.average_enter_price"] = paid["position.price.value"]
    paid["data.entered_amount"] = "0.00999"
    found = changes(plan(), active=[live(paid)], assess=partial(risk_of, with_fee))
    (risk,) = open_risks(found).values()
    assert round(risk.loss_at_stop, 8) == 600 - D("0.00999") * 55000 * D("0.999")


def test_a_moved_target_beside_a_stop_at_breakeven_changes_no_loss():
    edits = {**FIRST_TARGET_HIT, TRIGGER: "60060.06"}
    found = changes(plan(changed("72000", "74000")), active=[live(edits)])
    (update,) = found.mutations
    assert update.risk_before.loss_at_stop == update.risk_after.loss_at_stop


def test_a_rail_over_all_trades_stops_what_opens_beside_a_stop_that_was_moved_away():
    """50 for the new trade and 100 for the blocked one are more than 120."""
    moved = live({TRIGGER: "50000"}, name="eth")
    eth = plan(name="eth")
    new = plan(changed("0.01", "0.010"))
    choices = Choices(allow_lookalike=frozenset({"btc-swing"}))
    found = changes(new, eth, active=[moved], choices=choices)
    desired = Desired((new, eth), 2)
    policy = Policy(max_open_risk=Limit({"USDT": D(120)}, Strictness.HARD))
    assert [rail.rule for rail in broken_rails(found, desired, SCOPE.prices, policy)] == [
        "max_open_risk"
    ]
    enough = Policy(max_open_risk=Limit({"USDT": D(150)}, Strictness.HARD))
    assert broken_rails(found, desired, SCOPE.prices, enough) == ()
