"""The one filter for text that others wrote, before it reaches a terminal, a log or a page."""

import unicodedata

from smartplan.text import BLANKS

_SPACES = frozenset({"Zl", "Zp"})
_DROPPED = frozenset({"Cc", "Cf", "Cs"})
_LEFT_OUT = frozenset("\ufffe\uffff" + BLANKS)


def clean(text: str) -> str:
    """One line without control, escape, bidi or other invisible characters.

    Line breaks and tabs become a space. Works character by character, so that the cleaned start of
    a line is the start of the cleaned line. Lone surrogates, which no encoding takes, go too.
    """
    if text.isprintable() and (text.isascii() or _LEFT_OUT.isdisjoint(text)):
        return text
    return "".join(map(_clean_character, text))


def _clean_character(character: str) -> str:
    if character in "\t\n\r\x0b\x0c\x85":
        return " "
    category = unicodedata.category(character)
    if category in _SPACES:
        return " "
    return "" if category in _DROPPED or character in _LEFT_OUT else character


def width(text: str) -> int:
    """The columns that cleaned text takes on a terminal: wide characters take two."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
