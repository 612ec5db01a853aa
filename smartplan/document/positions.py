"""Where a value stands in a text that was read; composed by PyYAML when a finding asks."""

from collections.abc import Iterator

from msgspec import Struct

from smartplan.diagnostics import Path
from smartplan.document.yaml_library import CParser, yaml


class Span(Struct, frozen=True):
    """A value or key in a text: where it begins and ends, line and column from 1.

    ``scalar``: it is neither a mapping nor a list; ``flow``: it stands in brackets.
    """

    start: tuple[int, int]
    end: tuple[int, int]
    scalar: bool
    flow: bool = False


class Positions:
    """The places of one document, which the reader has accepted."""

    def __init__(self, text: str) -> None:
        composer = _Composer(text)
        try:
            self._root: yaml.Node | None = composer.get_single_node()
        finally:
            composer.dispose()

    def of(self, path: Path, *, key: bool) -> tuple[int, int]:
        """Line and column, from 1, of the value (or key) at ``path``; else its nearest ancestor."""
        node = self._root
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

    def span(self, path: Path, *, key: bool) -> Span | None:
        """Where exactly the value (or key) at ``path`` stands; None where there is none."""
        node = self._root
        key_node: yaml.Node | None = None
        for step in path:
            child = _child(node, step) if node is not None else None
            if child is None:
                return None
            key_node, node = child
        found = key_node if key else node
        if found is None:
            return None
        start, end = found.start_mark, found.end_mark
        flow = isinstance(found, yaml.CollectionNode) and bool(found.flow_style)
        return Span(
            (start.line + 1, start.column + 1),
            (end.line + 1, end.column + 1),
            scalar=isinstance(found, yaml.ScalarNode),
            flow=flow,
        )


def first_of_two(text: str, line: int, column: int) -> tuple[int, int] | None:
    """Where the key was written first that stands again at this line and column, from 1."""
    composer = _Composer(text)
    try:
        root = composer.get_single_node()
    except yaml.YAMLError:
        return None
    finally:
        composer.dispose()
    pending: list[yaml.Node] = [root] if root is not None else []
    while pending:
        node = pending.pop()
        if isinstance(node, yaml.SequenceNode):
            pending += node.value
        elif isinstance(node, yaml.MappingNode):
            first: dict[str, yaml.Mark] = {}
            for key, value in node.value:
                pending.append(value)
                mark = first.setdefault(str(key.value), key.start_mark)
                place = (key.start_mark.line + 1, key.start_mark.column + 1)
                if place == (line, column) and mark is not key.start_mark:
                    return mark.line + 1, mark.column + 1
    return None


class _Composer(CParser, yaml.resolver.BaseResolver):
    """Nodes with marks."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        yaml.resolver.BaseResolver.__init__(self)


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
