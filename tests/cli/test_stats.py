"""``smartplan stats``: what became of the trades that are over."""

import csv
import io
import json

import pytest

from tests.bodies import LONG
from tests.plans import TWO_TARGETS
from tests.schemas import validator
from tests.workspace import Workspace

ETH = (
    TWO_TARGETS.replace("btc-swing", "eth")
    .replace("USDT_BTC", "USDT_ETH")
    .replace("60000", "2400")
    .replace("66000", "2600")
    .replace("72000", "2800")
    .replace("55000", "2300")
    .replace("0.01", "0.2")
)


def eth_stopped(workspace: Workspace, price: str = "2290") -> None:
    """Bought at 2400, the stop at 2300 filled at a lower price."""
    workspace.plan("eth", ETH)
    assert workspace.run("apply", "--yes").code == 0
    workspace.run("sandbox", "fill", "eth")
    workspace.tick("USDT_ETH", "2400", price)


def told(workspace: Workspace, *more: str) -> dict:
    document = json.loads(workspace.run("stats", "--format", "json", *more).out)
    validator("stats").validate(document)
    return document


def test_nothing_is_over_yet(workspace: Workspace) -> None:
    workspace.plan("eth", ETH)
    workspace.run("apply", "--yes")
    shown = workspace.run("stats")
    assert shown.code == 0
    assert "no trade that had a position is over; 1 trade still open" in shown.out
    assert told(workspace)["trades"] == []


def test_a_stop_that_slipped_has_lost_more_than_it_was_meant_to(workspace: Workspace) -> None:
    eth_stopped(workspace)
    (trade,) = told(workspace)["trades"]
    # Planned: 480 − 0.1998 · 2300 · 0.999 = 20.91954.
    assert trade["planned_risk"] == "20.919540"[: len(trade["planned_risk"])]
    assert trade["status"] == "stop_loss_finished"
    # Planned against filled: 480 / 0.1998, and 2290 less 0.1 %.
    assert (trade["planned_entry"], trade["planned_stop"]) == ("2400", "2300")
    assert float(trade["filled_entry"]) == pytest.approx(480 / 0.1998)
    assert float(trade["filled_exit"]) == pytest.approx(2290 * 0.999, rel=1e-3)
    profit, risk = float(trade["profit"]), float(trade["planned_risk"])
    assert float(trade["r"]) == pytest.approx(profit / risk)
    assert float(trade["r"]) < -1
    # What it lost beyond the plan is what the fills have cost.
    slipped = float(trade["entry_slippage"]) + float(trade["exit_slippage"])
    assert slipped == pytest.approx(-profit - risk, abs=0.01)
    assert trade["moved"] == {"plan": 0, "by_hand": 0, "elsewhere": 0}


def test_what_slipped_is_told_rounded_up(workspace: Workspace) -> None:
    eth_stopped(workspace)
    # 0.1998 · 10 · 0.999 per 20.91954 is 0.0955 R; net it is −1.0955 R, a loss rounded up.
    rows = [row for row in workspace.run("stats").out.splitlines() if row.startswith("eth ")]
    assert rows[0].split()[-1] == "+0.10"
    assert rows[1].split()[-3:-1] == ["-1.10", "+0.10"]


def test_groups_come_with_n_and_fit_a_terminal(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    eth_stopped(workspace)
    workspace.run("sandbox", "fill", "btc-swing")
    workspace.tick("USDT_BTC", "66500", "73000", "70000")
    shown = workspace.run("stats")
    assert shown.code == 0, shown.err
    assert all(len(line) <= 80 for line in shown.out.splitlines())
    assert "No percentages of fewer than 20 trades." in shown.out
    assert "2 trades over, 0 open." in shown.out
    document = told(workspace, "--by", "pair", "--by", "side")
    assert [(one["by"], one["key"], one["n"], one["won"]) for one in document["groups"]] == [
        (None, "all", 2, 1), ("pair", "USDT_BTC", 1, 1), ("pair", "USDT_ETH", 1, 0),
        ("side", "long", 2, 1),
    ]  # fmt: skip
    assert {one["won_percent"] for one in document["groups"]} == {None}


def test_who_moved_a_stop_is_told(workspace: Workspace) -> None:
    workspace.plan("eth", ETH)
    workspace.run("apply", "--yes")
    workspace.run("sandbox", "fill", "eth")
    assert workspace.run("trade", "move-stop", "eth", "2350", "--yes").code == 0
    workspace.tick("USDT_ETH", "2400", "2340")
    (trade,) = told(workspace)["trades"]
    assert trade["moved"]["by_hand"] == 1
    assert "H1" in workspace.run("stats").out


def test_a_trade_that_no_journal_knows_has_no_r(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    workspace.open(LONG, name="btc-swing", filled=True)
    workspace.tick("USDT_BTC", "61000", "54000")
    (trade,) = told(workspace)["trades"]
    assert trade["profit"].startswith("-")
    assert (trade["planned_risk"], trade["r"]) == (None, None)
    assert "No R for 1 of them" in workspace.run("stats").out


def test_csv_has_a_row_for_each_trade(workspace: Workspace) -> None:
    eth_stopped(workspace)
    (row,) = csv.DictReader(io.StringIO(workspace.run("stats", "--format", "csv").out))
    assert (row["name"], row["side"], row["moved_by_hand"]) == ("eth", "long", "0")
    assert row["r"].startswith("-1.")


def test_candles_tell_how_far_prices_went(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    workspace.run("apply", "--yes")
    workspace.run("sandbox", "fill", "btc-swing")
    workspace.tick("USDT_BTC", "66500", "73000", "70000")
    (trade,) = told(workspace)["trades"]
    # A minute of candles around the moment it was open.
    day, minute = trade["opened"][:10], trade["opened"][11:16]
    rows = [f"{day}T{minute}:00Z,60500,67000,57000,66500"]
    file = workspace.folder / "btc.csv"
    file.write_text("ts,open,high,low,close\n" + "\n".join(rows) + "\n")
    (trade,) = told(workspace, "--prices", f"USDT_BTC={file}")["trades"]
    # 0.00999 bought for 600: at 57000 they are worth 569.43, at 67000 669.33.
    assert (trade["mae"], trade["mfe"]) == ("-30.57", "69.33")
    shown = workspace.run("stats", "--prices", f"USDT_BTC={file}").out
    assert "MAE" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())


@pytest.mark.parametrize(
    ("prices", "message"),
    [(("btc.csv",), "whose prices are these?"), (("A=x.csv", "A=y.csv"), "named twice")],
)
def test_prices_name_their_pair_once(
    workspace: Workspace, prices: tuple[str, ...], message: str
) -> None:
    options = [word for text in prices for word in ("--prices", text)]
    refused = workspace.run("stats", *options)
    assert refused.code == 2
    assert message in refused.err
