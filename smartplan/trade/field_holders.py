"""Where a field of a trade can be changed in its plan, so that nothing else changes with it."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from smartplan.diagnostics import Location, Path
from smartplan.document.edits import StaleEdit
from smartplan.document.literals import Computed, Holder
from smartplan.document.rewriting import differences, rewritten
from smartplan.document.scalars import Node, Scalar
from smartplan.document.tree import Document
from smartplan.document.value_places import places_of
from smartplan.trade.parse import Entry, entries

_Field = tuple[str, Path]
"""A trade's name and the path of a field of it."""


class Shared(Struct, frozen=True):
    """A place that says more than one thing: ``others`` are what else would change with it."""

    location: Location
    others: tuple[str, ...]


def holder_of(entry: Entry, path: Path, value: Scalar) -> Holder | Computed | Shared | None:
    """The literal that, changed to ``value``, changes this field to it and nothing else.

    None where the plan has no such field, or no scalar there.
    """
    found = places_of(entry.document, entry.address(path))
    if found is None or isinstance(found, Computed):
        return found
    shared: Shared | None = None
    for holder in found:
        changed = _changed(entry.document, holder, value)
        if changed is None or (entry.name, path) not in changed:
            continue
        after, others = changed.pop((entry.name, path)), sorted({name for name, _ in changed})
        if not says(after, value):
            continue
        if not changed:
            return holder
        place = Location(holder.file, holder.line, holder.column)
        shared = shared or Shared(place, tuple(others))
    return shared or Computed(entry.locate(path), found[0].text)


def _changed(document: Document, holder: Holder, value: Scalar) -> dict[_Field, Node] | None:
    """The fields of all trades of a document that change, with what they then say."""
    try:
        after = rewritten(document, [holder.edit(value)])
    except StaleEdit:
        return None
    return dict(changed_fields(document, after)) if after is not None else None


def changed_fields(before: Document, after: Document) -> Iterator[tuple[_Field, Node]]:
    """The fields of trades that two versions of a document disagree about."""
    was = {entry.name: entry.body for entry in entries(before)}
    becomes = {entry.name: entry.body for entry in entries(after)}
    for name in dict.fromkeys([*was, *becomes]):
        for path in differences(was.get(name), becomes.get(name)):
            yield (name, path), node_at(becomes.get(name), path)


def node_at(node: Node, path: Path) -> Node:
    """What stands at a path of a body; None where nothing does."""
    for step in path:
        if isinstance(node, dict) and isinstance(step, str):
            node = node.get(step)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            return None
    return node


def says(node: Node, value: Scalar) -> bool:
    """Whether a scalar of a plan, quoted or not, stands for this value."""
    if isinstance(value, bool):
        return node is value or node == str(value).lower()
    if isinstance(value, int | Decimal):
        try:
            return not isinstance(node, bool) and Decimal(str(node)) == value
        except ArithmeticError:
            return False
    return node == value
