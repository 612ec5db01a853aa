"""YAML to data that knows where it came from.

Positions are not kept while parsing; they are looked up when a finding needs one.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from smartplan.diagnostics import Finding, Location, Path, Severity
from smartplan.document.scalars import Node, TrapAt
from smartplan.text import UnreadableText

if TYPE_CHECKING:
    from smartplan.document.positions import Positions, Span
    from smartplan.document.template import Rendered

__all__ = ["Document", "Node", "ParseResult", "Place", "TrapAt", "merge", "merged", "parse"]

Place = Callable[[int, int], Location]
"""Rendered line and column, from 1, to the place the user wrote."""


class Document(Struct, frozen=True, eq=False, dict=True):
    """One YAML document. ``data`` holds dicts, lists, text, ints, Decimals, booleans and None.

    ``rendered`` is what it was read from, where that was a template or could have been one;
    ``templated``: a template was rendered to it.
    """

    file: str
    data: Node
    text: str
    place: Place
    traps: tuple[TrapAt, ...] = ()
    rendered: "Rendered | None" = None
    templated: bool = False

    def locate(self, path: Path, *, key: bool = False) -> Location:
        """Where the value at ``path`` (or its key) was written; else its nearest ancestor."""
        line, column = self.position(path, key=key)
        return self.place(line, column)

    def has(self, path: Path) -> bool:
        """Whether the document itself holds something at ``path``."""
        node = self.data
        for step in path:
            if isinstance(node, dict) and isinstance(step, str):
                if step not in node:
                    return False
                node = node[step]
            elif isinstance(node, list) and isinstance(step, int) and step < len(node):
                node = node[step]
            else:
                return False
        return True

    def position(self, path: Path, *, key: bool = False) -> tuple[int, int]:
        """Line and column, from 1, in the rendered text."""
        return self._positions.of(path, key=key)

    def span(self, path: Path, *, key: bool = False) -> "Span | None":
        """Where the value at ``path`` (or its key) begins and ends in the rendered text."""
        return self._positions.span(path, key=key)

    @cached_property
    def _positions(self) -> "Positions":
        from smartplan.document.positions import Positions

        return Positions(self.text)


class ParseResult(Struct, frozen=True):
    """A document, or the findings that say why there is none."""

    document: Document | None
    findings: tuple[Finding, ...] = ()


def parse(
    text: str, file: str, place: Place | None = None, *, templated: bool = False
) -> ParseResult:
    """Read one bounded YAML document; every problem is an SP002 finding, never an exception."""
    from smartplan.document import yaml_reader

    where: Place = place or (lambda line, column: Location(file, line, column))
    read = yaml_reader.read(text)
    if read.problems:
        return _refused(read.problems, where, text)
    return ParseResult(Document(file, read.data, text, where, read.traps, templated=templated))


def _refused(problems: Iterable[UnreadableText], place: Place, text: str) -> ParseResult:
    findings: list[Finding] = []
    repeated = False
    for problem in problems:
        again = problem.key is not None and not repeated and _from_one_line(problem, place, text)
        repeated = repeated or again
        findings.append(_finding(problem, place, again=again))
    return ParseResult(None, tuple(findings))


def _finding(problem: UnreadableText, place: Place, *, again: bool) -> Finding:
    location = place(problem.line, problem.column)
    message, hint = str(problem), problem.hint
    if again:
        message = f"the key `{(problem.key or '')[:60]}` is the same in each pass of a loop"
        hint = "put `{{ loop.index }}` or the coin into it: names are unique"
    return Finding("SP002", Severity.ERROR, message, location, hint=hint)


def _from_one_line(problem: UnreadableText, place: Place, text: str) -> bool:
    """Whether a key that stands there twice was written once: in a loop."""
    here = place(problem.line, problem.column)
    if here == Location(here.file, problem.line, problem.column):
        return False
    from smartplan.document.positions import first_of_two

    first = first_of_two(text, problem.line, problem.column)
    return first is not None and place(*first) == here


def merged(documents: Iterable[Document]) -> dict[str, Node]:
    """The mappings of all documents in one; later ones win."""
    together: dict[str, Node] = {}
    for document in documents:
        if isinstance(document.data, dict):
            together = merge(together, document.data)
    return together


def merge(base: Mapping[str, Node], over: Mapping[str, Node]) -> dict[str, Node]:
    """``over`` on top of ``base``: mappings merge, everything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            merged[key] = merge(below, value)
        else:
            merged[key] = value
    return merged
