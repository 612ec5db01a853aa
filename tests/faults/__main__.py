"""The whole campaign: ``make faults``. Writes its figures into ``docs/reliability.md``.

Every single fault on its own, then schedules of many, then the sabotages; all real processes, all
with seeds. ``--deaths N`` and ``--schedules N`` make it shorter.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from queue import Queue

from smartplan import __version__ as version
from tests.faults.experiments import Lab, Tally, broken, interrupted, killed, schedule
from tests.faults.matrix import ROWS
from tests.faults.proxy import BREAKS
from tests.faults.sabotage import SABOTAGES
from tests.faults.stories import STORIES, Story
from tests.faults.world import ROOT, Starter

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
FIRST_SEED = 1
SIGNALS = ((2,), (15,), (2, 15))

Experiment = Callable[[Lab], list[str]]


@dataclass
class Figures:
    """What was run, and what was found."""

    run: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    diverged: int = 0
    found: list[str] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)

    def add(self, kind: str, violations: Sequence[str]) -> None:
        self.run[kind] += 1
        for one in violations:
            invariant = next((name for name in KINDS if f"{name}:" in one), "other")
            self.wrong[invariant] += 1
            self.found.append(f"{kind}: {one}")
        self.diverged += any("I4:" in one for one in violations)


KINDS = {
    "I1": "duplicates",
    "I2": "changes of trades that are not ours",
    "I3": "unjournaled mutations",
    "I4": "runs that did not converge",
    "I5": "exit codes that lied",
    "I6": "requests too fast or within a penalty",
    "I7": "secrets written",
    "I8": "locks held by the dead",
    "I9": "writes over what had moved",
    "I10": "positions left without exits",
    "other": "internal errors and anything else",
}


def single_faults(lab: Lab, story: Story, deaths: int | None) -> Iterator[tuple[str, Experiment]]:
    """F1 to F7 and F16 for one story, one at a time."""
    calls = lab.calls(story)
    step = max(1, calls // deaths) if deaths else 1
    for at in range(1, calls + 1, step):
        yield "deaths (SIGKILL)", lambda lab, at=at: killed(lab, story, at)
    for at in range(1, calls + 1, 10 * step):
        for signals in SIGNALS:
            yield (
                "interrupts",
                lambda lab, at=at, signals=signals: interrupted(lab, story, at, *signals),
            )
    writes = [at for at, made in enumerate(lab.requests(story), start=1) if made != "GET"]
    for at in writes[:: step if deaths else 1]:
        for how in BREAKS:
            yield "broken requests", lambda lab, at=at, how=how: broken(lab, story, at, how)


def matrix() -> Iterator[tuple[str, Experiment]]:
    """F21 to F28, one at a time."""
    for row in ROWS:
        for case in row.cases:
            yield row.kind, case.run


def schedules(number: int, tally: Tally) -> Iterator[tuple[str, Experiment]]:
    """Random sequences of faults, every second one of each story."""
    for seed in range(FIRST_SEED, FIRST_SEED + number):
        story = STORIES[seed % len(STORIES)]
        yield (
            "random schedules",
            lambda lab, seed=seed, story=story: schedule(lab, story, seed, tally),
        )


def carry_out(labs: "Queue[Lab]", experiments: list[tuple[str, Experiment]], into: Figures) -> None:
    """Run experiments, as many at a time as there are labs; say how far it is."""

    def run(one: tuple[str, Experiment]) -> tuple[str, list[str]]:
        lab = labs.get()
        try:
            return one[0], one[1](lab)
        finally:
            labs.put(lab)

    done = count(1)
    with ThreadPoolExecutor(labs.qsize()) as pool:
        for kind, violations in pool.map(run, experiments):
            into.add(kind, violations)
            for violation in violations:
                print(f"WRONG {kind}: {violation[:2000]}", flush=True)
            if (number := next(done)) % 50 == 0:
                print(f"{number} of {len(experiments)}", flush=True)


def table(figures: Figures, caught: int, minutes: float) -> str:
    """The figures as Markdown."""
    singles = sum(n for kind, n in figures.run.items() if kind != "random schedules")
    total = sum(figures.run.values())
    rows = [
        ("single faults", f"{singles}"),
        *((f"— {kind}", f"{n}") for kind, n in figures.run.items() if kind != "random schedules"),
        ("random schedules", f"{figures.run['random schedules']}"),
        ("— deaths and interrupts in them", f"{figures.tally.kills}"),
        ("— broken requests in them", f"{figures.tally.breaks}"),
        *((meaning, f"{figures.wrong[name]}") for name, meaning in KINDS.items()),
        ("share converged", f"{100 * (total - figures.diverged) / max(total, 1):.2f} %"),
        ("sabotages caught", f"{caught} of {len(SABOTAGES)}"),
    ]
    last = FIRST_SEED + figures.run["random schedules"] - 1
    python = ".".join(map(str, sys.version_info[:3]))
    lines = [
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in rows),
        "",
        f"smartplan {version}, Python {python}, seeds {FIRST_SEED} to {last}, {minutes:.0f} min.",
    ]
    return "\n".join(lines)


def write(text: str) -> None:
    """Put the figures between the marks of the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def main() -> int:
    """Run the campaign; 1 when anything was violated."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--deaths", type=int, help="deaths per story (all of them)")
    options.add_argument("--schedules", type=int, default=300)
    options.add_argument("--workers", type=int, default=4)
    options.add_argument("--write", action="store_true", help="into docs/reliability.md")
    chosen = options.parse_args()
    began = time.monotonic()
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder:
        labs: Queue[Lab] = Queue()
        starters = [Starter() for _ in range(chosen.workers)]
        for number, starter in enumerate(starters):
            labs.put(Lab(Path(folder) / f"lab-{number}", starter))
        lab = labs.get()
        singles = [one for story in STORIES for one in single_faults(lab, story, chosen.deaths)]
        labs.put(lab)
        random_ones = schedules(chosen.schedules, figures.tally)
        carry_out(labs, [*singles, *matrix(), *random_ones], figures)
        for sabotage in SABOTAGES:
            figures.add("sabotage slices on the sound code", sabotage.noticed(lab))
        caught = sum(
            sabotage.caught(Path(folder) / f"sabotage-{number}")
            for number, sabotage in enumerate(SABOTAGES)
        )
        for starter in starters:
            starter.close()
    text = table(figures, caught, (time.monotonic() - began) / 60)
    print(text)
    if chosen.write:
        write(text)
    return 1 if figures.found or caught < len(SABOTAGES) else 0


if __name__ == "__main__":
    sys.exit(main())
