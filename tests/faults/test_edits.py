"""F12, F19: people act on the exchange between and during runs; what they did is never undone."""

import pytest

from smartplan.changes.reconcile.inputs import Choices
from tests.faults.inside import Inside
from tests.faults.stories import BTC, ETH, limit

MOVED = limit("USDT_BTC", 50000, "0.01", 46000)


@pytest.fixture
def inside(tmp_path):
    """btc is open; the plan moves its stop and opens eth."""
    one = Inside(tmp_path)
    one.plan({"btc": BTC})
    assert one.apply().code == 0
    one.clock.sleep(10)
    one.plan({"btc": MOVED, "eth": ETH})
    one.exchange.log.clear()
    return one


CREATED = "after POST /v2/smart_trades,"


def ours(inside, name="btc"):
    marked = (e["id"] for e in inside.entities() if f"/{name}#" in e["note"])
    (found,) = (number for number in marked if number not in inside.by_hand)
    return found


def move_stop(inside):
    entity = inside.exchange.get(ours(inside))
    position = entity["position"]
    inside.exchange.update(
        entity["id"],
        {
            "position": {key: position[key] for key in ("type", "units", "price")},
            "stop_loss": {
                "enabled": True,
                "order_type": "market",
                "conditional": {"price": {"value": "47000", "type": "bid"}},
            },
        },
    )


def strip_note(inside):
    inside.exchange.set_note(ours(inside), {"note": "mine now"})


def clone(inside):
    note = inside.exchange.get(ours(inside))["note"]
    inside.open_by_hand("USDT_BTC", note, "0.01")


EDITS = {
    "stop moved": move_stop,
    "filled": lambda inside: inside.exchange.fill(ours(inside)),
    "cancelled": lambda inside: inside.exchange.cancel(ours(inside)),
    "closed": lambda inside: (
        inside.exchange.fill(ours(inside)),
        inside.exchange.close_by_market(ours(inside)),
    ),
    "note stripped": strip_note,
    "cloned": clone,
    "opened by hand": lambda inside: inside.open_by_hand("USDT_ETH", None, "0.1"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_what_changed_between_diff_and_apply_stops_the_apply(inside, edit):
    def once(_):
        edit(inside)
        inside.clock.sleep(2)

    inside.before = once
    done = inside.apply()
    assert done.code == 5, done.error
    assert "changed since the diff" in done.error
    assert inside.mutations == []


def blocked(done):
    return {action.of.name: action.reason for action in done.changeset.blocked}


def test_an_edited_note_is_told_and_nothing_of_it_is_touched(inside):
    strip_note(inside)
    done = inside.apply()
    assert done.code == 5
    assert "its note was edited" in blocked(done)["btc"]
    number = min(entity["id"] for entity in inside.entities())
    assert inside.touched(number) == []
    inside.plan({"btc": f"{MOVED}\nlifecycle: {{adopt: {number}}}", "eth": ETH})
    inside.apply()
    assert inside.exchange.get(number)["note"].startswith("[smartplan1:desk/btc#1 ")


def test_without_a_journal_a_stripped_note_opens_nothing_either(inside):
    strip_note(inside)
    inside.forget_journal()
    done = inside.apply()
    assert done.code == 5
    assert "same account, pair, side and units" in blocked(done)["btc"]
    assert inside.opened() == {("eth", 1): 1}


def test_a_clone_is_told_apart_from_the_trade_that_was_opened(inside):
    clone(inside)
    done = inside.apply()
    assert done.code == 5
    assert "duplicate: 2 open trades" in blocked(done)["btc"]
    for entity in inside.entities():
        if "/btc#" in entity["note"]:
            assert inside.touched(entity["id"]) == []


def test_a_clone_that_outlives_its_trade_is_not_taken_for_it(inside):
    clone(inside)
    inside.exchange.cancel(ours(inside))
    inside.clock.sleep(2)
    done = inside.apply()
    assert done.code == 5
    assert "a copy made on the exchange?" in blocked(done)["btc"]
    assert inside.touched(max(inside.by_hand)) == []


@pytest.mark.parametrize("dies_at", [None, "after PATCH", CREATED])
def test_a_clone_made_while_an_intent_is_open_is_not_taken_for_its_trade(inside, dies_at):
    """A run dies in the middle; before the next, the trade is copied and then ends."""
    if dies_at is not None:
        inside.die(dies_at)
        with pytest.raises(BaseException, match=dies_at):
            inside.apply()
    name = "eth" if dies_at == CREATED else "btc"
    if name == "eth":
        note = inside.exchange.get(ours(inside, "eth"))["note"]
        inside.open_by_hand("USDT_ETH", note, "0.1")
    else:
        clone(inside)
    inside.clock.sleep(2)
    inside.exchange.cancel(ours(inside, name))
    inside.clock.sleep(2)
    inside.exchange.log.clear()
    assert inside.apply().code == 5
    inside.apply()
    assert inside.touched(max(inside.by_hand)) == []


def test_a_marker_of_ours_on_a_trade_of_theirs_is_not_followed(inside):
    """Somebody writes our marker of btc on another trade of the account."""
    forged = inside.open_by_hand("USDT_ETH", None, "3")
    note = inside.exchange.get(ours(inside))["note"]
    inside.exchange.set_note(forged, {"note": note})
    inside.exchange.log.clear()
    assert inside.apply().code == 5
    assert inside.touched(forged) == []


def test_a_marker_of_another_workspace_is_foreign(inside):
    theirs = inside.open_by_hand("USDT_ETH", "[smartplan1:other/eth#1 0123456789abcdef x]", "9")
    done = inside.apply(Choices(prune=True))
    assert done.code == 0
    assert inside.touched(theirs) == []


# --- an unknown create -------------------------------------------------------------------------


@pytest.fixture
def unknown(tmp_path):
    """The create of btc was lost before it was processed: nobody knows."""
    one = Inside(tmp_path)
    one.plan({"btc": BTC})
    one.lose = lambda method, path: "before" if method == "POST" else None
    assert one.apply().code == 6
    one.lose = lambda *_: None
    one.exchange.log.clear()
    return one


def test_raising_the_round_does_not_open_a_second_position(unknown):
    unknown.plan({"btc": f"{BTC}\nlifecycle: {{round: 2}}"})
    done = unknown.apply()
    assert done.code == 6
    assert "no known outcome" in blocked(done)["btc"]
    assert unknown.mutations == []


def test_renaming_does_not_open_a_second_position(unknown):
    unknown.plan({"new": f"{BTC}\nlifecycle: {{renamed_from: btc}}"})
    assert unknown.apply().code == 6
    unknown.plan({"new": BTC})
    assert unknown.apply().code == 6
    assert unknown.mutations == []


def test_an_unknown_create_that_left_the_plans_is_not_forgotten(unknown):
    unknown.plan({"eth": ETH})
    done = unknown.apply()
    assert done.code == 6
    assert "no known outcome" in blocked(done)["btc"]
    assert unknown.opened() == {("eth", 1): 1}


def test_an_interrupted_replace_names_the_way_out(tmp_path):
    inside = Inside(tmp_path)
    inside.plan({"btc": BTC})
    assert inside.apply().code == 0
    inside.clock.sleep(2)
    inside.plan({"btc": f"{MOVED}\nlifecycle: {{round: 2}}"})
    inside.die("before DELETE")
    with pytest.raises(BaseException, match="before DELETE"):
        inside.apply(Choices(replace=frozenset({"btc"})))
    done = inside.apply(Choices(replace=frozenset({"btc"})))
    assert done.code == 6
    assert any("smartplan resolve btc" in way for b in done.changeset.blocked for way in b.ways_out)


def test_a_copy_of_an_earlier_round_is_not_given_up_for_the_next(tmp_path):
    inside = Inside(tmp_path)
    inside.plan({"btc": BTC})
    assert inside.apply().code == 0
    inside.clock.sleep(2)
    clone(inside)
    inside.exchange.cancel(ours(inside))
    inside.clock.sleep(2)
    inside.plan({"btc": f"{MOVED}\nlifecycle: {{round: 2}}"})
    inside.exchange.log.clear()
    done = inside.apply(Choices(replace=frozenset({"btc"})))
    assert done.code == 5
    assert "a copy made on the exchange?" in blocked(done)["btc"]
    assert inside.mutations == []


# --- the service itself -------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [None, "after"], ids=["answered", "answer lost"])
def test_a_create_that_the_service_executes_twice_is_shown_and_never_touched(tmp_path, answer):
    """A retry inside the service: one POST of ours, two trades with our marker."""
    inside = Inside(tmp_path)
    inside.plan({"btc": BTC})
    asked = []

    def twice(method, path):
        if method == "POST" and path.endswith("/smart_trades") and not asked:
            asked.append(path)
            note = note_of_the_first_create(inside)
            inside.open_by_hand("USDT_BTC", note, "0.01")
            return answer
        return None

    inside.lose = twice
    done = inside.apply()
    assert done.code in {5, 6}
    again = inside.apply()
    assert again.code == 5
    assert len(again.changeset.blocked) == 1
    assert len([m for m in inside.mutations if m.method == "POST"]) == 1
    assert [inside.touched(entity["id"]) for entity in inside.entities()] == [[], []]


def note_of_the_first_create(inside):
    with inside.session() as session:
        (claim,) = session.journal.open_claims()
        return claim.intent.data["body"]["note"]


def test_two_workspaces_with_the_same_name_of_a_trade_never_meet(tmp_path):
    """One account, one exchange, two desks: each sees the other's trades as foreign."""
    here, there = Inside(tmp_path / "here"), Inside(tmp_path / "there")
    there.exchange = here.exchange
    there.restart()
    toml = there.folder / "smartplan.toml"
    toml.write_text(toml.read_text().replace('"desk"', '"desk2"'))
    here.plan({"btc": BTC})
    there.plan({"btc": limit("USDT_BTC", 50000, "0.02", 45000)})
    assert here.apply().code == 0
    assert there.apply(Choices(allow_lookalike=frozenset({"btc"}))).code == 0
    first, second = (entity["id"] for entity in here.entities())
    here.plan({"btc": f"{BTC}\nlifecycle: {{state: cancelled}}"})
    here.clock.sleep(5)
    assert here.apply().code == 0
    here.exchange.log.clear()
    there.plan({"btc": limit("USDT_BTC", 50000, "0.02", 46000)})
    assert there.apply().code == 0
    assert here.touched(first) == []
    assert len(here.touched(second)) == 2
    assert here.apply().code == 0
    assert len(here.entities()) == 2
