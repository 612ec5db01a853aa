"""The limits of configurable rules, from ``[lint]`` in smartplan.toml."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartplan import settings
from smartplan.errors import UsageError
from smartplan.workflow.lint_plans import check, open_workspace
from smartplan.workflow.sources import Inputs

# The stop is 10 % away; two up, three down after fees: reward:risk below 1.
PLAN = """\
account: main
pair: USDT_BTC
position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
take_profit:
  enabled: true
  steps: [{order_type: limit, price: {value: 64000, type: bid}, volume: 100}]
stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 54000, type: bid}}}
"""


def codes(folder: Path, lint: str) -> list[str]:
    (folder / "smartplan.toml").write_text(f'workspace = "desk"\n[lint]\n{lint}\n')
    (folder / "plans").mkdir(exist_ok=True)
    (folder / "plans" / "btc.yaml").write_text(PLAN)
    workspace = open_workspace(Inputs(()), settings.load(folder, {}), folder)
    return [one.code for one in check(workspace, datetime(2026, 11, 22, tzinfo=UTC)).findings]


@pytest.mark.parametrize(
    ("lint", "expected"),
    [
        ("", ["SP601"]),
        ("least_reward_risk = 0.5", []),
        ("far_stop = 9.9", ["SP601", "SP409"]),
        ("far_stop = 10\nleast_reward_risk = 0", []),
    ],
)
def test_the_limits_are_the_workspaces_own(tmp_path: Path, lint: str, expected: list[str]) -> None:
    assert sorted(codes(tmp_path, lint)) == sorted(expected)


@pytest.mark.parametrize("wrong", ['far_stop = "25"', "least_reward_risk = -1", "far_stopp = 3"])
def test_what_is_no_limit_is_refused(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(UsageError, match="lint"):
        codes(tmp_path, wrong)
