"""What each command prints as JSON fits the schema that is published for it."""

import json
from pathlib import Path
from typing import Any

import pytest

from smartplan import __version__
from smartplan.lint.schema import REPORTS
from tests.bodies import LONG, NAKED
from tests.plans import TWO_TARGETS
from tests.schemas import validator
from tests.workspace import Workspace

CANDLES = """ts,open,high,low,close
2026-11-22T00:00:00Z,61000,61500,59000,60500
2026-11-22T00:01:00Z,60500,67000,54000,66500
2026-11-22T00:02:00Z,66500,74000,66000,73000
"""
TICKS = """ts,bid,ask,last
2026-11-22T00:00:00Z,60999,61001,61000
2026-11-22T00:01:00Z,59998,59999,59999
"""
NO_FIGURES = """
trades:
  naked:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: market, units: {value: 0.01}}
    take_profit: {enabled: false}
    stop_loss: {enabled: false}
"""


def fits(name: str, text: str) -> dict[str, Any]:
    """The document, which fits ``schemas/NAME.schema.json`` and says what it is."""
    document: dict[str, Any] = json.loads(text)
    validator(name).validate(document)
    assert document["format"] == f"smartplan-{name}"
    assert document["format_version"] == 1
    assert document["smartplan_version"] == __version__
    assert text.isascii()
    return document


@pytest.fixture
def busy(workspace: Workspace) -> Workspace:
    """A trade with a position, one that waits, an orphan without stop, a stranger, a new plan."""
    workspace.plan("btc", TWO_TARGETS)
    workspace.plan("new", TWO_TARGETS.replace("btc-swing", "new").replace("0.01", "0.02"))
    workspace.open(LONG, name="btc-swing", filled=True)
    workspace.open(NAKED, name="orphan", filled=True)
    workspace.open(LONG | {"note": "mañana"})
    workspace.tick("USDT_BTC", "61000")
    return workspace


def test_status(busy: Workspace) -> None:
    status = fits("status", busy.run("status", "--format", "json").out)
    assert {trade["name"]: trade["id"] is None for trade in status["trades"]} == {
        "btc-swing": False, "new": True, "orphan": False,
    }  # fmt: skip
    assert status["service"] == "embedded exchange"


def test_a_list_of_trades(busy: Workspace) -> None:
    listed = fits("trades", busy.run("trade", "list", "--format", "json").out)
    assert {trade["name"] or trade["note"] for trade in listed["trades"]} == {
        "btc-swing", "orphan", "mañana",
    }  # fmt: skip


@pytest.mark.parametrize("command", ["diff", "drift"])
def test_changes(busy: Workspace, command: str) -> None:
    assert fits("changeset", busy.run(command, "--format", "json").out)["kind"] == command


def test_an_apply_and_the_history_of_it(workspace: Workspace) -> None:
    assert fits("history", workspace.run("history", "--format", "json").out)["events"] == []
    workspace.plan("btc", TWO_TARGETS)
    applied = fits("changeset", workspace.run("apply", "--yes", "--format", "json").out)
    assert [outcome["result"] for outcome in applied["outcomes"]] == ["done"]
    history = fits("history", workspace.run("history", "--format", "json").out)
    kinds = [event["kind"] for event in history["events"]]
    assert kinds == ["run", "intent", "answer", "outcome"]


def test_findings(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS.replace("55000", "65000"))
    assert fits("findings", workspace.run("lint", "--format", "json").out)["summary"]["errors"]


@pytest.mark.parametrize("flags", [(), ("--offline",)])
def test_a_report(busy: Workspace, flags: tuple[str, ...]) -> None:
    busy.plan("naked", NO_FIGURES)
    prices = busy.folder / "prices.csv"
    prices.write_text(CANDLES)
    file = busy.folder / "report.json"
    ran = busy.run("report", "--report", f"json={file}", "--prices", prices, *flags)
    assert ran.code == 0
    report = fits("report", file.read_text(encoding="utf-8"))
    assert (report["diff"] is None) is bool(flags)
    assert (report["offline"] is None) is not bool(flags)
    assert report["simulation"]["trades"]


@pytest.mark.parametrize(("prices", "paths"), [(CANDLES, [2, 1]), (TICKS, [1, 1])])
def test_a_simulation(workspace: Workspace, prices: str, paths: list[int]) -> None:
    workspace.plan("btc", TWO_TARGETS)
    workspace.plan("naked", NO_FIGURES)
    (workspace.folder / "prices.csv").write_text(prices)
    ran = workspace.run("simulate", "--prices", "prices.csv", "--path", "all", "--format", "json")
    simulated = fits("simulation", ran.out)
    assert [len(trade["runs"]) for trade in simulated["trades"]] == paths


@pytest.mark.parametrize("name", REPORTS)
def test_every_schema_of_a_report_closes_what_it_describes(name: str) -> None:
    file = Path(__file__).parents[2] / "schemas" / name
    schema = json.loads(file.read_text(encoding="utf-8"))
    assert schema["additionalProperties"] is False
    assert {"format", "format_version", "smartplan_version"} <= set(schema["required"])


def test_markets(workspace: Workspace) -> None:
    listed = fits("markets", workspace.run("markets", "BTC", "--format", "json").out)
    assert {row["pair"] for row in listed["pairs"]} >= {"USDT_BTC", "BTC_ETH"}
