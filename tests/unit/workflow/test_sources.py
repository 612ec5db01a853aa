"""What is read from disk, and what the variables of templates are."""

from pathlib import Path

import pytest

from smartplan.diagnostics import Location
from smartplan.document.tree import Node
from smartplan.errors import UsageError
from smartplan.settings import Settings
from smartplan.workflow import sources
from smartplan.workflow.sources import Inputs, PlanFile


def read(path: Path, root: Path | None = None) -> PlanFile:
    return sources.read(path, Inputs(), lambda file: file.name, root)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"a: 1\nb: 2\n", "a: 1\nb: 2\n"),
        (b"a: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"),
        (b"a: 1\rb: 2\r", "a: 1\nb: 2\n"),
        (b"\xef\xbb\xbfa: 1\n", "a: 1\n"),
        ("a: é\n".encode(), "a: é\n"),
        (b"", ""),
    ],
)
def test_a_plan_reads_alike_from_every_system(tmp_path: Path, content: bytes, text: str) -> None:
    (tmp_path / "plan.yaml").write_bytes(content)
    assert read(tmp_path / "plan.yaml") == PlanFile("plan.yaml", text)


@pytest.mark.parametrize(
    ("content", "message", "line"),
    [
        (b"a: 1\nb: \xff\n", "not UTF-8 text", 2),
        (b"x" * ((1 << 20) + 1), "larger than 1 MiB", 1),
        ("é".encode() * (1 << 19) + b"x", "larger than 1 MiB", 1),
    ],
)
def test_what_cannot_be_read_is_a_finding(
    tmp_path: Path, content: bytes, message: str, line: int
) -> None:
    (tmp_path / "plan.yaml").write_bytes(content)
    finding = read(tmp_path / "plan.yaml").finding
    assert finding is not None
    assert (finding.code, finding.message) == ("SP002", message)
    assert finding.location == Location("plan.yaml", line)


def test_a_link_is_followed_within_the_workspace_only(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    root.mkdir()
    (tmp_path / "outside.yaml").write_text("secret: 1\n")
    (root / "inside.yaml").write_text("a: 1\n")
    (root / "one.yaml").symlink_to(root / "inside.yaml")
    (root / "two.yaml").symlink_to(tmp_path / "outside.yaml")
    assert read(root / "one.yaml", root).text == "a: 1\n"
    refused = read(root / "two.yaml", root)
    assert refused.text == ""
    assert refused.finding is not None
    assert refused.finding.message == "a link out of the workspace"


def test_a_file_that_vanished_is_a_finding(tmp_path: Path) -> None:
    finding = read(tmp_path / "gone.yaml").finding
    assert finding is not None
    assert finding.message == "not a file with text"


def values(folder: Path, inputs: Inputs) -> dict[str, Node]:
    found, findings = sources.values(inputs, Settings(root=folder), folder, lambda path: path.name)
    assert findings == ()
    return found


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
    found, findings = sources.values(inputs, paper, tmp_path, lambda file: file.name)
    assert (found, findings) == ({"a": 1, "b": 2, "c": 3}, ())


def test_values_are_no_plans(tmp_path: Path) -> None:
    for name in ("values.yaml", "values.yml", "values.real.yaml", "values.btc.yaml"):
        (tmp_path / name).write_text("a: 1\n")
    assert [file.name for file in sources.plans_below(tmp_path)] == ["values.btc.yaml"]


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
