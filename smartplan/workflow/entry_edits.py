"""Amendments of a trade's entry as edits of the author's text, where they change nothing else."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from smartplan.diagnostics import Path
from smartplan.document.edits import Edit, StaleEdit
from smartplan.document.literals import Holder
from smartplan.document.rewriting import rewritten
from smartplan.document.scalars import Node
from smartplan.document.yaml_writer import flow_text
from smartplan.trade.amendments import Amendment, unlike
from smartplan.trade.field_holders import Shared, changed_fields, holder_of, node_at
from smartplan.trade.fields import value_text
from smartplan.trade.parse import Entry, entries
from smartplan.workflow.fixes import why_not
from smartplan.workflow.insertions import added, added_behind, appended, dropped

_ORDER = (
    "account", "account_id", "name", "pair", "instant", "skip_enter_step", "leverage", "position",
    "take_profit", "stop_loss", "note", "lifecycle",
)  # fmt: skip
"""The keys of an entry as everybody writes them."""


class Amended(Struct, frozen=True):
    """The edits of an amendment, the file and line of it, and what stood there before."""

    edits: tuple[Edit, ...]
    place: str
    was: str = ""


def said_by(amendment: Amendment) -> str:
    """What an entry says then, on one line; empty for what is gone."""
    if amendment.gone:
        return ""
    if isinstance(amendment.value, dict | list):
        return flow_text(amendment.value)
    return value_text(amendment.value)


def amended(entry: Entry, wanted: Amendment) -> Amended | str:
    """How the text of an entry is amended so that nothing else changes with it; or why not."""
    path, value = wanted.path, wanted.value
    there = node_at(entry.body, path)
    if wanted.gone:
        return _dropped(entry, path)
    if isinstance(value, dict | list) or there is None or isinstance(there, dict | list):
        return _put(entry, path, value)
    found = holder_of(entry, path, value)
    if isinstance(found, Holder):
        return Amended((found.edit(value),), f"{found.file}:{found.line}", found.text)
    if isinstance(found, Shared):
        if not entry.document.has((*entry.at, *path)):
            own = _put(entry, path, value)  # what `defaults` say is said anew for this trade
            if isinstance(own, Amended):
                return own
        others = ", ".join(found.others)
        return f"{found.location.file}:{found.location.line} also says something else: {others}"
    if found is None:
        where, text = entry.locate(path, key=True), flow_text({str(path[-1]): value})[1:-1]
        return f"{where.file}:{where.line}: it takes several lines; write there: `{text}`"
    return why_not(found)


def _put(entry: Entry, path: Path, value: Node) -> Amended | str:
    """Put there what the entry itself does not say yet, in the deepest mapping that it has."""
    document = entry.document
    depth = max(n for n in range(len(path)) if document.has((*entry.at, *path[:n])))
    around = node_at(entry.body, path[:depth])
    at = (*entry.at, *path[:depth])
    if isinstance(around, list):
        text = flow_text(value)
        ways: Iterator[Sequence[Edit] | str] = iter([appended(document, at, len(around), text)])
    else:
        key, nested = str(path[depth]), _nested(entry, path, depth, value)
        text = f"{key}: {flow_text(nested)}"
        ways = _ways_to_add(entry, at, key, flow_text(nested))
    reason = ""
    for edits in ways:
        problem = edits if isinstance(edits, str) else _problem(entry, edits, path, value)
        if problem is None and not isinstance(edits, str):
            edit = edits[0]
            line = edit.line + edit.new.startswith("\n")
            return Amended(tuple(edits), f"{edit.file}:{line}", "")
        reason = problem or reason
    where = document.locate(at, key=True)
    return f"{where.file}:{where.line}: {reason}; write there: `{text}`"


def _nested(entry: Entry, path: Path, depth: int, value: Node) -> Node:
    """``value`` under the keys that are missing; a list that is not the entry's own, as a whole."""
    steps = path[depth + 1 :]
    if number := next((n for n, step in enumerate(steps) if isinstance(step, int)), None):
        value, steps = _with(entry.body, path, depth + 1 + number, value), steps[:number]
    elif number == 0:
        return _with(entry.body, path, depth + 1, value)
    for step in reversed(steps):
        value = {str(step): value}
    return value


def _with(body: Node, path: Path, depth: int, value: Node) -> Node:
    """The list at the first ``depth`` steps of a path with ``value`` in it."""

    def put(node: Node, steps: Path) -> Node:
        if not steps:
            return value
        first = steps[0]
        if isinstance(first, int):
            items = list(node) if isinstance(node, list) else []
            below = items[first] if first < len(items) else None
            return [*items[:first], put(below, steps[1:]), *items[first + 1 :]]
        fields = node if isinstance(node, dict) else {}
        return {**fields, first: put(fields.get(first), steps[1:])}

    return put(node_at(body, path[:depth]), path[depth:])


def _ways_to_add(entry: Entry, at: Path, key: str, value: str) -> Iterator[Sequence[Edit] | str]:
    """Behind what stands before it as a rule, else first of all."""
    document = entry.document
    own = node_at(document.data, at)
    before = list(own) if isinstance(own, dict) else []
    if len(at) == len(entry.at) and key in _ORDER:
        earlier = _ORDER[: _ORDER.index(key)]
        before = [name for name in before if name in earlier]
    if before:
        yield added_behind(document, at, before[-1], f"{key}: {value}")
    yield added(document, at, key, value)


def _dropped(entry: Entry, path: Path) -> Amended | str:
    where = entry.locate(path)
    place = f"{where.file}:{where.line}"
    edits = dropped(entry.document, entry.address(path))
    problem = edits if isinstance(edits, str) else _problem(entry, edits, path[:-1], None)
    was = flow_text(node_at(entry.body, path))
    if problem is None and not isinstance(edits, str):
        return Amended(tuple(edits), place, was)
    items = node_at(entry.body, path[:-1])
    if isinstance(items, list) and not entry.document.has((*entry.at, *path[:-1])):
        left = [item for number, item in enumerate(items) if number != path[-1]]
        own = _put(entry, path[:-1], left)  # what `defaults` say is said anew for this trade
        return own if isinstance(own, str) else replace(own, was=was)
    return f"{place}: {problem}; take it out there"


def _problem(entry: Entry, edits: Sequence[Edit], path: Path, value: Node) -> str | None:
    """What speaks against edits after which an entry is to say ``value`` at ``path``."""
    try:
        after = rewritten(entry.document, edits)
    except StaleEdit:
        after = None
    becomes = (
        next((one for one in entries(after) if one.name == entry.name), None) if after else None
    )
    if after is None or becomes is None:
        return "the plan could not be read any more"
    others = {
        name if name != entry.name else ".".join(map(str, at))
        for (name, at), _ in changed_fields(entry.document, after)
        if name != entry.name or (at[: len(path)] != path and path[: len(at)] != at)
    }
    if others:
        return f"something else would change with it: {', '.join(sorted(others))}"
    if value is not None and any(unlike(path, node_at(becomes.body, path), value)):
        return "a template puts it together"
    return None
