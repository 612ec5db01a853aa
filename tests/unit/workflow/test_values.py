"""The variables of templates: where they come from, which wins, and where they were written."""

from pathlib import Path

import pytest

from smartplan.diagnostics import Location
from smartplan.document.tree import Node
from smartplan.errors import UsageError
from smartplan.settings import Settings
from smartplan.workflow.sources import Inputs
from smartplan.workflow.values import read


def values(folder: Path, inputs: Inputs) -> dict[str, Node]:
    found = read(inputs, Settings(root=folder), folder, lambda path: path.name)
    assert found.findings == ()
    return found.merged


def test_later_values_win_and_mappings_merge(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("coin: {entry: 1, stop: 2}\nequity: 10\nlist: [1, 2]\n")
    (tmp_path / "one.yaml").write_text("coin: {stop: 3}\nlist: [9]\n")
    (tmp_path / "two.yaml").write_text("coin: {stop: 4}\n")
    inputs = Inputs(values=("one.yaml", "two.yaml"), assignments=("coin.tick=0.1", "equity=20"))
    found = values(tmp_path, inputs)
    assert str(found) == (
        "{'coin': {'entry': 1, 'stop': 4, 'tick': Decimal('0.1')}, 'equity': 20, 'list': [9]}"
    )


def test_the_values_of_the_environment_go_over_those_of_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("a: 1\nb: 1\nc: 1\n")
    (tmp_path / "values.paper.yaml").write_text("b: 2\nc: 2\n")
    (tmp_path / "values.real.yaml").write_text("a: 9\n")
    (tmp_path / "more.yaml").write_text("c: 3\n")
    paper = Settings(root=tmp_path, environment="paper")
    inputs = Inputs(values=("more.yaml",))
    found = read(inputs, paper, tmp_path, lambda file: file.name)
    assert (found.merged, found.findings) == ({"a": 1, "b": 2, "c": 3}, ())


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("a=1", {"a": 1}),
        ("a=true", {"a": True}),
        ("a=", {"a": None}),
        ("a='1'", {"a": "1"}),
        ("a=[1, x]", {"a": [1, "x"]}),
        ("a.b.c=x=y", {"a": {"b": {"c": "x=y"}}}),
    ],
)
def test_an_assignment_is_typed_as_yaml(
    tmp_path: Path, assignment: str, expected: dict[str, Node]
) -> None:
    assert values(tmp_path, Inputs(assignments=(assignment,))) == expected


@pytest.mark.parametrize(
    "assignment", ["a", "=1", "a..b=1", "a b=1", "1a=1", "a=[1", "a={b: 1, b: 2}"]
)
def test_an_assignment_that_is_none_is_a_usage_error(tmp_path: Path, assignment: str) -> None:
    with pytest.raises(UsageError, match="--set"):
        values(tmp_path, Inputs(assignments=(assignment,)))


def test_a_values_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--values gone.yaml: there is no such file"):
        values(tmp_path, Inputs(values=("gone.yaml",)))


def test_a_values_file_may_be_written_in_other_ways(tmp_path: Path) -> None:
    (tmp_path / "Values.YML").write_text("a: 1\n")
    (tmp_path / "values.sandbox.yml").write_text("b: 2\n")
    assert values(tmp_path, Inputs()) == {"a": 1, "b": 2}


def test_two_values_files_of_one_name_are_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("a: 1\n")
    (tmp_path / "values.yml").write_text("a: 2\n")
    with pytest.raises(UsageError, match=r"values.yaml and values.yml: which of them is meant"):
        values(tmp_path, Inputs())


def test_a_value_is_found_where_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("hedged: no\ncoins:\n  - {name: btc, hedged: off}\n")
    (tmp_path / "values.sandbox.yaml").write_text("# ours\nhedged: no\n")
    inputs = Inputs(assignments=("set=off",))
    found = read(inputs, Settings(root=tmp_path), tmp_path, lambda path: path.name)
    assert found.place_of("hedged", "no") == Location("values.sandbox.yaml", 2, 9)
    assert found.place_of("coin.hedged", "off") == Location("values.yaml", 3, 25)
    assert found.place_of("set", "off") is None
    assert found.place_of("other", "off") is None
