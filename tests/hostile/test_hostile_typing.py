"""Harmful texts in an editor: what is found of them is what lint finds, and nothing is raised."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartplan.settings import Settings
from smartplan.workflow.lint_many import lint
from smartplan.workflow.lint_plans import open_workspace
from smartplan.workflow.live_lint import LiveLint
from smartplan.workflow.sources import Inputs
from tests.plans import PLAN

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BUSY = "{{% for i in range(1000) %}}{{% for j in range(1000) %}}{}{{% endfor %}}{{% endfor %}}"
GROWING = (
    "{{% set s = namespace(v={}) %}}{{% for i in range(99) %}}{{% set s.v = {} %}}{{% endfor %}}"
)
LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
TEXTS = [
    "[" * 200_000,
    "".join(f"{' ' * n}k:\n" for n in range(1000)),
    LAUGHS,
    f"a: &a '{'x' * 60_000}'\nb: [{'*a, ' * 60_000}]\n",
    "[" + "1," * 400_000 + "1]",
    "a: &a [*a]",
    "a: !!python/object/apply:os.system [id]",
    PLAN + "note: x\u202ey\n",
    PLAN + "note: \x1b[2J\n",
    PLAN + "note: 1e999999999\n",
    PLAN + "note: " + "9" * 900_000,
    PLAN + "pair: USDT_ETH\n",
    PLAN + "---\n" + PLAN,
    PLAN + "\tnote: x\n",
    "x" * 1_048_577,
    BUSY.format("{% for k in range(9) %}{% endfor %}"),
    GROWING.format("[1]", "s.v + s.v"),
    GROWING.format("[1]", "[s.v, s.v]") + "{{ s.v }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ range(10000000000) }}",
    "{{ ''.__class__.__mro__ }}",
    "{% set b %}" + "x" * 99_999 + "{% endset %}" + "{{ b }}" * 99,
    "{{1}}" * 200_000,
    "{{ " + "(" * 100_000,
    "{% if 1 %}" * 10_000,
    "{{ " + "not " * 10_000 + "1 }}",
    "{% include '../../etc/passwd' %}",
    "{% include 'link.yaml' %}",
    "note: {{ note }}",
    "\x00",
    "".join(f"t{n}: {{pair: x}}\n" for n in range(20_000)),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("plans", "templates"):
        (tmp_path / name).mkdir()
    (tmp_path / "templates" / "link.yaml").symlink_to("/etc/passwd")
    (tmp_path / "smartplan.toml").touch()
    (tmp_path / "values.yaml").write_text('note: "x\\npair: USDT_DOGE"\n')
    (tmp_path / "plans" / "sound.yaml").write_text(PLAN)
    (tmp_path / "plans" / "plan.yaml").write_text("")
    return tmp_path


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:30]))
def test_it_is_found_as_lint_finds_it(folder: Path, text: str) -> None:
    settings = Settings(root=folder, file=folder / "smartplan.toml", accounts={"main": 1})
    desk = LiveLint(settings, lambda: NOW)
    for name in [*desk.files, *desk.change("plans/plan.yaml", text.encode())]:
        desk.take(name, desk.check(name))
    (folder / "plans" / "plan.yaml").write_text(text, encoding="utf-8", newline="")
    assert (
        desk.findings()
        == lint(open_workspace(Inputs(), settings, folder), NOW, 1, every=True).findings
    )
