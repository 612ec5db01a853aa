"""smartplan as a library: the public face, and a program that uses it."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

import smartplan
from smartplan.changes.changeset import Create
from smartplan.errors import SafetyRefusal, UsageError
from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.server import Server
from tests.workspace import BALANCES

CREATES = "/public/api/v2/smart_trades"

PLAN = """\
trades:
  swing:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
    take_profit: {enabled: false}
    stop_loss:
      {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
"""

PROGRAM = """\
import json, sys
sys.modules["click"] = None  # whoever imports it fails
import smartplan
with smartplan.open("desk") as workspace:
    errors = workspace.lint().errors
    changeset = workspace.diff()
    applied = workspace.apply(changeset, reason="first")
    left = workspace.diff()
    names = [outcome.action.of.name for outcome in applied.outcomes]
print(json.dumps([errors, names, len(left.mutations), sorted(sys.modules)]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    (folder / "plans").mkdir(parents=True)
    (folder / "smartplan.toml").write_text('workspace = "desk"\n')
    (folder / "plans" / "swing.yaml").write_text(PLAN)
    return folder


def test_the_public_face_is_this() -> None:
    assert smartplan.__all__ == [
        "Applied", "Changeset", "Choices", "Finding", "Network", "Pace", "SmartplanError",
        "Workspace", "__version__", "open", "read_prices",
    ]  # fmt: skip
    assert all(hasattr(smartplan, name) for name in smartplan.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = smartplan.nonsense


def test_a_program_lints_diffs_and_applies_without_a_command_line(folder: Path) -> None:
    """Over HTTP: the embedded exchange is Flask's, which needs click."""
    exchange = Exchange(settle_delay=0)
    with Server(create_app(exchange), port=0) as server:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=folder.parent,
            env={**os.environ, "SMARTPLAN_BASE_URL": f"{server.url}/public/api"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    errors, names, left, modules = json.loads(done.stdout)
    assert (errors, names, left) == (False, ["swing"], 0)
    posted = [sent.path for sent in exchange.log if sent.method == "POST"]
    assert [path for path in posted if not path.endswith(BALANCES)] == [CREATES]
    assert not {"flask", "smartplan.cli", "smartplan.report"} & {*modules}


def test_importing_it_imports_nothing_else() -> None:
    shown = "import sys; before = {*sys.modules}; import smartplan; print({*sys.modules} - before)"
    done = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{'smartplan'}"


def test_a_program_asks_what_became_of_its_trades(folder: Path) -> None:
    with smartplan.open(folder) as workspace:
        applied = workspace.apply(workspace.diff(), seen=True)
        assert (workspace.stats().open, workspace.stats().trades) == (1, ())
    number = applied.outcomes[0].trade_id
    assert number is not None
    exchange = Exchange(folder / ".smartplan" / "sandbox.json")
    exchange.fill(number)
    exchange.tick("USDT_BTC", Decimal(61000))
    exchange.tick("USDT_BTC", Decimal(54900))
    with smartplan.open(folder) as workspace:
        (trade,) = workspace.stats().trades
    assert (trade.name, trade.status) == ("swing", "stop_loss_finished")
    # Planned: 600 − 0.00999 · 55000 · 0.999; stopped 100 lower, which takes another 0.998001.
    assert trade.risk == Decimal("51.09945")
    assert trade.profit == Decimal("-52.097451")


def test_what_has_changed_since_the_diff_is_not_applied(folder: Path) -> None:
    with smartplan.open(folder) as workspace:
        changeset = workspace.diff()
        assert changeset.count(Create) == 1
        (folder / "plans" / "swing.yaml").write_text(PLAN.replace("0.01", "0.02"))
        with pytest.raises(SafetyRefusal, match="has changed since the diff was shown"):
            workspace.apply(changeset)
        assert workspace.diff().count(Create) == 1


def test_a_plan_with_an_error_is_told_by_lint_and_refused_by_the_rest(folder: Path) -> None:
    (folder / "plans" / "swing.yaml").write_text(PLAN.replace("55000", "65000"))
    with smartplan.open(folder) as workspace:
        assert workspace.lint().errors
        with pytest.raises(SafetyRefusal, match="the plans have errors"):
            workspace.diff()
        assert [row.name for row in workspace.status().rows] == ["swing"]


def test_an_override_needs_a_reason_here_too(folder: Path) -> None:
    with smartplan.open(folder) as workspace:
        changeset = workspace.diff()
        with pytest.raises(UsageError, match="needs --reason"):
            workspace.apply(changeset, overrides=["max_creates"])


def test_nothing_is_applied_that_no_diff_answered_with(folder: Path) -> None:
    with (
        smartplan.open(folder) as workspace,
        pytest.raises(UsageError, match="apply takes a changeset"),
    ):
        workspace.apply(None)  # type: ignore[arg-type]


def test_an_environment_that_there_is_not_is_said_so(folder: Path) -> None:
    with pytest.raises(UsageError, match="there is no environment prod"):
        smartplan.open(folder, environment="prod")


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such folder"):
        smartplan.open(tmp_path / "nowhere")
