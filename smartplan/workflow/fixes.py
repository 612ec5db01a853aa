"""``lint --fix``: what a finding says can be done about it, done in the author's own text.

A fix is made only where it leaves no doubt: the finding goes, no other comes, and nothing is said
differently but what the finding is about. What is found then in a trade that could not be read
before did not come: it was hidden.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from smartplan.diagnostics import (
    Add,
    Finding,
    Rename,
    Respell,
    Rewrite,
)
from smartplan.diagnostics import Path as Address
from smartplan.document.edits import Edit, StaleEdit
from smartplan.document.literals import Computed
from smartplan.document.rewriting import differences
from smartplan.document.tree import Document
from smartplan.document.value_places import places_of
from smartplan.trade.parse import entries
from smartplan.workflow.insertions import added, respelled
from smartplan.workflow.lint_many import part_of
from smartplan.workflow.lint_plans import (
    LintResult,
    LoadedPlan,
    PlanSet,
    neighbours_of,
    read_plan,
    texts_by_name,
)
from smartplan.workflow.lint_scope import context_of, selection_of
from smartplan.workflow.plan_files import PlanFiles


class Refused(Struct, frozen=True):
    """A finding that was not fixed, and why."""

    finding: Finding
    reason: str


class Fixes(Struct, frozen=True):
    """What was fixed and what was not; ``files`` hold what is to be written."""

    done: tuple[Finding, ...]
    refused: tuple[Refused, ...]
    files: PlanFiles


class Judged(Struct, frozen=True):
    """A plan with what it says by itself; ``checked`` has the trades that fit."""

    read: LoadedPlan
    findings: tuple[Finding, ...]
    checked: LintResult

    @property
    def readable(self) -> frozenset[str]:
        """The names of the trades that fit."""
        return frozenset(trade.name for trade in self.checked.trades)


More = Callable[[LintResult], Iterable[Finding]]
"""What else is known of a plan: what the exchange says of it."""


class Fixing(Struct, frozen=True):
    """How plans are judged while they are being fixed."""

    workspace: PlanSet
    now: datetime
    more: More = lambda _: ()

    def judge(self, workspace: PlanSet, file: Path | str) -> Judged:
        """A plan as it is in a workspace, with its comments heeded."""
        from smartplan.lint import run
        from smartplan.lint.registry import applied

        settings = workspace.settings
        selection = selection_of(settings)
        read = read_plan(workspace, file)
        part = part_of(read, workspace, context_of(settings, self.now), applied(selection))
        names = frozenset(trade.name for trade in part.trades)
        text_of = texts_by_name([read], workspace)
        checked = LintResult((), part.trades, (read.plan.name,), names, {}, text_of=text_of)
        return Judged(read, (*run.settled([part], selection), *self.more(checked)), checked)


def fix(fixing: Fixing) -> Fixes:
    """Every fix that leaves no doubt, in all selected plans; nothing is written yet."""
    files = PlanFiles(fixing.workspace)
    done: list[Finding] = []
    refused: list[Refused] = []
    for file in fixing.workspace.files:
        if isinstance(file, Path):
            _fix_plan(fixing, file, files, done, refused)
    return Fixes(tuple(done), tuple(refused), files)


def _fix_plan(
    fixing: Fixing, file: Path, files: PlanFiles, done: list[Finding], refused: list[Refused]
) -> None:
    tried: set[object] = set()
    while True:
        workspace = files.seen_by(fixing.workspace) if files.changed else fixing.workspace
        before = fixing.judge(workspace, file)
        open_ = [one for one in before.findings if one.fix and _identity(one) not in tried]
        if not open_:
            return
        wanted = open_[0]
        tried.add(_identity(wanted))
        found = _certain(fixing, (workspace, files), file, (before, wanted))
        if isinstance(found, str):
            refused.append(Refused(wanted, found))
        else:
            files.edit(found)
            done.append(wanted)


def certain_edits(fixing: Fixing, file: Path, finding: Finding) -> Sequence[Edit] | str:
    """What takes a finding of a plan away without a doubt; or why nothing does."""
    workspace = fixing.workspace
    before = fixing.judge(workspace, file)
    same = [one for one in before.findings if _identity(one) == _identity(finding)]
    if not same:
        return "it is not found any more"
    return _certain(fixing, (workspace, PlanFiles(workspace)), file, (before, same[0]))


def _certain(
    fixing: Fixing,
    at: tuple[PlanSet, PlanFiles],
    file: Path,
    what: tuple[Judged, Finding],
) -> Sequence[Edit] | str:
    """The first way to make a fix against which nothing speaks; or what does."""
    (workspace, files), (before, wanted) = at, what
    reason = "it is not certain what is meant"
    for edits in edits_of(before, wanted):
        if isinstance(edits, str):
            reason = edits
            continue
        try:
            after = files.seen_by(fixing.workspace, edits)
        except StaleEdit:
            continue
        problem = _doubt(fixing, (workspace, after), file, wanted, edits)
        if problem is None:
            return edits
        reason = problem
    return reason


def _identity(finding: Finding) -> object:
    return (finding.code, finding.trade, finding.path, finding.fix)


def edits_of(judged: Judged, finding: Finding) -> Iterable[Sequence[Edit] | str]:
    """The ways to make a fix, or why there is none."""
    document, fix_ = judged.read.document, finding.fix
    if document is None or fix_ is None:
        return
    match fix_:
        case Respell():
            yield respelled(document, fix_)
        case Rename():
            yield respelled(document, fix_, address(document, fix_.path))
        case Add():
            yield added(document, address(document, fix_.path[:-1]), str(fix_.path[-1]), fix_.value)
        case Rewrite():
            found = places_of(document, address(document, fix_.path))
            if found is None or isinstance(found, Computed):
                yield why_not(found)
            else:
                for holder in found:
                    yield (holder.edit(fix_.value),)


def why_not(found: Computed | None) -> str:
    """Why a value cannot be put into the plan: what it is computed from."""
    if found is None:
        return "the plan has no such value"
    inputs = "".join(f", {name} = {says} ({place})" for name, says, place in found.inputs)
    place = f"{found.location.file}:{found.location.line}"
    return f"it is computed at {place}: {found.expression}{inputs}"


def address(document: Document, path: Address) -> Address:
    """Where the value at ``path`` really stands: of the trade, or in ``defaults``."""
    for entry in entries(document):
        if path[: len(entry.at)] == entry.at and len(path) > len(entry.at):
            return entry.address(path[len(entry.at) :])
    return path


def _doubt(
    fixing: Fixing,
    workspaces: tuple[PlanSet, PlanSet],
    file: Path,
    wanted: Finding,
    edits: Sequence[Edit],
) -> str | None:
    """What speaks against edits that were tried: None if nothing does."""
    before, after = (fixing.judge(workspace, file) for workspace in workspaces)
    if after.read.document is None:
        return "the plan could not be read any more"
    same = _keys(before.findings)[_key(wanted)]
    if _keys(after.findings)[_key(wanted)] >= same:
        return "it would not go away"
    if problem := _came(before, after) or _said_otherwise(before, after, wanted.code):
        return problem
    if all(edit.file == before.read.plan.name for edit in edits):
        return None
    others = {*fixing.workspace.files, *neighbours_of(fixing.workspace)} - {file}
    for other in sorted(others, key=str):
        was, becomes = (fixing.judge(workspace, other) for workspace in workspaces)
        if problem := _came(was, becomes) or _said_otherwise(was, becomes, wanted.code):
            return f"{was.read.plan.name}: {problem}"
    return None


def _key(finding: Finding) -> tuple[object, ...]:
    return (finding.code, finding.trade, finding.path, finding.message)


def _keys(findings: Iterable[Finding]) -> Counter[tuple[object, ...]]:
    return Counter(map(_key, findings))


def _came(before: Judged, after: Judged) -> str | None:
    was = Counter((one.code, one.trade, one.path) for one in before.findings)
    for one in after.findings:
        key = (one.code, one.trade, one.path)
        was[key] -= 1
        hidden = one.trade is not None and one.trade not in before.readable
        if was[key] < 0 and not hidden:
            return f"{one.code} would come: {one.message}"
    return None


def _said_otherwise(before: Judged, after: Judged, code: str) -> str | None:
    """Whether anything is said differently but what findings of this code are about."""
    one, other = before.read.document, after.read.document
    if one is None or other is None:
        return None
    meant = [at for found in before.findings if found.code == code for at in _about(one, found)]
    for path in differences(one.data, other.data):
        if not any(path[: len(about)] == about for about in meant):
            return f"something else would change with it: {'.'.join(map(str, path))}"
    return None


def _about(document: Document, finding: Finding) -> Iterator[Address]:
    """What may change with a fix: a finding of what a loop writes is told of its first trade."""
    match finding.fix:
        case Rewrite(path=path) | Add(path=path):
            depth = len(path)
        case Rename(path=path):
            depth = len(path) - 1
        case _:
            return
    yield address(document, path)[:depth]
    listed = entries(document)
    own = next((one for one in listed if one.at and path[: len(one.at)] == one.at), None)
    if own is None or not document.templated:
        return
    start = len(own.at)
    for other in listed:
        said = finding.path[start:]
        places = {other.locate(said), other.locate(said, key=True)}
        if other is not own and finding.location in places:
            yield other.address(path[start:])[:depth]
