import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartplan.report.foreign_text import clean, width

ESC, RLO, ZWSP, LS = "\x1b", "\u202e", "\u200b", "\u2028"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain é 買 text", "plain é 買 text"),
        (f"a{ESC}[31mb", "a[31mb"),
        ("a\tb\r\nc", "a b  c"),
        (f"a{RLO}b{ZWSP}c{LS}d", "abc d"),
        ("a\ud800b\ufffec", "abc"),
        ("a\u3164b\u2800c\uffa0d", "abcd"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text(), st.text())
def test_cleaning_works_character_by_character_and_once(start: str, rest: str) -> None:
    assert clean(start + rest) == clean(start) + clean(rest)
    assert clean(clean(start)) == clean(start)
    assert clean(start).encode().decode() == clean(start)


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("買い", 4), ("e\u0301", 1), ("", 0)])
def test_width(text: str, columns: int) -> None:
    assert width(text) == columns
