"""The names of other plans are remembered by what the files hold, and by nothing else."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartplan import settings
from smartplan.workflow import lint_many, neighbour_names
from smartplan.workflow.lint_plans import open_workspace
from smartplan.workflow.sources import Inputs

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLAN = """\
trades:
  {name}:
    account: main
    pair: USDT_ETH
    position: {{type: buy, order_type: limit, units: {{value: 0.2}}, price: {{value: {price}}}}}
    take_profit: {{enabled: false}}
    stop_loss: {{enabled: true, order_type: market, conditional: {{price: {{value: 2300, type: bid}}}}}}
"""  # noqa: E501


class Desk:
    """A folder with plans, of which one is linted; how often the others are read."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.memory = folder / "desk", folder / "memory"
        (self.folder / "plans").mkdir(parents=True)
        (self.folder / "templates").mkdir()
        (self.folder / "smartplan.toml").write_text("since = 2026-11-22\n")
        self.read: list[str] = []
        read_plan = neighbour_names.read_plan

        def counted(workspace, file):  # type: ignore[no-untyped-def]
            self.read.append(file.name)
            return read_plan(workspace, file)

        patch.setattr(neighbour_names, "read_plan", counted)
        for number in range(3):
            self.plan(f"p{number}", PLAN.format(name=f"eth-{number}", price=2400 + number))

    def plan(self, name: str, text: str) -> None:
        (self.folder / "plans" / f"{name}.yaml").write_text(text)

    def said(self, *, memory: bool = True) -> list[str]:
        self.read.clear()
        here = settings.load(self.folder, {})
        opened = open_workspace(Inputs(("plans/p0.yaml",)), here, self.folder)
        found = lint_many.lint(opened, NOW, memory=self.memory if memory else None)
        return [f"{one.code} {one.message}" for one in found.findings if one.code == "SP101"]

    @property
    def file(self) -> Path:
        (file,) = self.memory.iterdir()
        return file


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


def test_a_file_that_stays_is_read_once(desk: Desk) -> None:
    assert desk.said() == []
    assert desk.read == ["p1.yaml", "p2.yaml"]
    assert desk.said() == []
    assert desk.read == []
    desk.plan("p1", PLAN.format(name="eth-9", price=1))
    assert desk.said() == []
    assert desk.read == ["p1.yaml"]


@pytest.mark.parametrize("memory", [True, False])
def test_a_name_that_is_taken_is_told_with_its_place(desk: Desk, memory: bool) -> None:
    desk.plan("p2", "# moved\n" + PLAN.format(name="eth-0", price=1))
    for _ in range(2):
        (said,) = desk.said(memory=memory)
        assert said == "SP101 the name `eth-0` is also used at plans/p2.yaml:3"


def test_the_same_change_of_length_and_time_is_seen(desk: Desk) -> None:
    desk.said()
    file = desk.folder / "plans" / "p1.yaml"
    before = file.stat()
    file.write_text(file.read_text().replace("eth-1", "eth-0"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert len(desk.said()) == 1


@pytest.mark.parametrize("what", ["values.yaml", "templates/names.yaml"])
def test_what_a_template_reads_belongs_to_it(desk: Desk, what: str) -> None:
    (desk.folder / "values.yaml").write_text("name: eth-7\n")
    (desk.folder / "templates" / "names.yaml").write_text("{% set name = 'eth-7' %}")
    own = "{% import 'names.yaml' as names %}" if what.startswith("templates") else ""
    name = "{{ names.name }}" if own else "{{ name }}"
    desk.plan(
        "p1", own + "\n" + PLAN.replace("{name}", "NAME").format(price=1).replace("NAME", name)
    )
    assert desk.said() == []
    (desk.folder / what).write_text("{% set name = 'eth-0' %}" if own else "name: eth-0\n")
    assert len(desk.said()) == 1
    assert desk.read == ["p1.yaml"]


def test_nobody_else_can_write_it(desk: Desk) -> None:
    desk.said()
    assert desk.file.stat().st_mode & 0o777 == 0o600
    desk.file.chmod(0o644)
    desk.said()
    assert desk.read == ["p1.yaml", "p2.yaml"]


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": 3}', "\x00"])
def test_what_is_no_memory_is_none(desk: Desk, text: str) -> None:
    desk.said()
    desk.file.write_text(text)
    desk.file.chmod(0o600)
    assert desk.said() == []
    assert desk.read == ["p1.yaml", "p2.yaml"]


def test_where_nothing_can_be_written_it_is_read_again(desk: Desk) -> None:
    desk.memory.write_text("a file")
    assert desk.said() == []
    assert desk.said() == []
    assert desk.read == ["p1.yaml", "p2.yaml"]


def test_a_plan_that_cannot_be_read_gives_no_name(desk: Desk) -> None:
    desk.plan("p1", "trades: [")
    desk.plan("p2", "x" * ((1 << 20) + 1))
    assert desk.said() == []
    assert desk.said() == []
    assert desk.read == []
