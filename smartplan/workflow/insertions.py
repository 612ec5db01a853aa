"""Fixes that add a key or spell one differently, as edits of the author's text."""

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
    """``key: value`` in the mapping at ``path``; or why not."""
    span = document.span(path)
    if span is None or span.scalar:
        return _NOT_LITERAL
    text = f"{key}: {str(value).lower() if isinstance(value, bool) else value}"
    return _in_brackets(document, span, text) if span.flow else _in_lines(document, path, text)


def _in_brackets(document: Document, span: Span, text: str) -> Sequence[Edit] | str:
    """Before the closing bracket, and before the blanks that stand in front of it."""
    line, column = span.end[0], span.end[1] - 1
    before = document.text.split("\n", line)[line - 1][: column - 1]
    blanks = len(before) - len(before.rstrip(" "))
    place = literal_at(document, (line, column - blanks), 1 + blanks)
    if place is None:
        return _NOT_LITERAL
    return (Edit(*place, "", text if before.rstrip(" ").endswith("{") else f", {text}"),)


def _in_lines(document: Document, path: Path, text: str) -> Sequence[Edit] | str:
    """On a line of its own before the first key."""
    span = document.span(path)
    place = literal_at(document, span.start, 1) if span is not None else None
    if place is None:
        return _NOT_LITERAL
    return (Edit(*place, "", f"{text}\n{' ' * (place[2] - 1)}"),)


def literal_at(document: Document, at: tuple[int, int], length: int) -> tuple[str, int, int] | None:
    """The file, line and column where so many characters were written as they are."""
    if document.rendered is None:
        return (document.file, *at)
    place = document.rendered.written(*at, length)
    return (place.file, place.line, place.column) if place and place.literal else None
