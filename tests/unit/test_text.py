"""Characters that do not show are found wherever they stand, with their true place."""

import pytest

from smartplan.text import UnreadableText, check, unshown


@pytest.mark.parametrize(
    "character",
    [
        "\u200b", "\u200c", "\u200d", "\u2060", "\xad", "\u180e", "\ufeff", "\u202e", "\u034f",
        "\u115f", "\u2800", "\u3164", "\uffa0", "\ufe0f", "\U000e0041", "\x07", "\u2028", "\u061c",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("before", "after", "column"),
    [
        ("pair: USDT_", "BTC", 12),
        ("account: ma", "in", 12),
        ("pa", "ir: USDT_BTC", 3),
        ("units: {value: 0.0", "1}", 19),
        ("# a comm", "ent", 9),
        ("é: ü", "x", 5),
    ],
)
def test_a_character_that_does_not_show(
    character: str, before: str, after: str, column: int
) -> None:
    with pytest.raises(UnreadableText, match="it would not show") as caught:
        check(f"first: 1\n{before}{character}{after}\nlast: 2\n")
    assert (caught.value.line, caught.value.column) == (2, column)
    assert f"U+{ord(character):04X}" in str(caught.value)
    assert unshown(character) == character


@pytest.mark.parametrize("space", ["\xa0", "\u2003", "\u202f", "\u3000"])
def test_a_space_that_is_none(space: str) -> None:
    with pytest.raises(UnreadableText, match="reads as a space") as caught:
        check(f"a: 1\n{space} b: 2\n")
    assert (caught.value.line, caught.value.column) == (2, 1)
    assert caught.value.hint == "write a space"


@pytest.mark.parametrize(
    "text",
    ["n: ⚠️ watch", "n: 👨\u200d👩\u200d👧", "n: ❤️", "n: 1️⃣", "n: 👍🏽", "пара: é 币安"],
)
def test_what_does_show_is_taken(text: str) -> None:
    check(text)
