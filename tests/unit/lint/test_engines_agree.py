"""The fast and the slow engine accept exactly the same."""

import random
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal

from smartplan.diagnostics import Location
from smartplan.document.tree import Document
from smartplan.lint.context import Context
from smartplan.lint.engine import accepts_by, examine
from smartplan.lint.explaining_engine import explains_by
from smartplan.lint.registry import Selection
from smartplan.lint.run import lint
from smartplan.lint.schema import COMPLETE_ENTRY, CREATE, PLAN, UPDATE
from tests.bodies import DOCUMENTED_EXACTLY

LIFECYCLE = {
    "round": 1,
    "state": "open",
    "on_remove": "keep",
    "valid_until": "2026-12-31T00:00:00Z",
    "expect": {"price": 60000, "within": "1.5"},
    "adopt": 31247949,
    "renamed_from": "btc-old",
}
VALUES = (
    None, True, False, "true", "false", "True", "yes", 0, 1, -1, 8, 10**20, 10**19, 2**63, 2**64,
    Decimal("0"), Decimal("-0"), Decimal("1.0"), Decimal("8.5"), Decimal("1E+2"), Decimal("1E-19"),
    Decimal("1E-18"), Decimal("1E+20"), Decimal("NaN"), Decimal("Infinity"), "0.01", "1.", ".5",
    "01", "1e5", "1,5", "1_000", " 1", "1 ", "1\n", "٣", "１２", "-1", "0", "-0", "", "x",
    "market", "limit", "conditional", "Limit", "buy", "sell", "bid", "ask", "last", "cross",
    "custom", "isolated", "USDT_BTC", "BTC", "BTC USDT", "USDT_", "main", "a" * 41, "A",
    "1" * 21, "0." + "1" * 18, "0." + "1" * 19, "2026-12-31T00:00:00Z", "2026-02-30T00:00:00Z",
    "2026-12-31T00:00:00", "2026-12-31", [], {}, [{}], {"value": 1}, {"value": "1", "type": "bid"},
    {"percent": 1, "type": "bid"}, {"enabled": True}, {"enabled": "true", "percent": 1},
    {"enabled": False}, {"price": {"value": 1}, "order_type": "limit"},
)  # fmt: skip
KEYS = (
    "enabled", "percent", "value", "type", "trailing", "timeout", "price", "conditional", "name",
    "instant", "skip_enter_step", "breakeven", "account", "account_id", "lifecycle", "note",
    "leverage", "order_type", "stop_loss", "take_profit", "x", "Pair",
)  # fmt: skip


def places(node: object, at: tuple = ()) -> list[tuple]:
    below: list[tuple] = [at] if at else []
    if not isinstance(node, dict | list):
        return below
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        below += places(value, (*at, key))
    return below


def parent_of(node, at: tuple):
    for step in at[:-1]:
        node = node[step]
    return node


def mutate(body: dict, chance: random.Random) -> dict:
    body = deepcopy(body)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        here = places(body)
        if not here:
            break
        at = chance.choice(here)
        parent, last = parent_of(body, at), at[-1]
        match chance.randrange(5):
            case 0:
                del parent[last]
            case 1 if isinstance(parent[last], dict):
                parent[last][chance.choice(KEYS)] = deepcopy(chance.choice(VALUES))
            case 2 if isinstance(parent, list):
                parent.insert(0, deepcopy(parent[last]))
            case 3 if isinstance(parent, dict):
                parent[chance.choice(KEYS)] = parent.pop(last)
            case _:
                parent[last] = deepcopy(chance.choice(VALUES))
    return body


def judged_alike(reference: str, instances: list[dict]) -> tuple[int, int]:
    fast, slow = accepts_by(reference), explains_by(reference)
    verdicts = []
    for instance in instances:
        accepted = fast.is_valid(instance)
        assert accepted == slow.is_valid(instance), instance
        verdicts.append(accepted)
    return verdicts.count(True), verdicts.count(False)


def seeds() -> list[dict]:
    with_lifecycle = [
        {**body, "lifecycle": LIFECYCLE, "note": "n"} for body in DOCUMENTED_EXACTLY.values()
    ]
    return [*DOCUMENTED_EXACTLY.values(), *with_lifecycle]


def test_on_thousands_of_mutated_trades() -> None:
    chance = random.Random(20261122)
    mutants = [mutate(chance.choice(seeds()), chance) for _ in range(3000)]
    accepted, refused = judged_alike(COMPLETE_ENTRY, mutants)
    assert accepted > 100
    assert refused > 1000


def test_on_mutated_plan_files_with_and_without_defaults() -> None:
    chance = random.Random(7)
    files = []
    for _ in range(1000):
        one, other = chance.choice(seeds()), chance.choice(seeds())
        file = {"trades": {"one": one, "other": other}}
        if chance.random() < 0.5:
            file["defaults"] = {"account_id": 1, "position": {"type": "buy"}}
        files.append(mutate(file, chance))
    accepted, refused = judged_alike(PLAN, files)
    assert accepted > 50
    assert refused > 300


def test_on_mutated_bodies_as_they_are_sent() -> None:
    chance = random.Random(42)
    bodies = [wire(body) for body in DOCUMENTED_EXACTLY.values()]
    assert judged_alike(CREATE, bodies) == (len(bodies), 0)
    creates = [mutate(chance.choice(bodies), chance) for _ in range(1000)]
    judged_alike(CREATE, creates)
    updates = [mutate(patch(chance.choice(bodies)), chance) for _ in range(1000)]
    judged_alike(UPDATE, updates)


def wire(value, key: str = ""):
    """A documented body as it is sent: real booleans, decimal strings."""
    if isinstance(value, dict):
        return {name: wire(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [wire(item) for item in value]
    if value in {"true", "false"}:
        return value == "true"
    if key in {"value", "percent", "volume"} and not isinstance(value, bool):
        return value if value == 8 else str(value)  # 8 is the one timeout, in whole seconds
    return value


def patch(body: dict) -> dict:
    groups = {k: v for k, v in body.items() if k in {"leverage", "take_profit", "stop_loss"}}
    position = {k: v for k, v in body["position"].items() if k != "order_type"}
    return {**groups, "position": position}


def test_whatever_is_refused_is_explained_and_nothing_raises() -> None:
    chance = random.Random(99)
    context = Context(now=datetime(2026, 11, 22, tzinfo=UTC), accounts={"main": 1})
    for _ in range(300):
        data = mutate(chance.choice(seeds()), chance)
        if chance.random() < 0.3:
            data = mutate({"defaults": {"account": "main"}, "trades": {"one": data}}, chance)
        document = Document("plans/p.yaml", data, "", lambda line, column: Location("p", line))
        examined = examine(document)
        if not accepts_by(PLAN).is_valid(data):
            assert examined.findings, data
        refused = {entry.name for entry in examined.written} - {e.name for e in examined.fit}
        assert refused <= {one.trade for one in examined.findings}
        result = lint([document], context, Selection(), lambda _: "")
        assert {trade.name for trade in result.trades} <= {e.name for e in examined.fit}
