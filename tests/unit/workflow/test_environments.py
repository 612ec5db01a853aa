"""Lint judges in every environment; what only one finds names it, and nothing is read twice."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartplan import settings
from smartplan.document import rendering, yaml_reader
from smartplan.workflow import lint_many, sources
from smartplan.workflow.lint_plans import LintFindings, open_workspace
from smartplan.workflow.sources import Inputs

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TOML = """\
workspace = "desk"
since = 2026-11-22
[environments.sandbox.accounts]
main = 1
futures = 2
[environments.real.accounts]
main = 324
futures = 325
[risk.equity]
USDT = 10000
[policy]
max_loss_at_stop = {limit = {USDT = 200}, level = "hard"}
"""
TEMPLATED = """\
trades:
  btc:
    account: main
    pair: USDT_BTC
    position:
      type: buy
      order_type: limit
      units: {value: {{ size_by_risk(10000, risk_percent, 60000, 55000, 0.001) }}}
      price: {value: 60000}
    take_profit: {{ tp(75000, 100) }}
    stop_loss: {{ sl(55000) }}
"""
PLAIN = """\
trades:
  eth:
    account: main
    pair: USDT_ETH
    position: {type: buy, order_type: limit, units: {value: 0.2}, price: {value: 2400}}
    take_profit:
      enabled: true
      steps: [{order_type: limit, price: {value: 2700, type: bid}, volume: 100}]
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 2300, type: bid}}}
"""


class Desk:
    """A folder to be linted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "plans").mkdir()
        self.write("smartplan.toml", TOML)
        self.write("values.yaml", "risk_percent: 1\n")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def lint(self, *paths: str, every: bool = True, env: str | None = None) -> LintFindings:
        here = settings.load(self.folder, {}, environment=env)
        opened = open_workspace(Inputs(paths), here, self.folder)
        return lint_many.lint(opened, NOW, every=every)

    def said(self, *paths: str, **options: bool) -> list[str]:
        return [f"{one.code} {one.message}" for one in self.lint(*paths, **options).findings]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_finding_that_only_one_has_names_it(desk: Desk) -> None:
    desk.write("plans/btc.yaml", TEMPLATED)
    desk.write("values.real.yaml", "risk_percent: 50\n")
    (said,) = desk.said()
    assert said.startswith("SP605 loss at stop ")
    assert said.endswith("(only with `--env real`)")
    assert desk.lint().environments == ("sandbox", "real")


def test_one_environment_is_judged_alone(desk: Desk) -> None:
    desk.write("plans/btc.yaml", TEMPLATED)
    desk.write("values.real.yaml", "risk_percent: 50\n")
    assert desk.said(every=False) == []
    (real,) = desk.lint(every=False, env="real").findings
    assert "only with" not in real.message


def test_what_all_find_is_said_once(desk: Desk) -> None:
    desk.write("values.real.yaml", "risk_percent: 0.5\n")
    desk.write("plans/btc.yaml", TEMPLATED.replace("sl(55000)", "sl(61000)"))
    desk.write("plans/eth.yaml", PLAIN.replace("volume: 100", "volume: 90"))
    found = desk.lint().findings
    assert sorted(one.code for one in found) == sorted({one.code for one in found})
    assert not any("only with" in one.message for one in found)


def test_a_values_file_makes_an_environment_without_accounts_one(desk: Desk) -> None:
    desk.write("plans/btc.yaml", TEMPLATED)
    desk.write("values.paper.yaml", "risk_percent: 50\n")
    (said,) = desk.said()
    assert said.startswith("SP605")
    assert said.endswith("(only with `--env paper`)")


def test_an_environment_without_accounts_and_values_is_none(desk: Desk) -> None:
    desk.write("plans/eth.yaml", PLAIN)
    assert desk.lint().environments == ("sandbox", "real")


def test_an_alias_may_be_missing_where_there_is_no_rehearsal(desk: Desk) -> None:
    desk.write("smartplan.toml", TOML + "[environments.paper.accounts]\nmain = 9\n")
    desk.write("plans/eth.yaml", PLAIN.replace("main", "futures").replace("2700", "2390"))
    assert "SP401" in {one.code for one in desk.lint().findings}
    assert not any("only with" in said for said in desk.said())


def test_an_account_that_nobody_has_is_told_once(desk: Desk) -> None:
    desk.write("plans/eth.yaml", PLAIN.replace("account: main", "account: Main"))
    (finding,) = desk.lint().findings
    assert finding.code == "SP105"
    assert (finding.hint or "").startswith("did you mean `main`?")


def test_an_account_that_only_a_value_of_one_names_is_told_of_it(desk: Desk) -> None:
    desk.write("plans/eth.yaml", PLAIN.replace("account: main", "account: {{ where }}"))
    desk.write("values.yaml", "where: main\n")
    desk.write("values.real.yaml", "where: mian\n")
    (said,) = desk.said()
    assert said.startswith("SP105 the account `mian`")
    assert said.endswith("(only with `--env real`)")


def test_an_account_by_its_id_belongs_to_one_environment(desk: Desk) -> None:
    desk.write("plans/eth.yaml", PLAIN.replace("account: main", "account_id: 1"))
    assert desk.said() == []


def test_a_comment_that_is_used_in_one_is_used(desk: Desk) -> None:
    desk.write("values.real.yaml", "risk_percent: 1\ntarget: 54000\n")
    desk.write("values.yaml", "risk_percent: 1\ntarget: 75000\n")
    text = TEMPLATED.replace("tp(75000, 100) }}", "tp(target, 100) }} # smartplan: ignore[SP401] x")
    desk.write("plans/btc.yaml", text)
    assert not [said for said in desk.said() if said.startswith("SP005")]


def test_nothing_is_read_or_rendered_twice_that_is_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write("values.real.yaml", "risk_percent: 0.5\n")
    desk.write("plans/btc.yaml", TEMPLATED)
    desk.write("plans/eth.yaml", PLAIN)
    desk.write(
        "plans/same.yaml",
        "{# a remark #}\n" + PLAIN.replace("eth:", "eth-2:").replace("0.2", "0.3"),
    )
    opened: Counter[str] = Counter()
    content = sources._content

    def counting(file: Path, root: Path | None) -> bytes:
        opened[file.name] += 1
        return content(file, root)

    monkeypatch.setattr(sources, "_content", counting)
    parsed: list[str] = []
    read = yaml_reader.read
    monkeypatch.setattr(yaml_reader, "read", lambda text: parsed.append(text) or read(text))
    assert desk.said() == []
    assert {name: n for name, n in opened.items() if "values" not in name} == {
        "btc.yaml": 1, "eth.yaml": 1, "same.yaml": 1,
    }  # fmt: skip
    # `same` is a template: that it renders alike is known once it was rendered and parsed.
    assert sum(text.count("pair: USDT_ETH") for text in parsed) == 3


def test_plans_without_a_difference_are_read_once_in_any_number_of_environments(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write("smartplan.toml", TOML + "[environments.paper.accounts]\nmain = 9\nfutures = 10\n")
    desk.write("plans/btc.yaml", TEMPLATED)
    desk.write("plans/eth.yaml", PLAIN)
    rendered: list[str] = []
    render = rendering.render
    monkeypatch.setattr(
        rendering, "render", lambda source: rendered.append(source.file) or render(source)
    )
    parsed: list[str] = []
    read = yaml_reader.read
    monkeypatch.setattr(yaml_reader, "read", lambda text: parsed.append(text) or read(text))
    assert desk.said() == []
    assert rendered == ["plans/btc.yaml"]
    assert len([text for text in parsed if "trades:" in text]) == 2


@pytest.mark.parametrize(
    ("files", "assignment", "place", "message", "hint"),
    [
        (
            {"values.sandbox.yaml": "# ours\nrisk_pecent: 0.25\n"},
            (),
            "values.sandbox.yaml:2:1",
            "nothing reads `risk_pecent` (only with `--env sandbox`)",
            "did you mean `risk_percent`?",
        ),
        ({}, ("risk_pecent=0.25",), "--set:1:1", "nothing reads `risk_pecent`", "`risk_percent`"),
        (
            {"values.yaml": "risk: {percent: 1}\n", "values.real.yaml": "risk: {pecent: 9}\n"},
            (),
            "values.real.yaml:1:8",
            "nothing reads `risk.pecent` (only with `--env real`)",
            "did you mean `risk.percent`?",
        ),
        (
            {"values.yaml": "unrelated: 1\n", "values.real.yaml": "risk_percnt: 9\n"},
            (),
            "values.real.yaml:1:1",
            "nothing reads `risk_percnt` (only with `--env real`)",
            "did you mean `risk_percent`?",
        ),
    ],
)
def test_an_override_that_names_nothing(
    desk: Desk,
    files: dict[str, str],
    assignment: tuple[str, ...],
    place: str,
    message: str,
    hint: str,
) -> None:
    plan = TEMPLATED.replace("risk_percent", "(risk_percent | default(1))")
    if "percent: 1}" in files.get("values.yaml", ""):
        plan = TEMPLATED.replace("risk_percent", "risk.percent")
    desk.write("plans/btc.yaml", plan)
    for name, text in files.items():
        desk.write(name, text)
    inputs = Inputs(assignments=assignment)
    opened = open_workspace(inputs, settings.load(desk.folder, {}), desk.folder)
    (finding,) = lint_many.lint(opened, NOW, every=True).findings
    assert (finding.code, str(finding.location), finding.message) == ("SP007", place, message)
    assert hint in (finding.hint or "")


@pytest.mark.parametrize(
    "override",
    [
        "risk_percent: 0.5\n",
        "something_else: 1\n",
        "risk_percent2: 1\n",
        "used: 1\n",
        "coins: {btc: {price: 1}}\n",
    ],
)
def test_overrides_that_are_read_or_resemble_nothing(desk: Desk, override: str) -> None:
    desk.write("plans/btc.yaml", TEMPLATED)
    desk.write("plans/eth.yaml", PLAIN.replace("0.2}", "{{ user | default(used) }}}"))
    desk.write("values.sandbox.yaml", override + "user: 0.2\n")
    desk.write("values.real.yaml", override + "user: 0.2\n")
    assert desk.said() == []


def test_what_another_plan_reads_is_read(desk: Desk) -> None:
    desk.write("plans/btc.yaml", TEMPLATED)
    desk.write("plans/eth.yaml", PLAIN.replace("0.2}", "{{ risk_percents }}}"))
    desk.write("values.real.yaml", "risk_percents: 0.2\n")
    desk.write("values.sandbox.yaml", "risk_percents: 0.2\n")
    assert desk.said("plans/btc.yaml") == []


def test_traps_in_values_are_told(desk: Desk) -> None:
    desk.write("plans/eth.yaml", PLAIN)
    desk.write("values.yaml", "risk_percent: 1\nhedged: no\n")
    (finding,) = desk.lint().findings
    assert (finding.code, str(finding.location)) == ("SP004", "values.yaml:2:9")


def test_a_switch_in_words_is_found_at_the_value(desk: Desk) -> None:
    plan = PLAIN.replace(
        "    stop_loss: {enabled: true",
        "    {% if hedged_elsewhere %}stop_loss: {enabled: false}\n{% else %}\n"
        "    stop_loss: {enabled: true",
    )
    desk.write("plans/eth.yaml", plan + "    {% endif %}\n")
    desk.write("values.yaml", "risk_percent: 1\nhedged_elsewhere: no\n")
    found = desk.lint().findings
    assert {str(one.location) for one in found} == {"values.yaml:2:19"}
    assert {one.code for one in found} == {"SP001", "SP004"}
