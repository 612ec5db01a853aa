"""``smartplan trade …``, ``close-all`` and ``forget`` against the embedded exchange."""

import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys

import pytest

from smartplan.api.signing import fingerprint
from smartplan.sandbox import SANDBOX_KEY
from smartplan.sandbox.faults import Fault
from smartplan.settings import load
from smartplan.state.budget import LISTINGS, REQUESTS, RateBudget, open_ledger
from smartplan.state.journal import Journal
from smartplan.state.opening import open_store
from smartplan.state.store import LockScope
from tests.bodies import LONG, NAKED
from tests.workspace import Workspace

MARKER = "[smartplan1:desk/btc-swing#1 0000000000000000 k]"


def mutations(exchange) -> list[str]:
    return [f"{seen.method} {seen.path}" for seen in exchange.log if seen.method != "GET"]


def test_a_name_means_the_open_trade_that_carries_it(workspace: Workspace) -> None:
    workspace.open(LONG)
    number = workspace.open(LONG, name="btc-swing")
    shown = workspace.run("trade", "show", "btc-swing")
    assert shown.code == 0
    assert f"btc-swing  #{number}  USDT_BTC  waiting_position" in shown.out
    assert workspace.run("trade", "show", f"#{number}").out == shown.out


def test_two_trades_of_one_name_are_listed_and_refused(workspace: Workspace) -> None:
    first, second = workspace.open(LONG, name="twin"), workspace.open(LONG, name="twin")
    refused = workspace.run("trade", "cancel", "twin", "--yes")
    assert refused.code == 2
    assert f"2 open trades are named twin: #{first}, #{second}" in refused.err
    assert workspace.later(first)["status"]["type"] == "waiting_position"


def test_an_unknown_name_and_an_unknown_id_say_where_to_look(workspace: Workspace) -> None:
    assert (
        "no open trade of the workspace desk is named nobody"
        in workspace.run("trade", "show", "nobody").err
    )
    missing = workspace.run("trade", "show", "4711")
    assert missing.code == 4
    assert "smartplan trade list" in missing.err


def test_commands_on_trades_work_while_plans_are_broken(workspace: Workspace) -> None:
    workspace.plan("broken", "trades: [")
    number = workspace.open(LONG, name="btc-swing", filled=True)
    assert workspace.run("trade", "close", "btc-swing", "--yes").code == 0
    assert workspace.later(number)["status"]["type"] == "panic_sold"


def test_commands_on_trades_work_while_an_apply_runs_and_its_intent_is_open(
    workspace: Workspace,
) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    settings = load(workspace.folder, {})
    store = open_store(settings.state_url, settings.root)
    scope = LockScope("desk", "sandbox")
    journal = Journal(store, scope, "the apply")
    with store.lock(scope, "the apply"):
        journal.intended(journal.identity("btc-swing", 1), "update", {}, trade_id=number)
        assert workspace.run("trade", "move-stop", "btc-swing", "56000", "--yes").code == 0
        assert workspace.run("trade", "close", "btc-swing", "--yes").code == 0
    store.close()
    assert workspace.later(number)["status"]["type"] == "panic_sold"


def test_commands_on_trades_work_while_the_budget_is_nearly_spent(workspace: Workspace) -> None:
    workspace.open(LONG, name="btc-swing", filled=True)
    with workspace.served():
        ledger = open_ledger("", os.environ)
        others = RateBudget(ledger, fingerprint(SANDBOX_KEY), sleep=lambda _: pytest.fail("spent"))
        for number in range(REQUESTS.limit):
            others.wait(listing=number < LISTINGS.limit)
        others.close()
        for words in (["trade", "list"], ["trade", "close", "btc-swing", "--yes"]):
            done = workspace.run(*words)
            assert done.code == 0
            assert "waiting" not in done.err


# --- list ---------------------------------------------------------------------------------------


def test_the_list_has_every_filter_and_the_three_formats(workspace: Workspace) -> None:
    bitcoin = workspace.open(LONG, name="btc-swing")
    short = LONG | {
        "account_id": 2,
        "pair": "USDT_ETH",
        "position": {"type": "sell", "order_type": "market", "units": {"value": "0.1"}},
        "take_profit": {"enabled": False},
        "stop_loss": {"enabled": False},
    }
    ether = workspace.open(short)
    listed = workspace.run("trade", "list")
    assert str(bitcoin) in listed.out
    assert "desk/btc-swing" in listed.out
    for criteria in (
        ["--account", "futures"], ["--account", "2"], ["--pair", "USDT_ETH"],
        ["--type", "smart_cover"], ["--base", "ETH"], ["--per-page", "1"],
        ["--per-page", "1", "--page", "1", "--order-by", "created_at"],
    ):  # fmt: skip
        found = json.loads(workspace.run("trade", "list", "--format", "json", *criteria).out)
        assert [row["id"] for row in found["trades"]] == [ether], criteria
    for criteria in (["--status", "failed"], ["--quote", "BTC"], ["--to", "2020-01-01"]):
        found = json.loads(workspace.run("trade", "list", "--format", "json", *criteria).out)
        assert found["trades"] == [], criteria
    for order, wanted in (
        ((), [ether, bitcoin]),
        (("--order-direction", "ASC"), [bitcoin, ether]),
        (("--order-by", "updated_at", "--order-direction", "asc"), [bitcoin, ether]),
        (("--from", "2020-01-01T00:00:00.000Z"), [ether, bitcoin]),
        # The one waits for its position, the other for its targets.
        (("--order-by", "status"), [ether, bitcoin]),
    ):
        listed = workspace.run("trade", "list", "--all-pages", "--format", "csv", *order)
        rows = list(csv.DictReader(io.StringIO(listed.out)))
        assert [row["id"] for row in rows] == [str(number) for number in wanted], order


def test_a_note_is_never_a_formula_in_the_csv(workspace: Workspace) -> None:
    notes = ['=HYPERLINK("http://x")', "+1", "-1", "@sum", " =1", "\uff1dcmd", "\uff0b1", "\uff0d1"]
    notes += [
        "\uff20sum",
        "\u3000\uff1dcmd",
        "\ufe66cmd",
        "\u207acmd",
        "\u22121",
        "\u200b=1",
        "'=1",
    ]
    for note in notes:
        workspace.open(LONG | {"note": note})
    rows = csv.DictReader(io.StringIO(workspace.run("trade", "list", "--format", "csv").out))
    assert [row["note"][0] for row in rows] == ["'"] * len(notes)


def test_a_note_is_no_formula_either_where_cells_are_parted_by_another_sign(
    workspace: Workspace,
) -> None:
    workspace.open(LONG | {"note": "a; =1;b"})
    rows = csv.DictReader(io.StringIO(workspace.run("trade", "list", "--format", "csv").out))
    assert [row["note"] for row in rows] == ["a; '=1;b"]


def test_a_note_cannot_move_the_cursor(workspace: Workspace) -> None:
    number = workspace.open(LONG | {"note": "red \x1b[31m alert"})
    for arguments in (["list"], ["list", "--format", "csv"], ["show", number]):
        assert "\x1b" not in workspace.run("trade", *arguments).out


def test_show_as_json_is_the_answer_of_the_service(workspace: Workspace) -> None:
    number = workspace.open(LONG)
    shown = json.loads(workspace.run("trade", "show", number, "--format", "json").out)
    assert shown["position"]["price"]["value"] == "60000.0"


# --- confirmation -------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [None, "y\n", "YES\n", "yes please\n", "", "no\n"])
def test_only_yes_is_a_yes(workspace: Workspace, typed: str | None) -> None:
    number = workspace.open(LONG, name="btc-swing")
    asked = workspace.run("trade", "cancel", "btc-swing", typed=typed)
    assert asked.code == 5
    assert "nothing was done" in asked.err
    assert workspace.later(number)["status"]["type"] == "waiting_position"


def test_a_typed_yes_acts(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="btc-swing")
    assert workspace.run("trade", "cancel", "btc-swing", typed="yes\n").code == 0
    assert workspace.later(number)["status"]["type"] == "cancelled"


# --- each command -------------------------------------------------------------------------------


def test_cancelling_a_position_needs_to_be_meant(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    refused = workspace.run("trade", "cancel", "btc-swing", "--yes")
    assert refused.code == 5
    assert "leaves long 0.00999 BTC open and unprotected" in refused.err
    done = workspace.run("trade", "cancel", "btc-swing", "--yes", "--leave-position")
    assert done.code == 0
    assert "long 0.00999 BTC @" in done.out
    assert "stays open, without stop and targets" in done.out
    assert workspace.later(number)["status"]["type"] == "cancelled"


def test_close_shows_the_size_and_what_it_brings(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    workspace.tick("USDT_BTC", "61000")
    shown = workspace.run("trade", "close", number, "--yes")
    # 0.00999 × 61000 = 609.39; after the fee 608.78061, and 600 were paid.
    assert "sell 0.00999 BTC @ 61000, about 609.39 USDT" in shown.out
    assert "P/L now +8.78 USDT (+1.46 %)" in shown.out


def test_there_is_nothing_to_close_before_the_fill(workspace: Workspace) -> None:
    workspace.open(LONG, name="btc-swing")
    refused = workspace.run("trade", "close", "btc-swing", "--yes")
    assert refused.code == 2
    assert "trade cancel" in refused.err


def test_moving_the_stop_changes_the_stop_alone(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    before = workspace.later(number)
    moved = workspace.run("trade", "move-stop", "btc-swing", "57000", "--yes")
    assert moved.code == 0
    assert "stop loss: 55000 → 57000" in moved.out
    assert "widens" not in moved.out
    after = workspace.later(number)
    assert after["stop_loss"]["conditional"]["price"]["value"] == "57000.0"
    same = ("position", "take_profit", "leverage", "note", "note_raw")
    assert {key: after[key] for key in same} == {key: before[key] for key in same}


def test_moving_the_stop_away_says_that_it_widens_risk(workspace: Workspace) -> None:
    workspace.open(LONG, name="btc-swing")
    assert "⚠ widens risk" in workspace.run("trade", "move-stop", "btc-swing", "50000").out


def test_a_stop_that_would_fire_at_once_is_refused(workspace: Workspace) -> None:
    workspace.open(LONG, name="btc-swing", filled=True)
    workspace.tick("USDT_BTC", "60500")
    refused = workspace.run("trade", "move-stop", "btc-swing", "60500", "--yes")
    assert refused.code == 5
    assert "would fire at once" in refused.err


@pytest.mark.parametrize("number", ["-1", "0", "nan", "1e", "60_000", "inf"])
def test_a_price_is_a_number_above_zero(workspace: Workspace, number: str) -> None:
    workspace.open(LONG, name="btc-swing")
    assert workspace.run("trade", "move-stop", "btc-swing", "--yes", "--", number).code == 2


def test_what_waits_takes_funds_but_has_none_to_take_out(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="btc-swing")
    told = workspace.run("trade", "reduce-funds", "btc-swing", "0.005", "--yes")
    assert told.code == 2
    assert f"#{number} holds nothing yet (status waiting_position)" in told.err
    added = workspace.run("trade", "add-funds", "btc-swing", "0.01", "--yes")
    assert added.code == 0, added.err
    assert workspace.run("sandbox", "fill", "btc-swing").code == 0
    assert workspace.run("sandbox", "tick", "USDT_BTC", "60000").code == 0
    # Twice 0.01, less 0.1 % of each in base.
    assert workspace.exchange.get(number)["data"]["entered_amount"] == "0.01998"


def test_funds_are_added_and_reduced_within_the_limit(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    added = workspace.run("trade", "add-funds", "btc-swing", "0.01", "--yes")
    assert added.code == 0
    assert "add funds at market: buy 0.01 BTC" in added.out
    assert workspace.later(number)["data"]["entered_amount"] == "0.01998"
    refused = workspace.run("trade", "reduce-funds", "btc-swing", "0.5", "--yes")
    assert refused.code == 2
    assert "at most 0.01997 units" in refused.err
    reduced = workspace.run("trade", "reduce-funds", "btc-swing", "0.005", "--yes")
    assert "at most 0.01997 BTC can be taken out" in reduced.out
    assert workspace.later(number)["data"]["closed_amount"] == "0.005"


def test_what_the_service_complains_of_is_said_field_by_field(workspace: Workspace) -> None:
    workspace.open(LONG, name="btc-swing", filled=True)
    refused = workspace.run("trade", "add-funds", "btc-swing", "0.000001", "--yes")
    assert refused.code == 4
    assert "units[value]: " in refused.err


def test_funds_at_a_limit_say_so(workspace: Workspace) -> None:
    workspace.open(LONG, name="btc-swing", filled=True)
    added = workspace.run("trade", "add-funds", "btc-swing", "0.01", "--limit", "58000", "--yes")
    assert "add funds at the limit 58000: buy 0.01 BTC @ 58000, about 580 USDT" in added.out


def test_force_start_enters_at_market(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="btc-swing")
    started = workspace.run("trade", "force-start", "btc-swing", "--yes")
    assert "enter at market now: buy 0.01 BTC @" in started.out
    assert workspace.later(number)["data"]["entered_amount"] == "0.00999"
    assert workspace.run("trade", "force-start", "btc-swing", "--yes").code == 2


def test_force_process_has_the_service_look(workspace: Workspace) -> None:
    workspace.open(LONG, name="btc-swing")
    assert workspace.run("trade", "force-process", "btc-swing", "--yes").code == 0


def test_a_new_note_keeps_the_marker(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="btc-swing")
    assert workspace.run("trade", "note", "btc-swing", "monthly   support", "--yes").code == 0
    assert workspace.later(number)["note_raw"] == f"monthly support {MARKER}"
    assert workspace.run("trade", "note", number, "", "--yes").code == 0
    assert workspace.later(number)["note_raw"] == MARKER


@pytest.mark.parametrize("text", ["x" * 300, f"stolen {MARKER}"])
def test_a_note_that_would_cost_the_marker_is_refused(workspace: Workspace, text: str) -> None:
    number = workspace.open(LONG, name="btc-swing")
    assert workspace.run("trade", "note", "btc-swing", text, "--yes").code == 2
    assert workspace.later(number)["note_raw"].endswith(MARKER)


def test_orders_are_listed_closed_and_cancelled(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    orders = json.loads(workspace.run("trade", "orders", "btc-swing", "--format", "json").out)
    first, second = (o["id"] for o in orders if o["trade_purpose"] == "take_profit")
    (stop,) = (order["id"] for order in orders if order["trade_purpose"] == "stop_loss")
    assert str(stop) in workspace.run("trade", "orders", number).out

    assert workspace.run("trade", "close-order", "btc-swing", stop, "--yes").code == 2
    closed = workspace.run("trade", "close-order", "btc-swing", first, "--yes")
    assert "take profit, limit" in closed.out
    assert workspace.later(number)["take_profit"]["steps"][0]["status"]["type"] == "panic_sold"

    cancelled = workspace.run("trade", "cancel-order", "btc-swing", second, "--yes")
    assert cancelled.code == 0
    refused = workspace.run("trade", "cancel-order", "btc-swing", stop, "--yes")
    assert refused.code == 5
    assert "its last exit: the whole trade goes with it" in refused.err
    meant = workspace.run("trade", "cancel-order", "btc-swing", stop, "--yes", "--leave-position")
    assert "the whole trade is cancelled with it" in meant.out
    assert workspace.later(number)["status"]["type"] == "cancelled"


def test_an_order_of_another_trade_is_unknown(workspace: Workspace) -> None:
    workspace.open(LONG, name="btc-swing")
    assert "has no order 99" in workspace.run("trade", "close-order", "btc-swing", "99").err


def test_forget_takes_the_marker_and_nothing_else(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    before = workspace.later(number)
    assert workspace.run("forget", "btc-swing", "--yes").code == 0
    after = workspace.later(number)
    assert after["note_raw"] == "weekly support"
    same = ("position", "take_profit", "stop_loss", "status")
    assert {key: after[key] for key in same} == {key: before[key] for key in same}
    assert workspace.run("trade", "show", "btc-swing").code == 2


def test_forget_touches_no_trade_of_another_workspace(workspace: Workspace) -> None:
    foreign = MARKER.replace("desk", "other")
    number = workspace.open(LONG | {"note": foreign})
    refused = workspace.run("forget", number, "--yes")
    assert refused.code == 2
    assert "belongs to other" in refused.err


# --- close-all ----------------------------------------------------------------------------------


def test_close_all_ends_this_workspace_and_no_other(workspace: Workspace) -> None:
    held = workspace.open(LONG, name="held", filled=True)
    waiting = workspace.open(LONG, name="waiting")
    foreign = workspace.open(LONG | {"note": MARKER.replace("desk", "other")})
    nobodys = workspace.open(LONG)
    ended = workspace.run("close-all", typed="desk\n")
    assert ended.code == 0
    assert ended.out.index(f"✓ held  #{held}") < ended.out.index(f"✓ waiting  #{waiting}")
    assert workspace.later(held)["status"]["type"] == "panic_sold"
    assert workspace.later(waiting)["status"]["type"] == "cancelled"
    for untouched in (foreign, nobodys):
        assert workspace.later(untouched)["status"]["type"] == "waiting_position"


@pytest.mark.parametrize("typed", ["yes\n", "\n", None])
def test_close_all_wants_the_name_of_the_workspace(workspace: Workspace, typed: str | None) -> None:
    number = workspace.open(LONG, name="btc-swing")
    assert workspace.run("close-all", typed=typed).code == 5
    assert workspace.run("close-all", "--confirm", "other").code == 5
    assert workspace.later(number)["status"]["type"] == "waiting_position"
    assert workspace.run("close-all", "--confirm", "desk").code == 0


def test_close_all_goes_on_after_a_refusal(workspace: Workspace) -> None:
    first = workspace.open(LONG, name="first", filled=True)
    second = workspace.open(LONG, name="second", filled=True)
    fault = Fault(status=403, method="POST", path=f"/v2/smart_trades/{first}/")
    with workspace.served(fault):
        ended = workspace.run("close-all", "--confirm", "desk")
    assert ended.code == 4
    assert f"✗ first  #{first}" in ended.out
    assert workspace.later(second)["status"]["type"] == "panic_sold"


# --- answers that get lost ----------------------------------------------------------------------

METHODS = ("POST", "PATCH", "DELETE")
NEVER_REPEATED = {
    "close": ["close", "btc-swing"],
    "add-funds": ["add-funds", "btc-swing", "0.01"],
    "reduce-funds": ["reduce-funds", "btc-swing", "0.001"],
}


@pytest.mark.parametrize("command", NEVER_REPEATED)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_is_reported_and_never_sent_again(
    workspace: Workspace, command: str, when: str
) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    with workspace.served(Fault(status=502, html=True, when=when, method="POST")) as exchange:
        lost = workspace.run("trade", *NEVER_REPEATED[command], "--yes")
        assert len(mutations(exchange)) == 1
    assert lost.code == 6
    assert f"#{number}: its status is" in lost.err
    assert "nothing was sent again" in lost.err


def test_a_lost_force_start_is_reported_and_never_sent_again(workspace: Workspace) -> None:
    workspace.open(LONG, name="btc-swing")
    with workspace.served(Fault(status=500, when="after", method="POST")) as exchange:
        assert workspace.run("trade", "force-start", "btc-swing", "--yes").code == 6
        assert len(mutations(exchange)) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["note", "{}", "monthly"],
        ["move-stop", "{}", "57000"],
        ["cancel", "{}"],
    ],
    ids=["note", "move-stop", "cancel"],
)
def test_a_lost_answer_is_settled_by_reading_where_the_trade_shows_it(
    workspace: Workspace, arguments: list[str]
) -> None:
    workspace.open(LONG, name="btc-swing")
    with workspace.served(
        *(Fault(status=504, when="after", method=m) for m in METHODS)
    ) as exchange:
        assert (
            workspace.run("trade", *(a.format("btc-swing") for a in arguments), "--yes").code == 0
        )
        assert len(mutations(exchange)) == 1
    workspace.open(LONG, name="other")
    with workspace.served(*(Fault(status=504, when="before", method=m) for m in METHODS)):
        assert workspace.run("trade", *(a.format("other") for a in arguments), "--yes").code == 6


def test_every_request_is_in_the_journal_before_it_leaves(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="btc-swing")
    workspace.run("trade", "note", "btc-swing", "monthly", "--yes")
    events = workspace.run("history", "--format", "json").out
    assert "set_note" in events
    assert str(number) in events
    (workspace.state / "sandbox.db").touch(0o600)
    (workspace.state / "sandbox.db").write_bytes(b"not a database")
    refused = workspace.run("trade", "cancel", "btc-swing", "--yes")
    assert refused.code == 5
    assert workspace.later(number)["status"]["type"] == "waiting_position"


def test_a_naked_position_can_be_cancelled_only_when_meant(workspace: Workspace) -> None:
    workspace.open(NAKED, name="naked", filled=True)
    assert workspace.run("trade", "cancel", "naked", "--yes").code == 5


@pytest.mark.parametrize(
    "arguments",
    [("cancel",), ("move-stop", "70000"), ("reduce-funds", "9")],
    ids=lambda arguments: arguments[0],
)
def test_the_way_out_of_a_refusal_can_be_pasted(
    workspace: Workspace, arguments: tuple[str, ...]
) -> None:
    number = workspace.open(LONG, name="btc-swing", filled=True)
    workspace.tick("USDT_BTC", "61000")
    verb, *rest = arguments
    there = workspace.run("trade", verb, "btc-swing", *rest, "--env", "sandbox")
    assert there.code in {2, 5}
    assert f"`smartplan trade close {number} --env sandbox`" in there.err
    here = workspace.run("trade", verb, "btc-swing", *rest)
    assert f"`smartplan trade close {number}`" in here.err


def test_only_a_command_that_takes_an_environment_is_given_one(workspace: Workspace) -> None:
    unknown = workspace.run("trade", "show", "nobody", "--env=sandbox")
    assert "`smartplan trade list --env sandbox`" in unknown.err
    plan = "name: btc-swing\npair: USDT_BTC\n"
    workspace.plan("btc", plan)
    workspace.configure('[lint]\nignore = ["SP999"]')
    assert "`smartplan rules` lists" in workspace.run("lint", "--env", "sandbox").err


def test_ctrl_c_at_the_question_says_that_nothing_was_done(workspace: Workspace) -> None:
    workspace.open(LONG, name="btc-swing")
    ours, terminal = pty.openpty()
    asking = subprocess.Popen(
        [sys.executable, "-m", "smartplan", "trade", "cancel", "btc-swing"],
        stdin=terminal,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert asking.stderr is not None
    with asking.stderr as said:
        asked = b""
        while not asked.endswith(b"is taken: "):
            more = said.read(1)
            assert more, asked
            asked += more
        asking.send_signal(signal.SIGINT)
        assert b"smartplan: interrupted: nothing was done" in said.read()
    assert asking.wait(timeout=30) == 130
    os.close(ours)
    os.close(terminal)
    assert "waiting_position" in workspace.run("trade", "list").out
