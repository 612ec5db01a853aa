"""Rules say what, why, bad and good, and settings may name only what exists."""

import subprocess
import sys

import pytest

from smartplan.lint.registry import RULES, documentation, unknown_codes


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_rule_is_documented_with_examples(code: str) -> None:
    text = RULES[code].documentation
    assert text.what.splitlines()[0].endswith((".", ":", "."))
    assert text.why.strip()
    assert text.bad != text.good


def test_a_docstring_without_its_sections_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks Good"):
        documentation("What.\n\nWhy:\n    w\n\nBad:\n    b\n")


def test_settings_that_name_no_rule_are_told() -> None:
    assert unknown_codes(["SP4", "SP401", "SP", "SP9", "XX", ""]) == ("SP9", "XX", "")


def test_codes_keep_their_family() -> None:
    assert {code[:3] for code in RULES} == {f"SP{family}" for family in range(9)}


def test_a_code_of_the_exchange_is_known_before_its_rules_are_used() -> None:
    program = """
from smartplan.lint.registry import RULES, unknown_codes
assert "SP803" in RULES and "SP799" not in RULES and RULES["SP701"].online
assert unknown_codes(["SP7", "SP8", "SP9"]) == ("SP9",)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
