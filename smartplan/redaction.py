"""What proves who we are, taken out of every text that others can make us repeat.

An answer, an error, a log line of a library may hold our key, our secret, a password or a signature
as it is, in another case, escaped (JSON, percent, HTML, a Python literal), in base64 or hex, or
broken by spaces and other marks. So texts are compared by their letters and digits alone.
"""

import base64
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

REDACTED = "(redacted)"

_SHORTEST = 6
"""Letters and digits that a secret must have to be looked for: less would be found anywhere."""
_PIECE = 16
"""A part of a long secret that is worth hiding, in letters and digits."""
_SIGNATURES = 256
_DEEPEST = 3
_LONGEST = 1_000_000
"""Characters; a longer text that holds a secret is left out as a whole."""

_ESCAPE = (
    r"\\u\{?0*([0-9a-f]{2})\}?|\\x([0-9a-f]{2})|%([0-9a-f]{2})|&#x0*([0-9a-f]{2});"
    r"|&#0*([0-9]{2,3});|\\([0-7]{3})|\\[abfnrtv/]"
)
_BASES = (16, 16, 16, 16, 10, 8)
_ESCAPE_MARKS = (b"\\", b"%", b"&#")
_DROPPED = bytes(code for code in range(256) if not (code < 128 and chr(code).isalnum()))


class _Needle(NamedTuple):
    """One way to write a secret: looked for as a whole, or by any of its pieces."""

    whole: str
    pieces: frozenset[str]


class Redaction:
    """Knows some secrets, and takes them out of texts. Nothing can be read out of it."""

    def __init__(self, *secrets: str) -> None:
        self._lasting: list[_Needle] = []
        self._passing: OrderedDict[str, list[_Needle]] = OrderedDict()
        self._wholes: set[str] = set()
        self._pieces: set[str] = set()
        self.learn(*secrets)

    def __repr__(self) -> str:
        return "Redaction(…)"

    def learn(self, *secrets: str) -> None:
        """Hide these from now on."""
        for secret in secrets:
            needles = _needles(secret)
            self._lasting += needles
            self._look_for(needles)

    def learn_signature(self, signature: str) -> None:
        """Hide this one, too; the last few hundred are remembered."""
        if signature in self._passing:
            self._passing.move_to_end(signature)
            return
        self._passing[signature] = _needles(signature)
        self._look_for(self._passing[signature])
        if len(self._passing) > _SIGNATURES:
            for _ in range(_SIGNATURES // 4):
                self._passing.popitem(last=False)
            self._wholes, self._pieces = set(), set()
            for needles in (self._lasting, *self._passing.values()):
                self._look_for(needles)

    def text(self, text: str) -> str:
        """``text`` without the secrets. What stands in quotes stays between its quotes."""
        if not self._may_hold(text.encode("utf-8", "replace")):
            return text
        if len(text) > _LONGEST:
            return REDACTED
        return '"'.join(map(self._without, text.split('"')))

    def content(self, content: bytes) -> bytes:
        """UTF-8 ``content`` without the secrets; JSON stays JSON."""
        if not self._may_hold(content):
            return content
        return self.text(content.decode("utf-8", "replace")).encode()

    def _look_for(self, needles: list[_Needle]) -> None:
        for needle in needles:
            if needle.pieces:
                self._pieces |= needle.pieces
            else:
                self._wholes.add(needle.whole)

    def _may_hold(self, content: bytes) -> bool:
        """Whether a secret, or a part of 31 letters and digits of a long one, may be in there."""
        if not self._wholes and not self._pieces:
            return False
        for reading in _byte_readings(content):
            letters = reading.lower().translate(None, _DROPPED).decode("ascii")
            parts = {letters[at : at + _PIECE] for at in range(0, len(letters), _PIECE)}
            if not self._pieces.isdisjoint(parts) or any(one in letters for one in self._wholes):
                return True
        return False

    def _without(self, text: str) -> str:
        if len(text) < _SHORTEST or not self._may_hold(text.encode("utf-8", "replace")):
            return text
        hidden = bytearray(len(text))
        for letters, starts, ends in _readings(text):
            for first, last in self._found(letters):
                start, end = starts[first], ends[last]
                hidden[start:end] = b"\1" * (end - start)
        return "".join(_shown(text, hidden))

    def _found(self, letters: str) -> Iterator[tuple[int, int]]:
        """The first and last place of everything to hide."""
        for whole in self._wholes:
            at = letters.find(whole)
            while at >= 0:
                yield at, at + len(whole) - 1
                at = letters.find(whole, at + 1)
        for at in range(len(letters) - _PIECE + 1):
            if letters[at : at + _PIECE] in self._pieces:
                yield at, at + _PIECE - 1


def _shown(text: str, hidden: bytearray) -> Iterator[str]:
    at = 0
    while at < len(text):
        end = at
        while end < len(text) and hidden[end] == hidden[at]:
            end += 1
        yield REDACTED if hidden[at] else text[at:end]
        at = end


# --- the ways to write a secret -----------------------------------------------------------------


def _needles(secret: str) -> list[_Needle]:
    forms = {_letters(form) for form in _forms(secret)}
    return [_needle(form) for form in sorted(forms) if len(form) >= _SHORTEST]


def _needle(letters: str) -> _Needle:
    # A part of twice the length, less one, holds a whole piece wherever the pieces are cut.
    if len(letters) < 2 * _PIECE - 1:
        return _Needle(letters, frozenset())
    pieces = [letters[at : at + _PIECE] for at in range(len(letters) - _PIECE + 1)]
    return _Needle(letters, frozenset(pieces))


def _forms(secret: str) -> Iterable[str]:
    raw = secret.encode("utf-8", "replace")
    yield secret
    yield raw.hex()
    for before in range(3):
        # Whatever stands around it: what depends on the neighbours is cut off at both ends.
        coded = base64.b64encode(b"\0" * before + raw).decode("ascii")
        yield coded[-(-8 * before // 6) : (before + len(raw)) * 8 // 6]
    with suppress(ValueError):
        yield base64.b64encode(bytes.fromhex(secret)).decode("ascii")
    with suppress(ValueError):
        yield base64.b64decode(secret, validate=True).hex()


def _letters(text: str) -> str:
    return text.encode("ascii", "ignore").translate(None, _DROPPED).decode("ascii").lower()


def _counts(character: str) -> bool:
    return character.isascii() and character.isalnum()


# --- the ways to read a text --------------------------------------------------------------------


def _character(match: "re.Match[str] | re.Match[bytes]") -> int:
    """The code of an escaped character; of a space for those that do not count."""
    for digits, base in zip(match.groups(), _BASES, strict=True):
        if digits is not None:
            code = int(digits, base)
            return code if code < 128 else 32
    return 32


def _byte(match: "re.Match[bytes]") -> bytes:
    return bytes((_character(match),))


def _byte_readings(content: bytes) -> Iterator[bytes]:
    """As it stands, then with its escapes undone, and theirs."""
    for _ in range(_DEEPEST):
        yield content
        if not any(mark in content for mark in _ESCAPE_MARKS):
            return
        undone = re.sub(_ESCAPE.encode(), _byte, content, flags=re.IGNORECASE)
        if undone == content:
            return
        content = undone


def _readings(text: str) -> Iterator[tuple[str, list[int], list[int]]]:
    """Likewise: the letters and digits, and where in ``text`` each of them begins and ends."""
    starts, ends = list(range(len(text))), list(range(1, len(text) + 1))
    for _ in range(_DEEPEST):
        kept = [at for at, character in enumerate(text) if _counts(character)]
        letters = "".join(text[at] for at in kept).lower()
        yield letters, [starts[at] for at in kept], [ends[at] for at in kept]
        undone, first, last = _undone(text, starts, ends)
        if undone == text:
            return
        text, starts, ends = undone, first, last


def _undone(text: str, starts: list[int], ends: list[int]) -> tuple[str, list[int], list[int]]:
    characters: list[str] = []
    first: list[int] = []
    last: list[int] = []
    done = 0
    for match in re.finditer(_ESCAPE, text, re.IGNORECASE | re.ASCII):
        begin, end = match.span()
        characters += [text[done:begin], chr(_character(match))]
        first += [*starts[done:begin], starts[begin]]
        last += [*ends[done:begin], ends[end - 1]]
        done = end
    characters.append(text[done:])
    return "".join(characters), [*first, *starts[done:]], [*last, *ends[done:]]
