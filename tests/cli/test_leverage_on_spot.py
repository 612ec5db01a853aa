"""The service drops leverage on a spot account without a word."""

import subprocess
import sys
from pathlib import Path

PLAN = """
account: main
pair: USDT_BTC
position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
leverage: {enabled: true, type: isolated, value: 5}
take_profit: {enabled: false}
stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
"""


def apply(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "smartplan", "apply", "plan.yaml", "--yes"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def test_leverage_on_a_spot_account_never_looks_like_drift(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN)
    assert apply(tmp_path).returncode == 0
    again = apply(tmp_path)
    assert again.returncode == 0, again.stdout
    assert "1 unchanged, 0 finished, 0 blocked" in again.stdout
