"""Whose a live trade is, by the marker, the journal and the plans: one answer in every command."""

import json

import pytest

from smartplan.api.client import PAGE_SIZE
from smartplan.sandbox.faults import Fault
from tests.desk import NAKED, Desk

PLAN = """\
account: main
pair: USDT_BTC
position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
take_profit: {enabled: false}
stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
"""
OTHER = PLAN.replace("value: 0.01", "value: 0.02")
ETH = PLAN.replace("USDT_BTC", "USDT_ETH").replace("60000", "2000").replace("55000", "1800")
OFF = {"stop_loss": {"enabled": False}}


def opened(desk: Desk, name: str = "btc-swing", *, filled: bool = True) -> int:
    """A trade that apply opened; its position is open, its stop is set."""
    desk.plan(name, PLAN)
    applied = desk.run("apply", "--yes")
    assert applied.code == 0, applied.out + applied.err
    number = max(one["id"] for one in desk.exchange().list_trades({"status": "active"}))
    if filled:
        desk.settled().fill(number)
    return number


def strip(desk: Desk, number: int, note: str = "mine now") -> None:
    desk.settled().set_note(number, {"note": note})


def naked(desk: Desk, number: int) -> None:
    desk.settled().update(number, OFF)


def check(desk: Desk, *arguments: str) -> tuple[int, str]:
    ran = desk.run("status", "--check", *arguments)
    return ran.code, ran.out


def marked(desk: Desk) -> list[str]:
    """The open trades with a marker, by what it says."""
    notes = [one["note"] for one in desk.exchange().list_trades({"status": "active"})]
    return sorted(note.partition("[smartplan1:")[2].partition(" ")[0] for note in notes)


# --- status judges what is open, whatever is wrong with its plan ---------------------------------


@pytest.mark.parametrize(
    "text",
    [
        PLAN.replace("account:", "notee: x\naccount:"),
        PLAN + "note: 5\n",
        PLAN.replace("pair: USDT_BTC", "pair: nonsense"),
        PLAN.replace("account: main", "account: nobody"),
        PLAN.replace("value: 0.01", "value: {{ nothing }}"),
        PLAN + "lifecycle: {round: 0}\n",
        PLAN + "pair: USDT_ETH\n",
        "account: [\n",
        "",
        "trades:\n  btc-swing:\n    account: main\n    notee: x\n",
        "trades:\n  btc-swing: {}\n",
    ],
)
def test_a_mistake_in_its_plan_hides_no_position_without_a_stop(desk: Desk, text: str) -> None:
    number = opened(desk)
    naked(desk, number)
    desk.plan("btc-swing", text)
    code, out = check(desk)
    assert code == 3, out
    assert f"#{number}" in out
    assert "an open position without a stop loss" in out
    assert "Nothing is unprotected" not in out


def test_a_mistake_in_the_plan_of_a_protected_position_is_no_danger(desk: Desk) -> None:
    number = opened(desk)
    desk.plan("btc-swing", PLAN + "notee: x\n")
    code, out = check(desk)
    assert (code, f"#{number}" in out) == (0, True), out


def test_two_plans_of_one_name_hide_no_position(desk: Desk) -> None:
    number = opened(desk)
    naked(desk, number)
    for file in ("one", "two"):
        desk.plan(file, "trades:\n  btc-swing:\n" + "".join(f"    {x}\n" for x in PLAN.split("\n")))
    (desk.folder / "plans" / "btc-swing.yaml").unlink()
    assert check(desk)[0] == 3


def test_a_trade_with_a_mistake_is_chosen_by_its_name_and_left_out_by_it(desk: Desk) -> None:
    number = opened(desk)
    naked(desk, number)
    desk.plan("btc-swing", PLAN + "notee: x\n")
    desk.plan("eth", ETH)
    assert check(desk, "--target", "btc-swing")[0] == 3
    assert check(desk, "--target", "eth")[0] == 0
    assert check(desk, "--exclude", "btc-*")[0] == 0


def test_json_says_which_one_needs_somebody(desk: Desk) -> None:
    number = opened(desk)
    naked(desk, number)
    desk.plan("btc-swing", PLAN + "notee: x\n")
    document = json.loads(desk.run("status", "--format", "json").out)
    assert document["unprotected"] is True
    assert [(row["id"], row["planned"]) for row in document["trades"]] == [(number, True)]


# --- a note that lost our marker -----------------------------------------------------------------


def test_a_position_whose_note_lost_our_marker_is_found_by_every_command(desk: Desk) -> None:
    number = opened(desk)
    naked(desk, number)
    strip(desk, number)
    code, out = check(desk)
    assert code == 3
    assert f"#{number}" in out
    assert "an open position without a stop loss" in out
    assert desk.run("drift").code == 3
    shown = desk.run("trade", "show", "btc-swing")
    assert (shown.code, f"#{number}" in shown.out) == (0, True)
    ended = desk.run("close-all", typed="desk\n")
    assert ended.code == 0, ended.err
    assert "it was opened as btc-swing; its note has lost our marker" in ended.out
    assert desk.later(number)["status"]["type"] == "panic_sold"


@pytest.mark.parametrize("plan", ["gone", "broken", "another round"])
def test_nor_does_it_matter_what_became_of_its_plan(desk: Desk, plan: str) -> None:
    number = opened(desk)
    naked(desk, number)
    strip(desk, number)
    desk.plan("other", ETH + "lifecycle: {state: closed}\n")
    file = desk.plan("btc-swing", PLAN + "lifecycle: {round: 2}\n")
    if plan == "gone":
        file.unlink()
    elif plan == "broken":
        file.write_text("account: [\n")
    assert check(desk)[0] == 3
    applied = desk.run("apply", "--yes")
    assert len(desk.exchange().list_trades({"status": "all"})) == 1, applied.out
    closed = desk.run("trade", "close", "btc-swing", "--yes")
    assert closed.code == 0, closed.err
    assert desk.later(number)["status"]["type"] == "panic_sold"


def test_what_took_the_marker_of_another_is_told_and_not_ended(desk: Desk) -> None:
    number = opened(desk)
    note = desk.exchange().get(number)["note"].replace(":desk/", ":other/")
    strip(desk, number, note)
    code, out = check(desk)
    assert (code, f"#{number}" in out) == (3, True)
    refused = desk.run("trade", "close", "btc-swing", "--yes")
    assert (refused.code, "its note says other/btc-swing now" in refused.err) == (2, True)
    ended = desk.run("close-all", "--confirm", "desk")
    assert (ended.code, f"not ended: #{number} was opened as btc-swing" in ended.err) == (1, True)
    assert desk.later(number)["status"]["type"] == "waiting_targets"
    assert "forget btc-swing" in desk.run("diff").out


@pytest.mark.parametrize("lines", [["trade", "cancel"], ["trade", "show"]])
def test_a_waiting_entry_whose_note_lost_our_marker_goes_by_its_name(
    desk: Desk, lines: list[str]
) -> None:
    number = opened(desk, filled=False)
    strip(desk, number, "cut [smartplan1:desk/btc-sw")
    assert check(desk)[0] == 0, "nothing of it is filled"
    ran = desk.run(*lines, "btc-swing", *(["--yes"] if lines[1] == "cancel" else []))
    assert ran.code == 0, ran.err
    assert f"#{number}" in ran.out


def test_it_is_not_imported_a_second_time(desk: Desk) -> None:
    number = opened(desk)
    strip(desk, number)
    imported = desk.run("import", "--all-active")
    assert f"left out: #{number}: it was opened as btc-swing" in imported.err
    assert "adopt" not in imported.out


def test_what_no_note_claims_can_be_forgotten_by_its_name(desk: Desk) -> None:
    number = opened(desk)
    strip(desk, number)
    (desk.folder / "plans" / "btc-swing.yaml").unlink()
    desk.plan("other", ETH + "lifecycle: {state: closed}\n")
    assert check(desk)[0] == 3
    forgotten = desk.run("forget", "btc-swing", "--yes")
    assert forgotten.code == 0, forgotten.err
    assert desk.exchange().get(number)["note"] == "mine now"
    assert check(desk)[0] == 0
    assert desk.run("forget", "btc-swing", "--yes").code == 2


def test_the_way_out_of_a_missing_trade_can_be_walked(desk: Desk) -> None:
    opened(desk, filled=False)
    desk.lose_the_exchange()
    blocked = desk.run("diff")
    assert "missing:" in blocked.out
    assert check(desk)[0] == 3
    assert desk.run("forget", "btc-swing", "--yes").code == 0
    assert desk.run("apply", "--yes").code == 0
    assert marked(desk) == ["desk/btc-swing#1"]


def test_a_copy_is_no_answer_to_its_name(desk: Desk) -> None:
    number = opened(desk)
    note = desk.exchange().get(number)["note"]
    copy = desk.open(NAKED | {"note": note}, filled=True)
    assert check(desk)[0] == 3
    for words in (["trade", "close"], ["forget"]):
        refused = desk.run(*words, "btc-swing", "--yes")
        assert (refused.code, "by its id" in refused.err) == (2, True)
    strip(desk, number)
    code, out = check(desk)
    assert code == 3
    assert f"#{copy}" in out
    assert f"#{number}" in out
    refused = desk.run("trade", "close", "btc-swing", "--yes")
    assert (refused.code, f"#{number}" in refused.err) == (2, True)
    ended = desk.run("close-all", "--confirm", "desk")
    assert ended.code == 0, ended.err
    assert {desk.later(one)["status"]["type"] for one in (number, copy)} == {"panic_sold"}


# --- names that are free again -------------------------------------------------------------------


def sizes(desk: Desk) -> dict[int, str]:
    rows = desk.exchange().list_trades({"status": "all"})
    return {one["id"]: one["position"]["units"]["value"] for one in rows}


def rename(desk: Desk, old: str, new: str, text: str = PLAN, more: str = "") -> None:
    (desk.folder / "plans" / f"{old}.yaml").unlink()
    desk.plan(new, f"{text}lifecycle: {{renamed_from: {old}{more}}}\n")


def applied(desk: Desk) -> list[str]:
    ran = desk.run("apply", "--yes")
    assert ran.code == 0, ran.out + ran.err
    again = desk.run("apply", "--yes")
    assert again.code == 0, again.out
    assert "Nothing to do" in again.out or "0 to create, 0 to update" in again.out
    return marked(desk)


def test_a_name_is_free_once_its_trade_was_renamed(desk: Desk) -> None:
    opened(desk, "old", filled=False)
    rename(desk, "old", "new")
    assert applied(desk) == ["desk/new#1"]
    desk.plan("old", OTHER)
    assert applied(desk) == ["desk/new#1", "desk/old#1"]


def test_so_it_is_along_a_chain_of_renames_and_back(desk: Desk) -> None:
    opened(desk, "a", filled=False)
    rename(desk, "a", "b")
    assert applied(desk) == ["desk/b#1"]
    rename(desk, "b", "c")
    assert applied(desk) == ["desk/c#1"]
    rename(desk, "c", "a")
    assert applied(desk) == ["desk/a#1"]
    desk.plan("b", OTHER)
    desk.plan("c", PLAN.replace("value: 0.01", "value: 0.03"))
    assert applied(desk) == ["desk/a#1", "desk/b#1", "desk/c#1"]


def test_so_it_is_where_the_renamed_one_has_ended(desk: Desk) -> None:
    number = opened(desk, "old", filled=False)
    rename(desk, "old", "new")
    assert applied(desk) == ["desk/new#1"]
    desk.settled().cancel(number)
    desk.settled()
    assert applied(desk) == []
    desk.plan("old", OTHER)
    assert applied(desk) == ["desk/old#1"]
    assert desk.run("diff").code == 0


def test_what_ended_before_its_rename_was_applied_is_opened_under_neither_name(desk: Desk) -> None:
    number = opened(desk, "old", filled=False)
    desk.settled().cancel(number)
    desk.settled()
    rename(desk, "old", "new")
    assert applied(desk) == []
    desk.plan("old", PLAN)
    refused = desk.run("apply", "--yes")
    assert refused.code == 5
    assert "take old out of its plan" in refused.out
    assert marked(desk) == []


def test_so_it_is_with_a_round_raised_and_with_the_journal_lost_in_between(desk: Desk) -> None:
    number = opened(desk, "old", filled=False)
    rename(desk, "old", "new")
    assert applied(desk) == ["desk/new#1"]
    desk.forget_journal()
    desk.plan("old", OTHER)
    assert applied(desk) == ["desk/new#1", "desk/old#1"]
    desk.settled().cancel(number)
    desk.settled()
    desk.plan("new", f"{PLAN}lifecycle: {{renamed_from: old, round: 2}}\n")
    assert applied(desk) == ["desk/new#2", "desk/old#1"]


def test_two_names_that_are_swapped_send_neither_plan_to_the_other_trade(desk: Desk) -> None:
    desk.plan("b", OTHER)
    opened(desk, "a", filled=False)
    before = sizes(desk)
    desk.plan("a", f"{OTHER}lifecycle: {{renamed_from: b}}\n")
    desk.plan("b", f"{PLAN}lifecycle: {{renamed_from: a}}\n")
    refused = desk.run("apply", "--yes")
    assert refused.code == 5
    assert "goes round in a circle" in refused.out
    assert sizes(desk) == before


def test_a_new_plan_under_the_old_name_waits_until_the_rename_is_made(desk: Desk) -> None:
    """Applied together, the new plan would be sent to the trade that is to be renamed."""
    opened(desk, "old", filled=False)
    rename(desk, "old", "new")
    desk.plan("old", OTHER)
    before = sizes(desk)
    refused = desk.run("apply", "--yes")
    assert refused.code == 5
    assert "nobody can tell whose the open trade is" in refused.out
    rows = json.loads(desk.run("status", "--format", "json").out)["trades"]
    assert {row["name"]: row["id"] is not None for row in rows} == {"old": True, "new": False}
    assert sizes(desk) == before


# --- reading completely --------------------------------------------------------------------------


FOREIGN = {
    "account_id": 1,
    "pair": "USDT_SOL",
    "position": {
        "type": "buy",
        "order_type": "limit",
        "units": {"value": "1"},
        "price": {"value": "50"},
    },
    "take_profit": {"enabled": False},
    "note": "by hand",
}


def crowd(desk: Desk, number: int) -> list[int]:
    """So many older open trades of somebody else."""
    return [desk.open(FOREIGN | OFF) for _ in range(number)]


@pytest.mark.parametrize("size", [PAGE_SIZE, 50, 25])
@pytest.mark.parametrize(
    "command",
    [
        ("status", "--check"),
        ("close-all", "--confirm", "desk"),
        ("trade", "close", "btc-swing", "--yes"),
        ("trade", "show", "btc-swing"),
        ("drift",),
        ("diff",),
        ("trade", "list", "--all-pages"),
    ],
)
def test_one_that_ends_between_two_pages_hides_none_behind_it(
    desk: Desk, command: tuple[str, ...], size: int
) -> None:
    others = crowd(desk, size)
    number = opened(desk)
    naked(desk, number)
    ended: list[int] = []

    def one_ends(_seconds: float) -> None:
        if not ended:
            ended.append(others[0])
            desk.settled().cancel(others[0])
            assert desk.settled().get(others[0])["status"]["type"] == "cancelled"

    cap = Fault(cap=size, delay=0, when="after", path="/v2/smart_trades", method="GET", times=None)
    with desk.served(cap, sleep=one_ends):
        ran = desk.run(*command)
    assert ended
    told = ran.out + ran.err
    assert f"#{number}" in told or f"{number}" in told, told
    assert ran.code == {"status": 3, "drift": 3}.get(command[0], 0), told


@pytest.mark.parametrize("cap", [10, 25, 50, 99])
def test_a_service_with_shorter_pages_opens_nothing_twice(desk: Desk, cap: int) -> None:
    crowd(desk, cap)
    desk.plan("btc-swing", PLAN)
    pages = Fault(cap=cap, path="/v2/smart_trades", method="GET", times=None)
    with desk.served(pages):
        for _ in range(3):
            ran = desk.run("apply", "--yes")
            assert ran.code == 0, ran.out + ran.err
            desk.forget_journal()
    assert marked(desk).count("desk/btc-swing#1") == 1
