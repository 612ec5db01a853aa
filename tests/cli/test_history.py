"""``history``: the journal by trade and by run, as text, JSON and CSV."""

import csv
import io
import json

import pytest

from tests.desk import Desk
from tests.unit.changes.test_saved import PLAN

COLUMNS = ["number", "at", "run", "kind", "name", "round", "trade_id", "what"]


@pytest.fixture
def used(desk: Desk) -> Desk:
    """Two creates in one run; one of them is updated in another."""
    desk.plan("book", PLAN)
    assert desk.run("apply", "--yes").code == 0
    desk.plan("book", PLAN.replace("price: {value: 60000}", "price: {value: 59900}"))
    assert desk.run("apply", "--yes").code == 0
    return desk


def events(desk: Desk, *arguments: str) -> list[dict]:
    ran = desk.run("history", *arguments, "--format", "json")
    assert ran.code == 0
    listed: list[dict] = json.loads(ran.out)["events"]
    return listed


def kinds(listed: list[dict]) -> list[tuple[str, str | None]]:
    return [(event["kind"], event["name"]) for event in listed]


def test_everything_in_its_order(used: Desk) -> None:
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


def test_one_trade(used: Desk) -> None:
    listed = events(used, "one")
    assert {event["name"] for event in listed} == {"one"}
    assert [e["data"]["action"] for e in listed if e["kind"] == "intent"] == [
        "create", "update", "set_note",
    ]  # fmt: skip
    sent = next(e for e in listed if e["kind"] == "intent")["data"]["body"]
    assert sent["position"]["price"] == {"value": "60000"}


def test_one_trade_with_what_was_done_to_it_by_hand(used: Desk) -> None:
    assert used.run("trade", "note", "one", "mine", "--yes").code == 0
    assert used.run("trade", "note", "two", "not mine", "--yes").code == 0
    number = next(event["trade_id"] for event in events(used, "one") if event["trade_id"])
    listed = events(used, "one")
    assert [event["kind"] for event in listed[-2:]] == ["intent", "answer"]
    assert {event["trade_id"] for event in listed[-2:]} == {number}
    assert not any("not mine" in str(event["data"]) for event in listed)


def test_one_run(used: Desk) -> None:
    second = events(used)[-1]["run"]
    assert kinds(events(used, "--run", second)) == [
        ("run", None),
        ("intent", "one"), ("answer", "one"), ("intent", "one"), ("answer", "one"),
        ("outcome", "one"),
    ]  # fmt: skip
    assert events(used, "two", "--run", second) == []


def test_csv_has_the_same_events_a_row_each(used: Desk) -> None:
    rows = list(csv.reader(io.StringIO(used.run("history", "--format", "csv").out)))
    assert rows[0] == COLUMNS
    assert [(row[3], row[4] or None) for row in rows[1:]] == kinds(events(used))


def test_what_somebody_writes_is_never_a_formula_nor_moves_the_cursor(used: Desk) -> None:
    reason = "=cmd()\x1b[2J"
    with (used.folder / "smartplan.toml").open("a") as file:
        file.write("[policy]\nmax_updates = 0\n")
    used.plan("book", PLAN)
    ran = used.run("apply", "--yes", "--override", "max_updates", "--allow-widen", "one",
                   "--reason", reason)  # fmt: skip
    assert ran.code == 0
    assert "\x1b[2J" not in ran.out + used.run("history").out
    table = used.run("history", "--format", "csv").out
    assert "\x1b" not in table
    cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_an_unknown_name_has_no_events(used: Desk) -> None:
    assert events(used, "nobody") == []
    assert used.run("history", "nobody").out == "The journal has nothing of that.\n"
    assert used.run("history", "--run", "abc").out == "The journal has nothing of that.\n"


def test_it_changes_nothing_and_needs_no_plan(used: Desk) -> None:
    before = events(used)
    (used.folder / "plans" / "book.yaml").write_text("{{ broken")
    assert events(used) == before
