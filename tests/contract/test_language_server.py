"""Sessions with the language server over stdio: what a person types, and sees."""

import json
import os
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from lsprotocol import types

from tests.editors import Editor, after, at
from tests.plans import PLAN, TWO_TRADES
from tests.process import smartplan
from tests.slips import by_lint, slipped

SLIPS = 300 if os.environ.get("EXPLORE") else 15

TOML = 'workspace = "desk"\nsince = 2026-11-22\n\n[environments.{env}.accounts]\nmain = {number}\n'
LOCK = """\
{"format": "smartplan-markets-lock", "format_version": 1, "environments": {"sandbox": {"main": {
  "market": "spot", "fetched": "2026-11-22T00:00:00Z", "pairs": {"USDT_BTC": {"tick": "0.01"}}}}}}
"""
MACRO = """\
{% macro stop(price, kind='bid') -%}
{value: {{ price }}, type: {{ kind }}}
{%- endmacro %}
"""
USER = "{% import 'exits.jinja' as exits %}\n" + PLAN.replace("60000", "{{ entry }}").replace(
    "{value: 55000, type: bid}", "{{ exits.stop(54000) }}"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with a plan that takes its entry from values and its stop from a macro."""
    folder = tmp_path / "desk"
    for name in ("plans", "templates"):
        (folder / name).mkdir(parents=True)
    more = TOML.format(env="paper", number=7).partition("\n\n")[2]
    (folder / "smartplan.toml").write_text(TOML.format(env="sandbox", number=1) + "\n" + more)
    (folder / "values.yaml").write_text("entry: 60000  # near\nbtc: {tick: 0.01}\n")
    (folder / "values.paper.yaml").write_text("entry: 61000\n")
    (folder / "templates" / "exits.jinja").write_text(MACRO)
    (folder / "plans" / "btc.yaml").write_text(USER)
    return folder


def said(editor: Editor) -> list[str]:
    """What is underlined anywhere, as lint has it."""
    return ordered([one.data for listed in editor.diagnostics.values() for one in listed])


def says(editor: Editor, found: list[str]) -> bool:
    return said(editor) == found


def told(editor: Editor, texts: list[str], found: list[str]) -> object:
    return texts, found, said(editor)


def ordered(findings: Sequence[object]) -> list[str]:
    return sorted(json.dumps(one, sort_keys=True) for one in findings)


def test_a_tag_is_broken_while_it_is_typed_and_whole_again(root: Path) -> None:
    plan = root / "plans" / "btc.yaml"
    with Editor(root) as editor:
        editor.open(plan)
        editor.type(plan, USER.replace("{{ entry }}", "{{ ent"))
        editor.sees(plan, ("SP001", 4))
        editor.type(plan, USER.replace("{{ entry }}", "{{ entri }}"))
        editor.sees(plan, ("SP001", 4))
        assert "did you mean `entry`?" in editor.diagnostics[plan.as_uri()][0].message
        editor.type(plan, USER)
        editor.sees(plan)
        editor.type(plan, USER.replace("{{ entry }}", "50000"))
        editor.sees(root / "templates" / "exits.jinja", ("SP402", 2))


def test_a_macro_is_changed_and_its_users_are_judged_again(root: Path) -> None:
    plan, macro, values = (
        root / name for name in ("plans/btc.yaml", "templates/exits.jinja", "values.yaml")
    )
    other = root / "plans" / "other.yaml"
    other.write_text(PLAN.replace("0.01", "0.02"))
    with Editor(root) as editor:
        editor.open(macro)
        editor.open(values)
        editor.type(macro, MACRO.replace("type:", "tipe:"))
        editor.sees(macro, ("SP003", 2))
        editor.type(macro, MACRO)
        editor.sees(macro)
        editor.type(values, "entry: 50000\n")
        editor.sees(macro, ("SP402", 2))
        editor.type(values, "entry: [60000\n")
        editor.sees(values, ("SP002", 1))
        editor.close(values)
        editor.sees(values)
        editor.sees(plan)
        assert other.as_uri() not in editor.diagnostics


def test_what_it_finds_is_what_lint_finds(root: Path) -> None:
    (root / "plans" / "two.yaml").write_text(
        TWO_TRADES.replace("two:", "Two:").replace("buy", "long")
    )
    (root / "plans" / "ignored.yaml").write_text("# smartplan: ignore[SP401] so\n" + PLAN)
    many = "".join(f'  "ma\\tny{number}": {{pair: USDT_BTC}}\n' for number in range(60))
    (root / "plans" / "many.yaml").write_text(f"trades:\n{many}")
    found = json.loads(smartplan(root, "lint", "--format", "json").stdout)["findings"]
    assert any(one["message"].endswith("in this file are left out") for one in found)
    with Editor(root) as editor:
        editor.until(partial(says, editor, ordered(found)), lambda: said(editor))


def test_what_it_finds_while_somebody_slips_is_what_lint_finds(root: Path) -> None:
    """The text that lint reads is saved; the server has it from the editor alone.

    Slips come faster than plans are checked, and in files that concern each other.
    """
    chance = random.Random(5)
    files = [root / name for name in ("plans/btc.yaml", "templates/exits.jinja", "values.yaml")]
    sound = {file: file.read_text() for file in files}
    with Editor(root) as editor:
        for file in files:
            editor.open(file)
        for _ in range(SLIPS):
            for file in chance.choices(files, k=chance.randrange(1, 6)):
                text = sound[file] if chance.random() < 0.5 else slipped(sound[file], chance)
                file.write_text(text, encoding="utf-8", newline="")
                editor.type(file, text)
                time.sleep(chance.random() * 0.03)
            texts = [file.read_text() for file in files]
            found = ordered(by_lint(root, datetime.now(UTC)))
            editor.until(partial(says, editor, found), partial(told, editor, texts, found))


def test_columns_count_in_utf_16_and_line_ends_do_not_matter(root: Path) -> None:
    plan = root / "plans" / "btc.yaml"
    text = PLAN.replace("account: main", 'note: "🙂é"').replace("\n", "\r\n")
    text = text.replace("{type: buy", '{"🙂": 1, type: buy') + "account: main\r\n"
    with Editor(root) as editor:
        editor.open(plan, text)
        editor.sees(plan, ("SP003", 3))
        (found,) = editor.diagnostics[plan.as_uri()]
        assert (found.range.start.character, found.range.end.character) == (11, 15)


def test_hover_tells_keys_rules_trades_and_variables(root: Path) -> None:
    plan = root / "plans" / "btc.yaml"
    named = root / "plans" / "two.yaml"
    text = TWO_TRADES + "# smartplan: ignore[SP401] so\n"
    with Editor(root) as editor:
        editor.open(plan)
        editor.open(named, text)
        editor.sees(named, ("SP005", 9))

        def hover(file: Path, where: tuple[int, int]) -> str:
            said = editor.ask("hover", file, where)
            return said.contents.value if said is not None else ""

        assert "Quote and base currency" in hover(plan, at(USER, "pair", 1))
        assert "The trigger price." in hover(plan, at(USER, "price: {{ exits", 1))
        entry = hover(plan, at(USER, "entry }}", 1))
        assert "| sandbox | `60000` | values.yaml:1 |" in entry
        assert "| paper | `61000` | values.paper.yaml:1 |" in entry
        editor.open(root / "values.yaml")
        near = hover(root / "values.yaml", (0, 2))
        assert "| paper | `61000` | values.paper.yaml:1 |" in near
        assert editor.ask("completion", root / "values.yaml", (0, 0)) == []
        assert "**SP401**" in hover(named, at(text, "SP401", 2))
        trade = hover(named, at(text, "one:", 1))
        # 0.01 bought at 60000 and sold at 55000, 0.1 % each way, taken from what is bought.
        assert "loss at stop 51.1" in trade
        assert "SL" in trade
        assert "if it ends" in trade
        assert "entry" in trade
        rendered = editor.run("smartplan.rendered", plan.as_uri())
        assert "conditional: {price: {value: 54000, type: bid}}" in rendered
        for price in ("53000", "52000", "51000"):
            editor.type(plan, USER.replace("54000", price))
            assert f"value: {price}," in editor.run("smartplan.rendered", plan.as_uri())


def test_what_can_be_typed_depends_on_where(root: Path) -> None:
    plan = root / "plans" / "btc.yaml"
    with Editor(root) as editor:
        editor.open(plan)
        editor.until(lambda: bool(editor.ask("document_symbol", plan)))

        def words(text: str, mark: str = "¦") -> set[str]:
            where = at(text, mark)
            editor.type(plan, text.replace(mark, ""))
            return {item.label for item in editor.ask("completion", plan, where)}

        assert {"stop_loss", "lifecycle", "trades"} <= words("account: main\n¦\n")
        assert words("account: main\nstop_loss:\n  ord¦\n") >= {"order_type", "conditional"}
        assert words("position: {type: ¦}\n") == {"buy", "sell"}
        assert words("position: {type: buy, price: {¦}}\n") == {"value"}
        assert words("account: ¦\n") == {"main"}
        assert "USDT_BTC" in words("account: main\npair: ¦\n")
        assert words("trades:\n  a:\n    take_profit:\n      steps:\n        - ¦\n") >= {"volume"}
        assert {"entry", "btc", "size_by_risk"} <= words("note: {{ ¦ }}\n")
        assert words("note: {{ btc.¦ }}\n") == {"tick"}
        assert {"tick", "lot", "round"} <= words("note: {{ entry | ¦ }}\n")
        assert {"set", "for", "include"} <= words("{% ¦ %}\n")
        assert "exits.jinja" in words("{% include '¦' %}\n")
        text = "note: {{ size_by_risk(10000, ¦) }}\n"
        where = at(text, "¦")
        editor.type(plan, text.replace("¦", ""))
        signed = editor.ask("signature_help", plan, where)
        assert signed.signatures[0].label.startswith("size_by_risk(equity, risk_pct, entry, stop")
        assert signed.active_parameter == 1


def test_names_lead_to_where_they_are_given_and_used(root: Path) -> None:
    plan, values = root / "plans" / "btc.yaml", root / "values.yaml"
    text = "{% set size = 0.01 %}\n" + USER.replace("value: 0.01", "value: {{ size }}")
    with Editor(root) as editor:
        editor.open(plan, text)
        editor.sees(plan)

        def leads(word: str, behind: int = 1) -> list[tuple[str, int]]:
            found = editor.ask("definition", plan, at(text, word, behind))
            return [(one.uri.rpartition("/")[2], one.range.start.line + 1) for one in found]

        assert leads("entry }}") == [("values.yaml", 1)]
        assert leads("size }}") == [("btc.yaml", 1)]
        assert leads("exits.stop", 7) == [("exits.jinja", 1)]
        assert leads("exits.jinja") == [("exits.jinja", 1)]
        loop = "{% for c in [{'n': 0.01}, {'n': 0.02}] %}\n# {{ c.n }}\n{% endfor %}\n" + text
        editor.type(plan, loop)
        editor.until(lambda: len(editor.ask("definition", plan, (1, 7))) == 3)
        found = editor.ask("definition", plan, (1, 7))
        assert [(one.range.start.line, one.range.start.character) for one in found] == [
            (0, 7), (0, 19), (0, 32),
        ]  # fmt: skip
        assert "| `0.02` | plans/btc.yaml:1 |" in editor.ask("hover", plan, (1, 7)).contents.value
        editor.type(plan, text)
        editor.open(values)
        context = types.ReferenceContext(include_declaration=False)

        def used() -> list[int]:
            found = editor.ask("references", values, (0, 1), context=context)
            return [one.range.start.line + 1 for one in found]

        editor.until(lambda: used() == [5])


def test_a_trade_is_renamed_and_says_what_it_was(root: Path) -> None:
    plan = root / "plans" / "two.yaml"
    with Editor(root) as editor:
        editor.open(plan, TWO_TRADES)
        editor.until(lambda: len(editor.ask("document_symbol", plan) or ()) == 2)
        edit = editor.ask("rename", plan, at(TWO_TRADES, "one:", 1), new_name="first")
        text = after(TWO_TRADES, edit.changes[plan.as_uri()])
        assert "\n  first:\n    lifecycle: {renamed_from: one}\n    position:" in text
        editor.type(plan, text)
        editor.until(
            lambda: [one.name for one in editor.ask("document_symbol", plan)] == ["first", "two"]
        )
        editor.sees(plan)
        assert editor.ask("rename", plan, at(text, "two:", 1), new_name="first") is None
        assert editor.ask("rename", plan, at(text, "two:", 1), new_name="two") is None
        assert editor.ask("rename", plan, at(text, "two:", 1), new_name="{{ x }}") is None
        assert editor.said == [
            "first is the name of another trade",
            "two is its name already",
            "{{ x }} is no name: lower-case letters, digits and hyphens, at most 40",
        ]
        text = text.replace("  two:\n", "  two:\n    lifecycle: {}\n")
        editor.type(plan, text)
        editor.until(lambda: "lifecycle: {}" in editor.run("smartplan.rendered", plan.as_uri()))
        edit = editor.ask("rename", plan, at(text, "two:", 1), new_name="second")
        assert "\n    lifecycle: {renamed_from: two}\n" in after(text, edit.changes[plan.as_uri()])


def test_what_was_found_in_another_text_is_neither_offered_nor_renamed(root: Path) -> None:
    plan = root / "plans" / "two.yaml"
    text = TWO_TRADES.replace("stop_loss", "stop_los")
    with Editor(root, document_changes=True, pause=1_500) as editor:
        editor.open(plan, text)
        editor.sees(plan, ("SP003", 5), ("SP003", 8))
        span = types.Range(types.Position(4, 0), types.Position(4, 1))
        context = types.CodeActionContext([])
        (fix, *_) = editor.ask("code_action", plan, range=span, context=context)
        (change,) = fix.edit.document_changes
        assert (change.text_document.uri, change.text_document.version) == (plan.as_uri(), 1)
        editor.type(plan, f"# above\n{text}")
        assert editor.ask("code_action", plan, range=span, context=context) == ()
        assert editor.ask("rename", plan, at(text, "one:", 1), new_name="first") is None
        assert editor.said == ["the plan is still being checked: once more, in a moment"]


def test_what_lint_fixes_and_an_ignore_are_offered(root: Path) -> None:
    plan = root / "plans" / "p.yaml"
    text = PLAN.replace("stop_loss:", "stop_los:") + "note: yes\n"
    with Editor(root, codeLens=True) as editor:
        editor.open(plan, text)
        editor.sees(plan, ("SP003", 5), ("SP004", 6))

        def offered(line: int) -> dict[str, types.CodeAction]:
            span = types.Range(types.Position(line, 0), types.Position(line, 1))
            context = types.CodeActionContext([])
            listed = editor.ask("code_action", plan, range=span, context=context)
            return {action.title: action for action in listed}

        fix = offered(4)["Fix SP003: write `stop_loss`"]
        text = after(text, fix.edit.changes[plan.as_uri()])
        assert text == PLAN + "note: yes\n"
        editor.type(plan, text)
        editor.sees(plan, ("SP004", 6))
        ignore = offered(5)["Ignore SP004 here, with a reason"]
        text = after(text, ignore.edit.changes[plan.as_uri()])
        assert text.endswith("note: yes  # smartplan: ignore[SP004] why\n")
        editor.type(plan, text)
        editor.sees(plan)
        (lens,) = editor.ask("code_lens", plan)
        assert lens.command.title == "loss at stop 51.10 USDT · R:R ?"


def test_two_workspaces_do_not_know_each_other(root: Path, tmp_path: Path) -> None:
    second = tmp_path / "second"
    (second / "plans").mkdir(parents=True)
    (second / "smartplan.toml").write_text(TOML.format(env="sandbox", number=1))
    (second / "plans" / "btc.yaml").write_text(PLAN.replace("55000", "65000"))
    plan = second / "plans" / "btc.yaml"
    with Editor(root, second) as editor:
        editor.sees(plan, ("SP402", 5))
        editor.open(plan)
        editor.type(plan, PLAN)
        editor.sees(plan)
        assert not editor.findings(root / "plans" / "btc.yaml")


def test_a_plan_without_a_workspace_is_judged_by_itself(tmp_path: Path) -> None:
    plan, other = tmp_path / "btc.yaml", tmp_path / "compose.yaml"
    plan.write_text(PLAN)
    other.write_text("services: {web: {image: x}}\n")
    with Editor(tmp_path) as editor:
        editor.open(other)
        editor.open(plan)
        editor.type(plan, PLAN.replace("stop_loss", "stop_los"))
        editor.sees(plan, ("SP003", 5))
        assert editor.findings(other) == []


def test_what_another_program_writes_is_seen(root: Path) -> None:
    plan = root / "plans" / "btc.yaml"
    plan.write_text(PLAN.replace("stop_loss", "stop_los"))
    with Editor(root) as editor:
        editor.sees(plan, ("SP003", 5))
        plan.write_text(PLAN)
        editor.changed_on_disk(plan)
        editor.sees(plan)


def test_wrong_settings_are_told_at_their_line_and_right_ones_count(root: Path) -> None:
    toml, plan = root / "smartplan.toml", root / "plans" / "btc.yaml"
    right = toml.read_text()
    with Editor(root) as editor:
        editor.open(toml)
        editor.open(plan)
        editor.type(plan, USER.replace("stop_loss", "stop_los"))
        editor.sees(plan, ("SP003", 6))
        toml.write_text(f'{right}\n[lint]\n"🙂" = 1\n')
        editor.saved(toml)
        editor.until(lambda: bool(editor.diagnostics.get(toml.as_uri())))
        (found,) = editor.diagnostics[toml.as_uri()]
        last = right.count("\n") + 2
        assert found.message.startswith("`lint.🙂` is not a setting")
        assert (found.range.start.line, found.range.start.character) == (last, 0)
        assert (found.range.end.line, found.range.end.character) == (last, 4)
        toml.write_text(right + "\n[lint\n")
        editor.saved(toml)
        editor.until(lambda: [line for _, line in editor.findings(toml)] == [last])
        toml.write_text(right + '\n[lint]\nignore = ["SP207"]\n')
        editor.saved(toml)
        editor.until(lambda: editor.diagnostics[toml.as_uri()] == [])
        editor.sees(plan, ("SP003", 6))
        off = USER.replace("stop_loss: {enabled: true", "stop_loss: {enabled: false")
        editor.type(plan, off)
        editor.sees(plan)
        toml.write_text(right)
        editor.saved(toml)
        editor.sees(plan, ("SP207", 5))


def test_a_broken_market_lock_is_told_where_it_is_and_a_new_one_counts(root: Path) -> None:
    toml, lock = root / "smartplan.toml", root / "markets.lock.json"
    plan = root / "plans" / "btc.yaml"
    lock.write_text("{")
    with Editor(root) as editor:
        editor.open(plan)
        editor.until(lambda: bool(editor.diagnostics.get(lock.as_uri())))
        (found,) = editor.diagnostics[lock.as_uri()]
        assert found.message.startswith("it is not JSON: ")
        assert not editor.diagnostics.get(toml.as_uri())
        lock.write_text(LOCK)
        editor.changed_on_disk(lock)
        editor.until(lambda: editor.diagnostics[lock.as_uri()] == [])
        editor.type(plan, USER.replace("{{ entry }}", "60000.005"))
        editor.sees(plan, ("SP702", 4))
        lock.write_text(LOCK.replace('"0.01"', '"0.001"'))
        editor.changed_on_disk(lock)
        editor.sees(plan)


def test_a_workspace_whose_settings_are_gone_leaves_nothing_behind(root: Path) -> None:
    toml, plan, other = root / "smartplan.toml", root / "plans/btc.yaml", root / "plans/other.yaml"
    text = toml.read_text()
    other.write_text(PLAN.replace("stop_loss", "stop_los"))
    with Editor(root) as editor:
        editor.open(plan)
        editor.sees(other, ("SP003", 5))
        toml.write_text("[[")
        editor.saved(toml)
        editor.until(lambda: bool(editor.diagnostics.get(toml.as_uri())))
        toml.unlink()
        editor.changed_on_disk(toml, types.FileChangeType.Deleted)
        editor.sees(other)
        assert editor.diagnostics[toml.as_uri()] == []
        toml.write_text(text)
        editor.changed_on_disk(toml, types.FileChangeType.Created)
        editor.sees(other, ("SP003", 5))


def test_a_folder_that_is_shown_no_longer_says_nothing_more(root: Path, tmp_path: Path) -> None:
    second = tmp_path / "second"
    (second / "plans").mkdir(parents=True)
    (second / "smartplan.toml").write_text(TOML.format(env="sandbox", number=1))
    plan = second / "plans" / "btc.yaml"
    plan.write_text(PLAN.replace("55000", "65000"))
    with Editor(root, second) as editor:
        editor.sees(plan, ("SP402", 5))
        editor.folders(removed=[second])
        editor.sees(plan)
        editor.folders(added=[second])
        editor.sees(plan, ("SP402", 5))
        editor.open(plan)
        editor.folders(removed=[second])
        editor.type(plan, PLAN.replace("stop_loss", "stop_los"))
        editor.sees(plan, ("SP003", 5))


def test_a_link_is_a_file_of_its_own(root: Path, tmp_path: Path) -> None:
    """One to a plan of the workspace, one that leads out of it, and one to itself."""
    inside, out, round_ = (root / "plans" / f"{name}.yaml" for name in ("in", "out", "round"))
    (root / "other.yaml").write_text(PLAN.replace("stop_loss", "stop_los"))
    (tmp_path / "secret.yaml").write_text(PLAN)
    inside.symlink_to("../other.yaml")
    out.symlink_to(tmp_path / "secret.yaml")
    round_.symlink_to("round.yaml")
    with Editor(root) as editor:
        editor.sees(inside, ("SP003", 5))
        editor.sees(out, ("SP002", 1))
        editor.sees(round_, ("SP002", 1))
        editor.open(inside)
        editor.type(inside, PLAN.replace("0.01", "0.02"))
        editor.sees(inside)
        for link in (inside, out, round_):
            editor.close(link)
            link.unlink()
            editor.changed_on_disk(link, types.FileChangeType.Deleted)
        editor.sees(out)
        assert {uri for uri, found in editor.diagnostics.items() if found} == set()
        assert editor.said == []


def test_a_workspace_behind_a_link_is_one(root: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(root)
    plan = link / "plans" / "btc.yaml"
    with Editor(link) as editor:
        editor.open(plan)
        editor.type(plan, USER.replace("stop_loss", "stop_los"))
        editor.sees(plan, ("SP003", 6))
        editor.type(plan, USER)
        editor.sees(plan)
        editor.until(lambda: not any(editor.diagnostics.values()))


@pytest.mark.parametrize(
    "uri",
    ["untitled:Untitled-1", "git:{root}/plans/btc.yaml?x", "", "file:", "file:///%00/x.yaml",
     "file://{root}/plans/%2e%2e/x.yaml", "file://{root}/plans/" + "x" * 300 + ".yaml",
     "file://{root}/plans", "file:///dev/zero", "file://{root}/pl%ffans/x.yaml"],
)  # fmt: skip
def test_what_is_no_file_of_the_workspace_is_left_alone(root: Path, uri: str) -> None:
    plan = root / "plans" / "btc.yaml"
    uri = uri.replace("{root}", str(root))
    with Editor(root) as editor:
        editor.open_uri(uri, PLAN.replace("stop_loss", "stop_los").replace("pair:", "pear:"))
        editor.open(plan)
        editor.type(plan, USER.replace("stop_loss", "stop_los"))
        editor.sees(plan, ("SP003", 6))
        editor.close_uri(uri)
        assert [uri for uri, found in editor.diagnostics.items() if found] == [plan.as_uri()]
        assert editor.said == []


def test_values_that_look_like_a_plan_are_none(root: Path) -> None:
    values, plan = root / "values.yaml", root / "plans" / "btc.yaml"
    with Editor(root) as editor:
        editor.open(values, "entry: 60000\npair: USDT_BTC\n")
        editor.open(plan)
        editor.type(plan, USER.replace("stop_loss", "stop_los"))
        editor.sees(plan, ("SP003", 6))
        assert editor.findings(values) == []


def test_a_hostile_plan_holds_up_nobody(root: Path) -> None:
    plan, other = root / "plans" / "btc.yaml", root / "plans" / "other.yaml"
    other.write_text(PLAN.replace("0.01", "0.02"))
    busy = "{% for i in range(1000) %}{% for j in range(1000) %}{{ i }}{% endfor %}{% endfor %}"
    with Editor(root) as editor:
        editor.open(plan)
        editor.open(other)
        editor.type(plan, busy)
        editor.type(other, PLAN.replace("stop_loss", "stop_los"))
        editor.sees(other, ("SP003", 5))
        assert editor.ask("hover", other, at(PLAN, "pair", 1)) is not None
        editor.sees(plan, ("SP001", 1))
        editor.type(plan, "x" * 1_048_577)
        editor.sees(plan, ("SP002", 1))
        context = types.ReferenceContext(include_declaration=False)
        included = "{% include '" + "x" * 5_000 + "\n" + "y" * 5_000
        for text in ("{{ a" * 100_000, "{% for a" + " " * 300_000, "{a: " * 100_000, included):
            editor.type(plan, text)
            for what in ("hover", "completion", "definition", "signature_help"):
                editor.ask(what, plan, (0, 4))
                editor.ask(what, plan, (0, len(text)))
                editor.ask(what, plan, (0, 13))
            editor.ask("references", plan, (0, 4), context=context)
        editor.type(plan, USER)
        editor.sees(plan)
        assert not [one for one in editor.said if "internal" in one]


def test_a_thousand_plans(root: Path) -> None:
    for number in range(1_000):
        text = PLAN.replace("0.01", f"0.{number + 1000}").replace("55000", f"{50000 + number}")
        (root / "plans" / f"p{number}.yaml").write_text(text)
    last = root / "plans" / "p999.yaml"
    text = last.read_text()
    with Editor(root) as editor:
        editor.open(last)
        editor.type(last, text.replace("stop_loss", "stop_los"))
        editor.sees(last, ("SP003", 5))
        editor.type(last, text + "name: p0\n")
        editor.sees(last, ("SP101", 1))
        editor.type(last, text)
        editor.sees(last)
