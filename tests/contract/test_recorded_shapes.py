"""The sandbox's trades look as recorded ones do, situation by situation.

What every recorded trade of a situation had is a law: the keys, the kind of value under each, the
words and the flags. What was recorded once is held to, too, but for what ``ONCE`` names and why.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from smartplan.sandbox.catalog import ACCOUNTS, PAIRS
from smartplan.sandbox.entity import entity
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.shown_trade import ShownTrade
from smartplan.sandbox.trade import ExchangeTrade, Tick
from smartplan.sandbox.validation import read_create

RECORDED = json.loads((Path(__file__).parent / "shapes" / "recorded.json").read_text("utf-8"))
SPOT, FUTURES, CONTRACTS = 1, 2, 3
UNITS = {SPOT: "0.01", FUTURES: "0.01", CONTRACTS: "100"}
OFF = {"enabled": False}
NOW = datetime(2026, 11, 22, tzinfo=UTC)
PAIR = "USDT_BTC"

ONCE = {
    "paper waiting_targets limit targets and stop": {
        # Recorded in the moment between the fill and the placing of the exits.
        "take_profit.steps[].status.type",
        "take_profit.steps[].status.title",
        "take_profit.steps[].units.value",
        "take_profit.steps[].total",
        "stop_loss.status.type",
        "stop_loss.units",
        "stop_loss.units.value",
        "stop_loss.total",
        "stop_loss.total.value",
        "stop_loss.closed_at",
    },
}


@dataclass(frozen=True)
class Situation:
    """What was recorded of trades in one state of one market."""

    name: str
    seen: int
    kinds: dict[str, str]
    says: dict[str, list[object]]


def _below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith((f"{prefix}.", f"{prefix}[]"))


def situations() -> Iterator[Situation]:
    for row in RECORDED["situations"]:
        kinds = RECORDED["kinds"] | row["otherwise"]
        kinds = {p: k for p, k in kinds.items() if not any(_below(p, w) for w in row["without"])}
        says = {p: v for p, v in (RECORDED["says"] | row["says"]).items() if p in kinds}
        yield Situation(
            " ".join(row[key] for key in ("market", "status", "entry", "exits")),
            row["seen"],
            kinds,
            {path: said if isinstance(said, list) else [said] for path, said in says.items()},
        )


# --- bringing the sandbox there -----------------------------------------------------------------


class Stage:
    """An exchange whose clock the test moves."""

    def __init__(self) -> None:
        self._now = NOW
        self.exchange = Exchange(clock=lambda: self._now)

    def create(self, body: dict) -> int:
        return self.exchange.create(body)["id"]

    def settled(self, body: dict) -> int:
        number = self.create(body)
        self.wait()
        return number

    def wait(self) -> None:
        self._now += timedelta(seconds=1)

    def filled(self, body: dict) -> int:
        number = self.settled(body)
        self.exchange.fill(number)
        return number


def body(account: int, side: str = "buy", *, entry: str = "market", **more: object) -> dict:
    """A trade without exits whose limit is away from the market."""
    position = {"type": side, "order_type": entry, "units": {"value": UNITS[account]}}
    if entry != "market":
        position["price"] = {"value": "60000" if side == "buy" else "62000"}
    groups = {"account_id": account, "pair": PAIR, "take_profit": OFF, "stop_loss": OFF}
    return groups | {"position": position} | more


def levered(account: int, side: str = "buy", **more: object) -> dict:
    leverage = {"enabled": True, "type": "isolated", "value": 5}
    return body(account, side, leverage=leverage, **more)


def targets(*, side: str = "buy", kind: str = "limit", number: int = 1) -> dict:
    price = 66000 if side == "buy" else 55000
    steps = [
        {
            "order_type": kind,
            "price": {"value": str(price + 100 * at), "type": "last"},
            "volume": {1: "100", 2: "50", 3: "33" if at else "34"}[number],
        }
        for at in range(number)
    ]
    return {"enabled": True, "steps": steps}


STOP = {
    "enabled": True,
    "order_type": "market",
    "conditional": {"price": {"value": "55000", "type": "last"}},
}


def directly(trade: ExchangeTrade) -> dict:
    """A trade as it is shown: for what the engine passes through in no time."""
    account = next(account for account in ACCOUNTS if account.id == trade.account_id)
    pair = next(p for p in PAIRS if (p.market_code, p.name) == (account.market_code, trade.pair))
    tick = Tick(NOW, pair.last, pair.last, pair.last)
    return entity(ShownTrade(replace(trade, id=31000001), account, pair, tick, Decimal(1)))


def held(stage: Stage) -> int:
    """A smart sell: what is held already, with a target and a stop."""
    reference = {"type": "buy", "order_type": "market", "units": {"value": "0.01"}}
    exits = {"take_profit": targets(), "stop_loss": STOP}
    position = reference | {"price": {"value": "60000"}}
    return stage.settled(body(SPOT, skip_enter_step=True, **exits) | {"position": position})


def with_funds_added(stage: Stage) -> int:
    exits = {"take_profit": targets(number=2), "stop_loss": STOP}
    number = stage.settled(body(SPOT, **exits))
    stage.exchange.add_funds(number, {"order_type": "market", "units": {"value": "0.01"}})
    return number


def then(act: Callable[[Exchange, int], object], *bodies: dict) -> Callable[[Stage], list[int]]:
    def go(stage: Stage) -> list[int]:
        numbers = [stage.settled(one) for one in bodies]
        for number in numbers:
            act(stage.exchange, number)
        return numbers

    return go


def a_step_closing(exchange: Exchange, number: int) -> None:
    step = exchange.get(number)["take_profit"]["steps"][1]
    exchange.close_child(number, step["id"])


def cancelled(stage: Stage) -> list[int]:
    number = stage.settled(body(SPOT, take_profit=targets()))
    stage.exchange.cancel(number)
    stage.wait()
    return [number]


def closing(stage: Stage) -> list[int]:
    condition = {"price": {"value": "60500", "type": "bid"}, "order_type": "market"}
    asked = body(SPOT, "sell")
    asked["position"] |= {"order_type": "conditional", "conditional": condition}
    number = stage.filled(asked)
    stage.exchange.close_by_market(number)
    return [number]


def reducing(exchange: Exchange, number: int) -> None:
    exchange.reduce_funds(number, {"order_type": "market", "units": {"value": "0.004"}})


def waiting(*bodies: dict) -> Callable[[Stage], list[int]]:
    return lambda stage: [stage.settled(one) for one in bodies]


def filled(*bodies: dict) -> Callable[[Stage], list[int]]:
    return lambda stage: [stage.filled(one) for one in bodies]


def _limit(account: int, side: str, *, exits: bool = False) -> dict:
    more = {"take_profit": targets(side=side)} if exits else {}
    return levered(account, side, entry="limit", **more)


SPOT_LIMIT = body(SPOT, entry="limit", take_profit=targets())
GUARDED = body(SPOT, entry="limit", take_profit=targets(), stop_loss=STOP)
REACHED: dict[str, Callable[[Stage], list[int]]] = {
    "futures waiting_targets market no exits": waiting(
        levered(FUTURES), levered(FUTURES, "sell"), levered(FUTURES)
    ),
    "futures waiting_targets limit no exits": filled(_limit(FUTURES, "sell")),
    "contracts waiting_targets limit no exits": filled(_limit(CONTRACTS, "sell")),
    "spot waiting_targets market no exits": waiting(body(SPOT), body(SPOT)),
    "futures waiting_targets limit targets": filled(
        _limit(FUTURES, "buy", exits=True), _limit(FUTURES, "sell", exits=True)
    ),
    "contracts waiting_targets limit targets": filled(
        _limit(CONTRACTS, "buy", exits=True), _limit(CONTRACTS, "sell", exits=True)
    ),
    "contracts waiting_targets market no exits": waiting(body(CONTRACTS)),
    "spot waiting_position limit targets and stop": waiting(GUARDED),
    "spot waiting_targets market targets and stop": lambda stage: [
        held(stage),
        with_funds_added(stage),
    ],
    "spot cancellation_pending market targets": then(
        Exchange.cancel, body(SPOT, take_profit=targets())
    ),
    "spot waiting_position limit targets": then(Exchange.force_start, SPOT_LIMIT),
    "spot created market no exits": lambda stage: [
        stage.create(
            {key: value for key, value in body(SPOT, instant=True).items() if value != OFF}
        )
    ],
    "paper waiting_targets limit targets and stop": filled(GUARDED),
    "spot cancelled market targets": cancelled,
    "paper pending_reduce_funds market targets": then(reducing, body(SPOT, take_profit=targets())),
    "spot panic_sell_pending conditional no exits": closing,
    "spot waiting_targets market targets": then(
        a_step_closing, body(SPOT, take_profit=targets(kind="market", number=3))
    ),
    "futures waiting_position limit targets": waiting(_limit(FUTURES, "buy", exits=True)),
    "contracts waiting_position limit targets": waiting(_limit(CONTRACTS, "buy", exits=True)),
    "contracts waiting_position limit no exits": waiting(_limit(CONTRACTS, "sell")),
    "futures waiting_position limit no exits": waiting(_limit(FUTURES, "sell")),
}


def entities(name: str) -> list[dict]:
    created = replace(read_create(body(CONTRACTS), NOW), status="waiting_position")
    match name:
        case "contracts waiting_position market no exits":
            return [directly(created)]
        case "coin-margined failed market targets":
            failed = read_create(body(CONTRACTS, take_profit=targets()), NOW)
            order = replace(failed.entry, status="failed")
            ended = replace(failed, entry=order, error="Not enough funds").ended("failed", NOW)
            return [directly(replace(ended, entry=order))]
    stage = Stage()
    return [stage.exchange.get(number) for number in REACHED[name](stage)]


# --- reading an entity as the recording was read ------------------------------------------------

NUMBER = re.compile(r"-?\d+(\.\d+)?")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
WORDS = {"note", "note_raw"}
"""What a person wrote is in no recording, nor the account it was written on."""


def kind_of(value: object) -> str:
    match value:
        case bool():
            return "flag"
        case int():
            return "whole number"
        case float():
            return "number"
        case dict():
            return "object"
        case list():
            return "list"
        case None:
            return "null"
    if MOMENT.fullmatch(str(value)):
        return "time"
    return "decimal text" if NUMBER.fullmatch(str(value)) else "text"


def leaves(value: dict, prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, item in value.items():
        if not prefix and (key in WORDS or key == "account"):
            continue
        path = f"{prefix}{key}"
        yield path, item
        if isinstance(item, dict):
            yield from leaves(item, f"{path}.")
        for one in item if isinstance(item, list) else ():
            yield f"{path}[]", one
            yield from leaves(one, f"{path}[].")


def differences(situation: Situation, shown: dict, known: set[str]) -> Iterator[tuple[str, str]]:
    """Where a trade is not as recorded, by key."""
    found: dict[str, list[object]] = defaultdict(list)
    for path, value in leaves(shown):
        found[path].append(value)
    for path, kinds in situation.kinds.items():
        always = not kinds.endswith(", at times")
        if always and path not in found:
            yield path, "is missing"
    for path, values in found.items():
        kinds = situation.kinds.get(path)
        if kinds is None and path not in known:
            yield path, "was recorded nowhere"
        for value in values if kinds is not None else ():
            if kind_of(value) not in kinds.removesuffix(", at times").split(" or "):
                yield path, f"is {kind_of(value)}, recorded is {kinds}"
        said = situation.says.get(path)
        for value in values if said is not None else ():
            if value not in said:
                yield path, f"says {value}, recorded is {said}"


SITUATIONS = {situation.name: situation for situation in situations()}
KNOWN = {path for situation in SITUATIONS.values() for path in situation.kinds}


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_trade_looks_as_recorded(name: str) -> None:
    situation = SITUATIONS[name]
    found = {
        path: what
        for shown in entities(name)
        for path, what in differences(situation, shown, KNOWN)
    }
    apart = ONCE.get(name, set())
    assert {path: what for path, what in found.items() if path not in apart} == {}
    assert found.keys() == apart, "what is set apart is as recorded by now"


def test_only_what_was_recorded_once_is_set_apart() -> None:
    assert {name for name in ONCE if SITUATIONS[name].seen > 1} == set()


@pytest.mark.parametrize("name", ["futures", "spot"])
def test_the_commission_is_mixed_where_it_was_recorded_mixed(name: str) -> None:
    mixed = entities(f"{name} waiting_targets market no exits")
    assert {type(shown["data"]["commission"]) for shown in mixed} == {str, float}
