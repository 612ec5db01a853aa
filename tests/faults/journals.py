"""F28: the journal takes nothing any more once a request has left, whatever command sent it."""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from smartplan.errors import ExitCode
from smartplan.sandbox.exchange import Exchange
from tests.faults.experiments import Case, Lab
from tests.faults.proxy import LOST
from tests.faults.service import Asked, Happening
from tests.faults.stories import BTC, ETH, Story, limit
from tests.faults.world import Ran, World

_DENIED = re.compile(r"\brefused\b|\bnothing was (done|sent)\b(?! again)")


def _one_waits_one_is_held(world: World) -> None:
    world.plan(btc=BTC, eth=ETH)
    assert world.apply().code == 0
    world.exchange.fill(world.named("eth")["id"])
    world.exchange.log.clear()
    world.lost.clear()


STORY = Story(
    "one waits, one is held",
    {
        "btc": limit("USDT_BTC", 50000, "0.01", 46000),
        "eth": ETH,
        "sol": limit("USDT_SOL", 90, "5", 70),
    },
    {},
    before=_one_waits_one_is_held,
)
COMMANDS: dict[str, Sequence[str]] = {
    "apply": ("apply", "--yes"),
    "trade cancel": ("trade", "cancel", "btc", "--yes"),
    "trade close": ("trade", "close", "eth", "--yes"),
    "trade move-stop": ("trade", "move-stop", "btc", "46000", "--yes"),
    "trade add-funds": ("trade", "add-funds", "eth", "0.1", "--yes"),
    "trade reduce-funds": ("trade", "reduce-funds", "eth", "0.05", "--yes"),
    "trade force-start": ("trade", "force-start", "btc", "--yes"),
    "trade force-process": ("trade", "force-process", "btc", "--yes"),
    "trade note": ("trade", "note", "btc", "mind the gap", "--yes"),
    "trade close-order": ("trade", "close-order", "eth", "ORDER", "--yes"),
    "trade cancel-order": ("trade", "cancel-order", "eth", "ORDER", "--yes"),
    "forget": ("forget", "btc", "--yes"),
    "close-all": ("close-all", "--confirm", "desk"),
}


def fail_from_now_on(journal: Path) -> None:
    """Every write of the journal fails, as on a disk that has gone read-only."""
    with closing(sqlite3.connect(journal)) as file:
        file.execute(
            "CREATE TRIGGER it_fails BEFORE INSERT ON event"
            " BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
        )


def mend(journal: Path) -> None:
    with closing(sqlite3.connect(journal)) as file:
        file.execute("DROP TRIGGER IF EXISTS it_fails")


def failing(lab: Lab, arguments: Sequence[str], *, lost: bool) -> list[str]:
    """The first write arrives, and the journal fails; with ``lost``, so does the answer."""
    with lab.world(STORY, paced=False) as world:
        words = [_target(world) if word == "ORDER" else word for word in arguments]

        def act(_: Asked, __: Exchange) -> None:
            fail_from_now_on(world.journal)

        world.habits.append(Happening(act, lambda request: request.writes, early=True))
        if lost:
            world.breaking(lambda _, method, __: LOST[2] if method != "GET" else None)
        ran = world.run(*words)
        world.breaking(None)
        mend(world.journal)
        wrong = _unknown(ran, world)
        return [*wrong, *world.violations()]


def _unknown(ran: Ran, world: World) -> list[str]:
    sent = len(world.mutations)
    assert sent, ran.text
    wrong = [f"I3: {sent} requests, after the journal had failed"] if sent > 1 else []
    if ran.code != ExitCode.UNKNOWN:
        wrong.append(f"I5: exit {ran.code}, though what was sent is not recorded: {ran.text}")
    if _DENIED.search(ran.text):
        wrong.append(f"I5: it was sent, and is called refused: {ran.text}")
    return wrong


def _target(world: World) -> str:
    return str(world.named("eth")["take_profit"]["steps"][0]["id"])


def resolving(lab: Lab) -> list[str]:
    """What was found cannot be written down: it stays unknown, and that is said."""
    with lab.empty(paced=False) as world:
        world.plan(btc=BTC)
        world.breaking(lambda _, method, __: LOST[0] if method == "POST" else None)
        world.apply()
        world.breaking(None)

        def act(_: Asked, __: Exchange) -> None:
            fail_from_now_on(world.journal)

        world.habits.append(Happening(act, lambda request: request.lists))
        ran = world.run("resolve", "btc", "--not-created", "--reason", "looked, not there")
        mend(world.journal)
        wrong = [] if ran.code == ExitCode.UNKNOWN else [f"I5: exit {ran.code}: {ran.text}"]
        return [*wrong, *world.converge(), *world.violations()]


FAILED_JOURNALS = (
    *(
        Case(f"{name}{', and the answer is lost' if lost else ''}",
             partial(failing, arguments=arguments, lost=lost))
        for name, arguments in COMMANDS.items()
        for lost in (False, True)
    ),
    Case("resolve --not-created", resolving),
)  # fmt: skip
