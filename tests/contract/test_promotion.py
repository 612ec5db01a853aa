"""The same plans on the sandbox, on paper and for real: each environment stands for itself."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
from smartplan.sandbox.app import create_app
from smartplan.sandbox.catalog import ACCOUNTS, PAIRS
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.server import Server
from tests.process import smartplan

PAPER, REAL = 32199203, 32455218
TOML = f"""
workspace = "desk"
since = 2026-11-22
[environments.sandbox.accounts]
main = 1
[environments.paper.accounts]
main = {PAPER}
[environments.real.accounts]
main = {REAL}
[state]
ephemeral = true  # this journal begins with the test
"""
PLAN = """
trades:
  btc-swing:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: limit, units: {value: {{ units }}}, price: {value: 60000}}
    take_profit: {enabled: false}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
"""
UNITS = {"sandbox": "0.01", "paper": "0.02", "real": "0.03"}


class Stage:
    """One service with an account for each environment, and a workspace that names them."""

    def __init__(self, folder: Path, exchange: Exchange, url: str) -> None:
        self.folder, self.exchange = folder, exchange
        self._service = {
            "SMARTPLAN_BASE_URL": f"{url}/public/api",
            "SMARTPLAN_API_KEY": SANDBOX_KEY,
            "SMARTPLAN_API_SECRET": SANDBOX_SECRET,
            "XDG_STATE_HOME": str(folder / "home"),
        }

    def run(self, *words: str, code: int = 0) -> str:
        done = smartplan(self.folder, *words, **self._service)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def open_trades(self) -> dict[int, str]:
        """The units of the live trade by account."""
        lives = self.exchange.list_trades({"status": "active"})
        return {live["account"]["id"]: live["position"]["units"]["value"] for live in lives}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    spot, binance = ACCOUNTS[0], "binance"
    exchange = Exchange(
        accounts=[
            *ACCOUNTS,
            replace(spot, id=PAPER, name="paper"),
            replace(spot, id=REAL, name="savings", type=binance, market_code=binance),
        ],
        pairs=[*PAIRS, replace(PAIRS[0], market_code=binance)],
        settle_delay=0,
    )
    (tmp_path / "smartplan.toml").write_text(TOML)
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "btc.yaml").write_text(PLAN)
    (tmp_path / "values.yaml").write_text(f"units: {UNITS['sandbox']}\n")
    for name in ("paper", "real"):
        (tmp_path / f"values.{name}.yaml").write_text(f"units: {UNITS[name]}\n")
    with Server(create_app(exchange), port=0) as server:
        yield Stage(tmp_path, exchange, server.url)


def test_a_plan_goes_from_the_sandbox_over_paper_to_real_with_the_values_of_each(
    stage: Stage,
) -> None:
    for environment, account in (("sandbox", 1), ("paper", PAPER), ("real", REAL)):
        where = f"--env={environment}"
        assert "1 to create" in stage.run("diff", where, "--exit-code", code=3)
        stage.run("apply", where, "--yes")
        assert stage.open_trades()[account] == UNITS[environment]
        assert "1 unchanged" in stage.run("diff", where, "--exit-code")
    assert len(stage.open_trades()) == 3


def test_a_diff_for_real_never_uses_what_paper_knows(stage: Stage) -> None:
    stage.run("apply", "--env=paper", "--yes")
    (paper,) = stage.exchange.list_trades({"status": "active"})

    shown = json.loads(stage.run("diff", "--env=real", "--format=json"))
    (action,) = shown["actions"]
    assert (action["action"], action["trade_id"]) == ("create", None)
    assert action["risk"]["notional"] == "1800"  # 0.03 × 60000
    assert "real · REAL MONEY" in stage.run("diff", "--env=real")
    assert "btc-swing" not in stage.run("history", "--env=real")
    assert "not open" in stage.run("status", "--env=real")
    assert str(paper["id"]) not in stage.run("status", "--env=real")
    assert stage.run("drift", "--env=real").endswith("0 trades moved, 0 trades in no plan.\n")

    # Ended on paper is not ended for real, and a clean-up of real sees nothing of paper's.
    stage.run("trade", "cancel", "btc-swing", "--env=paper", "--yes")
    assert "1 finished" in stage.run("diff", "--env=paper")
    assert "1 to create" in stage.run("diff", "--env=real")
    stage.run("trade", "show", "btc-swing", "--env=real", code=2)


def test_a_trade_on_paper_cannot_be_adopted_for_real(stage: Stage) -> None:
    stage.run("apply", "--env=paper", "--yes")
    (paper,) = stage.exchange.list_trades({"status": "active"})
    plan = stage.folder / "plans" / "btc.yaml"
    plan.write_text(f"{PLAN}    lifecycle: {{adopt: {paper['id']}}}\n")
    assert "1 blocked" in stage.run("diff", "--env=real")


def test_one_server_keeps_the_environments_apart(stage: Stage, database) -> None:
    stage._service["SMARTPLAN_STATE_URL"] = database.url
    stage.run("apply", "--env=paper", "--yes")
    assert "1 to create" in stage.run("diff", "--env=real")
    assert "0 events, 0 known trades" in stage.run("state", "check", "--env=real")
    assert "1 known trades" in stage.run("state", "check", "--env=paper")
