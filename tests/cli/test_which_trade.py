"""Whose a live trade is, by the marker, the journal and the plans: one answer in every command."""

import json

import pytest

from smartplan.api.client import PAGE_SIZE
from smartplan.sandbox.faults import Fault
from tests.bodies import NAKED
from tests.plans import PLAN
from tests.workspace import Workspace

OTHER = PLAN.replace("value: 0.01", "value: 0.02")
ETH = PLAN.replace("USDT_BTC", "USDT_ETH").replace("60000", "2000").replace("55000", "1800")
OFF = {"stop_loss": {"enabled": False}}


def opened(workspace: Workspace, name: str = "btc-swing", *, filled: bool = True) -> int:
    """A trade that apply opened; its position is open, its stop is set."""
    workspace.plan(name, PLAN)
    applied = workspace.run("apply", "--yes")
    assert applied.code == 0, applied.out + applied.err
    number = max(one["id"] for one in workspace.exchange.list_trades({"status": "active"}))
    if filled:
        workspace.settled().fill(number)
    return number


def strip(workspace: Workspace, number: int, note: str = "mine now") -> None:
    workspace.settled().set_note(number, {"note": note})


def naked(workspace: Workspace, number: int) -> None:
    workspace.settled().update(number, OFF)


def check(workspace: Workspace, *arguments: str) -> tuple[int, str]:
    ran = workspace.run("status", "--check", *arguments)
    return ran.code, ran.out


def marked(workspace: Workspace) -> list[str]:
    """The open trades with a marker, by what it says."""
    notes = [one["note"] for one in workspace.exchange.list_trades({"status": "active"})]
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
def test_a_mistake_in_its_plan_hides_no_position_without_a_stop(
    workspace: Workspace, text: str
) -> None:
    number = opened(workspace)
    naked(workspace, number)
    workspace.plan("btc-swing", text)
    code, out = check(workspace)
    assert code == 3, out
    assert f"#{number}" in out
    assert "an open position without a stop loss" in out
    assert "Nothing is unprotected" not in out


def test_a_mistake_in_the_plan_of_a_protected_position_is_no_danger(workspace: Workspace) -> None:
    number = opened(workspace)
    workspace.plan("btc-swing", PLAN + "notee: x\n")
    code, out = check(workspace)
    assert (code, f"#{number}" in out) == (0, True), out


def test_two_plans_of_one_name_hide_no_position(workspace: Workspace) -> None:
    number = opened(workspace)
    naked(workspace, number)
    for file in ("one", "two"):
        workspace.plan(
            file, "trades:\n  btc-swing:\n" + "".join(f"    {x}\n" for x in PLAN.split("\n"))
        )
    (workspace.folder / "plans" / "btc-swing.yaml").unlink()
    assert check(workspace)[0] == 3


def test_a_trade_with_a_mistake_is_chosen_by_its_name_and_left_out_by_it(
    workspace: Workspace,
) -> None:
    number = opened(workspace)
    naked(workspace, number)
    workspace.plan("btc-swing", PLAN + "notee: x\n")
    workspace.plan("eth", ETH)
    assert check(workspace, "--target", "btc-swing")[0] == 3
    assert check(workspace, "--target", "eth")[0] == 0
    assert check(workspace, "--exclude", "btc-*")[0] == 0


def test_json_says_which_one_needs_somebody(workspace: Workspace) -> None:
    number = opened(workspace)
    naked(workspace, number)
    workspace.plan("btc-swing", PLAN + "notee: x\n")
    document = json.loads(workspace.run("status", "--format", "json").out)
    assert document["unprotected"] is True
    assert [(row["id"], row["planned"]) for row in document["trades"]] == [(number, True)]


# --- a note that lost our marker -----------------------------------------------------------------


def test_a_position_whose_note_lost_our_marker_is_found_by_every_command(
    workspace: Workspace,
) -> None:
    number = opened(workspace)
    naked(workspace, number)
    strip(workspace, number)
    code, out = check(workspace)
    assert code == 3
    assert f"#{number}" in out
    assert "an open position without a stop loss" in out
    assert workspace.run("drift").code == 3
    shown = workspace.run("trade", "show", "btc-swing")
    assert (shown.code, f"#{number}" in shown.out) == (0, True)
    ended = workspace.run("close-all", typed="desk\n")
    assert ended.code == 0, ended.err
    assert "it was opened as btc-swing; its note has lost our marker" in ended.out
    assert workspace.later(number)["status"]["type"] == "panic_sold"


@pytest.mark.parametrize("plan", ["gone", "broken", "another round"])
def test_nor_does_it_matter_what_became_of_its_plan(workspace: Workspace, plan: str) -> None:
    number = opened(workspace)
    naked(workspace, number)
    strip(workspace, number)
    workspace.plan("other", ETH + "lifecycle: {state: closed}\n")
    file = workspace.plan("btc-swing", PLAN + "lifecycle: {round: 2}\n")
    if plan == "gone":
        file.unlink()
    elif plan == "broken":
        file.write_text("account: [\n")
    assert check(workspace)[0] == 3
    applied = workspace.run("apply", "--yes")
    assert len(workspace.exchange.list_trades({"status": "all"})) == 1, applied.out
    closed = workspace.run("trade", "close", "btc-swing", "--yes")
    assert closed.code == 0, closed.err
    assert workspace.later(number)["status"]["type"] == "panic_sold"


def test_what_took_the_marker_of_another_is_told_and_not_ended(workspace: Workspace) -> None:
    number = opened(workspace)
    note = workspace.exchange.get(number)["note"].replace(":desk/", ":other/")
    strip(workspace, number, note)
    code, out = check(workspace)
    assert (code, f"#{number}" in out) == (3, True)
    refused = workspace.run("trade", "close", "btc-swing", "--yes")
    assert (refused.code, "its note says other/btc-swing now" in refused.err) == (2, True)
    ended = workspace.run("close-all", "--confirm", "desk")
    assert (ended.code, f"not ended: #{number} was opened as btc-swing" in ended.err) == (1, True)
    assert workspace.later(number)["status"]["type"] == "waiting_targets"
    assert "forget btc-swing" in workspace.run("diff").out


@pytest.mark.parametrize("lines", [["trade", "cancel"], ["trade", "show"]])
def test_a_waiting_entry_whose_note_lost_our_marker_goes_by_its_name(
    workspace: Workspace, lines: list[str]
) -> None:
    number = opened(workspace, filled=False)
    strip(workspace, number, "cut [smartplan1:desk/btc-sw")
    assert check(workspace)[0] == 0, "nothing of it is filled"
    ran = workspace.run(*lines, "btc-swing", *(["--yes"] if lines[1] == "cancel" else []))
    assert ran.code == 0, ran.err
    assert f"#{number}" in ran.out


def test_it_is_not_imported_a_second_time(workspace: Workspace) -> None:
    number = opened(workspace)
    strip(workspace, number)
    imported = workspace.run("import", "--all-active")
    assert f"left out: #{number}: it was opened as btc-swing" in imported.err
    assert "adopt" not in imported.out


def test_what_no_note_claims_can_be_forgotten_by_its_name(workspace: Workspace) -> None:
    number = opened(workspace)
    strip(workspace, number)
    (workspace.folder / "plans" / "btc-swing.yaml").unlink()
    workspace.plan("other", ETH + "lifecycle: {state: closed}\n")
    assert check(workspace)[0] == 3
    forgotten = workspace.run("forget", "btc-swing", "--yes")
    assert forgotten.code == 0, forgotten.err
    assert workspace.exchange.get(number)["note"] == "mine now"
    assert check(workspace)[0] == 0
    assert workspace.run("forget", "btc-swing", "--yes").code == 2


def test_the_way_out_of_a_missing_trade_can_be_walked(workspace: Workspace) -> None:
    opened(workspace, filled=False)
    workspace.lose_exchange()
    blocked = workspace.run("diff")
    assert "missing:" in blocked.out
    assert check(workspace)[0] == 3
    assert workspace.run("forget", "btc-swing", "--yes").code == 0
    assert workspace.run("apply", "--yes").code == 0
    assert marked(workspace) == ["desk/btc-swing#1"]


def test_a_copy_is_no_answer_to_its_name(workspace: Workspace) -> None:
    number = opened(workspace)
    note = workspace.exchange.get(number)["note"]
    copy = workspace.open(NAKED | {"note": note}, filled=True)
    assert check(workspace)[0] == 3
    for words in (["trade", "close"], ["forget"]):
        refused = workspace.run(*words, "btc-swing", "--yes")
        assert (refused.code, "by its id" in refused.err) == (2, True)
    strip(workspace, number)
    code, out = check(workspace)
    assert code == 3
    assert f"#{copy}" in out
    assert f"#{number}" in out
    refused = workspace.run("trade", "close", "btc-swing", "--yes")
    assert (refused.code, f"#{number}" in refused.err) == (2, True)
    ended = workspace.run("close-all", "--confirm", "desk")
    assert ended.code == 0, ended.err
    assert {workspace.later(one)["status"]["type"] for one in (number, copy)} == {"panic_sold"}


# --- names that are free again -------------------------------------------------------------------


def sizes(workspace: Workspace) -> dict[int, str]:
    rows = workspace.exchange.list_trades({"status": "all"})
    return {one["id"]: one["position"]["units"]["value"] for one in rows}


def rename(workspace: Workspace, old: str, new: str, text: str = PLAN, more: str = "") -> None:
    (workspace.folder / "plans" / f"{old}.yaml").unlink()
    workspace.plan(new, f"{text}lifecycle: {{renamed_from: {old}{more}}}\n")


def applied(workspace: Workspace) -> list[str]:
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.out + ran.err
    again = workspace.run("apply", "--yes")
    assert again.code == 0, again.out
    assert "Nothing to do" in again.out or "0 to create, 0 to update" in again.out
    return marked(workspace)


def test_a_name_is_free_once_its_trade_was_renamed(workspace: Workspace) -> None:
    opened(workspace, "old", filled=False)
    rename(workspace, "old", "new")
    assert applied(workspace) == ["desk/new#1"]
    workspace.plan("old", OTHER)
    assert applied(workspace) == ["desk/new#1", "desk/old#1"]


def test_so_it_is_along_a_chain_of_renames_and_back(workspace: Workspace) -> None:
    opened(workspace, "a", filled=False)
    rename(workspace, "a", "b")
    assert applied(workspace) == ["desk/b#1"]
    rename(workspace, "b", "c")
    assert applied(workspace) == ["desk/c#1"]
    rename(workspace, "c", "a")
    assert applied(workspace) == ["desk/a#1"]
    workspace.plan("b", OTHER)
    workspace.plan("c", PLAN.replace("value: 0.01", "value: 0.03"))
    assert applied(workspace) == ["desk/a#1", "desk/b#1", "desk/c#1"]


def test_so_it_is_where_the_renamed_one_has_ended(workspace: Workspace) -> None:
    number = opened(workspace, "old", filled=False)
    rename(workspace, "old", "new")
    assert applied(workspace) == ["desk/new#1"]
    workspace.settled().cancel(number)
    workspace.settled()
    assert applied(workspace) == []
    workspace.plan("old", OTHER)
    assert applied(workspace) == ["desk/old#1"]
    assert workspace.run("diff").code == 0


def test_what_ended_before_its_rename_was_applied_is_opened_under_neither_name(
    workspace: Workspace,
) -> None:
    number = opened(workspace, "old", filled=False)
    workspace.settled().cancel(number)
    workspace.settled()
    rename(workspace, "old", "new")
    assert applied(workspace) == []
    workspace.plan("old", PLAN)
    refused = workspace.run("apply", "--yes")
    assert refused.code == 5
    assert "take old out of its plan" in refused.out
    assert marked(workspace) == []


def test_so_it_is_with_a_round_raised_and_with_the_journal_lost_in_between(
    workspace: Workspace,
) -> None:
    number = opened(workspace, "old", filled=False)
    rename(workspace, "old", "new")
    assert applied(workspace) == ["desk/new#1"]
    workspace.lose_journal()
    workspace.plan("old", OTHER)
    assert applied(workspace) == ["desk/new#1", "desk/old#1"]
    workspace.settled().cancel(number)
    workspace.settled()
    workspace.plan("new", f"{PLAN}lifecycle: {{renamed_from: old, round: 2}}\n")
    assert applied(workspace) == ["desk/new#2", "desk/old#1"]


def test_two_names_that_are_swapped_send_neither_plan_to_the_other_trade(
    workspace: Workspace,
) -> None:
    workspace.plan("b", OTHER)
    opened(workspace, "a", filled=False)
    before = sizes(workspace)
    workspace.plan("a", f"{OTHER}lifecycle: {{renamed_from: b}}\n")
    workspace.plan("b", f"{PLAN}lifecycle: {{renamed_from: a}}\n")
    refused = workspace.run("apply", "--yes")
    assert refused.code == 5
    assert "goes round in a circle" in refused.out
    assert sizes(workspace) == before


def test_a_new_plan_under_the_old_name_waits_until_the_rename_is_made(workspace: Workspace) -> None:
    """Applied together, the new plan would be sent to the trade that is to be renamed."""
    opened(workspace, "old", filled=False)
    rename(workspace, "old", "new")
    workspace.plan("old", OTHER)
    before = sizes(workspace)
    refused = workspace.run("apply", "--yes")
    assert refused.code == 5
    assert "nobody can tell whose the open trade is" in refused.out
    rows = json.loads(workspace.run("status", "--format", "json").out)["trades"]
    assert {row["name"]: row["id"] is not None for row in rows} == {"old": True, "new": False}
    assert sizes(workspace) == before


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


def crowd(workspace: Workspace, number: int) -> list[int]:
    """So many older open trades of somebody else."""
    return [workspace.open(FOREIGN | OFF) for _ in range(number)]


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
    workspace: Workspace, command: tuple[str, ...], size: int
) -> None:
    others = crowd(workspace, size)
    number = opened(workspace)
    naked(workspace, number)
    ended: list[int] = []

    def one_ends(_seconds: float) -> None:
        if not ended:
            ended.append(others[0])
            workspace.settled().cancel(others[0])
            assert workspace.settled().get(others[0])["status"]["type"] == "cancelled"

    cap = Fault(cap=size, delay=0, when="after", path="/v2/smart_trades", method="GET", times=None)
    with workspace.served(cap, sleep=one_ends):
        ran = workspace.run(*command)
    assert ended
    told = ran.out + ran.err
    assert f"#{number}" in told or f"{number}" in told, told
    assert ran.code == {"status": 3, "drift": 3}.get(command[0], 0), told


@pytest.mark.parametrize("cap", [10, 25, 50, 99])
def test_a_service_with_shorter_pages_opens_nothing_twice(workspace: Workspace, cap: int) -> None:
    crowd(workspace, cap)
    workspace.plan("btc-swing", PLAN)
    pages = Fault(cap=cap, path="/v2/smart_trades", method="GET", times=None)
    with workspace.served(pages):
        for _ in range(3):
            ran = workspace.run("apply", "--yes")
            assert ran.code == 0, ran.out + ran.err
            workspace.lose_journal()
    assert marked(workspace).count("desk/btc-swing#1") == 1
