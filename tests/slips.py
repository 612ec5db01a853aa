"""Slips of a person at a keyboard, and what lint says of what comes of them."""

import json
import random
from datetime import datetime
from pathlib import Path

from smartplan import settings as settings_room
from smartplan.report import FINDINGS
from smartplan.report.appearance import Look
from smartplan.report.findings import lint_report
from smartplan.workflow.lint_many import lint
from smartplan.workflow.lint_plans import open_workspace
from smartplan.workflow.sources import Inputs

PIECES = (
    "{{", "}}", "{% set x = 1 %}", "{% for", "endif", ":", ": ", "\n", "\n  ", "\t", "[", "]", "{",
    "}", ",", "&a ", "*a", "<<", "'", '"', "#", "0.1", "1e9", "017", "yes", "null", "é", "🙂",
    "\u202e", "\r\n", "volume: 1", "value", "trades:", "# smartplan: ignore[SP601] so",
)  # fmt: skip


def slipped(text: str, chance: random.Random) -> str:
    """The text with something typed in somewhere, over a few characters."""
    start = chance.randrange(len(text))
    return text[:start] + chance.choice(PIECES) + text[start + chance.randrange(6) :]


def as_json(findings: object) -> list[dict[str, object]]:
    """Findings as ``lint --format json`` has them."""
    report = lint_report(findings, files=(), trades=0, sources={})  # type: ignore[arg-type]
    return list(json.loads(FINDINGS.render(report, "json", Look(colour=False)))["findings"])


def by_lint(folder: Path, now: datetime) -> list[dict[str, object]]:
    """What lint finds in a folder."""
    settings = settings_room.load(folder, {})
    return as_json(lint(open_workspace(Inputs(), settings, folder), now, 1, every=True).findings)
