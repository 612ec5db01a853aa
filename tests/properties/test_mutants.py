"""Most slips in a plan are told where they are, and by what they are."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from smartplan import settings
from smartplan.diagnostics import Finding
from smartplan.workflow import lint_many
from smartplan.workflow.lint_plans import open_workspace
from smartplan.workflow.sources import Inputs
from tests.properties.mutants import ROOT, Mutant, examples, mutants

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def linted(file: str, text: str) -> Sequence[Finding]:
    """What is said of a text in the place of an example, which is alone in its workspace."""
    folder = ROOT / (file.split("/plans/")[0] if file.startswith("examples") else "")
    inputs = Inputs(("-",), stdin=text.encode)
    opened = open_workspace(inputs, settings.load(folder, {}), folder)
    return lint_many.lint(replace(opened, whole=True), NOW, 1).findings


def is_true(found: Finding, mutant: Mutant) -> bool:
    """Whether the finding stands at the slip and is about it."""
    said = f"{found.message} {found.hint or ''}"
    placed = mutant.anywhere or found.location.line == mutant.line
    return placed and any(word in said for word in mutant.words)


def slips() -> dict[str, tuple[int, int]]:
    """Of each kind of slip: how many there are, and of how many the truth is told."""
    known = {file: {(f.code, f.message) for f in linted(file, text)} for file, text in examples()}
    made: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for mutant in mutants():
        made[mutant.kind] += 1
        new = [
            found
            for found in linted(mutant.file, mutant.text)
            if (found.code, found.message) not in known[mutant.file]
        ]
        told[mutant.kind] += any(is_true(found, mutant) for found in new)
    return {kind: (number, told[kind]) for kind, number in made.items()}


MEASURED = {
    "misspelled": 613, "deleted": 286, "mistyped": 159, "turned": 16, "negative": 91, "comma": 10,
    "unclosed": 35, "unquoted": 226, "tab": 391, "indented": 278, "no end": 1, "no tag": 4,
    "brace": 14, "misnamed": 7, "no argument": 7,
}  # fmt: skip
"""What is left: brackets make indentation, and tabs, mean nothing; a key alone in its mapping may
stand anywhere; a side without exits may be either.
"""


def test_as_many_slips_of_each_kind_are_told_as_were() -> None:
    counted = slips()
    assert counted.keys() == MEASURED.keys()
    assert {kind: told for kind, (_, told) in counted.items() if told < MEASURED[kind]} == {}
    assert sum(told for _, told in counted.values()) >= 0.85 * sum(n for n, _ in counted.values())
