"""The offline lint as a whole."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from smartplan.diagnostics import Finding, Severity
from smartplan.document.template import Source, render
from smartplan.document.tree import Document, parse
from smartplan.lint.context import Context
from smartplan.lint.registry import Selection
from smartplan.lint.run import LintOutcome, lint
from tests.bodies import DOCUMENTED

CONTEXT = Context(
    now=datetime(2026, 11, 22, tzinfo=UTC), workspace="desk", accounts={"main": 1, "futures": 2}
)
PLAN = """\
account: main
pair: USDT_BTC
position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
take_profit: {enabled: false}
stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 61000, type: ask}}}
"""


def document(text: str, file: str = "plans/p.yaml") -> Document:
    read = parse(text, file).document
    assert read is not None
    return read


def linted(text: str, selection: Selection | None = None) -> LintOutcome:
    return lint([document(text)], CONTEXT, selection or Selection(), lambda _: text)


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


@pytest.mark.parametrize("title", DOCUMENTED)
def test_no_documented_body_has_an_error(title: str) -> None:
    result = linted(json.dumps(DOCUMENTED[title], indent=2))
    assert [one for one in result.findings if one.severity is Severity.ERROR] == []
    assert len(result.trades) == 1


def test_findings_come_in_the_order_of_the_lines() -> None:
    found = linted(PLAN.replace("account: main", "note: yes\naccount: main")).findings
    assert codes(found) == ["SP004", "SP402", "SP310"]
    assert [one.location.line for one in found] == [1, 6, 6]


def test_selected_families_alone_are_reported() -> None:
    assert codes(linted(PLAN, Selection(select=("SP4",))).findings) == ["SP402"]
    assert codes(linted(PLAN, Selection(ignore=("SP4",))).findings) == ["SP310"]
    assert codes(linted(PLAN, Selection(select=("SP4",), ignore=("SP402",))).findings) == []


def test_the_settings_decide_how_severe_a_rule_is() -> None:
    found = linted(PLAN, Selection(severity={"SP402": Severity.INFO})).findings
    assert next((one.code, one.severity) for one in found) == ("SP402", "info")


@pytest.mark.parametrize("selection", [Selection(ignore=("SP",)), Selection(select=("SP7",))])
def test_what_makes_a_trade_unreadable_cannot_be_deselected(selection: Selection) -> None:
    result = linted(PLAN.replace(", price: {value: 60000}", ""), selection)
    assert codes(result.findings) == ["SP203"]
    assert result.trades == ()


def test_an_ignore_on_the_name_covers_the_trade_and_no_other() -> None:
    body = PLAN.replace("\n", "\n    ").rstrip()
    text = f"trades:\n  a:  # smartplan: ignore[SP402, SP310] why\n    {body}\n  b:\n    {body}\n"
    found = linted(text).findings
    assert [(one.trade, one.code) for one in found] == [
        ("b", "SP102"), ("b", "SP402"), ("b", "SP310"),
    ]  # fmt: skip


def test_an_ignore_comment_works_where_a_template_wrote_the_line() -> None:
    text = (
        "{% set stop = 61000 %}\n"
        + PLAN.replace("61000, type: ask", "{{ stop }}, type: bid").rstrip()
        + "  # smartplan: ignore[SP402] locks in profit\n"
    )
    rendered, findings = render(Source(text, "plans/p.yaml"))
    assert rendered is not None, findings
    read = parse(rendered.text, "plans/p.yaml", rendered.locate).document
    assert read is not None
    assert lint([read], CONTEXT, Selection(), lambda _: text).findings == ()


def test_a_comment_for_a_rule_that_was_not_asked_is_not_called_unused() -> None:
    text = "note: x  # smartplan: ignore[SP401] later\n" + PLAN
    found = linted(text, Selection(ignore=("SP401",))).findings
    assert "SP005" not in codes(found)


def test_the_settings_decide_on_unused_comments_as_on_any_rule() -> None:
    text = "note: x  # smartplan: ignore[SP401] later\n" + PLAN

    def severities(selection: Selection) -> list[str]:
        found = linted(text, selection).findings
        return [one.severity.value for one in found if one.code == "SP005"]

    assert severities(Selection()) == ["warning"]
    assert severities(Selection(ignore=("SP005",))) == []
    assert severities(Selection(select=("SP4",))) == []
    assert severities(Selection(severity={"SP005": Severity.ERROR})) == ["error"]


def test_a_name_in_a_plan_that_is_not_linted_now_is_taken_too() -> None:
    neighbour = parse_entries("trades:\n  p: {pair: USDT_ETH}\n", "plans/other.yaml")
    context = Context(now=CONTEXT.now, accounts=CONTEXT.accounts, neighbours=neighbour)
    found = lint([document(PLAN)], context, Selection(), lambda _: PLAN).findings
    assert "the name `p` is also used at plans/other.yaml:2" in [one.message for one in found]


def parse_entries(text: str, file: str):
    from smartplan.trade.parse import entries

    return entries(document(text, file))


def test_a_credential_is_reported_without_being_repeated() -> None:
    secret = "0123456789abcdef" * 4
    found = linted(f"note: {secret}\n" + PLAN).findings
    assert codes(found)[0] == "SP106"
    assert all(secret not in f"{one.message} {one.hint}" for one in found)


def test_a_clean_plan_needs_none_of_the_slow_imports() -> None:
    program = f"""
import sys
from datetime import UTC, datetime
from smartplan.document.tree import parse
from smartplan.lint.context import Context
from smartplan.lint.registry import Selection
from smartplan.lint.run import lint
text = {PLAN.replace("61000, type: ask", "55000, type: bid")!r}
context = Context(now=datetime.now(UTC), accounts={{"main": 1}})
found = lint([parse(text, "p.yaml").document], context, Selection(), lambda _: text).findings
assert found == (), found
heavy = {{"jsonschema", "jinja2", "httpx", "flask", "sqlite3", "cryptography", "click"}}
heavy |= {{f"smartplan.lint.rules.{{name}}" for name in ("account", "market", "order_limits")}}
print(sorted(heavy & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


TRADE = """pair: USDT_BTC
account: main
position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
take_profit: {enabled: false}
stop_loss:
  enabled: true
  order_type: market
  conditional: {price: {value: 58000, type: bid}}
"""


def test_a_file_of_digits_names_no_trade_and_is_told_to_say_a_name() -> None:
    (found,) = linted_as("plans/31000002.yaml", TRADE)
    assert (found.code, found.location.line) == ("SP003", 1)
    assert found.message == (
        "the file's name gives `31000002`, and digits alone are an id, not a name"
    )
    assert linted_as("plans/31000002.yaml", "name: btc-swing\n" + TRADE) == ()


def test_digits_alone_are_no_name_of_a_trade_and_may_be_its_former_one() -> None:
    body = "".join(f"    {line}\n" for line in TRADE.splitlines())
    (found,) = linted_as("p.yaml", f'trades:\n  "31000002":\n{body}')
    assert (found.code, found.location.line) == ("SP003", 2)
    renamed = f'trades:\n  btc:\n{body}    lifecycle: {{renamed_from: "31000002"}}\n'
    assert linted_as("p.yaml", renamed) == ()


def linted_as(file: str, text: str) -> tuple[Finding, ...]:
    return lint([document(text, file)], CONTEXT, Selection(), lambda _: text).findings
