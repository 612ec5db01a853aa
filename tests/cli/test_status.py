"""``smartplan status`` against the embedded exchange."""

import json
import os
import shutil
import signal
import subprocess
import sys

from smartplan.sandbox.faults import Fault
from tests.bodies import LONG, NAKED
from tests.plans import TWO_TARGETS
from tests.workspace import Workspace


def test_a_position_is_shown_with_its_distances_and_its_profit(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    number = workspace.open(LONG, name="btc-swing", filled=True)
    workspace.tick("USDT_BTC", "61000")
    shown = workspace.run("status")
    assert shown.code == 0
    line = next(line for line in shown.out.splitlines() if "btc-swing" in line)
    # (66000 − 61000) / 61000 = 8.20 %; (61000 − 55000) / 61000 = 9.84 %.
    # 0.00999 × 61000 × 0.999 − 600 = 8.78061, which is 1.46 % of 600.
    for figure in (
        f"#{number}", "waiting_targets", "0.00999/0.00999", "61000", "66000 (+8.20 %)",
        "55000 (-9.84 %)", "+8.78 USDT (+1.46 %)",
    ):  # fmt: skip
        assert figure in line
    assert "Nothing is unprotected." in shown.out
    assert workspace.run("status", "--check").code == 0


def test_a_trailed_stop_is_shown_where_it_has_moved_to(workspace: Workspace) -> None:
    """Bought at 60000 with the stop at 55000: 63000 was the best, so it stands at 58000."""
    trailing = {"price": {"value": "55000", "type": "bid"}, "trailing": {"enabled": True}}
    stop = {"enabled": True, "order_type": "market", "conditional": trailing}
    workspace.plan("btc", TWO_TARGETS)
    number = workspace.open(LONG | {"stop_loss": stop}, name="btc-swing", filled=True)
    workspace.tick("USDT_BTC", "61000", "63000", "62000")
    line = next(line for line in workspace.run("status").out.splitlines() if "btc-swing" in line)
    assert "trailing 58000 (-6.45 %)" in line
    stands = json.loads(workspace.run("status", "--format", "json").out)["trades"][0]
    assert stands["stop"] == "58000"
    assert "58000" in workspace.run("trade", "show", str(number)).out


def test_a_plan_that_is_not_open_says_so(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    shown = workspace.run("status", "--check")
    assert shown.code == 0
    assert "not open" in shown.out


def test_an_ended_trade_shows_how_it_ended(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    number = workspace.open(LONG, name="btc-swing")
    workspace.run("trade", "cancel", "btc-swing", "--yes")
    workspace.later(number)
    assert "cancelled" in workspace.run("status").out


def test_check_fails_for_the_position_that_a_cancelled_trade_left_behind(
    workspace: Workspace,
) -> None:
    workspace.plan("btc", TWO_TARGETS)
    number = workspace.open(LONG, name="btc-swing", filled=True)
    assert workspace.run("trade", "cancel", "btc-swing", "--yes", "--leave-position").code == 0
    workspace.later(number)
    checked = workspace.run("status", "--check")
    assert checked.code == 3
    assert "⚠ it was cancelled: what is held stays open without exits" in checked.out
    assert "55000" not in checked.out


def test_what_a_sale_leaves_of_a_lot_is_no_open_position(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    body = LONG | {"position": LONG["position"] | {"units": {"value": "0.01987"}}}
    number = workspace.open(body, name="btc-swing", filled=True)
    assert "1 trade, 1 with an open position" in workspace.run("status").out
    assert workspace.run("trade", "close", "btc-swing", "--yes").code == 0
    assert workspace.later(number)["data"]["closed_amount"] != "0.01985013"
    assert "1 trade, 0 with an open position" in workspace.run("status").out


def test_a_trade_known_to_have_ended_claims_no_fill(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    workspace.tick("USDT_BTC", "61000")
    workspace.run("apply", "--yes")
    workspace.run("sandbox", "fill", "btc-swing")
    workspace.run("trade", "close", "btc-swing", "--yes")
    workspace.tick("USDT_BTC", "61001")
    workspace.plan("other", TWO_TARGETS.replace("btc-swing", "other").replace("0.01}", "0.02}"))
    workspace.run("apply", "--yes")
    (line,) = (line for line in workspace.run("status").out.splitlines() if "panic_sold" in line)
    assert "0/0.01" not in line


def test_check_fails_for_a_position_without_a_stop(workspace: Workspace) -> None:
    stop = TWO_TARGETS.index("    stop_loss")
    workspace.plan("btc", TWO_TARGETS[:stop] + "    stop_loss: {enabled: false}\n")
    workspace.open(NAKED, name="btc-swing", filled=True)
    assert workspace.run("status").code == 0
    checked = workspace.run("status", "--check")
    assert checked.code == 3
    assert "⚠ an open position without a stop loss" in checked.out


def test_check_fails_for_a_position_that_no_plan_answers_for(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    workspace.open(LONG, name="orphan")
    assert workspace.run("status", "--check").code == 0
    workspace.open(LONG, name="held", filled=True)
    checked = workspace.run("status", "--check")
    assert checked.code == 3
    assert "held (in no plan)" in checked.out
    assert "an open position that no plan answers for" in checked.out


def test_what_is_open_is_shown_and_checked_without_any_plan(workspace: Workspace) -> None:
    """The plans went with a revert; the position did not."""
    assert workspace.run("status", "--check").code == 0
    number = workspace.open(NAKED, name="btc-swing", filled=True)
    for _ in ("an empty folder", "no folder"):
        shown = workspace.run("status", "--check")
        assert shown.code == 3
        assert f"btc-swing (in no plan)  #{number}" in shown.out
        assert "⚠ an open position without a stop loss" in shown.out
        assert workspace.run("diff").code == 2
        shutil.rmtree(workspace.folder / "plans", ignore_errors=True)
    assert workspace.run("status", "other.yaml").code == 2


def test_the_worst_comes_first(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    workspace.open(LONG, name="btc-swing", filled=True)
    ether = LONG | {
        "pair": "USDT_ETH",
        "position": {"type": "buy", "order_type": "market", "units": {"value": "0.1"}},
        "take_profit": {"enabled": False},
        "stop_loss": {
            "enabled": True,
            "order_type": "market",
            "conditional": {"price": {"value": "2000", "type": "bid"}},
        },
    }
    workspace.open(ether, name="losing")
    workspace.open(LONG, name="waiting")
    workspace.tick("USDT_BTC", "61000")
    workspace.tick("USDT_ETH", "2400")
    trades = json.loads(workspace.run("status", "--format", "json").out)["trades"]
    assert [trade["name"] for trade in trades] == ["losing", "btc-swing", "waiting"]
    assert trades[0]["dangers"] == ["an open position that no plan answers for"]
    assert trades[0]["profit_percent"].startswith("-")


def test_json_has_decimal_strings_and_says_what_check_judges(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    workspace.open(LONG, name="btc-swing", filled=True)
    workspace.tick("USDT_BTC", "61000")
    status = json.loads(workspace.run("status", "--format", "json").out)
    assert (status["format"], status["format_version"]) == ("smartplan-status", 1)
    assert status["unprotected"] is False
    (trade,) = status["trades"]
    assert (trade["profit"], trade["profit_percent"]) == ("8.78061", "1.46")
    assert (trade["filled"], trade["remaining"], trade["stop"]) == ("0.00999", "0.00999", "55000")


def test_a_broken_plan_does_not_hide_the_others(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    workspace.plan("broken", "trades: [")
    workspace.open(LONG, name="btc-swing", filled=True)
    shown = workspace.run("status")
    assert "waiting_targets" in shown.out
    assert "broken.yaml" in shown.err


def test_a_refusing_service_is_no_clean_bill(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    always = Fault(status=418, method="GET", path="/v2/smart_trades", times=None)
    with workspace.served(always):
        assert workspace.run("status", "--check").code == 4


def test_a_watch_is_redrawn_until_ctrl_c_and_ends_clean(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    watching = subprocess.Popen(
        [sys.executable, "-m", "smartplan", "status", "--watch", "--interval", "2", "--check"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert watching.stdout is not None
    heads = 0
    while heads < 2:
        shown = watching.stdout.readline()
        assert shown, watching.communicate()
        heads += "workspace desk" in shown
    watching.send_signal(signal.SIGINT)
    _, errors = watching.communicate(timeout=30)
    assert watching.returncode == 0
    assert errors == ""
