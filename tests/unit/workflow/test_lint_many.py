"""A lint in shares says exactly what a lint of everything at once says."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartplan import settings
from smartplan.workflow import lint_many
from smartplan.workflow.lint_plans import PlanSet, check, open_workspace
from smartplan.workflow.sources import Inputs

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOUND = """\
trades:
  {name}:
    account: main
    pair: USDT_ETH
    position: {{type: buy, order_type: limit, units: {{value: {units}}}, price: {{value: 2400}}}}
    take_profit:
      enabled: true
      steps: [{{order_type: limit, price: {{value: {target}, type: bid}}, volume: 100}}]
    stop_loss:
      {{enabled: true, order_type: market, conditional: {{price: {{value: 2300, type: bid}}}}}}
"""
MACRO = """\
{% macro plan(name) %}
  {{ name }}: # smartplan: ignore[SP102] twins on purpose
    account: main
    pair: USDT_ETH
    position: {type: buy, order_type: limit, units: {value: 1}, price: {value: 2400}}
    take_profit: {enabled: false}
    stop_loss: {enabled: false} # smartplan: ignore[SP601] nothing to ignore
{% endmacro %}
"""
FROM_MACRO = '{{% from "plan.jinja" import plan %}}\ntrades:\n{{{{ plan("{name}") }}}}\n'
PLANS = {
    "sound": SOUND,
    "twin": SOUND.replace("{units}", "7"),
    "twin, ignored": SOUND.replace("{units}", "7").replace(
        "{name}:", "{name}: # smartplan: ignore[SP102] a twin"
    ),
    "same name": SOUND.replace("{name}", "one-name"),
    "loses": SOUND.replace("{target}", "2401"),
    "wrong": SOUND.replace("volume: 100", "volume: 90"),
    "not YAML": SOUND + "  - x\n",
    "no template": "{{% if %}}\n" + SOUND,
    "macro": FROM_MACRO,
    "not UTF-8": SOUND + "# caf\xe9\n",
    "from Windows": SOUND.replace("volume: 100", "volume: 90").replace("\n", "\r\n"),
    "unused": SOUND.replace("USDT_ETH", "USDT_ETH # smartplan: ignore[SP401] no reason"),
}
POLICIES = (
    "",
    "[policy]\nmax_open_risk = {USDT = 300}\n",
    "[policy]\nmax_notional = {USDT = 5000}\nmax_notional_per_quote = {USDT = 6000}\n",
    '[lint]\nignore = ["SP102"]\n',
)


def workspace(folder: Path, kinds: list[str], policy: str) -> PlanSet:
    plans = folder / "plans"
    plans.mkdir(parents=True)
    (folder / "templates").mkdir()
    (folder / "templates" / "plan.jinja").write_text(MACRO)
    (folder / "smartplan.toml").write_text(f"since = 2026-11-22\n{policy}")
    for number, kind in enumerate(kinds):
        text = PLANS[kind].format(name=f"p{number}", units=number + 10, target=2700)
        (plans / f"{number:02}.yaml").write_bytes(text.encode("latin-1"))
    return open_workspace(Inputs(), settings.load(folder, {}), folder)


@given(
    kinds=st.lists(st.sampled_from(sorted(PLANS)), min_size=1, max_size=8),
    policy=st.sampled_from(POLICIES),
    jobs=st.integers(1, 3),
)
def test_shares_find_what_the_whole_finds(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[str], policy: str, jobs: int
) -> None:
    opened = workspace(tmp_path_factory.mktemp("desk") / "desk", kinds, policy)
    found, whole = lint_many.lint(opened, NOW, jobs), check(opened, NOW).found
    assert found.findings == whole.findings
    assert found == whole


def test_twins_and_equal_names_are_found_across_shares(tmp_path: Path) -> None:
    kinds = ["twin", "same name", "sound", "sound", "same name", "twin, ignored", "twin"]
    found = lint_many.lint(workspace(tmp_path / "desk", kinds, ""), NOW, 3)
    places = [(finding.code, finding.location.file) for finding in found.findings]
    assert places == [
        ("SP101", "plans/01.yaml"),
        ("SP101", "plans/04.yaml"),
        ("SP102", "plans/06.yaml"),
    ]
