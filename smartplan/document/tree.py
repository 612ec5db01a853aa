"""YAML to data that knows where it came from.

Positions are not kept while parsing; they are looked up when a finding needs one.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

import yaml
from msgspec import Struct
from yaml._yaml import CParser
from yaml.resolver import BaseResolver

from smartplan.diagnostics import Finding, Location, Path, Severity
from smartplan.document.reader import Node, Reader, TrapAt, explain
from smartplan.document.text import Unreadable, check

__all__ = ["Document", "Node", "Parsed", "Place", "TrapAt", "merge", "parse"]

Place = Callable[[int, int], Location]
"""Rendered line and column, from 1, to the place the user wrote."""


class Document(Struct, frozen=True, eq=False, dict=True):
    """One YAML document. ``data`` holds dicts, lists, text, ints, Decimals, booleans and None."""

    file: str
    data: Node
    text: str
    place: Place
    traps: tuple[TrapAt, ...] = ()

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
        node = self._nodes
        if node is None:
            return (1, 1)
        mark = node.start_mark
        for step in path:
            child = _child(node, step)
            if child is None:
                break
            key_node, node = child
            # A block mapping or list as a value is best shown at the key that opens it.
            opens = isinstance(node, yaml.CollectionNode) and not node.flow_style
            mark = (key_node if key_node is not None and (key or opens) else node).start_mark
        return (mark.line + 1, mark.column + 1)

    @cached_property
    def _nodes(self) -> yaml.Node | None:
        composer = _Composer(self.text)
        try:
            node: yaml.Node | None = composer.get_single_node()
            return node
        finally:
            composer.dispose()


class Parsed(Struct, frozen=True):
    """A document, or the findings that say why there is none."""

    document: Document | None
    findings: tuple[Finding, ...] = ()


def parse(text: str, file: str, place: Place | None = None) -> Parsed:
    """Read one bounded YAML document; every problem is an SP002 finding, never an exception."""
    where: Place = place or (lambda line, column: Location(file, line, column))
    reader = Reader(text)
    try:
        check(text)
        data = reader.read()
    except Unreadable as problem:
        reader.problems.append(problem)
        data = None
    except yaml.YAMLError as error:
        reader.problems.append(explain(error, text))
        data = None
    if reader.problems:
        return Parsed(None, tuple(_finding(p, where) for p in reader.problems))
    return Parsed(Document(file, data, text, where, tuple(reader.traps)))


def _finding(problem: Unreadable, place: Place) -> Finding:
    location = place(problem.line, problem.column)
    return Finding("SP002", Severity.ERROR, str(problem), location, hint=problem.hint)


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


class _Composer(CParser, BaseResolver):
    """Nodes with marks; used only on text that the bounded reader has accepted."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        BaseResolver.__init__(self)


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode):
        if isinstance(step, int) and step < len(node.value):
            return (None, node.value[step])
        return None
    if not isinstance(node, yaml.MappingNode):
        return None
    for key, value in node.value:
        if key.value == step:
            return (key, value)
    for merged in _merged_into(node):
        found = _child(merged, step)
        if found is not None:
            return found
    return None


def _merged_into(node: yaml.MappingNode) -> Iterator[yaml.Node]:
    for key, value in node.value:
        if key.value == "<<" and not key.style:
            yield from value.value if isinstance(value, yaml.SequenceNode) else (value,)
