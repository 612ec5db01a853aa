"""What is applied while things go wrong, and what must be true in the end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.world import World


def limit(pair: str, price: int, units: str, stop: int, extra: str = "") -> str:
    """A plan's trade: a limit entry, one target, a stop."""
    return f"""\
pair: {pair}
position: {{type: buy, order_type: limit, units: {{value: {units}}}, price: {{value: {price}}}}}
take_profit:
  enabled: true
  steps: [{{order_type: limit, price: {{value: {price * 2}, type: bid}}, volume: 100}}]
stop_loss:
  enabled: true
  order_type: market
  conditional: {{price: {{value: {stop}, type: bid}}}}
{extra}""".rstrip()


BTC = limit("USDT_BTC", 50000, "0.01", 45000)
ETH = limit("USDT_ETH", 2000, "0.1", 1800)
"""Entries far below the sandbox's market: they wait until somebody fills them."""


@dataclass(frozen=True)
class Story:
    """``before`` prepares a world, ``plan`` is what is applied then, with ``arguments``.

    ``ends`` are the status and the stop of every trade, by name and round, when all is done.
    """

    name: str
    plan: Mapping[str, str]
    ends: Mapping[tuple[str, int], tuple[str, str | None]]
    before: Callable[[World], None] = lambda _: None
    arguments: Sequence[str] = field(default=())

    def prepare(self, world: World) -> None:
        self.before(world)
        world.plan(**self.plan)

    def unfulfilled(self, world: World) -> list[str]:
        """What is not as it must be in the end."""
        wrong = []
        for (name, round_), wanted in self.ends.items():
            try:
                entity = world.named(name, round_)
            except ValueError:
                wrong.append(f"I4: there is not exactly one {name}, round {round_}")
                continue
            found = (entity["status"]["type"], stop_of(entity))
            if found != wanted:
                wrong.append(f"I4: {name}, round {round_} is {found}, not {wanted}")
        return wrong


def stop_of(entity: Mapping[str, Any]) -> str | None:
    stop = entity["stop_loss"]
    return stop["conditional"]["price"]["value"] if stop["enabled"] else None


OPEN_TWO = Story(
    "open two",
    {"btc": BTC, "eth": ETH},
    {
        ("btc", 1): ("waiting_position", "45000.0"),
        ("eth", 1): ("waiting_position", "1800.0"),
    },
)


def _six_open(world: World) -> None:
    world.plan(
        moved=BTC,
        given_up=ETH,
        closed=limit("USDT_SOL", 100, "3", 90),
        replaced=limit("USDT_BTC", 40000, "0.02", 35000),
        old_name=limit("USDT_ETH", 1500, "0.3", 1200),
    )
    assert world.apply().code == 0
    world.exchange.fill(world.named("closed")["id"])
    world.open_by_hand(
        {
            "account_id": 1,
            "pair": "USDT_SOL",
            "position": {"type": "buy", "order_type": "limit", "units": {"value": "7"},
                         "price": {"value": "80"}},
            "take_profit": {"enabled": False},
            "stop_loss": {"enabled": False},
        },
        ours=True,
    )  # fmt: skip
    world.exchange.log.clear()
    world.lost.clear()


ONE_OF_EACH = Story(
    "one of each action",
    {
        "moved": limit("USDT_BTC", 50000, "0.01", 46000),
        "given_up": f"{ETH}\nlifecycle: {{state: cancelled}}",
        "closed": limit("USDT_SOL", 100, "3", 90, "lifecycle: {state: closed}"),
        "replaced": limit("USDT_BTC", 41000, "0.02", 36000, "lifecycle: {round: 2}"),
        "new_name": limit("USDT_ETH", 1500, "0.3", 1200, "lifecycle: {renamed_from: old-name}"),
        "opened": limit("USDT_SOL", 90, "5", 70),
    },
    {
        ("moved", 1): ("waiting_position", "46000.0"),
        ("given-up", 1): ("cancelled", "1800.0"),
        ("closed", 1): ("panic_sold", "90.0"),
        ("replaced", 1): ("cancelled", "35000.0"),
        ("replaced", 2): ("waiting_position", "36000.0"),
        ("new-name", 1): ("waiting_position", "1200.0"),
        ("opened", 1): ("waiting_position", "70.0"),
    },
    before=_six_open,
    arguments=("--replace", "replaced"),
)
STORIES = (OPEN_TWO, ONE_OF_EACH)
