"""Jinja to text, sandboxed, strict and deterministic, and the way back to the author's line.

A file without a tag is returned as it is, and Jinja is never imported. The way back (``Rendered``)
renders a second time with invisible marks, and only when somebody asks for a place.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath

from smartplan.diagnostics import Finding, Location, Severity
from smartplan.document.tree import MAX_BYTES, Node

_TAGS = ("{{", "{%", "{#")


@dataclass(frozen=True, slots=True)
class Helpers:
    """What templates may call: functions by name, and filters by name."""

    functions: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    filters: Mapping[str, Callable[..., object]] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """A template before it is rendered: its text, its name for messages, its surroundings.

    ``templates`` is the folder that includes and imports come from, ``root`` bounds what may be
    read, ``shown`` makes the name of an included file for messages; ``values`` are the variables,
    ``helpers`` is asked only when there is something to render.
    """

    text: str
    file: str
    root: FilePath | None = None
    templates: FilePath | None = None
    shown: Callable[[FilePath], str] = str
    values: Mapping[str, Node] = field(default_factory=dict)
    helpers: Callable[[], Helpers] = Helpers


@dataclass(frozen=True)
class Rendered:
    """The rendered text, and where each of its lines was written."""

    source: Source = field(repr=False)
    text: str

    def locate(self, line: int, column: int) -> Location:
        """The place the user wrote for a rendered line and column, both from 1.

        Without a map (the marks changed what the template does) the rendered line itself,
        flagged as such: never a wrong line.
        """
        if self._line_map is None:
            plain = self.text is self.source.text
            return Location(self.source.file, line, column, rendered=not plain)
        return self._line_map.locate(line, column)

    @cached_property
    def _line_map(self) -> "LineMap | None":
        if self.text is self.source.text:
            return None
        from smartplan.document import marking

        return marking.line_map(self.source, self.text)


@dataclass(frozen=True)
class LineMap:
    """For each rendered line, the marks on it: (rendered column, file, template line)."""

    marks: tuple[tuple[tuple[int, str, int], ...], ...]
    texts: tuple[str, ...] = field(repr=False)
    sources: Mapping[str, tuple[str, ...]] = field(repr=False)
    main: str

    def locate(self, line: int, column: int) -> Location:
        """The template place for a rendered line and column, both from 1."""
        index = line - 1
        if index >= len(self.marks) or not self.marks[index]:
            return self._nearest(index, line, column)
        here = self.marks[index]
        before = [mark for mark in here if mark[0] <= column]
        _, file, origin = before[-1] if before else here[0]
        return Location(file, origin, self._column(index, column, file, origin))

    def _nearest(self, index: int, line: int, column: int) -> Location:
        """End-of-file errors sit on a line without text: the last marked line before them."""
        for earlier in reversed(self.marks[: max(index, 0)]):
            if earlier:
                _, file, origin = earlier[-1]
                return Location(file, origin, 1)
        return Location(self.main, line, column, rendered=True)

    def _column(self, index: int, column: int, file: str, origin: int) -> int:
        """The template column: where the same text, or the line, begins."""
        lines = self.sources.get(file, ())
        written = lines[origin - 1] if origin <= len(lines) else ""
        text = self.texts[index]
        if written == text:
            return column
        tail = text[column - 1 :]
        for length in (len(tail), _word_length(tail)):
            piece = tail[:length]
            if piece.strip() and written.count(piece) == 1:
                return written.index(piece) + 1
        return len(written) - len(written.lstrip()) + 1


def _word_length(text: str) -> int:
    for length, character in enumerate(text):
        if character in " ,{}[]":
            return length
    return len(text)


def render(source: Source) -> tuple[Rendered | None, tuple[Finding, ...]]:
    """Render a plan; every problem is an SP001 finding, never an exception."""
    if len(source.text) > MAX_BYTES or not any(tag in source.text for tag in _TAGS):
        return Rendered(source, source.text), ()
    from smartplan.document import jinja

    try:
        return Rendered(source, jinja.render(source)), ()
    except jinja.TemplateProblem as problem:
        location = Location(problem.file, problem.line)
        finding = Finding("SP001", Severity.ERROR, str(problem), location, hint=problem.hint)
        return None, (finding,)
