"""What a settings file says of its own text."""

from pathlib import Path

import pytest

from smartplan.errors import UsageError
from smartplan.settings.toml import read_text

FILE = Path("smartplan.toml")


@pytest.mark.parametrize(
    ("text", "place", "character"),
    [
        ('workspace = "my\u200bdesk"\n', "1:16", "U+200B"),
        ('# fine\nwork\xadspace = "desk"\n', "2:5", "U+00AD"),
        ('[environments.real.accounts]\n"ma\u2060in" = 1\n', "2:4", "U+2060"),
        ('[policy]\ndenied_pairs = ["USDT_\u200bDOGE"]\n', "2:23", "U+200B"),
        ("# a comm\u202eent\n", "1:9", "U+202E"),
        ('workspace = "my\\u200bdesk"\n', "1:16", "U+200B"),
        ('# \\u200b is fine\nworkspace = "my\\\\u200b\\u200Bdesk"\n', "2:23", "U+200B"),
        ('[environments.real.accounts]\n"ma\\u00adin" = 1\n', "2:4", "U+00AD"),
        ('[policy]\ndenied_pairs = [\n  "A_B",\n  "A_\\U000E0041X",\n]\n', "4:6", "U+E0041"),
    ],
)  # fmt: skip
def test_a_character_that_does_not_show_is_refused_where_it_stands(
    text: str, place: str, character: str
) -> None:
    with pytest.raises(UsageError, match="it would not show") as caught:
        read_text(text, FILE)
    assert str(caught.value).startswith(f"smartplan.toml:{place}: the character {character} ")
    assert caught.value.hint == "delete it"


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("[risk]\nfee = 0,001\n", "2:8: a decimal comma", "write 0.001"),
        ("environment = sandbox\n", "1:15: a text without quotes", 'write "sandbox"'),
        ("[risk]\nfee = 1\nfee = 2\n", "3:8: what stands here was said before", "say it once"),
        ("[risk]\n[risk]\n", "2:6: what stands here was said before", "say it once"),
        ("[policy\n", "1:8: Expected ']'", "it is TOML"),
    ],
)
def test_what_is_no_toml_says_what_to_write(text: str, said: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_text(text, FILE)
    assert str(caught.value).startswith(f"smartplan.toml:{said}")
    assert hint in (caught.value.hint or "")


def test_a_space_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match=r"toml:2:10: .* reads as a space and is none"):
        read_text('[policy]\nprotected\xa0= "hard"\n', FILE)


def test_pictures_accents_and_escapes_that_show_are_taken() -> None:
    text = 'workspace = "büro-\\u00e9"\nnote = "⚠️ \\n 👨\u200d👩"\n'
    assert read_text(text, FILE).value == {"workspace": "büro-é", "note": "⚠️ \n 👨\u200d👩"}
