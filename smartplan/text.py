"""What the text of a plan, a template, a value or a setting may be, before anything reads it."""

import re

MAX_BYTES = 1 << 20
MAX_VALUE = 1 << 16
"""Longest single text, in characters: far beyond any note, far below what wears a machine out."""

BLANKS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters and marks to Unicode, nothing to the eye."""

_UNSHOWN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufff9-\ufffb\ud800-\udfff\ufeff\ufffe\uffff"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff" + BLANKS
)
"""Control, joining, bidirectional, line separating, private and unpaired surrogate characters.

They make a plan read unlike it is; some end a line for YAML but for no editor, and the last
planes of Unicode, which nobody can type, are what the line map marks places with. Patterns that are
compiled for the first text that does not show.
"""
_SPACES = "\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
"""What reads as a space and is none."""

_IN_EMOJI = "\ufe0f\u200d"
"""What asks for a picture, and what joins two of them."""
_PICTURES = frozenset({"So", "Sk"})
_PUNCTUATION = "\u203c\u2049\ufe0f"
"""What a picture can be made of, too."""
_KEYCAP = "\u20e3"


class UnreadableText(Exception):
    """Why the text is no plan, at a line and column from 1, with the way out.

    ``key`` is the one that stands there twice, where that is what is wrong.
    """

    def __init__(
        self,
        message: str,
        line: int,
        column: int,
        hint: str | None = None,
        *,
        key: str | None = None,
    ) -> None:
        super().__init__(message)
        self.line, self.column, self.hint, self.key = line, column, hint, key


def check(text: str) -> None:
    """Refuse what is too large or does not show as it reads. Raises ``UnreadableText``."""
    if len(text) > MAX_BYTES or (
        not text.isascii() and len(text.encode("utf-8", "replace")) > MAX_BYTES
    ):
        raise UnreadableText("larger than 1 MiB", 1, 1, "split it into several files")
    if text.isascii() and text.replace("\n", "").isprintable():
        return  # several times quicker
    match = _first(f"[{_UNSHOWN}{_SPACES}]", text)
    if match:
        raise forbidden(match[0], *position(text, match.start()))


def forbidden(character: str, line: int, column: int) -> UnreadableText:
    """What to raise about a character that does not show as it reads."""
    message = f"the character U+{ord(character):04X} is not allowed: "
    if re.match(f"[{_SPACES}]", character):
        message += "it reads as a space and is none"
        return UnreadableText(message, line, column, "write a space")
    return UnreadableText(f"{message}it would not show", line, column, "delete it")


def normal(text: str) -> str:
    """The text with the line ends that everything here counts with."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def unshown(text: str) -> str | None:
    """The first character of ``text`` that does not show as it reads."""
    match = _first(f"[{_UNSHOWN}]", text)
    return match[0] if match else None


def _first(pattern: str, text: str) -> re.Match[str] | None:
    return next((m for m in re.finditer(pattern, text) if not _in_emoji(text, m.start())), None)


def _in_emoji(text: str, at: int) -> bool:
    """Whether the character belongs to the picture before it."""
    if text[at] not in _IN_EMOJI or at == 0:
        return False
    from unicodedata import category

    before, after = text[at - 1], text[at + 1 : at + 2]
    return after == _KEYCAP or before in _PUNCTUATION or category(before) in _PICTURES


def escape_of(character: str, text: str, start: int) -> int | None:
    """Where, from ``start`` on, ``character`` is written as TOML and JSON escape it."""
    wanted = {ord(character), int.from_bytes(character.encode("utf-16-be", "surrogatepass")[:2])}
    for match in re.finditer(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|.)", text[start:]):
        code = match[1] or match[2]
        if code and int(code, 16) in wanted:
            return start + match.start()
    return None


def invisible_character(text: str) -> str | None:
    """The first character of one line of ``text`` from elsewhere that an eye does not see."""
    return next((one for one in text if not one.isprintable() or one in BLANKS), None)


def each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object of JSON. Of a key that stands twice, readers take the one or the other: refused.

    Raises ``ValueError``.
    """
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key `{key[:60]}` stands twice")
        found[key] = value
    return found


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of a place in ``text``."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
