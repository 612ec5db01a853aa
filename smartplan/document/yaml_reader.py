"""Events of PyYAML's C parser to bounded data: the walls against hostile and careless YAML.

Stock loaders are slow, make binary floats, let a duplicate key win in silence, expand merge bombs
and crash on deep nesting.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from smartplan.document.scalars import SHORT, Node, NumberTooLarge, TrapAt, read_plain, read_short
from smartplan.document.yaml_library import (
    AliasEvent,
    CParser,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
    yaml,
)
from smartplan.text import MAX_VALUE, UnreadableText, check, forbidden, unshown

_Event = Any
"""PyYAML's stubs do not know which events carry a tag, an anchor or a mark."""

MAX_DEPTH = 32
MAX_NODES = 50_000
_MERGE = "<<"
_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
_TOO_DEEP_HINT = "a plan needs fewer than ten: a bracket is left open, or a line indented too far"
_PARSER_TOO_DEEP = "exceeded maximum nesting depth"
"""What PyYAML says of its own limit, from 6.0.4 on: a thousand levels."""


class Reading(Struct, frozen=True):
    """What was read, the traps on the way, and every problem: with one there is no data."""

    data: Node
    traps: tuple[TrapAt, ...]
    problems: tuple[UnreadableText, ...]


def read(text: str) -> Reading:
    """One bounded document."""
    reader = _Reader(text)
    data: Node = None
    try:
        check(text)
        data = reader.read()
    except UnreadableText as problem:
        reader.problems.append(problem)
    except yaml.YAMLError as error:
        from smartplan.document.yaml_errors import explained

        reader.problems.append(_too_deep(error, text) or explained(error, text))
    return Reading(data, tuple(reader.traps), tuple(reader.problems))


def _too_deep(error: yaml.YAMLError, text: str) -> UnreadableText | None:
    """What our own limit says of a text whose nesting was too much for the parser.

    The parser looks ahead: what it had seen when it gave up has our limit in it, unless something
    else is wrong before that. None for any other complaint.
    """
    mark = getattr(error, "problem_mark", None)
    if getattr(error, "problem", None) != _PARSER_TOO_DEEP or mark is None:
        return None
    seen = read(text[: max(mark.index - 1, 0)]).problems
    place = (mark.line + 1, mark.column + 1)
    return seen[-1] if seen else UnreadableText(_TOO_DEEP, *place, _TOO_DEEP_HINT)


class _Reader:
    """Events to data, counting nodes as they would be with every alias and merge expanded."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._open_anchors: set[str] = set()
        self._nodes = 0
        self.problems: list[UnreadableText] = []
        self.traps: list[TrapAt] = []

    def read(self) -> Node:
        """The data of the one document. Raises ``UnreadableText`` or ``yaml.YAMLError``.

        ``problems`` are the mistakes that did not keep it from reading on.
        """
        parser = CParser(self._text)
        self._next: Callable[[], _Event] = parser.get_event
        try:
            self._next()  # the start of the stream
            if type(self._next()) is StreamEndEvent:
                return None
            data = self._node(self._next(), 1)
            self._next()  # the end of the document
            event = self._next()
            if type(event) is not StreamEndEvent:
                raise _problem(
                    event, "a second YAML document begins here", "one document a file: split it"
                )
        finally:
            parser.dispose()
        return data

    def _node(self, event: _Event, depth: int) -> Node:
        kind = type(event)
        if kind is AliasEvent:
            return self._alias(event)
        if event.tag is not None:
            raise _problem(
                event, f"the tag {event.tag[:60]!r} is not allowed", "delete it; quote what is text"
            )
        if event.anchor is not None:
            return self._anchored(event, depth)
        return self._scalar(event) if kind is ScalarEvent else self._collection(event, depth)

    def _anchored(self, event: _Event, depth: int) -> Node:
        anchor, before = event.anchor, self._nodes
        self._open_anchors.add(anchor)
        scalar = type(event) is ScalarEvent
        data = self._scalar(event) if scalar else self._collection(event, depth)
        self._open_anchors.discard(anchor)
        self._anchors[anchor] = (data, self._nodes - before)
        return data

    def _collection(self, event: _Event, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _problem(event, _TOO_DEEP, _TOO_DEEP_HINT)
        mapping = type(event) is MappingStartEvent
        data: Node = self._mapping(depth + 1) if mapping else self._sequence(depth + 1)
        self._count(event, 1)
        return data

    def _count(self, event: _Event, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise _problem(
                event,
                f"more than {MAX_NODES:,} values once aliases and merges are expanded",
                "split the plan, or drop the aliases",
            )

    def _alias(self, event: _Event) -> Node:
        name = event.anchor
        if name in self._open_anchors:
            raise _problem(event, f"the alias *{name[:60]} contains itself")
        if name not in self._anchors:
            raise _problem(event, f"the alias *{name[:60]} has no anchor above it")
        data, nodes = self._anchors[name]
        self._count(event, nodes)
        return data

    def _scalar(self, event: _Event) -> Node:
        if event.implicit[0] and len(event.value) <= SHORT:
            return self._short(event)
        self._nodes += 1
        if not event.implicit[0]:
            return _quoted(event, event.value)
        try:
            return read_plain(_bounded(event, event.value))
        except NumberTooLarge as error:
            raise _too_large(event, error) from None

    def _short(self, event: _Event) -> Node:
        self._nodes += 1
        try:
            value, trap = read_short(event.value)
        except NumberTooLarge as error:
            raise _too_large(event, error) from None
        if trap is not None:
            mark = event.start_mark
            self.traps.append(TrapAt(event.value, trap, mark.line + 1, mark.column + 1))
        return value

    def _sequence(self, depth: int) -> list[Node]:
        items: list[Node] = []
        event = self._next()
        while type(event) is not SequenceEndEvent:
            items.append(self._node(event, depth))
            event = self._next()
        return items

    def _mapping(self, depth: int) -> dict[str, Node]:
        items: dict[str, Node] = {}
        merges: list[tuple[_Event, Node]] = []
        next_event = self._next
        event = next_event()
        while type(event) is not MappingEndEvent:
            if type(event) is not ScalarEvent:
                raise _problem(event, "a key must be plain text", "quote it if it is one")
            if event.tag is not None or event.anchor is not None:
                raise _problem(event, "a key can carry neither tag nor anchor")
            plain = event.implicit[0]
            key = event.value if plain else _quoted(event, event.value)
            value_event = next_event()
            short = _is_short(value_event)
            value = self._short(value_event) if short else self._node(value_event, depth)
            if plain and key == _MERGE:
                if merges:
                    self.problems.append(_twice(event, key))
                merges.append((value_event, value))
            elif key in items:
                self.problems.append(_twice(event, key))
            else:
                items[key] = value
            event = next_event()
        self._nodes += len(items)
        for event, value in merges:
            _merge(event, value, items)
        return items


def _is_short(event: _Event) -> bool:
    """Whether it is a plain, short scalar and nothing else, as three of four values are."""
    return (
        type(event) is ScalarEvent
        and event.implicit[0]
        and len(event.value) <= SHORT
        and event.anchor is None
        and event.tag is None
    )


def _too_large(event: _Event, error: NumberTooLarge) -> UnreadableText:
    return _problem(event, f"{error} is no price, amount or percent")


def _quoted(event: _Event, text: str) -> str:
    if event.style == '"' and (character := unshown(text)):
        mark = event.start_mark
        raise forbidden(character, mark.line + 1, mark.column + 1)
    return _bounded(event, text)


def _bounded(event: _Event, text: str) -> str:
    if len(text) > MAX_VALUE:
        raise _problem(event, f"a text longer than {MAX_VALUE:,} characters")
    return text


def _problem(event: _Event, message: str, hint: str | None = None) -> UnreadableText:
    mark = event.start_mark
    return UnreadableText(message, mark.line + 1, mark.column + 1, hint)


def _twice(event: _Event, key: str) -> UnreadableText:
    mark = event.start_mark
    message = f"the key `{key[:60]}` stands here twice"
    return UnreadableText(message, mark.line + 1, mark.column + 1, "delete one of them", key=key)


def _merge(event: _Event, merged: Node, into: dict[str, Node]) -> None:
    for source in merged if isinstance(merged, list) else [merged]:
        if not isinstance(source, dict):
            raise _problem(event, "`<<` merges mappings only")
        for key, value in source.items():
            into.setdefault(key, value)
