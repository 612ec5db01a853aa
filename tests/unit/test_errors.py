"""One number for each way a run ends, and one order of what weighs more."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from smartplan.errors import ExitCode, worst

README = Path(__file__).parents[2] / "README.md"
GRAVEST_FIRST = (130, 6, 4, 5, 2, 1, 3, 0)


@pytest.mark.parametrize(("graver", "milder"), [*combinations(GRAVEST_FIRST, 2)])
def test_the_graver_of_two_troubles_decides(graver: int, milder: int) -> None:
    assert worst(ExitCode(milder), ExitCode(graver)) == graver
    assert worst(ExitCode(graver), ExitCode(milder)) == graver


def test_without_trouble_a_run_ends_with_0() -> None:
    assert worst() == 0


def test_the_readme_lists_every_exit_code() -> None:
    listed = re.findall(r"^\| (\d+) \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(number) for number in listed] == sorted(ExitCode)
