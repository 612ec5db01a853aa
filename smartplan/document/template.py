"""Jinja to text, sandboxed, strict and deterministic, and the way back to the author's line.

A file without a tag is returned as it is, and Jinja is never imported. The way back (``Rendered``)
renders a second time with invisible marks, and only when somebody asks for a place.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from smartplan.diagnostics import Finding, Location, Severity
from smartplan.document.source import Helpers, Source
from smartplan.text import UnreadableText, check

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smartplan.document.line_map import LineMap, TemplatePlace


__all__ = ["Helpers", "Rendered", "Source", "render"]


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

    def written(self, line: int, column: int, length: int) -> "TemplatePlace | None":
        """Where so many characters of a rendered line were written together, if they were.

        A place that is not ``literal`` is the tag that put out exactly these characters.
        """
        from smartplan.document.line_map import TemplatePlace

        if self.text is self.source.text:
            return TemplatePlace(self.source.file, line, column, literal=True)
        return self._line_map.written(line, column, length) if self._line_map else None

    @property
    def files(self) -> "Mapping[str, str]":
        """The texts it was made of, by the name messages use."""
        if self.text is self.source.text or self._line_map is None:
            return {self.source.file: self.source.text}
        return self._line_map.files

    @cached_property
    def _line_map(self) -> "LineMap | None":
        from smartplan.document import line_map

        return line_map.line_map(self.source, self.text)


def render(source: Source) -> tuple[Rendered | None, tuple[Finding, ...]]:
    """Render a plan; every problem is an SP001 finding, never an exception."""
    text = source.text
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return Rendered(source, text), ()
    try:
        check(text)
    except UnreadableText as problem:
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
