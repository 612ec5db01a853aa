"""What the text of a plan, of a template or of a value may be, before anything reads it."""

import re

MAX_BYTES = 1 << 20
MAX_VALUE = 1 << 16
"""Longest single text, in characters: far beyond any note, far below what wears a machine out."""

_UNSHOWN = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufffe\uffff\U000f0000-\U0010ffff]"
)
"""Control, bidirectional, line separating, private and unpaired surrogate characters.

They make a plan read unlike it is; some end a line for YAML but for no editor, and the last
planes of Unicode, which nobody can type, are what the line map marks places with. A pattern that is
compiled for the first text that does not show.
"""


BLANKS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters and marks to Unicode, nothing to the eye."""


class UnreadableText(Exception):
    """Why the text is no plan, at a line and column from 1, with the way out."""

    def __init__(self, message: str, line: int, column: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.line, self.column, self.hint = line, column, hint


def check(text: str) -> None:
    """Refuse what is too large or does not show as it reads. Raises ``UnreadableText``."""
    if len(text) > MAX_BYTES or (
        not text.isascii() and len(text.encode("utf-8", "replace")) > MAX_BYTES
    ):
        raise UnreadableText("larger than 1 MiB", 1, 1, "split it into several files")
    if text.replace("\n", "").isprintable():
        return  # none of what is refused is printable, and this is several times quicker
    match = re.search(_UNSHOWN, text)
    if match:
        line, column = position(text, match.start())
        message = f"the character U+{ord(match[0]):04X} is not allowed: it would not show"
        raise UnreadableText(message, line, column, "delete it")


def normal(text: str) -> str:
    """The text with the line ends that everything here counts with."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def unshown(text: str) -> str | None:
    """The first character of ``text`` that does not show as it reads."""
    match = re.search(_UNSHOWN, text)
    return match[0] if match else None


def invisible_character(text: str) -> str | None:
    """The first character of one line of ``text`` from elsewhere that an eye does not see."""
    return next((one for one in text if not one.isprintable() or one in BLANKS), None)


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of a place in ``text``."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
