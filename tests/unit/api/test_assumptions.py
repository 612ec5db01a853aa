"""The register of assumptions and the code that rests on them say the same."""

import io
import re
import tokenize
from pathlib import Path

from smartplan.api.assumptions import ASSUMPTIONS

PACKAGE = Path(__file__).parents[3] / "smartplan"


def named() -> dict[str, set[str]]:
    """The ids in comments of the code, with the modules they stand in."""
    found: dict[str, set[str]] = {}
    for file in PACKAGE.rglob("*.py"):
        module = ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
        text = file.read_text(encoding="utf-8")
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                for number in re.findall(r"\bA[0-9]{2}\b", token.string):
                    found.setdefault(number, set()).add(module)
    return found


def test_every_place_that_names_an_assumption_stands_in_the_register_and_the_other_way_round():
    assert named() == {number: set(entry.used) for number, entry in ASSUMPTIONS.items()}


def test_ids_are_numbered_in_order():
    assert list(ASSUMPTIONS) == [f"A{number:02}" for number in range(1, len(ASSUMPTIONS) + 1)]


def test_what_is_unknown_and_dangerous_stands_in_the_register():
    sentences = " ".join(entry.sentence for entry in ASSUMPTIONS.values())
    for said in (
        "volume of a target in a PATCH is percent of the original position",
        "cancelled trade with nothing entered can never fill",
        "group left out of a PATCH stays",
        "Leverage left out of a PATCH stays",
        "average price of a filled entry",
        "note comes back letter for letter",
        "trailing target is of the peak",
    ):
        assert said in sentences


PAGE = Path(__file__).parents[3] / "docs" / "sandbox.md"
BASES = ("documented", "recorded", "inferred", "not modelled")


def behaviours() -> list[list[str]]:
    """The rows of the table: what, on which basis, with which assumptions."""
    table = PAGE.read_text(encoding="utf-8").partition("| behaviour | basis | assumption |")[2]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return [row for row in rows if not row[0].startswith("**")]


def test_the_sandbox_says_how_each_of_its_behaviours_is_known():
    rows = behaviours()
    assert len(rows) > 100
    assert [row for row in rows if len(row) < 2 or not row[1].startswith(BASES)] == []


def test_every_assumption_has_its_behaviour_in_the_sandbox():
    told = {number for row in behaviours() for number in re.findall(r"\bA[0-9]{2}\b", row[-1])}
    assert told == set(ASSUMPTIONS)
