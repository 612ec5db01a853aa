"""``python -m bench``: measure the goals, write the figures and the table."""

import argparse
import json
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from bench.goals import ROOT, Bench, Measured

RESULTS = ROOT / "bench" / "results" / "latest.json"
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
PAIRS = 9


def main() -> int:
    """Measure; exit 1 when a goal is missed, so that nobody has to read the table to know."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 pairs, 2,000 plans, no files")
    parser.add_argument("--only", metavar="GOAL", action="append", help="a number; repeatable")
    options = parser.parse_args()
    measured: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="smartplan-bench-") as folder:
        bench = Bench(
            Path(folder), 3 if options.quick else PAIRS, many=2_000 if options.quick else 10_000
        )
        for goal in bench.goals():
            doc = goal.__doc__ or ""
            if options.only and not any(f"Goal {number}" in doc for number in options.only):
                continue
            for line in goal():
                print(_row(line), flush=True)
                measured.append(line)
    if not options.quick and not options.only:
        _write(measured)
    return 1 if any(line.met is False for line in measured) else 0


def _machine() -> str:
    return (
        f"{platform.system()} {platform.machine()}, {len(os.sched_getaffinity(0))} cores, "
        f"Python {platform.python_version()}"
    )


def _row(line: Measured) -> str:
    relation = "≥" if line.at_least else "≤"
    goal = "—" if line.goal is None else f"{relation} {line.goal:g} {line.unit}"
    verdict = {True: "yes", False: "**no**", None: "—"}[line.met]
    cpu = "—" if line.cpu is None else f"{line.cpu:.2f} ×"
    return (
        f"| {line.number} | {line.what} | {line.yardstick} | {line.figure:.2f} {line.unit} "
        f"| {goal} | {verdict} | {cpu} |"
    )


def _write(measured: list[Measured]) -> None:
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    figures = {
        "machine": _machine(),
        "load": os.getloadavg(),
        "versions": {name: version(name) for name in _VERSIONS},
        "goals": [line.as_json() for line in measured],
    }
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    head = [
        "| goal | what | beside | measured | goal | met | CPU |",
        "|---|---|---|---|---|---|---|",
    ]
    load = ", ".join(f"{minutes:.1f}" for minutes in os.getloadavg())
    note = f"Measured on {_machine()}; load while it ended: {load}."
    table = "\n".join([*head, *map(_row, measured), "", note])
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


_VERSIONS = ("smartplan", "click", "pyyaml", "jsonschema-rs", "check-jsonschema", "yamllint")


if __name__ == "__main__":
    sys.exit(main())
