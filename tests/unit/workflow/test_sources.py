"""What is read from disk, and what the variables of templates are."""

from pathlib import Path

import pytest

from smartplan.diagnostics import Location
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


def test_values_are_no_plans(tmp_path: Path) -> None:
    for name in ("values.yaml", "values.yml", "values.real.yaml", "values.btc.yaml"):
        (tmp_path / name).write_text("a: 1\n")
    assert [file.name for file in sources.plans_below(tmp_path)] == ["values.btc.yaml"]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A workspace in a folder whose name has brackets, below the working folder."""
    desk = tmp_path / "desk [old]"
    (desk / "plans" / "deep").mkdir(parents=True)
    (desk / "smartplan.toml").write_text('workspace = "desk"\n')
    for name in ("a.yaml", "B.YAML", "deep/c.Yml"):
        (desk / "plans" / name).write_text("trades: {}\n")
    return desk


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("desk [old]", ["B.YAML", "a.yaml", "c.Yml"]),
        ("desk [old]/plans", ["B.YAML", "a.yaml", "c.Yml"]),
        ("desk [old]/plans/B.YAML", ["B.YAML"]),
        ("desk [old]/plans/*.yaml", ["a.yaml"]),
        ("desk [old]/plans/*", ["B.YAML", "a.yaml", "c.Yml"]),
        ("desk [old]/plans/**/*.Yml", ["c.Yml"]),
        ("desk [old]/plans/[aB].*", ["B.YAML", "a.yaml"]),
        ("desk*/plans/a.yaml", ["a.yaml"]),
    ],
)
def test_plans_are_found_however_they_are_named(
    tmp_path: Path, desk: Path, path: str, names: list[str]
) -> None:
    start = sources.start_folder((path,), tmp_path)
    found = sources.find(Inputs((path,)), Settings(root=desk, file=desk / "x"), tmp_path)
    assert [Path(file).name for file in found] == names
    if "*/plans" not in path:
        assert desk in (start, *start.parents)


def test_an_absolute_pattern_finds_its_workspace(tmp_path: Path, desk: Path) -> None:
    pattern = str(desk / "plans" / "*.yaml")
    assert sources.start_folder((pattern,), tmp_path / "elsewhere") == desk / "plans"
