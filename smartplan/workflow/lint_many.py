"""Lint of any number of plans: several cores, and nothing kept of a plan that says nothing.

What a plan says by itself is judged plan by plan. Trades that concern each other are found by the
hash of what they must have in common; only their plans are read again and judged together.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from smartplan.document.tree import Node
from smartplan.trade.parse import entries
from smartplan.workflow import environments, processes, unread_values
from smartplan.workflow.environments import EnvironmentFindings, ReadIn, View
from smartplan.workflow.lint_plans import (
    LintFindings,
    LoadedPlan,
    PlanSet,
    findings_of_values,
    neighbours_of,
    read_plan,
    texts_by_name,
    too_little_memory,
)
from smartplan.workflow.lint_scope import selection_of
from smartplan.workflow.sources import STDIN

if TYPE_CHECKING:
    from smartplan.lint.context import Context
    from smartplan.lint.registry import Rule, Selection
    from smartplan.lint.run import DocumentResult
    from smartplan.workflow.neighbour_names import Names

NAMES = "SP101"
"""The rule of names, whose marks are those of names."""
Mark = tuple[str, int]
"""A rule's code and the hash of what a trade has in common with those it concerns."""


class _Judged(Struct, frozen=True):
    """What remains of a plan; ``part`` only if it says something by itself."""

    name: str
    trades: int
    marks: tuple[Mark, ...]
    part: "DocumentResult | None"
    left: tuple[str, ...] = ()


class _InEach(Struct, frozen=True):
    """What remains of a plan in each environment, and what its tags name."""

    each: tuple[_Judged, ...]
    named: unread_values.Reads


def lint(
    workspace: PlanSet,
    now: datetime,
    jobs: int | None = None,
    *,
    every: bool = False,
    memory: Path | None = None,
) -> LintFindings:
    """Every offline rule over the selected plans, in ``jobs`` processes (as many as are useful).

    ``every``: in each environment of the workspace, rather than in its own alone. ``memory`` is a
    folder of the user's own, in which the names of plans that were not selected are remembered.
    """
    from smartplan.lint import engine
    from smartplan.lint.registry import applied

    if STDIN in workspace.files:
        workspace.inputs.stdin()  # once, before there are processes
    engine.prepare()
    selection = selection_of(workspace.settings)
    seen = environments.views(workspace, now, every=every)
    rules = applied(selection, locked=any(view.own.market for view in seen))
    judge = partial(_judge, seen, rules)
    shared = processes.in_shares(
        judge, workspace.files, jobs or processes.jobs_for(len(workspace.files))
    )
    plans = [one for share in shared for one in share]
    named = unread_values.reads_of_all(plan.named for plan in plans)
    names = _names([view.workspace for view in seen], memory)
    found = [
        _found(view, [plan.each[number] for plan in plans], rules, selection, named, names[number])
        for number, view in enumerate(seen)
    ]
    findings = environments.together(found)
    text_of = texts_by_name([], workspace)
    return LintFindings(
        findings=findings,
        plans=tuple(plan.each[0].name for plan in plans),
        trades=sum(plan.each[0].trades for plan in plans),
        texts={name: text_of(name).split("\n") for name in {f.location.file for f in findings}},
        environments=tuple(view.name for view in seen),
    )


def _names(sets: Sequence[PlanSet], memory: Path | None) -> "Sequence[Names]":
    """The names in the plans that were not selected, as each environment reads them."""
    files = neighbours_of(sets[0])
    if not files:
        return [() for _ in sets]
    from smartplan.workflow import neighbour_names

    return neighbour_names.of(sets, files, memory)


def _found(
    view: View,
    judged: Sequence[_Judged],
    rules: Sequence["Rule"],
    selection: "Selection",
    named: unread_values.Reads,
    names: "Names",
) -> EnvironmentFindings:
    """What an environment says, of each plan and of those that concern each other."""
    from smartplan.lint import run

    workspace = view.workspace
    taken = {hash(name) for _, known in names for name in known}
    again = concerned((one.marks for one in judged), taken)
    parts = [one.part for index, one in enumerate(judged) if one.part and index not in again]
    reads = [read_plan(workspace, workspace.files[index]) for index in sorted(again)]
    met = _together(reads, view, rules, names)
    settled = run.settled([*parts, *met], selection)
    of_values = findings_of_values(workspace, named, selection)
    findings = sorted([*of_values, *settled], key=lambda found: found.sort_key)
    left = frozenset(name for one in judged for name in one.left)
    return EnvironmentFindings(view.name, tuple(findings), left)


def _judge(
    seen: Sequence[View], rules: Sequence["Rule"], files: Sequence[Path | str]
) -> list[_InEach]:
    wanted = any(view.workspace.values.overrides or view.workspace.values.assigned for view in seen)
    judged = []
    for file in files:
        reads = environments.read_in_each(seen, file)
        named = unread_values.reads_of(reads[0].read.plan.text) if wanted else unread_values.Reads()
        judged.append(_InEach(tuple(_in_each(seen, reads, rules)), named))
        for view in seen:
            view.context.forget()
            view.own.forget()
    return judged


def _in_each(
    seen: Sequence[View], reads: Sequence[ReadIn], rules: Sequence["Rule"]
) -> list[_Judged]:
    done: dict[tuple[int, int], _Judged] = {}
    judged = []
    for number, (view, read) in enumerate(zip(seen, reads, strict=True)):
        way = (read.as_in, number if read.by_id else view.kind)
        if way not in done:
            done[way] = _remains(read, view, rules)
        judged.append(done[way])
    return judged


def _remains(read: ReadIn, view: View, rules: Sequence["Rule"]) -> _Judged:
    context = view.own if read.by_id else view.context
    plan = read.read
    try:
        part = part_in(plan, view, context, rules, shared=read.as_in == 0)
    except MemoryError:
        finding = too_little_memory(plan.plan.name)
        part = part_in(LoadedPlan(plan.plan, findings=(finding,)), view, context, rules)
    marks = marks_of(part, context, rules)
    speaks = part.findings or part.comments
    return _Judged(
        plan.plan.name,
        len(part.trades),
        marks,
        replace(part, trades=()) if speaks else None,
        part.left,
    )


def marks_of(
    part: "DocumentResult", context: "Context", rules: Sequence["Rule"]
) -> tuple[Mark, ...]:
    """By what the trades of a plan may concern others."""
    return tuple(
        (rule.code, hash(common))
        for rule in rules
        if rule.grouped_by is not None
        for trade in part.trades
        if (common := rule.grouped_by(trade, context)) is not None
    )


def part_in(
    read: LoadedPlan,
    view: View,
    context: "Context",
    rules: Sequence["Rule"],
    *,
    shared: bool = False,
) -> "DocumentResult":
    """What a plan says by itself in an environment, before comments are heeded.

    ``shared``: the workspace's own environment reads it alike, and says what no account is.
    """
    foreign = bool(view.elsewhere)

    def elsewhere(account: Node) -> bool:
        return foreign and (shared or view.is_elsewhere(account))

    return part_of(read, view.workspace, context, rules, elsewhere)


def part_of(
    read: LoadedPlan,
    workspace: PlanSet,
    context: "Context",
    rules: Sequence["Rule"],
    elsewhere: Callable[[Node], bool] = lambda _: False,
) -> "DocumentResult":
    """The same in the workspace's own environment; ``elsewhere`` as in ``run.alone``."""
    from smartplan.lint import run

    if read.document is None:
        return run.DocumentResult(read.findings)
    return run.alone(read.document, context, rules, texts_by_name([read], workspace), elsewhere)


def _together(
    reads: Sequence[LoadedPlan],
    view: View,
    rules: Sequence["Rule"],
    names: "Names",
) -> list["DocumentResult"]:
    from smartplan.lint import run

    parts = [part_in(read, view, view.own, rules) for read in reads]
    trades = tuple(trade for part in parts for trade in part.trades)
    ours = {trade.name for trade in trades}
    theirs = [file for file, known in names if not ours.isdisjoint(known)]
    others = (read_plan(view.workspace, file).document for file in theirs)
    entered = tuple(entry for other in others if other is not None for entry in entries(other))
    context = replace(view.own, neighbours=entered)
    return [*parts, run.together(trades, context, rules, texts_by_name(reads, view.workspace))]


def concerned(
    marks_of_plans: Iterable[Sequence[Mark]], taken: Iterable[int] = ()
) -> frozenset[int]:
    """The plans whose trades may concern others, in the same plan or elsewhere.

    ``taken`` are the hashes of the names of trades elsewhere.
    """
    from smartplan.lint.registry import EVERY

    every, names = hash(EVERY), {*taken}
    first: dict[Mark, int] = {}
    found: set[int] = set()
    for index, marks in enumerate(marks_of_plans):
        for mark in marks:
            meets = mark in first or mark[1] == every
            other = first.setdefault(mark, index)
            if meets:
                found.update((other, index))
            elif mark[0] == NAMES and mark[1] in names:
                found.add(index)
    return frozenset(found)
