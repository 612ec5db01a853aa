"""How long reading a file of prices takes the first time, and again: medians, in seconds."""

import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from smartplan.simulation.histories.history import read_history

ROUNDS = 5


def _seconds(file: Path) -> float:
    start = time.perf_counter()
    read_history(file)
    return time.perf_counter() - start


def main() -> None:
    """Read in turn: nothing kept, kept, nothing kept …"""
    first, again = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["SMARTPLAN_CACHE"] = folder
            first.append(_seconds(Path(sys.argv[1])))
            again.append(_seconds(Path(sys.argv[1])))
            shutil.rmtree(folder, ignore_errors=True)
            Path(folder).mkdir()
    print(statistics.median(first), statistics.median(again))


if __name__ == "__main__":
    main()
