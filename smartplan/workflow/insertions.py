"""Keys and items that come or go, and other spellings, as edits of the author's text."""

import re
from collections.abc import Sequence

from smartplan.diagnostics import Path, Rename, Respell
from smartplan.document.edits import Edit
from smartplan.document.literals import part_of
from smartplan.document.positions import Span
from smartplan.document.tree import Document

_NOT_LITERAL = "a template puts it together here"


def respelled(document: Document, fix: Respell | Rename, path: Path = ()) -> Sequence[Edit] | str:
    """A piece of text, or the key at ``path``, in another spelling; or why not."""
    if isinstance(fix, Respell):
        return _replaced(document, (fix.line, fix.column), len(fix.old), fix.new)
    span = document.span(path, key=True)
    if span is None or span.start[0] != span.end[0]:
        return _NOT_LITERAL
    return _replaced(document, span.start, span.end[1] - span.start[1], fix.key)


def _replaced(
    document: Document, at: tuple[int, int], length: int, new: str
) -> Sequence[Edit] | str:
    place = literal_at(document, at, length)
    if place is None:
        return _NOT_LITERAL
    old = part_of(document.text, *at, length)
    quote = old[0] if old[:1] in {'"', "'"} and old[-1:] == old[:1] else ""
    return (Edit(*place, old, f"{quote}{new}{quote}" if new[:1] != '"' else new),)


def added(document: Document, path: Path, key: str, value: str | bool) -> Sequence[Edit] | str:
    """``key: value`` as the first in the mapping at ``path``, in brackets the last; or why not."""
    span = document.span(path)
    if span is None or span.scalar:
        return _NOT_LITERAL
    text = f"{key}: {str(value).lower() if isinstance(value, bool) else value}"
    return _in_brackets(document, span, text) if span.flow else _in_lines(document, path, text)


def added_behind(document: Document, path: Path, before: str, text: str) -> Sequence[Edit] | str:
    """``text`` on a line of its own in the mapping at ``path``, behind its key ``before``."""
    span = document.span(path)
    if span is None or span.scalar or span.flow:
        return _NOT_LITERAL
    return _on_the_next_line(document, span, (*path, before), text)


def appended(document: Document, path: Path, length: int, text: str) -> Sequence[Edit] | str:
    """One more item for the list of a ``length`` at ``path``; or why not."""
    span = document.span(path)
    if span is None or span.scalar:
        return _NOT_LITERAL
    if span.flow:
        return _in_brackets(document, span, text)
    return _on_the_next_line(document, span, (*path, length - 1), f"- {text}")


def dropped(document: Document, path: Path) -> Sequence[Edit] | str:
    """Without the item of a list at ``path``, with the lines it has to itself; or why not."""
    span, around = document.span(path), document.span(path[:-1])
    if span is None or around is None:
        return _NOT_LITERAL
    if around.flow:
        return _dropped_in_brackets(document, span, path)
    first, last = span.start[0], _last_line(document, path)
    lines = document.text.split("\n")
    place = literal_at(document, (first, around.start[1]), 1)
    end = literal_at(document, (last, max(len(lines[last - 1]), 1)), 1)
    if place is None or end is None or end[0] != place[0] or end[1] - place[1] != last - first:
        return _NOT_LITERAL
    written = _text_of(document, place[0]).split("\n")[place[1] - 1 : end[1]]
    if not written[0].lstrip().startswith("-"):
        return _NOT_LITERAL
    return (Edit(place[0], place[1], 1, "\n".join([*written, ""]), ""),)


def _in_brackets(document: Document, span: Span, text: str) -> Sequence[Edit] | str:
    """Before the closing bracket, and before the blanks that stand in front of it."""
    line, column = span.end[0], span.end[1] - 1
    before = document.text.split("\n", line)[line - 1][: column - 1]
    blanks = len(before) - len(before.rstrip(" "))
    place = literal_at(document, (line, column - blanks), 1 + blanks)
    if place is None:
        return _NOT_LITERAL
    return (Edit(*place, "", text if before.rstrip(" ").endswith(("{", "[")) else f", {text}"),)


def _in_lines(document: Document, path: Path, text: str) -> Sequence[Edit] | str:
    """On a line of its own before the first key."""
    span = document.span(path)
    place = literal_at(document, span.start, 1) if span is not None else None
    if place is None:
        return _NOT_LITERAL
    return (Edit(*place, "", f"{text}\n{' ' * (place[2] - 1)}"),)


def _dropped_in_brackets(document: Document, span: Span, path: Path) -> Sequence[Edit] | str:
    """Not the first item: from the end of the one before it on."""
    before = document.span((*path[:-1], int(path[-1]) - 1))
    if path[-1] == 0 or before is None or before.end[0] != span.end[0]:
        return _NOT_LITERAL
    (line, start), end = before.end, span.end[1]
    place = literal_at(document, (line, start), end - start)
    written = part_of(document.text, line, start, end - start)
    return _NOT_LITERAL if place is None else (Edit(*place, written, ""),)


_REST = re.compile(r"[ \t]*(?:\{#(?:[^#]|#(?!\}))*#\}[ \t]*)?")
_TAG = re.compile(r"\{\{[^{}]*\}\}")


def _on_the_next_line(
    document: Document, around: Span, child: Path, text: str
) -> Sequence[Edit] | str:
    """A line behind that on which ``child`` ends, indented as what is ``around`` it."""
    line = _last_line(document, child)
    shown = document.text.split("\n")[line - 1]
    place = _end_of(document, line, len(shown))
    if place is None or not shown.strip():
        return _NOT_LITERAL
    first = literal_at(document, around.start, 1)
    indent = (first if first is not None and first[0] == place[0] else around.start)[-1] - 1
    return (Edit(*place, "", f"\n{' ' * indent}{text}"),)


def _last_line(document: Document, path: Path) -> int:
    """The line, from 1, on which a value ends, in what was rendered."""
    span = document.span(path)
    assert span is not None  # noqa: S101  # it was found in the document
    line, column = span.end
    lines = document.text.split("\n")
    while column == 1 or not lines[line - 1][: column - 1].strip():
        # The end of a block is where the next one begins: comments and blank lines lie between.
        line -= 1
        column = len(lines[line - 1]) + 1
        if lines[line - 1].lstrip().startswith("#"):
            column = 1
        if line <= span.start[0]:
            return span.start[0]
    return line


def _end_of(document: Document, line: int, length: int) -> tuple[str, int, int] | None:
    """The file, line and column behind everything that was written on a line."""
    last = literal_at(document, (line, length), 1)
    if last is not None:
        file, number, column = last
    else:
        shown = document.place(line, length)
        if shown.rendered:
            return None
        file, number, column = shown.file, shown.line, shown.column
    written = _text_of(document, file).split("\n")[number - 1]
    if last is None:
        tag = _TAG.match(written, column - 1)
        if tag is None:
            return None
        column = tag.end()
    rest = _REST.match(written, column)
    end = rest.end() if rest is not None else column
    return file, number, (end if end == len(written) else column) + 1


def _text_of(document: Document, file: str) -> str:
    rendered = document.rendered
    return document.text if rendered is None else rendered.files[file]


def literal_at(document: Document, at: tuple[int, int], length: int) -> tuple[str, int, int] | None:
    """The file, line and column where so many characters were written as they are."""
    if document.rendered is None:
        return (document.file, *at)
    place = document.rendered.written(*at, length)
    return (place.file, place.line, place.column) if place and place.literal else None
