"""Rules say what, why, bad and good, and settings may name only what exists."""

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
    assert {code[:3] for code in RULES} >= {"SP0", "SP1", "SP2", "SP3", "SP4", "SP5", "SP6"}
