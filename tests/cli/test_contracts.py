"""Units that are contracts, in every command that shows money: figures worked out by hand."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from smartplan.cli.app import run
from tests.bodies import LONG
from tests.workspace import Workspace

D = Decimal
XBT = """
account: futures
pair: XBT_XBTUSD
position: {type: buy, order_type: limit, units: {value: 1000}, price: {value: 60000}}
take_profit:
  enabled: true
  steps: [{order_type: limit, price: {value: 75000, type: bid}, volume: 100}]
stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 50000, type: bid}}}
"""
PRICES = "ts,bid,ask,last\n" + "".join(
    f"2026-11-22T00:00:0{second}Z,{price},{price},{price}\n"
    for second, price in enumerate((60000, 75000))
)
INVERSE = "XBT_XBTUSD = {size = 1, inverse = true}"
WAY_OUT = "set it in [risk.contracts], per account or pair"


class Desk:
    """A folder with one plan, and what commands say of it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def write(self, plan: str = XBT, terms: str = "", more: str = "") -> None:
        contracts = f"[risk.contracts]\n{terms}\n" if terms else ""
        (self.folder / "smartplan.toml").write_text(
            f'workspace = "t"\n[risk]\nfee = 0\n{contracts}{more}'
        )
        (self.folder / "xbt.yaml").write_text(plan)
        (self.folder / "prices.csv").write_text(PRICES)

    def run(self, *arguments: str) -> tuple[int, str]:
        code = run([*arguments])
        return code, self._capsys.readouterr().out

    def simulated(self) -> dict:
        code, out = self.run("simulate", "xbt.yaml", "--prices", "prices.csv", "--format", "json")
        assert code == 0, out
        return json.loads(out)

    def reported(self) -> dict:
        code, out = self.run("report", "xbt.yaml", "--offline", "--report", "json=out.json")
        assert code == 0, out
        return json.loads((self.folder / "out.json").read_text())["trades"][0]


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path, capsys)


def test_a_report_has_no_money_of_contracts_whose_size_nobody_knows(desk: Desk) -> None:
    desk.write()
    trade = desk.reported()
    assert trade["notional"] is trade["loss_at_stop"] is trade["reward_risk_net"] is None
    assert trade["unknown"]["notional"] == "units are contracts of unknown size"
    _, text = desk.run("report", "xbt.yaml", "--offline")
    assert "60000000" not in text


def test_a_report_counts_inverse_contracts_in_the_coin(desk: Desk) -> None:
    # 1000/60000 = 0.01666667; 1000/50000 − 1000/60000 = 0.00333333 and as much to 75000.
    desk.write(terms=INVERSE)
    trade = desk.reported()
    assert round(D(trade["notional"]), 8) == D("0.01666667")
    assert round(D(trade["loss_at_stop"]), 8) == D("0.00333333")
    assert D(trade["reward_risk_net"]) == 1
    assert "XBT" in desk.run("report", "xbt.yaml", "--offline")[1]


def test_a_simulation_has_no_money_of_contracts_whose_size_nobody_knows(desk: Desk) -> None:
    desk.write()
    found = desk.simulated()
    trade, (total,) = found["trades"][0], found["totals"]
    (ran,) = trade["runs"]
    assert (ran["outcome"], ran["entry"]) == ("take_profit", "60000")
    for money in ("net", "realised", "fees", "cost", "percent", "r_multiple"):
        assert ran[money] is None
    assert all(event["realised"] is None for event in ran["events"])
    assert trade["worst_net"] is trade["best_net"] is None
    assert (total["net"], total["unsized"]) == ("0", ["xbt"])
    _, text = desk.run("simulate", "xbt.yaml", "--prices", "prices.csv")
    assert "net ? XBT" in text
    assert WAY_OUT in text


def test_a_simulation_counts_inverse_contracts_in_the_coin(desk: Desk) -> None:
    # 1000 · (1/60000 − 1/75000) = 0.00333333, as much as was risked: 1 R.
    desk.write(terms=INVERSE)
    (ran,) = desk.simulated()["trades"][0]["runs"]
    assert round(D(ran["net"]), 8) == D("0.00333333")
    assert round(D(ran["cost"]), 8) == D("0.01666667")
    assert round(D(ran["r_multiple"]), 6) == 1
    assert round(D(ran["percent"]), 6) == 20


def test_the_fees_of_inverse_contracts_are_paid_in_the_coin(desk: Desk) -> None:
    # 0.1 % of 0.01666667 and of 1000/75000 = 0.01333333: 0.00003.
    desk.write(terms=INVERSE)
    settings = desk.folder / "smartplan.toml"
    settings.write_text(settings.read_text().replace("fee = 0", "fee = 0.001"))
    (ran,) = desk.simulated()["trades"][0]["runs"]
    assert round(D(ran["fees"]), 8) == D("0.00003000")
    assert round(D(ran["net"]), 8) == D("0.00330333")


def test_a_simulation_counts_linear_contracts_by_their_size(desk: Desk) -> None:
    # 1000 · 0.0001 · (75000 − 60000) = 1500; a short loses as much by its stop there.
    desk.write(XBT.replace("XBT_XBTUSD", "USDT_BTC_USDT"), "futures = {size = 0.0001}")
    (ran,) = desk.simulated()["trades"][0]["runs"]
    assert (D(ran["net"]), D(ran["cost"]), D(ran["realised"])) == (1500, 6000, 1500)
    assert D(ran["r_multiple"]) == D("1.5")


@pytest.mark.parametrize("rail", ["max_notional", "max_loss_at_stop"])
def test_lint_refuses_what_a_rail_cannot_judge_and_says_how_to_set_the_size(
    desk: Desk, rail: str
) -> None:
    limit = f'[policy]\n{rail} = {{limit = {{XBT = 1000000}}, level = "hard"}}\n'
    desk.write(more=limit)
    code, out = desk.run("lint", "xbt.yaml")
    assert (code, WAY_OUT in out) == (1, True)
    desk.write(terms=INVERSE, more=limit)
    assert desk.run("lint", "xbt.yaml")[0] == 0


GEARED = """
account: contracts
pair: USDT_BTC
leverage: {enabled: true, type: isolated, value: 5}
position: {type: buy, order_type: limit, units: {value: 1000}, price: {value: 60000}}
take_profit: {enabled: false}
stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
"""
ACCOUNT = "[environments.sandbox.accounts]\ncontracts = 3\n"


@pytest.mark.parametrize(
    ("rail", "limit"),
    [
        ("max_notional", 7000),
        ("max_loss_at_stop", 600),
        ("max_notional_per_quote", 7000),
        ("max_open_risk", 600),
    ],
)
def test_what_may_be_contracts_is_told_to_set_their_size_not_to_change_the_plan(
    desk: Desk, rail: str, limit: int
) -> None:
    """1000 contracts of 0.0001 BTC are 6000 USDT; taken for coins they are 60,000,000."""
    policy = f'[policy]\n{rail} = {{limit = {{USDT = {limit}}}, level = "hard"}}\n'
    desk.write(GEARED, more=ACCOUNT + policy)
    code, out = desk.run("lint", "xbt.yaml")
    said = " ".join(out.split())
    assert code == 1
    assert f"if its units are contracts, say their size: {WAY_OUT}" in said
    desk.write(GEARED, terms="contracts = {size = 0.0001}", more=ACCOUNT + policy)
    assert desk.run("lint", "xbt.yaml")[0] == 0


def test_a_hint_about_contracts_of_unknown_size_does_not_say_to_change_the_plan(
    desk: Desk,
) -> None:
    limit = '[policy]\nmax_notional = {limit = {XBT = 1000000}, level = "hard"}\n'
    desk.write(more=limit)
    _, out = desk.run("lint", "xbt.yaml")
    assert f"the size of a contract: {WAY_OUT}" in " ".join(out.split())
    assert "change the plan" not in out


def test_status_and_trade_show_have_the_services_own_figures(workspace: Workspace) -> None:
    number = workspace.open(LONG, name="swing", filled=True)
    shown = workspace.exchange.get(number)
    stands = json.loads(workspace.run("status", "--format", "json").out)["trades"][0]
    assert D(stands["profit"]) == D(shown["profit"]["volume"])
    assert D(stands["profit_computed"]) == D(shown["profit"]["volume"])
    assert D(stands["total"]) == D(shown["position"]["total"]["value"])
    text = workspace.run("trade", "show", str(number)).out
    assert "total" in text
    assert ", ours " not in text


COINS = """
account: coinm
pair: BTC_BTCUSD_PERP
leverage: {enabled: true, type: isolated, value: 2}
position: {type: buy, order_type: limit, units: {value: 100}, price: {value: 50000}}
take_profit: {enabled: false}
stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 40000, type: bid}}}
"""


def test_a_coin_margined_trade_from_its_diff_to_its_profit(workspace: Workspace) -> None:
    """100 contracts of 100 USD: 0.2 BTC at 50000, 0.25 at the stop, 0.16 at 62500."""
    workspace.configure("coinm = 4")
    workspace.plan("coins", COINS)
    unknown = workspace.run("diff")
    assert "contracts of unknown size" in unknown.out
    assert "5000000" not in unknown.out
    workspace.configure("[risk]\nfee = 0\n[risk.contracts]\ncoinm = {size = 100}")
    told = workspace.run("diff")
    known = told.out + told.err
    assert "notional 0.2 BTC" in known
    assert "loss at stop 0.05 BTC" in known
    assert workspace.run("apply", "--yes").code == 0
    number = 31000001
    workspace.settled().fill(number)
    workspace.tick("BTC_BTCUSD_PERP", "62500")
    shown = workspace.exchange.get(number)
    assert round(D(shown["profit"]["volume"]), 5) == D("0.03982")
    stands = json.loads(workspace.run("status", "--format", "json").out)["trades"][0]
    for key in ("profit", "profit_computed"):
        assert D(stands[key]) == D(shown["profit"]["volume"])
    assert D(stands["total"]) == D(shown["position"]["total"]["value"])
    text = workspace.run("trade", "show", str(number)).out
    assert "BTC" in text
    assert ", ours " not in text


def test_rails_over_money_refuse_coins_of_unknown_size(workspace: Workspace) -> None:
    workspace.configure(
        'coinm = 4\n[policy]\nmax_loss_at_stop = {limit = {BTC = 1}, level = "hard"}'
    )
    workspace.plan("coins", COINS)
    refused = workspace.run("apply", "--yes")
    assert refused.code != 0
    assert WAY_OUT in refused.out + refused.err
    assert workspace.exchange.list_trades({}) == []
