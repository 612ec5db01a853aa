"""F23, F27: a trade moves before it is written: by hand, by the market, while somebody reads."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

from smartplan.sandbox.exchange import Exchange
from tests.faults.experiments import Case, Lab
from tests.faults.invariants import Moved, mutations, naked, overwritten
from tests.faults.service import Asked, Habit, Happening, Said
from tests.faults.stories import BTC, ETH, Story, limit
from tests.faults.world import Ran, World

# --- F23 ----------------------------------------------------------------------------------------


def two_targets(pair: str, price: int, units: str, stop: int, extra: str = "") -> str:
    """A long that takes half at a tenth above its entry."""
    return f"""\
pair: {pair}
position: {{type: buy, order_type: limit, units: {{value: {units}}}, price: {{value: {price}}}}}
take_profit:
  enabled: true
  steps:
    - {{order_type: limit, price: {{value: {price + price // 10}, type: bid}}, volume: 50}}
    - {{order_type: limit, price: {{value: {price * 3}, type: bid}}, volume: 50}}
stop_loss:
  enabled: true
  order_type: market
  conditional: {{price: {{value: {stop}, type: bid}}}}
{extra}""".rstrip()


def _open_each(world: World) -> None:
    world.plan(
        moved=BTC,
        held=two_targets("USDT_ETH", 2000, "0.4", 1800),
        given_up=limit("USDT_ETH", 1400, "0.1", 1200),
        closed=two_targets("USDT_ETH", 1900, "0.6", 1700),
        replaced=limit("USDT_BTC", 40000, "0.02", 35000),
        old_name=limit("USDT_ETH", 1500, "0.3", 1200),
    )
    assert world.apply().code == 0
    for name in ("held", "closed"):
        world.exchange.fill(world.named(name)["id"])
    world.exchange.log.clear()
    world.lost.clear()


EACH_WRITE = Story(
    "each write",
    {
        "moved": limit("USDT_BTC", 50000, "0.01", 46000),
        "held": two_targets("USDT_ETH", 2000, "0.4", 1900),
        "given_up": limit("USDT_ETH", 1400, "0.1", 1200, "lifecycle: {state: cancelled}"),
        "closed": two_targets("USDT_ETH", 1900, "0.6", 1700, "lifecycle: {state: closed}"),
        "replaced": limit("USDT_BTC", 41000, "0.02", 36000, "lifecycle: {round: 2}"),
        "new_name": limit("USDT_ETH", 1500, "0.3", 1200, "lifecycle: {renamed_from: old-name}"),
    },
    {
        ("moved", 1): ("waiting_position", "46000.0"),
        ("held", 1): ("waiting_targets", "1900.0"),
        ("given-up", 1): ("cancelled", "1200.0"),
        ("closed", 1): ("panic_sold", "1700.0"),
        ("replaced", 1): ("cancelled", "35000.0"),
        ("replaced", 2): ("waiting_position", "36000.0"),
        ("new-name", 1): ("waiting_position", "1200.0"),
    },
    before=_open_each,
    arguments=("--replace", "replaced"),
)
"""Every kind of write: of fields and notes, of waiting entries and of positions."""


def move_stop(exchange: Exchange, trade_id: int, by: str = "0.97") -> None:
    """Somebody moves the stop on the exchange's own page."""
    entity = exchange.get(trade_id)
    position = entity["position"]
    stop = Decimal(entity["stop_loss"]["conditional"]["price"]["value"]) * Decimal(by)
    exchange.update(
        trade_id,
        {
            "position": {key: position[key] for key in ("type", "units", "price")},
            "stop_loss": {
                "enabled": True,
                "order_type": "market",
                "conditional": {"price": {"value": str(stop.quantize(Decimal(1))), "type": "bid"}},
            },
        },
    )


def _note(exchange: Exchange, trade_id: int) -> None:
    exchange.set_note(trade_id, {"note": f"hands off! {exchange.get(trade_id)['note']}"})


def _strip(exchange: Exchange, trade_id: int) -> None:
    exchange.set_note(trade_id, {"note": "mine now"})


def _fill(exchange: Exchange, trade_id: int) -> None:
    exchange.fill(trade_id)


def _fill_target(exchange: Exchange, trade_id: int) -> None:
    entity = exchange.get(trade_id)
    first = entity["take_profit"]["steps"][0]
    exchange.tick(entity["pair"], Decimal(first["price"]["value"]))


MOVES: dict[str, Callable[[Exchange, int], None]] = {
    "its stop was moved by hand": move_stop,
    "its note was edited": _note,
    "its marker was taken away": _strip,
    "its entry filled": _fill,
    "a target filled": _fill_target,
}
STOP, NOTE, STRIPPED, FILL, TARGET = MOVES
WRITES = {
    ("closed", "close_by_market"): (STRIPPED,),
    ("given-up", "DELETE"): (FILL, STRIPPED),
    ("moved", "PATCH"): (STOP, FILL, STRIPPED),
    ("moved", "set_note"): (NOTE, STRIPPED),
    ("held", "PATCH"): (STOP, TARGET, STRIPPED),
    ("held", "set_note"): (NOTE, STRIPPED),
    ("old-name", "set_note"): (NOTE, STRIPPED),
    ("replaced", "DELETE"): (STOP, FILL, STRIPPED),
}
"""Each write of the story that is about a live trade, and what it would overwrite."""


@dataclass
class Before(Habit):
    """``act`` runs when the last request before a write was answered.

    That is the last one that did not read the very trade: between that reading and the write
    nobody can help.
    """

    asked: Sequence[tuple[str, str]]
    act: Callable[[Exchange], object]
    seen: int = 0

    def after(self, asked: Asked, said: Said, exchange: Exchange) -> Said:
        self.seen += 1
        if self.seen == len(self.asked):
            assert (asked.method, asked.path) == self.asked[-1]
            self.act(exchange)
        return said


def _path(target: str) -> str:
    return target.removeprefix("/public/api").partition("?")[0]


def requests_before(lab: Lab, trade_id: int, write: str) -> list[tuple[str, str]]:
    """The requests of the story up to the last moment at which a trade can move unseen."""
    seen = [(one.method, _path(one.path)) for one in lab.seen(EACH_WRITE)]
    (at,) = (
        number
        for number, (method, path) in enumerate(seen)
        if Asked(method, path, {}).trade_id == trade_id
        and write in (method, path.rsplit("/", 1)[-1])
    )
    own = ("GET", f"/v2/smart_trades/{trade_id}")
    last = max(number for number in range(at) if seen[number] != own)
    return seen[: last + 1]


def moved(lab: Lab, name: str, write: str, what: str) -> list[str]:
    """Before a write its trade moves: that write is not sent, and the run says so."""
    with lab.world(EACH_WRITE, paced=False) as world:
        trade_id, moves = world.named(name)["id"], []
        requests = requests_before(lab, trade_id, write)

        def act(exchange: Exchange) -> None:
            MOVES[what](exchange, trade_id)
            moves.append(Moved(exchange.now(), trade_id, what))

        world.habits.append(Before(requests, act))
        ran = world.apply(*EACH_WRITE.arguments)
        assert moves, "nothing moved"
        wrong = [*overwritten(world.exchange.log, moves), *world.truthful(ran)]
        if not wrong and ran.code == 0:
            wrong.append(f"I5: exit 0, though {what}: {ran.text}")
        return [*wrong, *naked(world.entities()), *world.violations()]


MOVED = tuple(
    Case(f"{name}, before its {write} {what}", partial(moved, name=name, write=write, what=what))
    for (name, write), happens in WRITES.items()
    for what in happens
)

MANY = 40
SLOW = 3.0
"""Seconds that each write takes."""


@dataclass
class Slow(Habit):
    """Every write takes its time, and meanwhile somebody moves the stop of another trade."""

    dice: random.Random
    sleep: Callable[[float], None]
    left: set[int]
    moves: list[Moved] = field(default_factory=list)

    def before(self, asked: Asked, exchange: Exchange) -> None:
        if not asked.writes:
            return
        self.left.discard(asked.trade_id or 0)
        self.sleep(SLOW)
        if self.left and self.dice.random() < 0.3:
            trade_id = self.dice.choice(sorted(self.left))
            self.left.discard(trade_id)
            move_stop(exchange, trade_id, "0.9")
            self.moves.append(Moved(exchange.now(), trade_id, "its stop was moved by hand"))


def many(lab: Lab, seed: int) -> list[str]:
    """40 trades are updated by slow writes; what moves meanwhile is left alone."""
    with lab.inside() as inside:
        plans = {f"t{n}": limit("USDT_BTC", 50000, f"0.01{n:02}", 45000) for n in range(MANY)}
        inside.plan(plans)
        inside.apply()
        inside.clock.sleep(10)
        inside.plan({name: text.replace("45000", "46000") for name, text in plans.items()})
        slow = Slow(random.Random(seed), inside.clock.sleep, {e["id"] for e in inside.entities()})
        inside.exchange.log.clear()
        inside.habits.append(slow)
        done = inside.apply()
        wrong = list(overwritten(inside.exchange.log, slow.moves))
        by_hand = {move.trade_id for move in slow.moves}
        stops = {
            e["id"]: Decimal(e["stop_loss"]["conditional"]["price"]["value"])
            for e in inside.entities()
        }
        undone = [n for n, stop in stops.items() if stop != 46000 and n not in by_hand]
        wrong += [f"I4: {undone} did not move, and were not updated"] if undone else []
        wrong += [f"I5: exit 0, with {by_hand} refused"] if by_hand and done.code == 0 else []
        return [f"seed {seed}: {one}" for one in (*wrong, *inside.violations())]


MANY_MOVED = tuple(Case(f"40 slow writes, seed {n}", partial(many, seed=n)) for n in range(1, 11))

# --- F27 ----------------------------------------------------------------------------------------

NO_STOP = f"{BTC.partition('stop_loss')[0]}stop_loss: {{enabled: false}}"


def _wait(world: World) -> None:
    world.plan(btc=BTC, eth=ETH, bare=NO_STOP.replace("50000", "49000"))
    assert world.apply().code == 0
    world.exchange.log.clear()
    world.lost.clear()


THREE_WAIT = Story("three wait", {"btc": BTC, "eth": ETH}, {}, before=_wait)


def _filling(world: World, *names: str) -> None:
    for name in names:
        world.exchange.fill(world.named(name)["id"])


def _ended(world: World, ran: Ran) -> list[str]:
    known = "internal error" in ran.text or "Traceback" in ran.text
    return [
        *naked(world.entities()),
        *([f"a defect was shown: {ran.text}"] if known else []),
        *world.violations(),
    ]


def asked(lab: Lab, arguments: Sequence[str], answer: str, fills: Sequence[str]) -> list[str]:
    """Entries fill while the question stands on the terminal."""
    with lab.world(THREE_WAIT) as world:
        words = [_order(world) if word == "ORDER" else word for word in arguments]
        ran = world.asked(*words, answer=answer, meanwhile=lambda: _filling(world, *fills))
        return _ended(world, ran)


def _order(world: World) -> str:
    """The one exit of the trade without a stop."""
    return str(world.named("bare")["take_profit"]["steps"][0]["id"])


def between(lab: Lab, at: int, *, early: bool) -> list[str]:
    """``close-all``: what is left fills when the ``at``-th write arrives, or is answered."""
    with lab.world(THREE_WAIT) as world:

        def act(request: Asked, exchange: Exchange) -> None:
            ended = {request.trade_id, *(made.trade_id for made in mutations(exchange.log))}
            for entity in world.entities():
                if entity["id"] not in ended:
                    exchange.fill(entity["id"])

        world.habits.append(Happening(act, lambda request: request.writes, at, early=early))
        return _ended(world, world.run("close-all", "--confirm", "desk"))


ASKED: dict[str, tuple[Sequence[str], str, Sequence[str]]] = {
    "trade cancel": (("trade", "cancel", "btc"), "yes", ("btc",)),
    "trade cancel, by its id": (("trade", "cancel", "31000001"), "yes", ("btc",)),
    "trade cancel-order, of the last exit": (
        ("trade", "cancel-order", "bare", "ORDER"), "yes", ("bare",)),
    "close-all, one fills": (("close-all",), "desk", ("btc",)),
    "close-all, all fill": (("close-all",), "desk", ("btc", "eth", "bare")),
}  # fmt: skip
FILLED = (
    *(
        Case(f"{name}, during the question",
             partial(asked, arguments=arguments, answer=answer, fills=fills))
        for name, (arguments, answer, fills) in ASKED.items()
    ),
    *(
        Case(f"close-all, {'while' if early else 'after'} write {at} is processed",
             partial(between, at=at, early=early))
        for at in (1, 2)
        for early in (True, False)
    ),
)  # fmt: skip
