"""What a diff says of the risk it would take."""

import json
from decimal import Decimal

from smartplan.cli.app import run

TOML = """
workspace = "desk"
[risk]
equity = {USDT = 10000}
"""
PLAN = """
trades:
  eth:
    account: futures
    pair: USDT_ETH
    leverage: {enabled: true, type: isolated, value: 10}
    position: {type: buy, order_type: limit, units: {value: 1}, price: {value: 2400}}
    take_profit: {enabled: true,
                  steps: [{order_type: limit, price: {value: 2600, type: bid}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 2300, type: bid}}}
  ada:
    account: main
    pair: USDT_ADA
    position: {type: buy, order_type: limit, units: {value: 100}, price: {value: 0.4}}
    take_profit: {enabled: false}
    stop_loss: {enabled: false}
"""


def lines_of(text):
    return [line.strip() for line in text.splitlines()]


def test_a_diff_shows_share_of_equity_margin_liquidation_and_the_totals(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SMARTPLAN_BASE_URL", raising=False)
    (tmp_path / "smartplan.toml").write_text(TOML)
    (tmp_path / "plan.yaml").write_text(PLAN)
    assert run(["diff", "plan.yaml"]) == 0
    lines = lines_of(capsys.readouterr().out)
    # Loss: 2400·1.001 − 2300·0.999 = 104.7; liquidation: 2160 / (1 − 0.005 − 0.001) = 2173.04,
    # for 100 times leverage asks for 1 % at the start, and for half of that later.
    assert any(
        line.startswith(
            "notional 2400 USDT · margin 240 USDT · loss at stop 104.70 USDT (1.05 % of equity) · "
            "reward:risk 1.86 · break-even 2404.81 · liquidation about 2173.04 (9.45 % away; "
            "maintenance 0.5 % by the highest leverage)"
        )
        for line in lines
    )
    assert lines[-3] == (
        "Total USDT: notional 2440 · margin 240 · loss at stop 104.70 (1.05 % of equity) · 2 trades"
        " · without the unknown loss of ada"
    )
    assert lines[-1].startswith("Changes: 2 to create")


def test_every_output_shows_what_an_update_does_to_the_risk(tmp_path, monkeypatch, capsys):
    """The stop moves from 2300 to 2350: 2400·1.001 − 2350·0.999 = 54.75 instead of 104.70."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SMARTPLAN_BASE_URL", raising=False)
    (tmp_path / "smartplan.toml").write_text(TOML)
    (tmp_path / "plan.yaml").write_text(PLAN)
    assert run(["apply", "plan.yaml", "--yes"]) == 0
    (tmp_path / "plan.yaml").write_text(PLAN.replace("value: 2300", "value: 2350"))
    capsys.readouterr()

    def said(*command):
        assert run([*command, "plan.yaml"]) == 0
        return capsys.readouterr().out

    arrow = "loss at stop 104.70 → 54.75 USDT (1.05 % → 0.55 % of equity)"
    whole = f"notional 2400 USDT · margin 240 USDT · {arrow} · reward:risk 1.86 → 3.56 · break-even"
    assert whole in said("diff")
    markdown = said("diff", "--format", "markdown").replace("\\", "")
    assert markdown.count(arrow) == 2
    update = json.loads(said("diff", "--format", "json"))["actions"][0]
    figures = [Decimal(update[key]["loss_at_stop"]) for key in ("risk_before", "risk")]
    assert figures == [Decimal("104.7"), Decimal("54.75")]
    told = said("report")
    assert f"update: {whole}" in told
    for name in ("html", "markdown", "json"):
        said("report", "--report", f"{name}={tmp_path / name}")
    assert f"update: {whole}" in (tmp_path / "html").read_text()
    assert arrow in (tmp_path / "markdown").read_text().replace("\\", "")
    eth = json.loads((tmp_path / "json").read_text())["trades"][0]["update"]
    assert [Decimal(eth[key]["loss_at_stop"]) for key in ("before", "after")] == figures
    assert whole in said("apply", "--yes")
    assert json.loads((tmp_path / "json").read_text())["trades"][1]["update"] is None
