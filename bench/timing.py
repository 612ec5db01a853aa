"""Whole processes, timed in turn."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """A command line in a folder; ``exit_code`` is what it must end with.

    ``environ`` goes over the few variables that a command is given.
    """

    arguments: Sequence[str]
    folder: Path
    exit_code: int = 0
    environ: Mapping[str, str] = field(default_factory=dict)

    def run(self) -> tuple[float, float]:
        """Run it: the seconds it took, and those of processor time, its children's included.

        Raises ``RuntimeError`` when it does not end as it should.
        """
        used, start = _processor_time(), time.perf_counter()
        done = subprocess.run(
            self.arguments,
            cwd=self.folder,
            env={**_environment(), **self.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        seconds = time.perf_counter() - start
        if done.returncode != self.exit_code:
            raise RuntimeError(f"{self.arguments} ended with {done.returncode}: {done.stderr!r}")
        return seconds, _processor_time() - used

    def peak(self) -> float:
        """Run it; the most memory, in MiB, that it and its children held at once."""
        process = subprocess.Popen(
            self.arguments, cwd=self.folder, env=_environment(), stdout=subprocess.DEVNULL
        )
        highest = 0
        while process.poll() is None:
            highest = max(highest, sum(map(_proportional, _family(process.pid))))
            time.sleep(0.01)
        return highest / 1024


@dataclass(frozen=True)
class Pairs:
    """Seconds, and seconds of processor time, of two commands that ran in turn."""

    ours: list[tuple[float, float]] = field(default_factory=list)
    theirs: list[tuple[float, float]] = field(default_factory=list)

    @property
    def seconds(self) -> tuple[float, float]:
        """The medians of both."""
        return _median(self.ours, 0), _median(self.theirs, 0)

    @property
    def ratio(self) -> float:
        """Ours over theirs."""
        return _median(self.ours, 0) / _median(self.theirs, 0)

    @property
    def cpu_ratio(self) -> float:
        """The same of processor time: what a busy machine changes least."""
        return _median(self.ours, 1) / _median(self.theirs, 1)


def in_turn(ours: Command, theirs: Command, count: int) -> Pairs:
    """A B A B …, after one of each that does not count."""
    ours.run()
    theirs.run()
    pairs = Pairs()
    for _ in range(count):
        pairs.ours.append(ours.run())
        pairs.theirs.append(theirs.run())
    return pairs


def _median(runs: Sequence[tuple[float, float]], index: int) -> float:
    return statistics.median(run[index] for run in runs)


def _processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _environment() -> Mapping[str, str]:
    scripts = str(Path(sys.executable).parent)
    kept = {key: os.environ[key] for key in ("HOME", "LANG", "TMPDIR") if key in os.environ}
    state = str(Path(tempfile.gettempdir()) / "smartplan-bench-state")
    path = f"{scripts}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "PATH": path, "XDG_STATE_HOME": state}


def _family(process: int) -> list[int]:
    """A process and its descendants."""
    family = [process]
    for member in family:
        tasks = Path(f"/proc/{member}/task/{member}/children")
        try:
            family += map(int, tasks.read_text().split())
        except OSError:
            continue
    return family


def _proportional(process: int) -> int:
    """The KiB of a process, pages it shares counted by their share."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
