"""What is found while plans are edited is what lint finds of the same texts."""

import json
import os
import random
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartplan import settings as settings_room
from smartplan.report import FINDINGS
from smartplan.report.appearance import Look
from smartplan.report.findings import lint_report
from smartplan.workflow.lint_many import lint
from smartplan.workflow.lint_plans import open_workspace
from smartplan.workflow.live_lint import LiveLint
from smartplan.workflow.sources import Inputs
from tests.plans import PLAN, TWO_TRADES

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 22, tzinfo=UTC)
MUTANTS = 1_000 if os.environ.get("EXPLORE") else 60
TOML = 'workspace = "desk"\nsince = 2026-11-22\n\n[environments.sandbox.accounts]\nmain = 1\n'
PIECES = (
    "{{", "}}", "{% set x = 1 %}", "{% for", "endif", ":", ": ", "\n", "\n  ", "\t", "[", "]", "{",
    "}", ",", "&a ", "*a", "<<", "'", '"', "#", "0.1", "1e9", "017", "yes", "null", "é", "🙂",
    "\u202e", "\r\n", "volume: 1", "value", "trades:", "# smartplan: ignore[SP601] so",
)  # fmt: skip


def live(folder: Path) -> LiveLint:
    return LiveLint(settings_room.load(folder, {}), lambda: NOW)


def check_all(desk: LiveLint) -> None:
    for name in desk.files:
        desk.take(name, desk.check(name))


def as_json(findings: object, plans: tuple[str, ...] = ()) -> object:
    report = lint_report(findings, files=plans, trades=0, sources={})  # type: ignore[arg-type]
    return json.loads(FINDINGS.render(report, "json", Look(colour=False)))["findings"]


def by_lint(folder: Path) -> object:
    settings = settings_room.load(folder, {})
    return as_json(lint(open_workspace(Inputs(), settings, folder), NOW, 1, every=True).findings)


@pytest.mark.parametrize("example", ["", *sorted(p.name for p in (ROOT / "examples").iterdir())])
def test_of_every_example_it_finds_what_lint_finds(tmp_path: Path, example: str) -> None:
    source = ROOT / "examples" / example if example else ROOT
    for name in ("plans", "templates"):
        if (source / name).is_dir():
            shutil.copytree(source / name, tmp_path / name)
    for name in ("smartplan.toml", "values.yaml"):
        if (source / name).is_file():
            shutil.copy(source / name, tmp_path)
    desk = live(tmp_path)
    check_all(desk)
    assert as_json(desk.findings()) == by_lint(tmp_path)


def test_of_mutants_it_finds_what_lint_finds(tmp_path: Path) -> None:
    """One workspace that is typed in all the time, held against a lint of what it came to."""
    shutil.copytree(ROOT / "plans", tmp_path / "plans")
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    (tmp_path / "smartplan.toml").write_text(TOML)
    files = sorted([*(tmp_path / "plans").iterdir(), *(tmp_path / "templates").iterdir()])
    sound = {file: file.read_text(encoding="utf-8") for file in files}
    desk, chance = live(tmp_path), random.Random(17)
    check_all(desk)
    for _ in range(MUTANTS):
        file = chance.choice(files)
        text = sound[file]
        start = chance.randrange(len(text))
        text = text[:start] + chance.choice(PIECES) + text[start + chance.randrange(6) :]
        file.write_text(text, encoding="utf-8", newline="")
        for name in desk.change(desk.name_of(file), file.read_bytes()):
            desk.take(name, desk.check(name))
        assert as_json(desk.findings()) == by_lint(tmp_path), text
        if chance.random() < 0.7:
            file.write_text(sound[file], encoding="utf-8")
            for name in desk.change(desk.name_of(file), None):
                desk.take(name, desk.check(name))


def test_a_value_concerns_the_plans_that_name_it(tmp_path: Path) -> None:
    (tmp_path / "smartplan.toml").write_text(TOML)
    (tmp_path / "plans").mkdir()
    (tmp_path / "values.yaml").write_text("entry: 60000\nother: 1\n")
    (tmp_path / "plans" / "a.yaml").write_text(PLAN.replace("60000", "{{ entry }}"))
    (tmp_path / "plans" / "b.yaml").write_text(PLAN.replace("0.01", "0.02"))
    desk = live(tmp_path)
    check_all(desk)
    assert desk.change("values.yaml", b"entry: 50000\nother: 1\n") == ("plans/a.yaml",)
    desk.take("plans/a.yaml", desk.check("plans/a.yaml"))
    assert [found.code for found in desk.findings()] == ["SP402"]
    assert desk.change("values.yaml", b"entry: 50000\nother: 2\n") == ()


def test_a_template_that_appears_concerns_those_that_missed_it(tmp_path: Path) -> None:
    (tmp_path / "smartplan.toml").write_text(TOML)
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "a.yaml").write_text("{% include 'note.jinja' %}\n" + PLAN)
    desk = live(tmp_path)
    check_all(desk)
    assert [found.code for found in desk.findings()] == ["SP001"]
    assert desk.change("templates/note.jinja", b"note: mine") == ("plans/a.yaml",)
    desk.take("plans/a.yaml", desk.check("plans/a.yaml"))
    assert desk.findings() == ()


def test_trades_that_concern_each_other_are_judged_together_again(tmp_path: Path) -> None:
    (tmp_path / "smartplan.toml").write_text(TOML)
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "a.yaml").write_text(TWO_TRADES)
    (tmp_path / "plans" / "b.yaml").write_text(TWO_TRADES.replace("one:", "three:"))
    desk = live(tmp_path)
    check_all(desk)
    twice = sorted(found.code for found in desk.findings())
    assert "SP101" in twice
    desk.change("plans/b.yaml", TWO_TRADES.replace("one:", "x:").replace("two:", "y:").encode())
    desk.take("plans/b.yaml", desk.check("plans/b.yaml"))
    assert "SP101" not in {found.code for found in desk.findings()}
