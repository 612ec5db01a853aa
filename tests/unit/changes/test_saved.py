"""Saved changesets through the command line, on the embedded exchange."""

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartplan.changes.saved import FORMAT, MAGIC, digest_of_actions, load
from smartplan.errors import UsageError

NOW = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
PLAN = """
defaults: {account: main, pair: USDT_BTC, take_profit: {enabled: false}}
trades:
  one:
    position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
  two:
    position: {type: buy, order_type: limit, units: {value: 0.02}, price: {value: 59000}}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
"""


def sealed(**content: object) -> str:
    """A file that says it is whole, whatever is in it."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return json.dumps(content | {"id": hashlib.sha256(text.encode()).hexdigest()})


def test_a_time_without_its_zone_is_no_time() -> None:
    good = {
        "kind": MAGIC, "format": FORMAT, "workspace": "desk", "environment": "sandbox",
        "accounts": {}, "created": "2026-11-22T12:00:00+00:00",
        "expires": "2026-11-22T12:15:00+00:00", "trades": [], "known": [], "inputs": {},
        "choices": {
            "overwrite_drift": [], "replace": [], "allow_lookalike": [], "prune": False,
            "confirm_close": [],
        },
        "actions": [], "changes": digest_of_actions([]), "commit": None, "tool": "1",
    }  # fmt: skip
    assert load(sealed(**good), "x.json", NOW).environment == "sandbox"
    for key in ("created", "expires"):
        with pytest.raises(UsageError, match="cannot be read"):
            load(sealed(**good | {key: "2026-11-22T12:00:00"}), "x.json", NOW)


def test_a_file_that_nests_without_end_cannot_be_read() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load(f'{{"kind": "{MAGIC}", "x": {"[" * 200_000}', "x.json", NOW)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "plan.yaml").write_text(PLAN)
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "smartplan", *arguments]
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("SMARTPLAN", "GITHUB"))}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60, env=environ
    )


def saved(folder: Path, *arguments: str) -> dict:
    assert run(folder, "diff", "plan.yaml", "--out", "changes.json", *arguments).returncode == 0
    return json.loads((folder / "changes.json").read_text())


def test_a_saved_changeset_is_applied_once_without_asking(desk: Path) -> None:
    saved(desk)
    applied = run(desk, "apply", "changes.json")
    assert applied.returncode == 0, applied.stderr
    assert "✓ one" in applied.stdout
    assert "✓ two" in applied.stdout
    again = run(desk, "apply", "changes.json")
    assert again.returncode == 5
    assert "1 to create" not in run(desk, "diff", "plan.yaml").stdout


def test_it_acts_on_the_plans_as_they_were_saved(desk: Path) -> None:
    saved(desk)
    (desk / "plan.yaml").write_text(PLAN.replace("60000", "58000"))
    applied = run(desk, "apply", "changes.json")
    assert applied.returncode == 0
    assert "one  USDT_BTC  long 0.01 @ 60000 limit" in applied.stdout


def test_only_what_was_selected_is_in_it(desk: Path) -> None:
    saved(desk, "--target", "two")
    applied = run(desk, "apply", "changes.json")
    assert applied.returncode == 0, applied.stderr
    assert "one" not in applied.stdout


def test_a_changed_file_is_refused(desk: Path) -> None:
    content = saved(desk)
    content["inputs"] = {
        name: text.replace("60000", "70000") for name, text in content["inputs"].items()
    }
    (desk / "changes.json").write_text(json.dumps(content, indent=1))
    refused = run(desk, "apply", "changes.json")
    assert refused.returncode == 5
    assert "was changed after it was saved" in refused.stderr


def test_another_workspace_is_refused(desk: Path) -> None:
    saved(desk)
    (desk / "smartplan.toml").write_text('workspace = "other"\n')
    refused = run(desk, "apply", "changes.json")
    assert refused.returncode == 5
    assert "is for default (sandbox)" in refused.stderr


def test_a_trade_that_was_opened_meanwhile_stops_it(desk: Path) -> None:
    saved(desk)
    assert run(desk, "apply", "plan.yaml", "--target", "one", "--yes").returncode == 0
    refused = run(desk, "apply", "changes.json")
    assert refused.returncode == 5
    assert "has changed since it was saved" in refused.stderr


@pytest.mark.parametrize("lifetime", ["0m", "25h", "soon", "5"])
def test_an_impossible_lifetime_is_a_usage_error(desk: Path, lifetime: str) -> None:
    refused = run(desk, "diff", "plan.yaml", "--out", "changes.json", "--expires", lifetime)
    assert refused.returncode == 2
    assert not (desk / "changes.json").exists()


def test_the_reviewed_set_of_actions_can_be_asked_for(desk: Path) -> None:
    reviewed = saved(desk)["changes"]
    other = run(desk, "apply", "plan.yaml", "--yes", "--expect-changes", "0123456789abcdef")
    assert other.returncode == 5
    assert run(desk, "apply", "plan.yaml", "--yes", "--expect-changes", reviewed).returncode == 0


def test_show_prints_it_at_any_time(desk: Path) -> None:
    content = saved(desk)
    shown = run(desk, "show", "changes.json")
    assert shown.returncode == 0
    assert "+ one" in shown.stdout
    assert content["changes"] in shown.stdout
