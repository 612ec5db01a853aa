"""What a command asks of the exchange, from the exchange's own log."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.server import Server
from tests.cli.sessions import CASES, Programs, Terminal
from tests.trades import SWING
from tests.workspace import BALANCES

TRADES = "/public/api/v2/smart_trades"
READS = "GET"


class Watched:
    """A terminal against a served exchange; ``run`` answers the exit code and the requests."""

    def __init__(self, folder: Path, programs: Programs, url: str, exchange: Exchange) -> None:
        environment = {"SMARTPLAN_BASE_URL": f"{url}/public/api"}
        self.terminal = Terminal(folder, programs, environment=environment)
        self.exchange = exchange

    def write(self, text: str) -> None:
        (self.terminal.folder / "btc-swing.yaml").write_text(text, encoding="utf-8")

    def run(self, command: str) -> tuple[int, list[tuple[str, str]], list[tuple[str, str]]]:
        """Exit code, what was asked to be changed, and everything that was asked."""
        self.exchange.log.clear()
        _, _, code = self.terminal.run(command)
        asked = [(seen.method, seen.path.partition("?")[0]) for seen in self.exchange.log]
        changing = [one for one in asked if one[0] != READS and not one[1].endswith(BALANCES)]
        return code, changing, asked


@pytest.fixture
def programs() -> Iterator[Programs]:
    started = Programs()
    yield started
    started.close()


@pytest.fixture
def watched(tmp_path: Path, programs: Programs) -> Iterator[Watched]:
    exchange = Exchange(settle_delay=0.05)
    with Server(create_app(exchange, strict=True), port=0) as server:
        terminal = Watched(tmp_path, programs, server.url, exchange)
        terminal.write(SWING)
        yield terminal


def test_a_plan_that_is_wrong_asks_nothing_at_all(watched: Watched) -> None:
    mistakes = sorted((CASES / "ten-mistakes" / "files" / "plans").glob("*.yaml"))
    assert len(mistakes) == 10
    for mistake in mistakes:
        watched.write(mistake.read_text(encoding="utf-8"))
        assert watched.run("smartplan apply --yes btc-swing.yaml") == (1, [], []), mistake.name


def test_each_step_of_a_trades_life_is_as_few_requests_as_it_takes(watched: Watched) -> None:
    apply = "smartplan apply --yes btc-swing.yaml"
    code, changed, _ = watched.run(apply)
    assert (code, changed) == (0, [("POST", TRADES)])
    code, changed, asked = watched.run(apply)
    assert (code, changed) == (0, [])
    assert asked.count(("GET", TRADES)) == 2, "the page that has it, and the one that ends it"
    watched.write(SWING.replace("55000", "56000"))
    code, changed, _ = watched.run(apply)
    number = f"{TRADES}/31000001"
    assert (code, changed) == (0, [("PATCH", number), ("POST", f"{number}/set_note")])
    watched.write(SWING.replace("55000", "56000") + "lifecycle: {state: cancelled}\n")
    code, changed, _ = watched.run(apply)
    assert (code, changed) == (0, [("DELETE", number)])


@pytest.mark.parametrize("command", ["lint", "diff", "drift", "render", "render --body", "apply"])
def test_looking_changes_nothing(watched: Watched, command: str) -> None:
    """Also ``apply`` without a terminal to confirm on."""
    _, changed, _ = watched.run(f"smartplan {command} btc-swing.yaml")
    assert changed == []


def test_the_create_carries_what_render_shows(watched: Watched) -> None:
    shown, _, _ = watched.terminal.run("smartplan render --body btc-swing.yaml")
    watched.run("smartplan apply --yes btc-swing.yaml")
    (sent,) = [
        seen.body
        for seen in watched.exchange.log
        if seen.path.endswith(TRADES) and seen.method == "POST"
    ]
    assert json.loads(sent) == json.loads(shown)
