"""What is found while plans are edited is what lint finds of the same texts."""

import os
import random
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartplan import settings as settings_room
from smartplan.workflow.live_lint import LiveLint
from tests.hostile_texts import HOSTILE, named
from tests.plans import PLAN, TWO_TRADES
from tests.slips import as_json, by_lint, slipped

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 22, tzinfo=UTC)
MUTANTS = 1_000 if os.environ.get("EXPLORE") else 60
TOML = 'workspace = "desk"\nsince = 2026-11-22\n\n[environments.sandbox.accounts]\nmain = 1\n'
PAPER = "\n[environments.paper.accounts]\nmain = 7\nother = 8\n"
VALUES = "# levels\ndesk:\n  entry: 60000  # near\n  stop: 55000\nsize: 0.01\nnote: mine\n"
VALUED = """\
{% set far = desk.entry * 1.2 %}
account: main
pair: USDT_BTC
note: {{ note }}
position: {type: buy, order_type: limit, units: {value: {{ size }}}, price: {value: {{ desk.entry }}}}
take_profit: {enabled: true, steps: [{order_type: limit, price: {value: {{ far | round(2) }}, type: bid}, volume: 100}]}
stop_loss: {enabled: true, order_type: market, conditional: {price: {value: {{ desk.stop }}, type: bid}}}
"""  # noqa: E501


def live(folder: Path) -> LiveLint:
    return LiveLint(settings_room.load(folder, {}), lambda: NOW)


def check_all(desk: LiveLint) -> None:
    for name in desk.files:
        desk.take(name, desk.check(name))


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
    assert as_json(desk.findings()) == by_lint(tmp_path, NOW)


def test_of_mutants_it_finds_what_lint_finds(tmp_path: Path) -> None:
    """One workspace that is typed in all the time, held against a lint of what it came to."""
    shutil.copytree(ROOT / "plans", tmp_path / "plans")
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    (tmp_path / "smartplan.toml").write_text(TOML + PAPER)
    (tmp_path / "plans" / "valued.yaml").write_text(VALUED)
    (tmp_path / "values.yaml").write_text(VALUES)
    (tmp_path / "values.paper.yaml").write_text("desk:\n  stop: 54000\n")
    folders = (tmp_path / "plans", tmp_path / "templates")
    files = sorted([*(one for folder in folders for one in folder.iterdir())])
    files += sorted(tmp_path.glob("values*.yaml")) * (len(files) // 6)
    sound = {file: file.read_text(encoding="utf-8") for file in files}
    desk, chance = live(tmp_path), random.Random(17)
    check_all(desk)
    for _ in range(MUTANTS):
        file = chance.choice(files)
        text = slipped(sound[file], chance)
        file.write_text(text, encoding="utf-8", newline="")
        typed(desk, file, file.read_bytes())
        assert as_json(desk.findings()) == by_lint(tmp_path, NOW), text
        if chance.random() < 0.7:
            file.write_text(sound[file], encoding="utf-8")
            typed(desk, file, None)


def typed(desk: LiveLint, file: Path, content: bytes | None) -> None:
    for name in desk.change(desk.name_of(file), content):
        desk.take(name, desk.check(name))


@pytest.mark.parametrize("text", [text for text, _ in HOSTILE], ids=named)
def test_of_every_hostile_plan_it_finds_what_lint_finds(tmp_path: Path, text: str) -> None:
    (tmp_path / "plans").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "loop.yaml").write_text("{% include 'loop.yaml' %}")
    (tmp_path / "values.yaml").write_text('note: "x\\npair: USDT_DOGE"\n')
    (tmp_path / "smartplan.toml").write_text(TOML + PAPER)
    (tmp_path / "plans" / "p.yaml").write_text(text, encoding="utf-8")
    desk = live(tmp_path)
    check_all(desk)
    assert as_json(desk.findings()) == by_lint(tmp_path, NOW)


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


def test_a_finding_in_a_values_file_goes_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "smartplan.toml").write_text(TOML)
    (tmp_path / "plans").mkdir()
    file = tmp_path / "values.yaml"
    file.write_text("big: no\n")
    (tmp_path / "plans" / "a.yaml").write_text(f"{{% if big %}}# big{{% endif %}}\n{PLAN}")
    desk = live(tmp_path)
    check_all(desk)
    assert [str(found.location) for found in desk.findings()] == ["values.yaml:1:6"] * 2
    file.write_text("# far\n# away\nbig: no\n")
    typed(desk, file, file.read_bytes())
    assert [str(found.location) for found in desk.findings()] == ["values.yaml:3:6"] * 2
    assert as_json(desk.findings()) == by_lint(tmp_path, NOW)


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
