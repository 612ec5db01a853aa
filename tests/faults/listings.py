"""F21: lists that lose rows while they are read, and pages that are shorter than asked for."""

import re
from collections.abc import Sequence
from functools import cache, partial

from smartplan.errors import ExitCode
from tests.faults.experiments import Case, Lab
from tests.faults.service import Capped, Habit, Leaving
from tests.faults.stories import BTC, Story
from tests.faults.world import Ran, World

CAPS = (25, 50, 99, 100)
LEAVES = {"none leaves": 0, "one leaves": 1, "one leaves, page by page": 1000}
READERS: dict[str, Sequence[str]] = {
    "apply": ("apply", "--yes"),
    "diff": ("diff",),
    "status": ("status",),
    "trade show": ("trade", "show", "btc"),
    "close-all": ("close-all", "--confirm", "desk"),
}
AFTER = 3
"""Trades behind ours, so that no page ends with it."""

_DENIED = re.compile(r"no open trade|[1-9] to create|\bnot open\b|missing|does not list")


@cache
def crowd(before: int) -> Story:
    """Ours is the first row of the second page, where a page holds ``before``."""

    def prepare(world: World) -> None:
        for number in range(before):
            _somebodys(world, number)
        world.plan(btc=BTC)
        assert world.apply().code == 0
        for number in range(AFTER):
            _somebodys(world, before + number)
        world.exchange.log.clear()
        world.lost.clear()

    ends = {("btc", 1): ("waiting_position", "45000.0")}
    return Story(f"{before} before", {"btc": BTC}, ends, before=prepare)


def _somebodys(world: World, number: int) -> int:
    return world.open_by_hand(
        {
            "account_id": 1,
            "pair": "USDT_SOL",
            "position": {"type": "buy", "order_type": "limit", "units": {"value": str(7 + number)},
                         "price": {"value": "80"}},
            "take_profit": {"enabled": False},
            "stop_loss": {"enabled": False},
        }
    )  # fmt: skip


def shifting(
    lab: Lab, cap: int, leaves: int, arguments: Sequence[str], *, journal: bool
) -> list[str]:
    """A command reads such a list: all of it, or it says that it could not."""
    story = crowd(cap)
    with lab.world(story) as world:
        habits: list[Habit] = [Capped(cap)] if cap < 100 else []
        world.habits += [*habits, Leaving(sorted(world.foreign)[:leaves])]
        if not journal:
            world.forget_journal()
        ran = world.run(*arguments)
        wrong = _complete(ran, world, arguments)
        if arguments[0] != "close-all":
            wrong += _as_before(world)
        world.habits[:] = habits
        if arguments[0] != "close-all" and not wrong:
            wrong += [*world.converge(), *story.unfulfilled(world)]
        return [*wrong, *world.violations()]


def _complete(ran: Ran, world: World, arguments: Sequence[str]) -> list[str]:
    """Complete, or an error; never "there is none" of what is there."""
    if ran.code == ExitCode.SERVICE:
        return []
    if ran.code != 0:
        return [f"I5: exit {ran.code}: {ran.text}"]
    if arguments[0] != "close-all":
        return [f"I5: told that btc is not there: {ran.text}"] if _DENIED.search(ran.text) else []
    left = [e["id"] for e in world.entities() if _open(e) and e["id"] not in world.by_hand]
    return [f"I5: exit 0, and {left} are open: {ran.text}"] if left else []


def _open(entity: dict) -> bool:
    return entity["status"]["type"] in {"created", "waiting_position", "waiting_targets"}


def _as_before(world: World) -> list[str]:
    return [f"I1: {made}, with everything in place" for made in world.mutations]


SHIFTED = tuple(
    Case(
        f"{command}, pages of {cap}, {name}{'' if journal else ', without a journal'}",
        partial(shifting, cap=cap, leaves=leaves, arguments=arguments, journal=journal),
    )
    for command, arguments in READERS.items()
    for cap in CAPS
    for name, leaves in LEAVES.items()
    for journal in (True, False)
    if leaves or cap < 100
)
