"""``lint --fix``: each mistake that leaves no doubt, corrected in the author's own text."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartplan.errors import UsageError
from smartplan.settings import Settings
from smartplan.workflow.fixes import Fixes, Fixing, fix
from smartplan.workflow.lint_plans import PlanSet, check, open_workspace
from smartplan.workflow.sources import Inputs

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SOUND = """\
# mine
trades:
  eth:   # the first
    account: main
    pair: USDT_ETH
    note: "yes"
    position: {type: buy, order_type: limit, units: {value: 0.2}, price: {value: 2400}}
    take_profit:
      enabled: true
      steps:
        - {order_type: limit, price: {value: 2700, type: bid}, volume: 33.3}
        - {order_type: limit, price: { value: 2800, type: bid }, volume: 33.3}
        - order_type: limit
          price:
            type: bid
            value: 2900  # last
          volume: 33.4
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 2300, type: bid}}}
"""
MISTAKES = {
    "rounding": ("33.4", "33.3"),
    "quotes": ('note: "yes"', "note: yes"),
    "a key": ("stop_loss:", "stop_los:"),
    "another word for a key": ("pair:", "symbol:"),
    "no type, in brackets": ("{value: 2700, type: bid}", "{value: 2700}"),
    "no type, with blanks": ("{ value: 2800, type: bid }", "{ value: 2800 }"),
    "no type, on lines": ("            type: bid\n", ""),
    "not enabled": ("{enabled: true, order_type", "{order_type"),
    "a switch": ("      enabled: true\n", "      enabled: On\n"),
    "a word": ("type: buy", "type: long"),
    "capitals": ("order_type: market", "order_type: Market"),
}


def workspace(folder: Path, **files: str) -> PlanSet:
    (folder / "plans").mkdir(exist_ok=True)
    for name, text in files.items():
        file = folder / ("values.yaml" if name == "values" else f"plans/{name}.yaml")
        file.write_text(text, encoding="utf-8", newline="")
    settings = Settings(root=folder, file=folder / "smartplan.toml", accounts={"main": 1})
    return open_workspace(Inputs(), settings, folder)


def fixed(plans: PlanSet) -> Fixes:
    fixes = fix(Fixing(plans, NOW))
    fixes.files.write()
    return fixes


def text_of(plans: PlanSet, name: str = "p") -> str:
    return (plans.working / "plans" / f"{name}.yaml").read_bytes().decode()


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_undone_to_the_letter(tmp_path: Path, mistake: str, ends: str) -> None:
    right, wrong = MISTAKES[mistake]
    assert right in SOUND
    plans = workspace(tmp_path, p=SOUND.replace(right, wrong).replace("\n", ends))
    assert check(plans, NOW).findings
    fixed(plans)
    assert check(plans, NOW).findings == ()
    expected = SOUND
    if mistake == "not enabled":  # it goes to the end
        expected = SOUND.replace(
            "{enabled: true, order_type: market, conditional: {price: {value: 2300, type: bid}}}",
            "{order_type: market, conditional: {price: {value: 2300, type: bid}}, enabled: true}",
        )
    assert text_of(plans) == expected.replace("\n", ends)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_loop_is_undone_for_all_that_it_writes(tmp_path: Path, mistake: str) -> None:
    right, wrong = MISTAKES[mistake]
    head, body = (
        "trades:\n  eth:",
        SOUND.partition("  eth:")[2].replace("{value: 0.2}", "{value: {{ size }}}"),
    )
    loop = "trades:\n{% for name, size in [('eth', 0.2), ('eth-two', 0.3)] %}\n  {{ name }}:"
    text = f"{loop}{body}{{% endfor %}}\n"
    assert head in SOUND
    plans = workspace(tmp_path, p=text.replace(right, wrong))
    assert check(plans, NOW).findings
    assert fixed(plans).refused == ()
    assert check(plans, NOW).findings == ()
    assert len(text_of(plans)) == len(text)


@pytest.mark.parametrize(
    "written",
    [
        "leverage: {type: isolated, value: 5}",
        "leverage: {enabled: true, type: isolatd, value: 5}",
    ],
)
def test_what_is_a_choice_of_the_author_is_left_to_the_author(tmp_path: Path, written: str) -> None:
    text = SOUND.replace("    take_profit:", f"    {written}\n    take_profit:")
    plans = workspace(tmp_path, p=text)
    assert check(plans, NOW).findings
    assert fixed(plans).done == ()
    assert text_of(plans) == text


def test_a_short_takes_profit_at_the_ask(tmp_path: Path) -> None:
    short = SOUND.replace("type: buy", "type: sell").replace("bid", "ask")
    short = short.replace("2700, type: ask", "2100").replace("2800", "2000").replace("2900", "1900")
    plans = workspace(tmp_path, p=short.replace("2300", "2500"))
    fixed(plans)
    assert "{value: 2100, type: ask}" in text_of(plans)


def test_a_computed_value_is_not_touched_and_told_with_its_inputs(tmp_path: Path) -> None:
    text = SOUND.replace("volume: 33.4", "volume: {{ third * 1 }}")
    plans = workspace(tmp_path, p=text, values="third: 33.3 # mine\n")
    fixes = fixed(plans)
    assert text_of(plans) == text
    (refused,) = fixes.refused
    assert refused.reason == (
        "it is computed at plans/p.yaml:17: third * 1, third = 33.3 (values.yaml:1)"
    )


def test_a_shared_value_that_says_more_is_not_touched(tmp_path: Path) -> None:
    text = SOUND.replace("33.3", "{{ third }}").replace("33.4", "{{ third }}")
    plans = workspace(tmp_path, p=text, values="third: 33.3\n")
    fixes = fixed(plans)
    assert (fixes.done, len(fixes.refused)) == ((), 1)
    assert (tmp_path / "values.yaml").read_text() == "third: 33.3\n"


def test_a_target_that_is_missing_is_no_rounding(tmp_path: Path) -> None:
    plans = workspace(tmp_path, p=SOUND.replace("33.4", "23.4"))
    assert fixed(plans).done == ()
    assert "23.4" in text_of(plans)


def test_two_keys_that_it_could_be_are_left_to_the_author(tmp_path: Path) -> None:
    text = SOUND.replace("stop_loss:", "stop_loss: {enabled: false}\n    stop_los:")
    plans = workspace(tmp_path, p=text)
    assert fixed(plans).done == ()
    assert text_of(plans) == text


def test_what_changed_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    plans = workspace(tmp_path, p=SOUND.replace("33.4", "33.3"))
    fixes = fix(Fixing(plans, NOW))
    assert "-          volume: 33.3\n+          volume: 33.4\n" in fixes.files.diff()
    (tmp_path / "plans" / "p.yaml").write_text("pair: USDT_ETH\n")
    with pytest.raises(Exception, match="changed meanwhile"):
        fixes.files.write()
    assert text_of(plans) == "pair: USDT_ETH\n"


def test_a_file_that_is_read_only_stays(tmp_path: Path) -> None:
    wrong = SOUND.replace("stop_loss:", "stop_los:")
    plans = workspace(tmp_path, a=wrong, b=wrong.replace("eth:", "b:").replace("0.2", "0.3"))
    (tmp_path / "plans" / "b.yaml").chmod(0o444)
    fixes = fix(Fixing(plans, NOW))
    with pytest.raises(UsageError, match=r"plans/b\.yaml: it is read-only"):
        fixes.files.write()
    assert text_of(plans, "a") == wrong
    assert sorted(one.name for one in (tmp_path / "plans").iterdir()) == ["a.yaml", "b.yaml"]


def test_when_a_file_changes_meanwhile_none_is_written(tmp_path: Path) -> None:
    wrong = SOUND.replace("stop_loss:", "stop_los:")
    plans = workspace(tmp_path, a=wrong, b=wrong.replace("eth:", "b:").replace("0.2", "0.3"))
    fixes = fix(Fixing(plans, NOW))
    (tmp_path / "plans" / "b.yaml").write_text("# theirs\n")
    with pytest.raises(
        UsageError, match=r"plans/b\.yaml was changed meanwhile: nothing is written"
    ):
        fixes.files.write()
    assert text_of(plans, "a") == wrong
    assert text_of(plans, "b") == "# theirs\n"


def test_a_file_that_is_gone_meanwhile_is_told(tmp_path: Path) -> None:
    plans = workspace(tmp_path, a=SOUND.replace("stop_loss:", "stop_los:"))
    fixes = fix(Fixing(plans, NOW))
    (tmp_path / "plans" / "a.yaml").unlink()
    with pytest.raises(UsageError, match=r"plans/a\.yaml: No such file"):
        fixes.files.write()
    assert list((tmp_path / "plans").iterdir()) == []
