"""The example with real candles in docs/simulate.md says what the commands answer."""

import re
import shlex
from pathlib import Path

import pytest

from smartplan.cli.app import run
from tests import real_candles

PAGE = Path(__file__).parents[2] / "docs" / "simulate.md"
pytestmark = pytest.mark.skipif(
    not real_candles.ARCHIVES, reason="`make setup` could not fetch the package that ships candles"
)


def section():
    return PAGE.read_text(encoding="utf-8").partition("### Real candles")[2].partition("\n## ")[0]


def test_the_example_with_real_candles_is_what_is_answered(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "smartplan.toml").write_text('workspace = "desk"\n')
    real_candles.write(tmp_path)
    (plan,) = re.findall(r"<!-- example: dip.yaml -->\n```yaml\n(.*?)```", section(), re.DOTALL)
    (tmp_path / "dip.yaml").write_text(plan)
    sessions = re.findall(r"```console\n\$ (.*?)\n(.*?)```", section(), re.DOTALL)
    assert len(sessions) == 2
    for command, answer in sessions:
        assert run(shlex.split(command)[1:]) == 0
        assert capsys.readouterr().out == answer
