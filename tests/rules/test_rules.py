"""One runner for the cases in ``SPnnn.yml``.

A case is a one-trade plan. What it leaves out (account, pair, entry, exits) is filled in below it
with a plain limit entry without exits, so that the lines count from the first line of the case.

With ``market`` or ``accounts`` the case is judged online. ``market`` says what the service answers
about the rates of ``account/PAIR``, null where it knows no such pair; ``accounts`` what it says of
an account beyond its usual words, null where it lists no such account. ``held`` names the trades
whose position is open. ``balances`` is what an account has free; every trade is to be opened then.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from smartplan.api import entities
from smartplan.api.entities import Account, Rates
from smartplan.diagnostics import Finding
from smartplan.document.tree import parse
from smartplan.lint.context import Context
from smartplan.lint.registry import RULES, Selection
from smartplan.lint.run import lint, lint_online
from smartplan.settings import RiskSettings
from smartplan.settings.environments import from_file
from smartplan.settings.toml import read_text
from smartplan.trade.policy import Policy, read_policy

FOLDER = Path(__file__).parent
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACCOUNTS = {"main": 1, "futures": 2}
FILLED_IN = {
    "account": "account: main",
    "pair": "pair: USDT_BTC",
    "position": (
        "position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}"
    ),
    "take_profit": "take_profit: {enabled: false}",
    "stop_loss": "stop_loss: {enabled: false}",
}
ELSEWHERE = {"SP001", "SP002", "SP007"}
"""Codes of the template, the reader and the values: tests/unit has theirs."""


def cases() -> Iterator[tuple[str, str, dict]]:
    for file in sorted(FOLDER.glob("SP*.yml")):
        for name, case in yaml.safe_load(file.read_text()).items():
            yield file.stem, name, case


CASES = list(cases())


def params(kind: str) -> list:
    return [
        pytest.param(code, case, id=f"{code}-{name}")
        for code, name, case in CASES
        if name.startswith(kind)
    ]


def completed(plan: str) -> str:
    document = parse(plan, "case").document
    given = document.data if document and isinstance(document.data, dict) else {}
    wanted = {**FILLED_IN}
    if "account_id" in given:
        del wanted["account"]
    added = [line for key, line in wanted.items() if key not in given]
    return "\n".join([plan.rstrip("\n"), *added, ""])


def policy(toml: str) -> Policy:
    text = f"[risk]\nequity = {{USDT = 10000}}\n[policy]\n{toml}"
    settings = from_file(read_text(text, Path("smartplan.toml")))
    return read_policy(settings.policy, equity=settings.risk.equity)


def findings(case: dict) -> list[Finding]:
    files = case.get("files") or {"plans/case.yaml": completed(case["plan"])}
    read = [parse(text, file).document for file, text in files.items()]
    context = Context(
        now=NOW,
        workspace="desk",
        accounts=ACCOUNTS,
        risk=RiskSettings(
            fee=Decimal(case.get("fee", "0.001")), fee_model=case.get("fee_models", {})
        ),
        policy=policy(case.get("policy", "")),
    )
    documents = [document for document in read if document is not None]
    linted = lint(documents, context, Selection(), files.__getitem__)
    if not case.keys() & {"market", "accounts", "balances"}:
        return list(linted.findings)
    online = replace(
        context,
        environment=case.get("environment", "sandbox"),
        known_accounts=known_accounts(case.get("accounts", {})),
        market=market(case.get("market", {})),
        held=frozenset(case.get("held", ())),
        opening=frozenset(trade.name for trade in linted.trades if "balances" in case),
        balances=balances(case.get("balances", {})),
    )
    found = lint_online(linted.trades, online, Selection(), files.__getitem__)
    return [*linted.findings, *found]


def known_accounts(said: dict) -> dict[int, Account]:
    usual = {"main": {"supported_market_types": ["spot"]}}
    usual["futures"] = {"supported_market_types": ["futures"], "hedge_mode_enabled": False}
    entries = {
        alias: {"id": ACCOUNTS[alias], "api_keys_state": "ok", **words, **(said.get(alias) or {})}
        for alias, words in usual.items()
        if said.get(alias, {}) is not None
    }
    return {entry["id"]: entities.account(entry) for entry in entries.values()}


def balances(said: dict) -> dict[int, dict[str, Decimal]]:
    return {
        ACCOUNTS[alias]: {name: Decimal(amount) for name, amount in free.items()}
        for alias, free in said.items()
    }


def market(said: dict) -> dict[tuple[int, str], Rates | None]:
    found = {}
    for place, answer in said.items():
        alias, _, pair = place.partition("/")
        numbers = [value for value in (answer or {}).values() if not isinstance(value, list)]
        assert all(isinstance(number, str) for number in numbers), "the service answers in text"
        found[ACCOUNTS[alias], pair] = None if answer is None else entities.rates(answer)
    return found


@pytest.mark.parametrize(("code", "case"), params("pass_"))
def test_a_sound_plan_passes(code: str, case: dict) -> None:
    found = findings(case)
    assert [one for one in found if one.code == code] == []
    assert [one for one in found if one.code == "SP003"] == []


@pytest.mark.parametrize(("code", "case"), params("fail_"))
def test_an_unsound_plan_is_found_at_its_line(code: str, case: dict) -> None:
    found = [one for one in findings(case) if one.code == code]
    expected = [
        (want.get("file", "plans/case.yaml"), want["line"], want.get("severity", "error"))
        for want in case["expect"]
    ]
    assert [(one.location.file, one.location.line, one.severity) for one in found] == expected
    for one, want in zip(found, case["expect"], strict=True):
        assert want["message"] in one.message
        assert want.get("hint", "") in (one.hint or "")


@pytest.mark.parametrize("code", sorted(RULES.keys() - ELSEWHERE))
def test_every_rule_has_two_passing_and_two_failing_cases(code: str) -> None:
    names = [name for one, name, _ in CASES if one == code]
    assert len([name for name in names if name.startswith("pass_")]) >= 2
    assert len([name for name in names if name.startswith("fail_")]) >= 2


def test_every_case_is_run() -> None:
    assert all(name.startswith(("pass_", "fail_")) for _, name, _ in CASES)
    assert {code for code, _, _ in CASES} <= RULES.keys()
