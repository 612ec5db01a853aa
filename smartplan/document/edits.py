"""Changes of the bytes of a file: a span at a time, and nothing outside of it.

Lines and columns count as everywhere else, in the text with its line ends made alike and without
a byte order mark; the file keeps both as they are.
"""

import codecs
import re
from collections.abc import Iterable

from msgspec import Struct

_LINE_END = re.compile(r"\r\n|\r|\n")


class Edit(Struct, frozen=True, order=True):
    """``old`` at a line and column, from 1, of a file becomes ``new``.

    Where ``old`` is empty, ``new`` is put there. A line break in ``new`` is written as the file
    writes its own; one in ``old`` is whichever stands there.
    """

    file: str
    line: int
    column: int
    old: str
    new: str


class StaleEdit(ValueError):
    """The file does not say at this place what the edit expects."""


def edited(content: bytes, edits: Iterable[Edit]) -> bytes:
    """The bytes of a file with these edits made in it. Raises ``StaleEdit``, and for overlaps."""
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    text = content[len(mark) :].decode("utf-8")
    breaks = list(_LINE_END.finditer(text))
    starts = [0, *(one.end() for one in breaks)]
    own_end = breaks[0][0] if breaks else "\n"
    pieces: list[str] = []
    done = 0
    for edit in sorted(edits):
        start = starts[min(edit.line, len(starts)) - 1] + edit.column - 1
        found = _as_written(edit.old).match(text, start)
        if start < done or found is None:
            raise StaleEdit(f"{edit.file}:{edit.line} no longer says {edit.old}")
        pieces += [text[done:start], edit.new.replace("\n", own_end)]
        done = found.end()
    return mark + "".join([*pieces, text[done:]]).encode("utf-8")


def _as_written(old: str) -> re.Pattern[str]:
    return re.compile(f"(?:{_LINE_END.pattern})".join(map(re.escape, old.split("\n"))))
