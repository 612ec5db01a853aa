"""Our lines and columns, from 1 and in characters, and those of the protocol, from 0 and in units.

The units are UTF-16 unless the editor offers others: a character beyond U+FFFF counts twice.
"""

import re
from collections.abc import Sequence

from lsprotocol import types
from pygls.workspace import PositionCodec

from smartplan.diagnostics import Location
from smartplan.document.edits import Edit

_WORD = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^\s,{}\[\]#:]+|\S")
"""What is underlined: a tag, a quoted text, a word; else one character."""


def position(lines: Sequence[str], line: int, column: int, codec: PositionCodec) -> types.Position:
    """The place of a line and column, from 1, in a text of these lines."""
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    return types.Position(max(line - 1, 0), codec.client_num_units(text[: max(column - 1, 0)]))


def place(lines: Sequence[str], at: types.Position, codec: PositionCodec) -> tuple[int, int]:
    """Line and column, from 1, of a place of the protocol."""
    text = lines[at.line] if at.line < len(lines) else ""
    units = column = 0
    while column < len(text) and units < at.character:
        units += codec.client_num_units(text[column])
        column += 1
    return at.line + 1, column + 1


def span(
    lines: Sequence[str], line: int, column: int, length: int, codec: PositionCodec
) -> types.Range:
    """So many characters of a line."""
    return types.Range(
        position(lines, line, column, codec), position(lines, line, column + length, codec)
    )


def word_at(lines: Sequence[str], where: Location, codec: PositionCodec) -> types.Range:
    """What stands at a place: what a finding there is about."""
    if where.rendered or not 0 < where.line <= len(lines):
        return span(lines, 1, 1, 0, codec)
    found = _WORD.match(lines[where.line - 1], where.column - 1)
    length = len(found[0]) if found else 0
    return span(lines, where.line, where.column, length, codec)


def text_edit(lines: Sequence[str], edit: Edit, codec: PositionCodec) -> types.TextEdit:
    """An edit of ours for the editor, which writes line breaks as the file does."""
    where = span(lines, edit.line, edit.column, len(edit.old), codec)
    return types.TextEdit(where, edit.new)
