"""What a diff says of the risk it would take."""

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
    # Loss: 2400·1.001 − 2300·0.999 = 104.7; liquidation: 2160 / (1 − 0.006) = 2173.04.
    assert any(
        line.startswith(
            "notional 2400 USDT · margin 240 USDT · loss at stop 104.70 USDT (1.05 % of equity) · "
            "reward:risk 1.86 · break-even 2404.8 · liquidation about 2173.04 (9.45 % away)"
        )
        for line in lines
    )
    assert lines[-2] == (
        "Total USDT: notional 2440 · margin 240 · loss at stop 104.70 (1.05 % of equity) · 2 trades"
        " · without the unknown loss of ada"
    )
    assert lines[-1].startswith("Changes: 2 to create")
