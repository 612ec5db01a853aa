"""Mistakes that people make, and what they are told: the cause, its line, and the way out."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartplan.diagnostics import Finding
from smartplan.settings import Settings
from smartplan.workflow import lint_many
from smartplan.workflow.lint_plans import open_workspace
from smartplan.workflow.sources import Inputs

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ENTRY = "position: {type: sell, order_type: limit, units: {value: 100}, price: {value: 0.45}}"
TARGET = (
    "take_profit: {enabled: true, steps: [{order_type: limit, price: {value: 0.40, type: ask}, "
    "volume: 100}]}"
)
STOP = (
    "stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 0.47, type: ask}}}"
)
SHORT = f"""\
trades:
  ada:
    account: main
    pair: USDT_ADA
    {ENTRY}
    {TARGET}
    {STOP}
"""
"""A short of a cheap coin: no example of a long bitcoin is one of it."""
ETH = """\
trades:
  eth:
    account: main
    pair: USDT_ETH
    position: {type: buy, order_type: limit, units: {value: 0.2}, price: {value: 2400}}
    take_profit: {enabled: false}
"""
MACRO = """\
{% macro entry() %}
position:
  type: sell
{% endmacro %}
"""


def said(folder: Path, text: str) -> list[Finding]:
    file = folder / "plan.yaml"
    file.write_text(text, encoding="utf-8")
    opened = open_workspace(Inputs(("plan.yaml",)), Settings(root=folder), folder)
    return list(lint_many.lint(opened, NOW).findings)


def short(old: str = "", new: str = "") -> str:
    assert old in SHORT
    return SHORT.replace(old, new, 1) if old else SHORT


CASES = {
    "a decimal comma": (
        short("{value: 0.45}", "{value: 0,45}"),
        (5, "SP003", "decimal comma", "write `value: 0.45`"),
    ),
    "a price with what it is in": (
        short("{value: 0.45}", '{value: "0.45 USDT"}'),
        (5, "SP003", "is the text `0.45 USDT`", "write `0.45`"),
    ),
    "a decimal comma in a volume": (
        short("volume: 100", "volume: 33,3"),
        (6, "SP003", "decimal comma", "write `volume: 33.3`"),
    ),
    "a bracket that is not closed": (
        short("price: {value: 0.45}}", "price: {value: 0.45}"),
        (5, "SP002", "a `{` that is not closed", "`}` is missing"),
    ),
    "a quote that is not closed": (
        short("pair: USDT_ADA", 'pair: "USDT_ADA') + '    note: "x"\n',
        (4, "SP002", "a quote that is not closed", "close it"),
    ),
    "a loop without its end": (
        "trades:\n{% for i in [1] %}\n" + SHORT[8:],
        (2, "SP001", "`{% for %}` is never closed", "{% endfor %}"),
    ),
    "the same name in each pass": (
        "trades:\n{% for i in [1, 2] %}\n" + SHORT[8:] + "{% endfor %}\n",
        (3, "SP002", "the key `ada` is the same in each pass of a loop", "loop.index"),
    ),
    "a macro without indent": (
        MACRO + short(ENTRY, "{{ entry() }}"),
        (9, "SP002", "`entry(…)` writes several lines", "| indent(4)"),
    ),
    "a helper without an argument": (
        "{% set x = ladder(1, 2) %}\n" + SHORT,
        (1, "SP001", "`n` is missing; it is `ladder(a, b, n, kind='linear')`", ""),
    ),
    "a division that was not rounded": (
        short("units: {value: 100}", "units: {value: {{ 1000 / 60000 }}}"),
        (5, "SP006", "more than 18 decimals", "`| lot(0.00001)` for units, `| round(8)`"),
    ),
    "a target in percent": (
        short("{value: 0.40, type: ask}", "{percent: 5, type: ask}"),
        (6, "SP304", "`percent` works only with a trailing entry", "{{ pct(0.45, -5) }}"),
    ),
    "a stop in percent": (
        short("{value: 0.47, type: ask}", "{percent: 5, type: ask}"),
        (7, "SP304", "`percent` works only with a trailing entry", "write `value: 0.4725`"),
    ),
    "a target of a long in percent": (
        ETH.replace(
            "{enabled: false}",
            "{enabled: true, steps: [{order_type: limit, price: {percent: 5, type: bid}, "
            "volume: 100}]}",
        )
        + "    stop_loss: {enabled: false}\n",
        (6, "SP304", "`percent` works only with a trailing entry", "{{ pct(2400, 5) }}"),
    ),
    "a side in the position": (
        short("type: sell", "side: short"),
        (5, "SP003", "`side` is no key of `position`", "write `type: sell`"),
    ),
    "a side of the trade": (
        short("    pair", "    side: long\n    pair"),
        (4, "SP003", "`side` is no key of the trade", "`position.type: buy`"),
    ),
    "an account in capitals": (
        short("account: main", "account: Main"),
        (3, "SP105", "the account `Main` is not listed", "did you mean `main`?"),
    ),
    "trades as a list": (
        "trades:\n  - pair: USDT_ADA\n    account: main\n",
        (1, "SP003", "`trades` is a list", "write each trade under its name"),
    ),
    "a short without a stop": (
        short(f"    {STOP}\n", ""),
        (2, "SP003", "`stop_loss` is missing", "{price: {value: 0.4875, type: ask}}"),
    ),
    "a long without a stop": (
        ETH,
        (2, "SP003", "`stop_loss` is missing", "{price: {value: 2200, type: bid}}"),
    ),
    "a stop that is a number": (
        short(STOP, "stop_loss: 0.47"),
        (7, "SP003", "`stop_loss` is `0.47`", "{price: {value: 0.47, type: ask}}"),
    ),
    "a position that is a side": (
        short(ENTRY, "position: sell"),
        (5, "SP003", "`position` is the text `sell`", "position: {type: sell, "),
    ),
    "an exit helper on a short": (
        short(TARGET, "take_profit: {{ tp(0.40, 100) }}"),
        (6, "SP310", "a short buys from the ask", "`price_type='ask'`"),
    ),
    "the end of the calendar": (
        SHORT + "    lifecycle: {valid_until: 9999-12-31T23:59:59-05:00}\n",
        (8, "SP104", "beyond the calendar", ""),
    ),
    "an inline if without else": (
        short("volume: 100", "volume: {{ 50 if false }}"),
        (6, "SP001", "an inline `if` without `else` yields nothing", "… else …"),
    ),
    "what does not show": (
        short("USDT_ADA", "USDT_\u200bADA"),
        (4, "SP002", "U+200B is not allowed", "delete it"),
    ),
    "one line too far in": (
        short("    account: main", "     account: main"),
        (3, "SP002", "indented further than line 4", "begins in one column"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_told_as_what_it_is(tmp_path: Path, case: str) -> None:
    text, (line, code, message, hint) = CASES[case]
    (finding,) = said(tmp_path, text)
    assert (finding.location.line, finding.code) == (line, code)
    assert message in finding.message
    assert hint in (finding.hint or "")


@pytest.mark.parametrize("case", CASES)
def test_no_example_is_of_another_trade(tmp_path: Path, case: str) -> None:
    for finding in said(tmp_path, CASES[case][0]):
        told = f"{finding.message} {finding.hint}"
        assert "55000" not in told
        assert "60000" not in told
        assert "type: buy" not in told or "side: long" in CASES[case][0]


def test_without_any_price_the_example_has_none(tmp_path: Path) -> None:
    market = "position: {type: sell, order_type: market, units: {value: 100}}"
    text = short(ENTRY, market).replace(f"    {TARGET}\n", "    take_profit: {enabled: false}\n")
    (finding,) = said(tmp_path, text.replace(f"    {STOP}\n", ""))
    assert "{price: {value: PRICE, type: ask}}" in (finding.hint or "")


@pytest.mark.parametrize("written", ["1.0", '"1.0"', "2.00", "1"])
def test_a_whole_number_may_be_written_with_a_point(tmp_path: Path, written: str) -> None:
    assert said(tmp_path, SHORT + f"    lifecycle: {{round: {written}}}\n") == []


def test_an_environment_without_accounts_says_what_to_add(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(SHORT, encoding="utf-8")
    settings = Settings(root=tmp_path, environment="real", accounts={})
    opened = open_workspace(Inputs(("plan.yaml",)), settings, tmp_path)
    (found,) = lint_many.lint(opened, NOW).findings
    assert found.code == "SP105"
    assert (found.hint or "").startswith("add `main = ID` under [environments.real.accounts]")
