"""``drift --keep``: what the exchange says, put into the plan where the value is really held."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from smartplan.changes.changeset import Blocked, Orphan
from smartplan.changes.diff.field_change import FieldChange
from smartplan.document.edits import Edit
from smartplan.document.literals import Computed, Holder
from smartplan.document.rewriting import rewritten
from smartplan.document.tree import Document
from smartplan.errors import UsageError
from smartplan.trade.holders import Shared, changed_fields, holder_of
from smartplan.trade.parse import PlannedTrade
from smartplan.workflow.fixes import why_not
from smartplan.workflow.lint_plans import LintResult, PlanSet, neighbours_of, read_plan
from smartplan.workflow.plan_files import PlanFiles


class KeptField(Struct, frozen=True):
    """A field that the plan can say as the exchange does: ``place`` is where, ``was`` what it said.

    Without a ``place`` it cannot, and ``reason`` says why.
    """

    name: str
    change: FieldChange
    place: str | None = None
    was: str = ""
    reason: str = ""


class Keeping(Struct, frozen=True):
    """What becomes of the fields that were to be kept, and the files that would be written."""

    fields: tuple[KeptField, ...]
    files: PlanFiles


def keep(
    workspace: PlanSet,
    checked: LintResult,
    drifted: Sequence[Blocked | Orphan],
    names: Sequence[str],
) -> Keeping:
    """Put into the plans what the exchange says of these trades. Nothing is written yet.

    Raises ``UsageError`` for a name under which nothing moved.
    """
    moved = {one.of.name: one for one in drifted if isinstance(one, Blocked)}
    planned = {trade.name: trade for trade in checked.trades}
    for name in names:
        if name not in moved or name not in planned:
            known = ", ".join(sorted(moved.keys() & planned.keys())) or "none"
            problem = f"{name} did not move on the exchange"
            raise UsageError(problem, hint=f"those that did: {known}")
    files = PlanFiles(workspace)
    fields = [
        field
        for name in dict.fromkeys(names)
        for field in _kept(workspace, planned[name], moved[name], files)
    ]
    return Keeping(tuple(fields), files)


def _kept(
    workspace: PlanSet, planned: PlannedTrade, moved: Blocked, files: PlanFiles
) -> Iterator[KeptField]:
    entry = planned
    for change in moved.changes:
        entry = replace(entry, document=_as_it_is(entry.document, workspace, files))
        found = holder_of(entry, change.path, change.before)
        if not isinstance(found, Holder):
            yield KeptField(planned.name, change, reason=_why_not(found))
            continue
        edit = found.edit(change.before)
        others = _elsewhere(workspace, entry.document.file, edit, files)
        place = f"{found.file}:{found.line}"
        if others:
            reason = f"{place} also says something of {', '.join(others)}"
            yield KeptField(planned.name, change, reason=reason)
            continue
        files.edit([edit])
        yield KeptField(planned.name, change, place, found.text)


def _as_it_is(document: Document, workspace: PlanSet, files: PlanFiles) -> Document:
    """The document with what was kept so far."""
    if not files.changed:
        return document
    seen = files.seen_by(workspace)
    for file in workspace.files:
        if not isinstance(file, str) and seen.surroundings.shown(file) == document.file:
            return read_plan(seen, file).document or document
    return document


def _elsewhere(workspace: PlanSet, own: str, edit: Edit, files: PlanFiles) -> list[str]:
    """The trades of other plans that would say something else."""
    if edit.file == own:
        return []
    seen = files.seen_by(workspace)
    names: set[str] = set()
    for file in (*workspace.files, *neighbours_of(workspace)):
        document = read_plan(seen, file).document
        if document is None or document.file == own:
            continue
        after = rewritten(document, [edit])
        if after is None:
            names.add(document.file)
        else:
            names |= {name for (name, _), _ in changed_fields(document, after)}
    return sorted(names)


def _why_not(found: Computed | Shared | None) -> str:
    if isinstance(found, Shared):
        others = ", ".join(found.others)
        place = f"{found.location.file}:{found.location.line}"
        return f"{place} also says something else: {others}"
    return why_not(found)
