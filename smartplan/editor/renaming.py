"""A trade gets another name, and its plan says which it had: so it keeps its live trade."""

from smartplan.diagnostics import Rename
from smartplan.document.edits import Edit
from smartplan.document.rewriting import rewritten
from smartplan.document.tree import Document
from smartplan.errors import UsageError
from smartplan.trade.parse import NAME, Entry, entries
from smartplan.workflow.insertions import added, respelled


def renamed(document: Document, old: str, new: str, taken: frozenset[str]) -> list[Edit]:
    """The edits that name a trade anew. Raises ``UsageError`` where it cannot be done."""
    if not NAME.fullmatch(new):
        raise UsageError(f"{new} is no name: lower-case letters, digits and hyphens, at most 40")
    if new == old:
        raise UsageError(f"{old} is its name already")
    if new in taken:
        raise UsageError(f"{new} is the name of another trade")
    entry = next((one for one in entries(document) if one.name == old and one.at), None)
    if entry is None:
        raise UsageError(f"{old} has its name from its file: write `renamed_from` yourself")
    named = respelled(document, Rename(entry.at, new), entry.at)
    said = _said(document, entry, old)
    for edits in (named, said):
        if isinstance(edits, str):
            raise UsageError(f"{old}: {edits}")
    together = [edit for edits in (named, said) for edit in edits if isinstance(edit, Edit)]
    after = rewritten(document, together)
    names = {one.name for one in entries(after)} if after is not None else set()
    if names != {one.name for one in entries(document)} - {old} | {new}:
        raise UsageError(f"{old} is named by a template: rename it there")
    return together


def _said(document: Document, entry: Entry, old: str) -> "list[Edit] | str":
    """``renamed_from`` in the trade; one that is there stays, for the live trade has that name."""
    lifecycle = entry.body.get("lifecycle")
    own = document.has((*entry.at, "lifecycle"))
    if isinstance(lifecycle, dict) and "renamed_from" in lifecycle:
        return []
    if own and isinstance(lifecycle, dict):
        edits = added(document, (*entry.at, "lifecycle"), "renamed_from", old)
    else:
        edits = added(document, entry.at, "lifecycle", f"{{renamed_from: {old}}}")
    return edits if isinstance(edits, str) else list(edits)
