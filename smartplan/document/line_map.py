"""The line map: a second rendering whose text carries invisible marks of where it was written.

A mark stands before each line of the text between tags, and before each tag; what follows it, up
to the next one, was written there. Macros and set blocks hand their marks on to where their text
goes, and every other operation sees text without marks (``expressions.Block``), so the second
rendering does what the first did. Should its text differ all the same, there is no map.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import accumulate

from jinja2.lexer import Lexer
from msgspec import Struct
from msgspec.structs import replace

from smartplan.diagnostics import Location
from smartplan.document.compiler import PlanLexer
from smartplan.document.expressions import FIRST_MARK, unmarked
from smartplan.document.jinja import PlanEnvironment
from smartplan.document.rendering import TemplateProblem, rendered_by
from smartplan.document.source import Source

_MARK = re.compile(f"[{FIRST_MARK}-\U0010ffff]")
_FIRST, _LAST = ord(FIRST_MARK), 0x10FFFF


class TemplatePlace(Struct, frozen=True):
    """A place in a template; ``literal`` text moves along its line, a value stays at its tag."""

    file: str
    line: int
    column: int
    literal: bool


class LineMap(Struct, frozen=True):
    """Where each stretch of a rendered text was written: ``origins`` by their ``offsets``.

    ``files`` are the texts it was made of, by the name messages use.
    """

    line_starts: tuple[int, ...]
    files: Mapping[str, str]
    offsets: tuple[int, ...]
    origins: tuple[TemplatePlace, ...]

    def locate(self, line: int, column: int) -> Location:
        """The template place for a rendered line and column, both from 1."""
        offset = self._offset(line, column)
        index = self._stretch(offset)
        origin = self.origins[index]
        along = offset - self.offsets[index] if origin.literal else 0
        return Location(origin.file, origin.line, origin.column + along)

    def written(self, line: int, column: int, length: int) -> TemplatePlace | None:
        """Where so many characters were written, if all of them stand there together."""
        offset = self._offset(line, column)
        first = self._stretch(offset)
        if self._stretch(offset + max(length - 1, 0)) != first:
            return None
        origin = self.origins[first]
        along = offset - self.offsets[first]
        if origin.literal:
            return replace(origin, column=origin.column + along)
        return None if along or self._ends(first) != offset + length else origin

    def _ends(self, stretch: int) -> int:
        """Where the next stretch with anything in it begins."""
        ends = self.offsets[stretch + 1 :]
        return ends[0] if ends else -1

    def _offset(self, line: int, column: int) -> int:
        return self.line_starts[min(line, len(self.line_starts)) - 1] + column - 1

    def _stretch(self, offset: int) -> int:
        return max(bisect_right(self.offsets, offset) - 1, 0)


def line_map(source: Source, plain: str) -> LineMap | None:
    """The map of ``plain``, the rendering of ``source``; None where there can be none."""
    environment = _MarkingEnvironment(source)
    try:
        marked = rendered_by(environment, source)
    except TemplateProblem:
        return None
    if unmarked(marked) != plain:
        return None
    marks = list(_MARK.finditer(marked))
    if not marks:
        return None
    return LineMap(
        line_starts=(0, *accumulate(len(line) + 1 for line in plain.split("\n")[:-1])),
        files=dict(environment.files),
        offsets=tuple(mark.start() - before for before, mark in enumerate(marks)),
        origins=tuple(environment.origins[ord(mark[0]) - _FIRST] for mark in marks),
    )


class _MarkingEnvironment(PlanEnvironment):
    compiled = None  # what is compiled here holds marks of this rendering

    def __init__(self, source: Source) -> None:
        self.origins: list[TemplatePlace] = []
        super().__init__(source)

    def _new_lexer(self) -> Lexer:
        return _MarkingLexer(self)

    def mark(self, origin: TemplatePlace) -> str:
        """A new character for a place. Raises ``OverflowError`` when there are none left."""
        if len(self.origins) > _LAST - _FIRST:
            raise OverflowError("more places than marks")
        self.origins.append(origin)
        return chr(_FIRST + len(self.origins) - 1)


class _MarkingLexer(PlanLexer):
    """Adds marks to the text between tags, and one before each tag."""

    def __init__(self, environment: _MarkingEnvironment) -> None:
        super().__init__(environment)
        self._mark = environment.mark

    def tokeniter(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> Iterator[tuple[int, str, str]]:
        """Jinja's tokens, found again in the source: they know their line but not their column."""
        file = filename or name or ""
        end = line_start = 0
        for line, kind, text in super().tokeniter(source, name, filename, state):
            start = source.index(text, end)
            line_start = max(line_start, source.rfind("\n", end, start) + 1)
            place = TemplatePlace(file, line, start - line_start + 1, literal=kind == "data")
            if place.literal:
                yield line, kind, "".join(self._marked(text, place))
            else:
                if kind in {"variable_begin", "block_begin"}:
                    yield line, "data", self._mark(place)
                yield line, kind, text
            end = start + len(text)
            line_start = max(line_start, source.rfind("\n", start, end) + 1)

    def _marked(self, text: str, first: TemplatePlace) -> Iterator[str]:
        """Marks at the start of each line, and before its first visible character."""
        place = first
        for index, line in enumerate(text.split("\n")):
            if index:
                yield "\n"
                place = TemplatePlace(first.file, first.line + index, 1, literal=True)
            yield self._mark(place)
            indent = len(line) - len(line.lstrip())
            if 0 < indent < len(line):
                yield line[:indent]
                yield self._mark(
                    TemplatePlace(place.file, place.line, place.column + indent, literal=True)
                )
                yield line[indent:]
            else:
                yield line
