"""F24: the wall clock jumps ahead while nobody knows whether a create was executed."""

import sqlite3
from contextlib import closing, suppress
from datetime import datetime, timedelta
from functools import partial

from smartplan.errors import SafetyRefusal
from smartplan.sandbox.faults import Fault
from smartplan.workflow import resolving
from tests.faults.experiments import Case, Lab
from tests.faults.inside import Death, Inside
from tests.faults.invariants import by_one_clock
from tests.faults.proxy import Break
from tests.faults.refusals import ONE
from tests.faults.stories import BTC
from tests.faults.world import World


def _lagging(seconds: float) -> list[Fault]:
    return [Fault(method="GET", path="/v2/smart_trades", lag=seconds, times=None)]


def jumped(lab: Lab, hours: float, dies: str, passed: float) -> list[str]:
    """A run dies with its create executed; the clock jumps, and a person says that there is none.

    It shows 100 s after it was made, within the window of 120 s, of which ``passed`` are over.
    """
    with lab.inside(faults=_lagging(100.0)) as inside:
        inside.plan({"btc": BTC})
        inside.die(dies)
        with suppress(Death):
            inside.apply()
        inside.clock.sleep(passed)
        inside.clock.moved = hours * 3600
        _word(inside)
        for _ in range(3):
            inside.apply()
            inside.clock.sleep(60)
        last = inside.apply()
        wrong = [] if last.code == 0 else [f"I4: exit {last.code}: {last.error or last.changeset}"]
        return [*wrong, *by_one_clock(inside.violations())]


def _word(inside: Inside) -> None:
    with inside.session() as session, suppress(SafetyRefusal):
        resolving.not_created("btc", "looked, not there", session)


def jumped_outside(lab: Lab, hours: float) -> list[str]:
    """The same by real processes: what the journal has of before is an hour older for them."""
    with lab.world(ONE, faults=_lagging(2.5), window=4.0) as world:
        lost = Break("dropped after", forwarded=True)

        def choose(_number: int, method: str, _path: str) -> Break | None:
            if method == "POST":
                process.kill()
            return lost if method == "POST" else None

        world.breaking(choose)
        process = world.process("apply", "--yes")
        process.communicate(timeout=30)
        world.breaking(None)
        _set_back(world, timedelta(hours=hours))
        world.run("resolve", "btc", "--not-created", "--reason", "looked, not there")
        wrong = [*world.converge(), *by_one_clock(world.violations())]
        return [*wrong, *ONE.unfulfilled(world)]


def _set_back(world: World, by: timedelta) -> None:
    """Make every moment of the wall clock in the journal that much earlier."""
    with closing(sqlite3.connect(world.journal)) as journal:
        name = "event_is_never_changed"
        (kept,) = journal.execute(
            "SELECT sql FROM sqlite_schema WHERE name = ?", (name,)
        ).fetchone()
        journal.execute(f"DROP TRIGGER {name}")
        for number, at in journal.execute("SELECT number, at FROM event").fetchall():
            earlier = (datetime.fromisoformat(at) - by).isoformat()
            journal.execute("UPDATE event SET at = ? WHERE number = ?", (earlier, number))
        journal.execute(kept)
        journal.commit()


JUMPED = tuple(
    Case(
        f"{hours:+} h, dead {dies.partition(' ')[0]} its create, {passed:g} s later",
        partial(jumped, hours=hours, dies=dies, passed=passed),
    )
    for hours in (1, -1, 24)
    for dies in ("after POST", "before writing outcome", "before POST")
    for passed in (0.0, 5.0, 50.0)
    if dies != "before writing outcome"
)
JUMPED_OUTSIDE = tuple(
    Case(f"{hours:+} h, real processes", partial(jumped_outside, hours=hours)) for hours in (1, -1)
)
