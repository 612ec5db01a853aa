"""Rows nobody can read: they hide no other trade, and none of ours is opened twice over them."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from smartplan.changes.changeset import Blocked, Create, Finished, Unchanged, Why
from smartplan.changes.guard_rails import open_risks
from smartplan.changes.reconcile.inputs import Choices, Desired, MarketView, Memory
from smartplan.changes.reconcile.matching import Matching
from smartplan.changes.reconcile.reconcile import reconcile
from smartplan.changes.reconcile.renames import Renames
from smartplan.changes.reconcile.snapshot import Ownership
from smartplan.changes.status import StatusQuery
from smartplan.state.store import Identity, KnownTrade
from smartplan.state.store import LockScope as Place
from smartplan.trade.listing import Listing, Unreadable, read_rows
from smartplan.trade.policy import Limit, Policy, Strictness, judge_together
from tests.changesets import SCOPE
from tests.trades import SWING, entity, live, note_of, plan

BROKEN = {"position.units": None}
"""Without its size an entity is none."""


def row(edits=None, *, drop=(), **more) -> object:
    """An entity nobody can read; ``drop`` are top-level keys it comes without."""
    made = entity({"id": 777, "note": "by hand", "note_raw": None, **BROKEN, **(edits or {})})
    return {key: value for key, value in (made | more).items() if key not in drop}


def marked(**mark) -> dict[str, object]:
    note = note_of(plan(), **mark)
    return {"note": note, "note_raw": note}


def unreadable(*given: object) -> tuple[Unreadable, ...]:
    found = read_rows(given)
    assert found.trades == ()
    return found.unreadable


def decide(*given: object, active=(), ended=(), text=SWING, **scope):
    view = MarketView(active, ended, unreadable=unreadable(*given))
    changeset = reconcile(Desired([plan(text)], 1), view, replace(SCOPE, **scope))
    (action,) = changeset.actions
    return action


@pytest.mark.parametrize(
    "other",
    [
        row({"pair": "USDT_ETH"}),
        row({"account.id": 2}),
        row({"position.type": "sell"}),
        row({"position": {"type": "hold", "units": {"value": "2"}}}),
        row(pair=None),
        row(account=None, pair=None),
        row({"status.type": "cancelled"}),
        row(marked(workspace="other")),
        row({"pair": "USDT_ETH"}, drop=("note", "note_raw")),
        row({"account.id": 2}, note={"text": "?"}),
        {"id": 777, "note": "", "unknown": [1]},
    ],
)
def test_a_row_that_is_somebody_elses_stops_no_create(other):
    assert isinstance(decide(other), Create)


@pytest.mark.parametrize(
    "other",
    [
        row(),
        row(account=None),
        row({"note": None}),
        row({"position": {"type": "hold", "units": {"value": "0.01"}}}),
        row({"position": {"type": "hold", "units": {"value": "0.00999"}}}),
        row(drop=("note", "note_raw")),
        row({"note": "cut off [smartplan1:desk/btc-sw"}, pair=None),
        row({"note": ["a"]}, pair=None, account=None),
        row({"note_raw": 5}, pair=None),
        {"id": 777},
        {},
        None,
        "nonsense",
    ],
)
def test_a_create_waits_while_the_trade_may_be_a_row_nobody_can_read(other):
    action = decide(other)
    assert isinstance(action, Blocked)
    assert "may be this trade" in action.reason
    assert action.of.trade_id is None, "a guess must not be taken for the trade"
    allowed = Choices(allow_lookalike=frozenset({"btc-swing"}))
    assert isinstance(decide(other, choices=allowed), Create)


@pytest.mark.parametrize("broken", [row(marked()), row(marked(round_=3)), row(marked(), pair=None)])
def test_a_row_with_our_marker_is_this_trade_and_nothing_is_done_to_it(broken):
    allowed = Choices(allow_lookalike=frozenset({"btc-swing"}))
    for action in (
        decide(broken),
        decide(broken, choices=allowed),
        decide(broken, active=[live()]),
    ):
        assert isinstance(action, Blocked)
        assert action.why is Why.EXCHANGE
        assert action.of.trade_id == 777
        assert "#777 (desk/btc-swing) is this trade, but cannot be read: no p" in action.reason


def test_a_renamed_trade_is_found_under_both_names():
    moved = SWING + "lifecycle: {renamed_from: btc-old}\n"
    for name in ("btc-old", "btc-swing"):
        assert isinstance(decide(row(marked(name=name)), text=moved), Blocked)


def known(**more) -> Memory:
    identity = Identity(Place("desk", "sandbox"), "btc-swing", 1)
    return Memory({("btc-swing", 1): KnownTrade(identity=identity, trade_id=777, **more)})


def test_the_journal_knows_a_row_by_its_id_whatever_its_note_says():
    for broken in (row(), {"id": 777}, {"id": "777", "note": 5}):
        action = decide(broken, memory=known())
        assert isinstance(action, Blocked)
        assert "is this trade, but cannot be read" in action.reason
    raised = SWING + "lifecycle: {round: 2}\n"
    assert isinstance(decide({"id": 777}, text=raised, memory=known()), Blocked)


def test_an_ended_row_of_ours_is_finished():
    over = {"status.type": "stop_loss_finished"}
    for action in (decide(row(marked() | over)), decide(row(over), memory=known())):
        assert isinstance(action, Finished)
        assert (action.of.trade_id, action.of.status) == (777, "stop_loss_finished")
    failed = decide(row(marked() | {"status.type": "failed"}))
    assert isinstance(failed, Finished)
    assert failed.failed
    again = decide(row(marked() | over), text=SWING + "lifecycle: {round: 2}\n")
    assert isinstance(again, Create)


def test_what_can_be_read_goes_on_beside_it():
    for other in (row(drop=("note", "note_raw")), None):
        assert isinstance(decide(other, active=[live()]), Unchanged)


def test_a_view_leaves_out_other_accounts_and_counts_a_row_once():
    ours = Ownership("desk", frozenset({1, 2}))
    odd = read_rows([row(), row({"account.id": 9, "id": 5}), None])
    again = read_rows([row(), None])
    assert [one.id for one in ours.view(odd, again).unreadable] == [777, None, None]
    assert ours.view(Listing((live(),)), odd).active == (live(),)


def watched(*given: object, memory: Memory | None = None, known=("btc-swing",), active=()):
    view = MarketView(active, (), unreadable=unreadable(*given))
    memory = memory or Memory()
    matching = Matching("desk", [1, 2], view, memory, known)
    trades = [plan()] if "btc-swing" in known else []
    renames = Renames(trades, matching, known)
    return StatusQuery(trades, frozenset(), matching, renames, memory, "paper").rows()


def test_status_says_which_trade_cannot_be_read_and_which_may_be():
    (ours,) = watched(row(marked()))
    assert (ours.trade_id, ours.status) == (777, "waiting_position")
    assert ours.dangers == ("it cannot be read: no position type or units",)
    (maybe,) = watched({"id": 5})
    assert maybe.dangers == ("it may be #5, which cannot be read: no pair, account or position",)
    (free,) = watched(row({"pair": "USDT_ETH"}))
    assert free.dangers == ()
    (orphan,) = watched(row(marked(name="gone")), known=())
    assert (orphan.name, orphan.planned, bool(orphan.dangers)) == ("gone", False, True)
    first, second = watched(row(marked()), active=[live()])
    assert "another open trade carries the same name" in (*first.dangers, *second.dangers)


def test_a_row_of_ours_that_nobody_can_read_stops_what_limits_the_total() -> None:
    view = MarketView((), (), unreadable=unreadable(row(marked(name="other-trade"))))
    changeset = reconcile(Desired([plan(SWING)], 1), view, SCOPE)
    assert [risk.unknown["loss_at_stop"] for _, risk in changeset.staying] == ["it cannot be read"]
    policy = Policy(max_open_risk=Limit({"USDT": Decimal(1_000_000)}, Strictness.SOFT))
    (breach,) = judge_together(open_risks(changeset), policy)
    assert breach.message == (
        "max_open_risk cannot be judged: loss at stop unknown for #777 (desk/other-trade)"
    )
