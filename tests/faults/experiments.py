"""Single faults and whole schedules of them: each a world, a story, and what was violated."""

import random
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.faults import invariants
from tests.faults.inside import Inside
from tests.faults.invariants import identity_of
from tests.faults.proxy import BREAKS, Break, Seen
from tests.faults.stories import Story
from tests.faults.world import Ran, Starter, World, world_in

DEATH = (int(signal.SIGKILL),)
_CREATED = re.compile(r"^✓ ([a-z0-9-]+) +(?:#\d+ )?created", re.MULTILINE)


@dataclass
class Lab:
    """Prepared stories, copied for every experiment."""

    folder: Path
    starter: Starter
    _ready: dict[str, tuple[set[int], set[int]]] = field(default_factory=dict)
    _seen: dict[str, list[Seen]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    @contextmanager
    def world(self, story: Story, **how: Any) -> Iterator[World]:
        """A world in which everything is ready for the story's apply."""
        template = self.folder / story.name.replace(" ", "-")
        if story.name not in self._ready:
            with world_in(template, self.starter) as world:
                story.prepare(world)
                self._ready[story.name] = (world.by_hand, world.foreign)
        by_hand, foreign = map(set, self._ready[story.name])
        folder = self._folder()
        shutil.copytree(template, folder, ignore=shutil.ignore_patterns("home", "output"))
        with world_in(folder, self.starter, by_hand=by_hand, foreign=foreign, **how) as world:
            yield world
        shutil.rmtree(folder)

    def calls(self, story: Story) -> int:
        """How many calls to the database, the lock and the network the story's apply makes."""
        with self.world(story) as world:
            assert world.apply(*story.arguments, tally=True).code == 0
            return int((world.folder / "tally").read_text())

    def requests(self, story: Story) -> list[str]:
        """The method of every request that the story's apply makes."""
        return [seen.method for seen in self.seen(story)]

    def seen(self, story: Story) -> list[Seen]:
        """Every request that the story's apply makes."""
        if story.name not in self._seen:
            with self.world(story) as world:
                assert world.apply(*story.arguments).code == 0
                self._seen[story.name] = list(world.proxy.seen)
        return self._seen[story.name]

    @contextmanager
    def empty(self, **how: Any) -> Iterator[World]:
        """A world without a story."""
        with world_in(self._folder(), self.starter, **how) as world:
            yield world
        shutil.rmtree(world.folder)

    @contextmanager
    def inside(self, **how: Any) -> Iterator[Inside]:
        """A world in this process, on a clock of its own."""
        inside = Inside(self._folder(), **how)
        yield inside
        shutil.rmtree(inside.folder)

    def _folder(self) -> Path:
        return self.folder / f"world-{next(self._numbers)}"


@dataclass(frozen=True)
class Case:
    """One fault of the matrix: ``run`` brings it about and answers what was violated."""

    name: str
    run: Callable[[Lab], list[str]]


def killed(lab: Lab, story: Story, at: int) -> list[str]:
    """F1: SIGKILL before the ``at``-th call; the next runs settle it."""
    with lab.world(story) as world:
        ran = world.apply(*story.arguments, at=at, signals=DEATH)
        wrong = [] if ran.code in {0, -signal.SIGKILL} else [f"exit {ran.code}: {ran.text}"]
        return [*wrong, *_aftermath(world, story)]


def interrupted(lab: Lab, story: Story, at: int, *signals: int) -> list[str]:
    """F16: one signal, or two at once, before the ``at``-th call."""
    with lab.world(story) as world:
        ran = world.apply(*story.arguments, at=at, signals=signals)
        wrong = [] if ran.code in {0, 130} else [f"I5: exit {ran.code}: {ran.text}"]
        return [*wrong, *world.truthful(ran), *_aftermath(world, story)]


def broken(lab: Lab, story: Story, at: int, how: Break) -> list[str]:
    """F2 to F7: the ``at``-th request of an apply breaks."""
    with lab.world(story) as world:
        world.breaking(lambda number, *_: how if number == at else None)
        ran = world.apply(*story.arguments)
        return [*world.truthful(ran), *told(ran, world, story), *_aftermath(world, story)]


def told(ran: Ran, world: World, story: Story) -> list[str]:
    """I5: exit 0 is said only of what is done, and "created" only of what is there."""
    unfulfilled = story.unfulfilled(world) if ran.code == 0 else []
    there = {found[1] for e in world.entities() if (found := identity_of(e["note"]))}
    claimed = set(_CREATED.findall(ran.out))
    return [
        *(f"I5: exit 0, but {wrong}" for wrong in unfulfilled),
        *(f"I5: {name} is called created, and is not there" for name in claimed - there),
    ]


def _aftermath(world: World, story: Story) -> list[str]:
    """The next runs, without faults: what they do, and what has happened altogether."""
    wrong = world.converge(*story.arguments)
    return [*wrong, *world.violations(), *story.unfulfilled(world)]


@dataclass
class Tally:
    """What schedules went through."""

    kills: int = 0
    breaks: int = 0
    edits: int = 0


def schedule(lab: Lab, story: Story, seed: int, tally: Tally | None = None) -> list[str]:
    """A random sequence of deaths, breaks and edits over one workspace, and the end of it."""
    dice, tally = random.Random(seed), tally or Tally()
    with lab.world(story, paced=False) as world:
        wrong = []
        for _ in range(dice.randint(2, 4)):
            step = dice.choice(_STEPS)
            wrong += step(world, story, dice, tally)
        return [f"seed {seed}: {one}" for one in (*wrong, *_aftermath(world, story))]


def _death(world: World, story: Story, dice: random.Random, tally: Tally) -> list[str]:
    tally.kills += 1
    world.apply(*story.arguments, at=dice.randint(1, 350), signals=DEATH)
    return []


def _storm(world: World, story: Story, dice: random.Random, tally: Tally) -> list[str]:
    """Every write of a run may break, and a few of its reads."""

    def choose(_number: int, method: str, _path: str) -> Break | None:
        if dice.random() < (0.6 if method != "GET" else 0.05):
            tally.breaks += 1
            return dice.choice(BREAKS)
        return None

    world.breaking(choose)
    ran = world.apply(*story.arguments)
    world.breaking(None)
    return [*world.truthful(ran), *told(ran, world, story)]


def _both(world: World, story: Story, dice: random.Random, tally: Tally) -> list[str]:
    """The line breaks at a write, and the process dies a moment later."""
    tally.kills += 1
    tally.breaks += 1
    how = dice.choice(BREAKS)
    world.breaking(lambda _, method, __: how if method != "GET" else None)
    world.apply(*story.arguments, at=dice.randint(100, 350), signals=DEATH)
    world.breaking(None)
    return []


def _stop(world: World, story: Story, dice: random.Random, tally: Tally) -> list[str]:
    """Ctrl-C, perhaps twice."""
    tally.kills += 1
    signals = dice.choice([(signal.SIGINT,), (signal.SIGTERM,), (signal.SIGINT, signal.SIGTERM)])
    ran = world.apply(*story.arguments, at=dice.randint(1, 350), signals=signals)
    return world.truthful(ran)


def _lost_journal(world: World, _story: Story, _dice: random.Random, tally: Tally) -> list[str]:
    """The journal is deleted while nothing is open: marks alone must do."""
    if not invariants.open_claims(world.journal):
        tally.edits += 1
        world.forget_journal()
    return []


Step = Callable[[World, Story, random.Random, Tally], list[str]]
_STEPS: tuple[Step, ...] = (_death, _death, _storm, _storm, _both, _stop, _lost_journal)
