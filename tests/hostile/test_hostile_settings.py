"""A ``smartplan.toml`` written to do harm: one plain refusal, at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLAN = "account: main\npair: USDT_BTC\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = " + "[" * 30_000, "nested too deep"),
        ("a = " + "{a = " * 5_000, "nested too deep"),
        (".".join(["a"] * 20_000) + " = 1", "more than 64 dots in a line"),
        ("[" + ".".join(["a"] * 20_000) + "]", "more than 64 dots in a line"),
        ("since = " + "9" * 20_000, "a number of too many digits"),
        ("workspace = '" + "x" * 5_000_000 + "'", "larger than 64 KiB"),
    ],
    ids=["lists", "tables", "keys", "names", "digits", "size"],
)
def test_hostile_settings_are_a_plain_refusal(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "smartplan.toml").write_text(text)
    (tmp_path / "plan.yaml").write_text(PLAN)
    done = subprocess.run(
        [sys.executable, "-m", "smartplan", "lint", "plan.yaml"],
        cwd=tmp_path,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"smartplan: {tmp_path}/smartplan.toml:")
    assert said in done.stderr
    assert len(done.stderr) < 1_000
