"""``drift --keep``: what the exchange says, put into the plan where the value is really held."""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from smartplan.changes.changeset import Action, Blocked, Changeset, SetNote, Update, Why
from smartplan.changes.diff.field_change import FieldChange
from smartplan.diagnostics import Finding, Path, Severity
from smartplan.document.edits import Edit
from smartplan.document.rewriting import rewritten
from smartplan.errors import UsageError
from smartplan.trade.amendments import Amendment, amendments
from smartplan.trade.field_holders import changed_fields
from smartplan.trade.parse import Entry, PlannedTrade, entries
from smartplan.trade.plan_entry import shown_entry
from smartplan.workflow.entry_edits import amended, said_by
from smartplan.workflow.lint_plans import LintResult, PlanSet, neighbours_of, read_plan
from smartplan.workflow.plan_files import PlanFiles

_Again = Callable[[PlanSet], tuple[LintResult, Changeset]]
"""What lint finds, and what apply would do, with the texts as they are in a workspace."""
_NOTE: Path = ("note",)


class KeptField(Struct, frozen=True):
    """What the plan can say as the exchange does: ``place`` is where, ``was`` what it said.

    Without a ``place`` it cannot, and ``reason`` says why.
    """

    name: str
    path: Path
    says: str
    place: str | None = None
    was: str = ""
    reason: str = ""


class Keeping(Struct, frozen=True):
    """What becomes of the fields that were to be kept, and the files that would be written."""

    fields: tuple[KeptField, ...]
    files: PlanFiles


def keep(
    workspace: PlanSet,
    names: Sequence[str],
    read: Callable[[PlanSet], LintResult],
    compared: Callable[[LintResult], Changeset],
) -> Keeping:
    """Put into the plans what the exchange says of these trades. Nothing is written yet.

    ``read`` lints the plans as they would be, ``compared`` is what apply would do of them. Raises
    ``UsageError`` for a name under which nothing moved.
    """

    def again(plans: PlanSet) -> tuple[LintResult, Changeset]:
        checked = read(plans)
        return checked, compared(checked)

    checked, found = again(workspace)
    moved = {name for name in _planned(checked) if any(_differences(found, name))}
    for name in names:
        if name not in moved:
            known = ", ".join(sorted(moved)) or "none"
            stuck = [one.reason for one in found.blocked if one.of.name == name]
            problem = f"{name}: {stuck[0]}" if stuck else f"{name} did not move on the exchange"
            raise UsageError(problem, hint=f"those that did: {known}")
    files = PlanFiles(workspace)
    fields = [
        field for name in dict.fromkeys(names) for field in _kept(workspace, name, files, again)
    ]
    return Keeping(tuple(fields), files)


def _planned(checked: LintResult) -> dict[str, PlannedTrade]:
    return {trade.name: trade for trade in checked.trades}


def _differences(found: Changeset, name: str) -> Iterator[tuple[Action, Sequence[FieldChange]]]:
    """What of a trade the exchange has otherwise: what moved there, and a note."""
    for action in found.actions:
        if action.of.name != name:
            continue
        if isinstance(action, Blocked) and action.why is Why.EXCHANGE and action.live is not None:
            yield action, action.changes
        elif isinstance(action, SetNote | Update):
            notes = [change for change in action.changes if change.path == _NOTE]
            if notes:
                yield action, notes


def _kept(workspace: PlanSet, name: str, files: PlanFiles, again: _Again) -> Iterator[KeptField]:
    """What was kept of a trade; what comes to light only then is kept, too."""
    tried: set[Path] = set()
    while True:
        checked, found = again(files.seen_by(workspace))
        trade = _planned(checked)[name]
        asked = [one for one in _asked(trade, found) if one[0] not in tried]
        tried |= {path for path, wanted in asked if wanted}
        before = files.copy()
        fields = [
            field for _, wanted in asked for field in _amended(workspace, trade, wanted, files)
        ]
        if not any(field.place for field in fields):
            yield from fields
            yield from (_unsaid(trade, path) for path, wanted in asked if not wanted)
            return
        after, _ = again(files.seen_by(workspace))
        wrong = [finding for key, finding in _errors(after).items() if key not in _errors(checked)]
        if wrong:
            files.restore(before)
            reason = f"the plan would have an error ({wrong[0].code}: {wrong[0].message})"
            yield from (replace(field, place=None, was="", reason=reason) for field in fields)
            return
        yield from fields


def _asked(trade: PlannedTrade, found: Changeset) -> Iterator[tuple[Path, list[Amendment]]]:
    for action, changes in _differences(found, trade.name):
        live = action.live if isinstance(action, Blocked) else None
        shown = shown_entry(live) if live is not None else {}
        fields = [(change.path, change.before) for change in changes]
        yield from amendments(trade.body, shown, fields)


def _unsaid(trade: PlannedTrade, path: Path) -> KeptField:
    reason = f"{trade.locate(path)}: no plan says that; make it say what the exchange does"
    return KeptField(trade.name, path, "", reason=reason)


def _errors(checked: LintResult) -> dict[object, Finding]:
    return {
        (one.code, one.trade, one.path): one
        for one in checked.findings
        if one.severity is Severity.ERROR
    }


def _amended(
    workspace: PlanSet, trade: PlannedTrade, wanted: Sequence[Amendment], files: PlanFiles
) -> list[KeptField]:
    """What belongs together: all of it, or nothing."""
    before = files.copy()
    done = [_one(workspace, trade, one, files) for one in wanted]
    reason = next((one.reason for one in done if one.place is None), "")
    if not reason:
        return done
    files.restore(before)
    return [replace(one, place=None, was="", reason=one.reason or reason) for one in done]


def _one(workspace: PlanSet, trade: PlannedTrade, wanted: Amendment, files: PlanFiles) -> KeptField:
    entry = _as_it_is(trade, workspace, files)
    done, field = amended(entry, wanted), KeptField(trade.name, wanted.path, said_by(wanted))
    if isinstance(done, str):
        return replace(field, reason=done)
    if others := _elsewhere(workspace, trade.document.file, done.edits, files):
        reason = f"{done.place} also says something of {', '.join(others)}"
        return replace(field, reason=reason)
    files.edit(done.edits)
    return replace(field, place=done.place, was=done.was)


def _as_it_is(trade: PlannedTrade, workspace: PlanSet, files: PlanFiles) -> Entry:
    """The entry with what was kept so far."""
    if not files.changed:
        return trade
    seen = files.seen_by(workspace)
    for file in workspace.files:
        if not isinstance(file, str) and seen.surroundings.shown(file) == trade.document.file:
            document = read_plan(seen, file).document
            listed = entries(document) if document is not None else ()
            return next((one for one in listed if one.name == trade.name), trade)
    return trade


def _elsewhere(workspace: PlanSet, own: str, edits: Sequence[Edit], files: PlanFiles) -> list[str]:
    """The trades of other plans that would say something else."""
    if all(edit.file == own for edit in edits):
        return []
    seen = files.seen_by(workspace)
    names: set[str] = set()
    for file in (*workspace.files, *neighbours_of(workspace)):
        document = read_plan(seen, file).document
        if document is None or document.file == own:
            continue
        after = rewritten(document, edits)
        if after is None:
            names.add(document.file)
        else:
            names |= {name for (name, _), _ in changed_fields(document, after)}
    return sorted(names)
