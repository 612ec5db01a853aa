"""Jinja to text, sandboxed, strict and deterministic, and the way back to the author's line.

A file without a tag is returned as it is, and Jinja is never imported. The way back (``Rendered``)
renders a second time with invisible marks, and only when somebody asks for a place.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from msgspec import Struct, field

from smartplan.diagnostics import Finding, Location, Severity
from smartplan.document.text import Unreadable, check
from smartplan.document.tree import Node

if TYPE_CHECKING:
    from smartplan.document.marking import LineMap


class Helpers(Struct, frozen=True):
    """What templates may call: functions by name, and filters by name."""

    functions: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    filters: Mapping[str, Callable[..., object]] = field(default_factory=dict)


class Source(Struct, frozen=True):
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


class Rendered(Struct, frozen=True, dict=True):
    """The rendered text, and where each of its lines was written."""

    source: Source
    text: str

    def locate(self, line: int, column: int) -> Location:
        """The place the user wrote for a rendered line and column, both from 1.

        Without a map the rendered line itself, flagged as such: never a wrong line.
        """
        if self.text is self.source.text:
            return Location(self.source.file, line, column)
        if self._line_map is None:
            return Location(self.source.file, line, column, rendered=True)
        return self._line_map.locate(line, column)

    @cached_property
    def _line_map(self) -> "LineMap | None":
        from smartplan.document import marking

        return marking.line_map(self.source, self.text)


def render(source: Source) -> tuple[Rendered | None, tuple[Finding, ...]]:
    """Render a plan; every problem is an SP001 finding, never an exception."""
    text = source.text
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return Rendered(source, text), ()
    try:
        check(text)
    except Unreadable as problem:
        place = Location(source.file, problem.line, problem.column)
        return None, (_finding(str(problem), place, problem.hint),)
    from smartplan.document import rendering

    try:
        return Rendered(source, rendering.render(source)), ()
    except rendering.TemplateProblem as problem:
        place = Location(problem.file, problem.line, problem.column)
        return None, (_finding(str(problem), place, problem.hint),)


def _finding(message: str, place: Location, hint: str | None) -> Finding:
    return Finding("SP001", Severity.ERROR, message, place, hint=hint)
