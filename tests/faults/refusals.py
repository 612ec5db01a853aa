"""F22, F26: the service says no to what it did, and keeps another note than it was given."""

import json
import re
from collections.abc import Callable
from functools import partial

from smartplan.errors import ExitCode
from smartplan.sandbox.faults import Fault
from tests.faults.experiments import Case, Lab
from tests.faults.invariants import by_one_clock
from tests.faults.service import Rewriting
from tests.faults.stories import BTC, ETH, OPEN_TWO, Story, limit

LAG = 10.0
"""Seconds by which the list lags behind what was created."""

REFUSALS = {
    403: {"error": "forbidden", "error_description": "Account not owned by current user."},
    409: {"error": "conflict", "error_description": "Try again later"},
    422: {"error": "record_invalid", "error_description": "Invalid parameters",
          "error_attributes": {"total": ["is too large"]}},
}  # fmt: skip
ONE = Story("open one", {"btc": BTC}, {("btc", 1): ("waiting_position", "45000.0")})


def _refusing(status: int, *, executed: bool) -> list[Fault]:
    refusal = Fault(
        status=status,
        when="after" if executed else "before",
        method="POST",
        path="/v2/smart_trades",
        body=json.dumps(REFUSALS[status]),
    )
    lag = Fault(method="GET", path="/v2/smart_trades", lag=LAG, times=None)
    return [refusal, lag] if executed else [refusal]


def refused(lab: Lab, status: int, *, executed: bool) -> list[str]:
    """Real processes and real seconds; the second run follows the first at once."""
    faults = _refusing(status, executed=executed)
    with lab.world(ONE, faults=faults, window=LAG + 2) as world:
        wrong = [*world.truthful(world.apply()), *world.truthful(world.apply())]
        wrong += world.converge()
        return [*wrong, *world.violations(), *ONE.unfulfilled(world)]


def refused_on_a_clock(
    lab: Lab, status: int, *, executed: bool, jump: float = 0.0, pause: float = 0.0
) -> list[str]:
    """The same where seconds pass at once; the wall clock jumps (hours) while the run waits."""
    with lab.inside(faults=_refusing(status, executed=executed)) as inside:
        inside.while_waiting = lambda: setattr(inside.clock, "moved", jump * 3600)
        inside.plan({"btc": BTC})
        inside.apply()
        inside.clock.sleep(pause)
        inside.apply()
        inside.clock.sleep(60)
        last = inside.apply()
        opened = inside.opened()
        wrong = [] if opened == {("btc", 1): 1} else [f"I4: opened {dict(opened)}"]
        wrong += [] if last.code == 0 else [f"I4: exit {last.code}: {last.error or last.changeset}"]
        return (
            [*wrong, *by_one_clock(inside.violations())] if jump else [*wrong, *inside.violations()]
        )


def _cases() -> list[Case]:
    cases = []
    for status in REFUSALS:
        for executed in (True, False):
            said = f"{status} {'after' if executed else 'before'}"
            one = partial(refused_on_a_clock, status=status, executed=executed)
            cases += [
                Case(f"{said}, the next run at once", one),
                Case(f"{said}, the next run 5 s later", partial(one, pause=5.0)),
                Case(f"{said}, the clock jumps ahead", partial(one, jump=1.0)),
                Case(f"{said}, the clock jumps back", partial(one, jump=-1.0)),
            ]
    return cases


REFUSED = tuple(_cases())
"""Each takes no time."""

REFUSED_SLOWLY = tuple(
    Case(
        f"{status} {'after' if executed else 'before'}, in real time",
        partial(refused, status=status, executed=executed),
    )
    for status in REFUSALS
    for executed in (True, False)
)

# --- F26 ----------------------------------------------------------------------------------------

NOTED = {"btc": f"{BTC}\nnote: swing  from   the low", "eth": f"{ETH}\nnote: keep  calm"}
LOSSES: dict[str, Callable[[str], str]] = {
    "the marker is stripped": lambda note: note.partition(" [smartplan1:")[0],
    "brackets are stripped": lambda note: note.replace("[", "").replace("]", ""),
    "notes end after 30 characters": lambda note: note[:30],
    "the marker loses its blanks": lambda note: re.sub(
        r"\[.*\]", lambda found: "".join(found[0].split()), note
    ),
    "everything is upper case": str.upper,
}
COLLAPSES: dict[str, Callable[[str], str]] = {
    "white space is collapsed": lambda note: " ".join(note.split()),
    "blanks become no-break spaces": lambda note: note.replace("  ", " \u00a0"),
    "a line end is added": lambda note: f"{note}\n",
    "a blank stands in front": lambda note: f" {note}",
}


def marker_lost(lab: Lab, rewrite: Callable[[str], str]) -> list[str]:
    """The first create that comes back without our marker is the last of its run."""
    with lab.empty(habits=[Rewriting(rewrite)]) as world:
        world.plan(**NOTED)
        wrong, before = [], 0
        for number in range(4):
            ran = world.apply()
            sent = [str(made) for made in world.mutations[before:]]
            before += len(sent)
            if len(sent) > 1:
                wrong.append(f"I1: {sent} in one run, and no note holds: {ran.text}")
            if number > 1 and sent:
                wrong.append(f"I4: {sent}, in run {number + 1}")
            if ran.code != ExitCode.UNKNOWN:
                wrong.append(f"I5: exit {ran.code}, and nobody knows: {ran.text}")
        asked_for = [made.body.get("note") for made in world.mutations]
        if len(set(asked_for)) < len(asked_for):
            wrong.append(f"I1: asked for twice: {asked_for}")
        return [*wrong, *world.violations()]


def note_collapsed(lab: Lab, rewrite: Callable[[str], str]) -> list[str]:
    """The marker holds, the person's text is another: written once, and then left alone."""
    with lab.empty(habits=[Rewriting(rewrite)]) as world:
        world.plan(**NOTED)
        wrong = [f"I4: exit {ran.code}: {ran.text}" for ran in [world.apply()] if ran.code != 0]
        moved = limit("USDT_BTC", 50000, "0.01", 46000, "note: swing  from   the low")
        world.plan(**{**NOTED, "btc": moved})
        wrong += [f"I4: exit {ran.code}: {ran.text}" for ran in [world.apply()] if ran.code != 0]
        before = len(world.mutations)
        for _ in range(3):
            world.apply()
        again = [str(made) for made in world.mutations[before:]]
        wrong += [f"I4: written again and again: {again}"] if again else []
        return [*wrong, *world.violations()]


def marker_lost_later(lab: Lab, rewrite: Callable[[str], str]) -> list[str]:
    """A service that begins to do so while trades are open: nothing is opened or written anew."""
    with lab.world(OPEN_TWO) as world:
        assert world.apply().code == 0
        world.habits.append(Rewriting(rewrite))
        world.plan(btc=limit("USDT_BTC", 50000, "0.01", 46000, "note: down"), eth=ETH)
        world.apply()
        before = len(world.mutations)
        for _ in range(3):
            world.apply()
        again = [str(made) for made in world.mutations[before:]]
        wrong = [f"I4: written again and again: {again}"] if again else []
        return [*wrong, *world.violations()]


NOTES = (
    *(Case(name, partial(marker_lost, rewrite=how)) for name, how in LOSSES.items()),
    *(Case(name, partial(note_collapsed, rewrite=how)) for name, how in COLLAPSES.items()),
    *(
        Case(f"{name}, from some day on", partial(marker_lost_later, rewrite=how))
        for name, how in LOSSES.items()
    ),
)
