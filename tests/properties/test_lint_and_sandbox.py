"""What lint passes the sandbox takes, and what it takes lint passes; all else is written down.

Bodies by chance, most of them wrong in some way. What only the market or the account can say
(steps, minimum, known pairs) is none of the offline lint, and left out here.
"""

import copy
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartplan.diagnostics import Severity
from smartplan.document.tree import parse
from smartplan.document.yaml_writer import yaml_text
from smartplan.lint.context import Context
from smartplan.lint.registry import Selection
from smartplan.lint.run import LintOutcome, lint
from smartplan.sandbox.rejection import Rejection
from smartplan.sandbox.validation import read_create
from smartplan.trade.bodies import create_body
from tests.properties.plans import plans

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DOC = Path(__file__).parents[2] / "docs" / "plan-format.md"
OFTEN = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
VALUES = [
    True, False, "true", "false", 0, 1, -1, 5, 50, 100, "100", Decimal("0.01"), Decimal("33.33"),
    1000, 61000, 90000, "limit", "market", "conditional", "buy", "sell", "bid", "ask", "last",
    "isolated", "cross", "text", {}, [], None,
]  # fmt: skip
KEYS = {
    (): ["instant", "skip_enter_step", "leverage", "note"],
    ("position",): ["price", "conditional"],
    ("stop_loss",): ["breakeven", "price", "timeout", "conditional", "order_type"],
    ("take_profit",): ["steps"],
}
GROUPS = [
    {"value": 61000}, {"value": 55000, "type": "bid"}, {"enabled": True, "value": 30},
    {"enabled": True, "type": "isolated", "value": 5}, {"enabled": False},
    {"price": {"value": 60000}, "order_type": "limit"}, {"price": {"value": 1, "type": "bid"}},
    {"price": {"value": 9}, "order_type": "market", "trailing": {"enabled": True, "percent": 1}},
]  # fmt: skip


def _places(node: object, at: tuple = ()) -> list[tuple]:
    items = node.items() if isinstance(node, dict) else ()
    items = enumerate(node) if isinstance(node, list) else items
    return [place for key, below in items for place in ((*at, key), *_places(below, (*at, key)))]


@st.composite
def bodies(draw: st.DrawFn) -> dict:
    """A body that is right, with none, one or two slips."""
    body = parse(draw(plans()), "plan.yaml").document.data
    body = {"account_id": 1, **{key: value for key, value in body.items() if key != "account"}}
    for _ in range(draw(st.integers(0, 2))):
        places = _places(body)
        if draw(st.booleans()):
            within = draw(st.sampled_from(sorted(KEYS)))
            place = (*within, draw(st.sampled_from(KEYS[within])))
        else:
            place = draw(st.sampled_from(places))
        if any(step == "trailing" for step in place) or place[0] in {"pair", "account_id"}:
            continue  # their bounds are those of the account and the market
        holder = body
        for step in place[:-1]:
            holder = (
                holder[step]
                if isinstance(holder, dict) and step in holder
                else (holder[step] if isinstance(holder, list) and step < len(holder) else None)
            )
        if not isinstance(holder, dict | list):
            continue
        kind = draw(st.sampled_from(["drop", "value", "group"]))
        if kind == "drop":
            if isinstance(holder, dict):
                holder.pop(place[-1], None)
            else:
                holder.pop(place[-1])
        else:
            pool = VALUES if kind == "value" else GROUPS
            holder[place[-1]] = copy.deepcopy(draw(st.sampled_from(pool)))
    return body


def linted(body: dict) -> LintOutcome:
    document = parse(yaml_text(body, blocks=3), "plan.yaml").document
    assert document is not None
    context = Context(now=NOW, accounts={"main": 1})
    return lint([document], context, Selection(), lambda _: "")


def refusal(body: object) -> str | None:
    try:
        read_create(body, NOW)  # type: ignore[arg-type]
    except Rejection as refused:
        return str(refused.body.get("error_attributes"))
    return None


def errors(outcome: LintOutcome) -> list[str]:
    return [f"{f.code} {f.message}" for f in outcome.findings if f.severity is Severity.ERROR]


@given(bodies())
@OFTEN
def test_what_lint_passes_the_sandbox_takes(body: dict) -> None:
    outcome = linted(body)
    if not errors(outcome) and "pair" in body:
        (planned,) = outcome.trades
        assert refusal(create_body(planned.asked, "note")) is None, body


@cache
def written_down() -> frozenset[str]:
    """The rules that refuse what the exchange takes, as the documentation lists them."""
    section = DOC.read_text(encoding="utf-8").partition("### Stricter than the exchange")[2]
    table = section.partition("\n## ")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| SP")]
    return frozenset(code.strip() for row in rows for code in row.split(","))


@given(bodies())
@OFTEN
def test_what_the_sandbox_takes_lint_passes_but_for_what_is_written_down(body: dict) -> None:
    if refusal(body) is None:
        told = errors(linted(body))
        assert [one for one in told if one.split()[0] not in written_down()] == [], body
