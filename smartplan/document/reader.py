"""Events of PyYAML's C parser to bounded data: the walls against hostile and careless YAML.

Stock loaders are slow, make binary floats, let a duplicate key win in silence, expand merge bombs
and crash on deep nesting.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from smartplan.document.scalars import NumberTooLarge, Trap, read_plain, trap_in

Node = dict[str, "Node"] | list["Node"] | str | int | bool | Decimal | None
_Event = Any
"""PyYAML's stubs do not know which events carry a tag, an anchor or a mark."""

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_NODES = 50_000

_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""Control, bidirectional and unpaired surrogate characters: they make a plan read unlike it is."""


@dataclass(frozen=True, slots=True)
class TrapAt:
    """A YAML 1.1 trap at a line and column of the rendered text."""

    text: str
    trap: Trap
    line: int
    column: int


class Unreadable(Exception):
    """Why the text is no plan, at a rendered line and column from 1, with the way out."""

    def __init__(self, message: str, line: int, column: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.line, self.column, self.hint = line, column, hint


class Reader:
    """Events to data, counting nodes as they would be with every alias and merge expanded."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._open_anchors: set[str] = set()
        self._nodes = 0
        self.problems: list[Unreadable] = []
        self.traps: list[TrapAt] = []

    def check_text(self) -> None:
        """Refuse what is too large or does not show as it reads. Raises ``Unreadable``."""
        if len(self._text) > MAX_BYTES or len(self._text.encode("utf-8", "replace")) > MAX_BYTES:
            raise Unreadable("the plan is larger than 1 MiB", 1, 1, "split it into several files")
        match = _UNSAFE.search(self._text)
        if match:
            before = self._text[: match.start()]
            line = before.count("\n") + 1
            column = match.start() - (before.rfind("\n") + 1) + 1
            raise Unreadable(
                f"the character U+{ord(match[0]):04X} is not allowed: it would not show",
                line,
                column,
                "delete it",
            )

    def read(self) -> Node:
        """The data of the one document. Raises ``Unreadable`` or ``yaml.YAMLError``."""
        parser = CParser(self._text)
        self._next: Callable[[], _Event] = parser.get_event
        try:
            self._next()  # StreamStart
            event = self._next()
            if type(event) is StreamEndEvent:
                return None
            data = self._node(self._next(), 1)
            event = self._next()
            assert type(event) is DocumentEndEvent  # noqa: S101  # the C parser's own grammar
            event = self._next()
            if type(event) is not StreamEndEvent:
                raise self._problem(
                    event, "a second YAML document begins here", "one document a file: split it"
                )
        finally:
            parser.dispose()
        return data

    def _problem(self, event: _Event, message: str, hint: str | None = None) -> Unreadable:
        mark = event.start_mark
        return Unreadable(message, mark.line + 1, mark.column + 1, hint)

    def _count(self, event: _Event, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise self._problem(
                event,
                f"more than {MAX_NODES:,} values once aliases and merges are expanded",
                "split the plan, or drop the aliases",
            )

    def _node(self, event: _Event, depth: int) -> Node:
        kind = type(event)
        if kind is AliasEvent:
            return self._alias(event)
        if event.tag is not None:
            raise self._problem(
                event, f"the tag {event.tag!r} is not allowed", "delete it; quote what is text"
            )
        if depth > MAX_DEPTH:
            raise self._problem(event, f"nested deeper than {MAX_DEPTH} levels")
        anchor = event.anchor
        before = self._nodes
        if anchor is not None:
            self._open_anchors.add(anchor)
        self._count(event, 1)
        data: Node
        if kind is ScalarEvent:
            data = self._scalar(event)
        elif kind is MappingStartEvent:
            data = self._mapping(depth)
        else:
            assert kind is SequenceStartEvent  # noqa: S101  # no other event starts a node
            data = self._sequence(depth)
        if anchor is not None:
            self._open_anchors.discard(anchor)
            self._anchors[anchor] = (data, self._nodes - before)
        return data

    def _alias(self, event: _Event) -> Node:
        if event.anchor in self._open_anchors:
            raise self._problem(event, f"the alias *{event.anchor} contains itself")
        if event.anchor not in self._anchors:
            raise self._problem(event, f"the alias *{event.anchor} has no anchor above it")
        data, nodes = self._anchors[event.anchor]
        self._count(event, nodes)
        return data

    def _scalar(self, event: _Event) -> Node:
        text: str = event.value
        if event.implicit[0]:
            return self._plain(event, text)
        if event.style == '"' and _UNSAFE.search(text):
            raise self._problem(event, "the quoted text holds a character that would not show")
        return text

    def _plain(self, event: _Event, text: str) -> Node:
        try:
            value = read_plain(text)
        except NumberTooLarge as error:
            raise self._problem(event, f"{error} is no price, amount or percent") from None
        if type(value) is str or type(value) is Decimal:
            trap = trap_in(text) if len(text) <= 20 and text[0] in _TRAP_FIRST else None
            if trap is not None:
                mark = event.start_mark
                self.traps.append(TrapAt(text, trap, mark.line + 1, mark.column + 1))
        return value

    def _sequence(self, depth: int) -> list[Node]:
        items: list[Node] = []
        while True:
            event = self._next()
            if type(event) is SequenceEndEvent:
                return items
            items.append(self._node(event, depth + 1))

    def _mapping(self, depth: int) -> dict[str, Node]:
        items: dict[str, Node] = {}
        merges: list[tuple[_Event, Node]] = []
        while True:
            event = self._next()
            if type(event) is MappingEndEvent:
                break
            if type(event) is not ScalarEvent:
                raise self._problem(event, "a key must be plain text", "quote it if it is one")
            if event.tag is not None or event.anchor is not None:
                raise self._problem(event, "a key can carry neither tag nor anchor")
            key: str = event.value
            self._count(event, 1)
            if key == "<<" and event.implicit[0]:
                value_event = self._next()
                merges.append((value_event, self._node(value_event, depth + 1)))
                continue
            if key in items:
                self.problems.append(
                    self._problem(event, f"the key `{key}` stands here twice", "delete one of them")
                )
            elif _UNSAFE.search(key):
                raise self._problem(event, "the key holds a character that would not show")
            items[key] = self._node(self._next(), depth + 1)
        for event, merged in merges:
            self._merge(event, merged, items)
        return items

    def _merge(self, event: _Event, merged: Node, into: dict[str, Node]) -> None:
        for source in merged if isinstance(merged, list) else [merged]:
            if not isinstance(source, dict):
                raise self._problem(event, "`<<` merges mappings only")
            for key, value in source.items():
                into.setdefault(key, value)


_TRAP_FIRST = frozenset("yYnNoO-+.0123456789")


def explain(error: yaml.YAMLError, text: str) -> Unreadable:
    """The parser's complaint as a sentence with a way out."""
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or "cannot be read as YAML")
    if mark is None:
        return Unreadable(f"not YAML: {problem}", 1, 1)
    line, column = mark.line + 1, mark.column + 1
    lines = text.split("\n")
    written = lines[mark.line] if mark.line < len(lines) else ""
    indent = written[: len(written) - len(written.lstrip())]
    if "\t" in indent:
        return Unreadable(
            "a tab in the indentation: YAML allows only spaces there",
            line,
            indent.index("\t") + 1,
            "replace the tab with spaces",
        )
    context = getattr(error, "context", None)
    message = f"not YAML: {problem}" + (f" ({context})" if context else "")
    return Unreadable(message, line, column, _HINTS.get(problem))


_HINTS = {
    "mapping values are not allowed in this context": (
        "a `:` too many on this line, or the line above is indented differently; "
        "text with `: ` in it needs quotes"
    ),
    "did not find expected key": "check the indentation of this line and the one above",
    "did not find expected ',' or '}'": "a `,` or `}` is missing",
    "did not find expected ',' or ']'": "a `,` or `]` is missing",
    "found character that cannot start any token": "quote text that begins with @, ` or %",
}
