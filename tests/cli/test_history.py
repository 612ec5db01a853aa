"""``history``: the journal by trade and by run, as text, JSON and CSV."""

import csv
import io
import json

import pytest

from tests.plans import TWO_TRADES
from tests.workspace import Workspace

COLUMNS = ["number", "at", "run", "kind", "name", "round", "trade_id", "what"]


@pytest.fixture
def used(workspace: Workspace) -> Workspace:
    """Two creates in one run; one of them is updated in another."""
    workspace.plan("book", TWO_TRADES)
    assert workspace.run("apply", "--yes").code == 0
    workspace.plan("book", TWO_TRADES.replace("price: {value: 60000}", "price: {value: 59900}"))
    assert workspace.run("apply", "--yes").code == 0
    return workspace


def events(workspace: Workspace, *arguments: str) -> list[dict]:
    ran = workspace.run("history", *arguments, "--format", "json")
    assert ran.code == 0
    listed: list[dict] = json.loads(ran.out)["events"]
    return listed


def kinds(listed: list[dict]) -> list[tuple[str, str | None]]:
    return [(event["kind"], event["name"]) for event in listed]


def test_everything_in_its_order(used: Workspace) -> None:
    listed = events(used)
    assert kinds(listed) == [
        ("run", None),
        ("intent", "one"), ("answer", "one"), ("outcome", "one"),
        ("intent", "two"), ("answer", "two"), ("outcome", "two"),
        ("run", None),
        ("intent", "one"), ("answer", "one"), ("intent", "one"), ("answer", "one"),
        ("outcome", "one"),
    ]  # fmt: skip
    assert [event["number"] for event in listed] == sorted(event["number"] for event in listed)
    assert len({event["run"] for event in listed}) == 2


def test_one_trade(used: Workspace) -> None:
    listed = events(used, "one")
    assert {event["name"] for event in listed} == {"one"}
    assert [e["data"]["action"] for e in listed if e["kind"] == "intent"] == [
        "create", "update", "set_note",
    ]  # fmt: skip
    sent = next(e for e in listed if e["kind"] == "intent")["data"]["body"]
    assert sent["position"]["price"] == {"value": "60000"}


def test_one_trade_with_what_was_done_to_it_by_hand(used: Workspace) -> None:
    assert used.run("trade", "note", "one", "mine", "--yes").code == 0
    assert used.run("trade", "note", "two", "not mine", "--yes").code == 0
    number = next(event["trade_id"] for event in events(used, "one") if event["trade_id"])
    listed = events(used, "one")
    assert [event["kind"] for event in listed[-2:]] == ["intent", "answer"]
    assert {event["trade_id"] for event in listed[-2:]} == {number}
    assert not any("not mine" in str(event["data"]) for event in listed)


def test_one_run(used: Workspace) -> None:
    second = events(used)[-1]["run"]
    assert kinds(events(used, "--run", second)) == [
        ("run", None),
        ("intent", "one"), ("answer", "one"), ("intent", "one"), ("answer", "one"),
        ("outcome", "one"),
    ]  # fmt: skip
    assert events(used, "two", "--run", second) == []


def test_csv_has_the_same_events_a_row_each(used: Workspace) -> None:
    rows = list(csv.reader(io.StringIO(used.run("history", "--format", "csv").out)))
    assert rows[0] == COLUMNS
    assert [(row[3], row[4] or None) for row in rows[1:]] == kinds(events(used))


def test_what_somebody_writes_is_never_a_formula_nor_moves_the_cursor(used: Workspace) -> None:
    reason = "=cmd()\x1b[2J"
    used.configure("[policy]\nmax_updates = 0")
    used.plan("book", TWO_TRADES)
    ran = used.run("apply", "--yes", "--override", "max_updates", "--allow-widen", "one",
                   "--reason", reason)  # fmt: skip
    assert ran.code == 0
    assert "\x1b[2J" not in ran.out + used.run("history").out
    table = used.run("history", "--format", "csv").out
    assert "\x1b" not in table
    cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_an_unknown_name_has_no_events(used: Workspace) -> None:
    assert events(used, "nobody") == []
    assert used.run("history", "nobody").out == "The journal has nothing of that.\n"
    assert used.run("history", "--run", "abc").out == "The journal has nothing of that.\n"


def test_it_changes_nothing_and_needs_no_plan(used: Workspace) -> None:
    before = events(used)
    (used.folder / "plans" / "book.yaml").write_text("{{ broken")
    assert events(used) == before
