"""What must hold for every plan: a diff is empty when nothing differs, and an apply converges."""

import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from smartplan.changes.changeset import Create, Update
from smartplan.changes.diff.step_matching import aligned, ids_of
from smartplan.changes.diff.trade_diff import Cause, diff
from smartplan.changes.execute.outcomes import Result
from smartplan.changes.reconcile.snapshot import complete
from smartplan.trade.bodies import create_body
from smartplan.trade.fields import applied_form, digests
from smartplan.trade.wire import live_trade
from tests.properties.plans import kinds, plans, slow
from tests.strategies import trades
from tests.workspace import Workspace

D = Decimal


def echoed(trade):
    """The trade as an entity that says nothing more than what was sent."""
    body = create_body(trade, trade.note)
    return {
        **body,
        "id": 1,
        "account": {"id": trade.account_id},
        "status": {"type": "waiting_position"},
        "data": {"editable": True, "entered_amount": "0.0"},
    }


@given(trades())
def test_a_trade_does_not_differ_from_itself(trade):
    live = live_trade(echoed(trade))
    for applied in (digests(trade), None):
        found = diff(trade, live, applied)
        assert (found.immutable, found.groups) == ((), ())


@given(trades(), trades())
def test_a_difference_is_always_shown(wanted, there):
    """Two trades that mean different things never pass as the same."""
    live = live_trade(echoed(there))
    found = diff(wanted, live, digests(there))
    if digests(wanted) != digests(there):
        assert found.immutable or found.groups
    assert all(group.changes for group in found.groups)


noise = st.dictionaries(
    st.sampled_from(["version", "profit", "margin", "reduce_funds", "note", "novel", "data_"]),
    st.none() | st.integers() | st.text(max_size=5) | st.just({"x": [1]}),
)


@given(trades(), st.randoms(use_true_random=False), st.booleans(), st.booleans())
def test_the_order_of_steps_makes_no_difference(trade, chance, journaled, null):
    """With the journal's ids and without; a trailing percent may come back as null."""
    entity = echoed(trade)
    steps = entity["take_profit"]["steps"] if trade.take_profit else []
    for number, step in enumerate(steps):
        step["id"] = 100 + number
        if null and step.get("trailing", {}).get("enabled"):
            step["trailing"]["percent"] = None
    ids = ids_of(trade, live_trade(entity), [100 + number for number in range(len(steps))])
    assert set(ids.values()) == {str(step["id"]) for step in steps}
    journal = {**applied_form(trade), "step_ids": ids} if journaled else None
    chance.shuffle(steps)
    marked = digests(trade)
    live = aligned(live_trade(entity), trade, marked[1], journal)
    found = diff(trade, live, marked, journal)
    assert (found.immutable, found.groups) == ((), ())


@given(trades(), noise, noise)
def test_noise_in_what_is_only_read_makes_no_difference(trade, top, data):
    entity = echoed(trade)
    noisy = {**entity, **top, "data": {**data, **entity["data"]}}
    found = diff(trade, live_trade(noisy), digests(trade))
    assert (found.immutable, found.groups) == ((), ())


# --- through the client and the exchange --------------------------------------------------------

prices = st.integers(40_000, 80_000)


@st.composite
def revisions(draw):
    """A plan and what it is edited to: the same trade with another entry and other exits."""
    kind, long = draw(kinds), draw(st.booleans())
    return draw(plans(kind, long)), draw(plans(kind, long))


@slow
@given(revisions())
def test_apply_converges_and_a_second_apply_sends_nothing(texts):
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        for text in texts:
            workspace.plan("swing", text)
            before = workspace.diff()
            for action in before.mutations:
                assert not isinstance(action, Update) or action.changes
            if not before.mutations:
                continue
            applied = workspace.apply()
            assert {outcome.result for outcome in applied.outcomes} == {Result.DONE}
            workspace.requests()
            after = workspace.diff()
            assert after.mutations == ()
            assert len(after.blocked) == len(before.blocked)
            assert workspace.requests() == []


@slow
@given(plans())
def test_the_fill_of_an_entry_is_never_drift(text):
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        workspace.plan("swing", text)
        assert workspace.diff().count(Create) == 1
        workspace.apply()
        (open_trade,) = complete(workspace.client).trades
        if open_trade.status == "waiting_position":
            workspace.exchange.fill(open_trade.id)
        workspace.pause(5)
        after = workspace.diff()
        assert (after.mutations, after.blocked) == ((), ())


@given(trades())
def test_causes_need_a_marker(trade):
    found = diff(trade, live_trade(echoed(trade)), None)
    assert found.of(Cause.PLAN, Cause.CONFLICT) == ()
