"""Lint of any number of plans: several cores, and nothing kept of a plan that says nothing.

What a plan says by itself is judged plan by plan. Trades that concern each other are found by the
hash of what they must have in common; only their plans are read again and judged together.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from smartplan.workflow import processes
from smartplan.workflow.lint_plans import (
    LintFindings,
    LoadedPlan,
    PlanSet,
    check,
    context_of,
    neighbours_of,
    read_plan,
    selection_of,
    texts_by_name,
    too_little_memory,
)

if TYPE_CHECKING:
    from smartplan.lint.context import Context
    from smartplan.lint.registry import Rule
    from smartplan.lint.run import DocumentResult

Mark = tuple[str, int]
"""A rule's code and the hash of what a trade has in common with those it concerns."""


class _Judged(Struct, frozen=True):
    """What remains of a plan; ``part`` only if it says something by itself."""

    name: str
    trades: int
    marks: tuple[Mark, ...]
    part: "DocumentResult | None"


def lint(workspace: PlanSet, now: datetime, jobs: int | None = None) -> LintFindings:
    """Every offline rule over the selected plans, in ``jobs`` processes (as many as are useful)."""
    if neighbours_of(workspace) or any(isinstance(file, str) for file in workspace.files):
        return check(workspace, now).found
    from smartplan.lint import engine, run
    from smartplan.lint.registry import applied

    engine.prepare()
    selection = selection_of(workspace.settings)
    context = context_of(workspace.settings, now)
    rules = applied(selection, locked=bool(context.market))
    judge = partial(_judge, workspace, context, rules)
    shared = processes.in_shares(
        judge, workspace.files, jobs or processes.jobs_for(len(workspace.files))
    )
    judged = [one for share in shared for one in share]
    again = concerned([one.marks for one in judged])
    parts = [one.part for index, one in enumerate(judged) if one.part and index not in again]
    reads = [read_plan(workspace, workspace.files[index]) for index in sorted(again)]
    met = _together(reads, workspace, context, rules)
    settled = run.settled([*parts, *met], selection)
    findings = tuple(sorted([*workspace.findings, *settled], key=lambda found: found.sort_key))
    text_of = texts_by_name([], workspace)
    return LintFindings(
        findings=findings,
        plans=tuple(one.name for one in judged),
        trades=sum(one.trades for one in judged),
        texts={name: text_of(name).split("\n") for name in {f.location.file for f in findings}},
    )


def _judge(
    workspace: PlanSet, context: "Context", rules: Sequence["Rule"], files: Sequence[Path]
) -> list[_Judged]:
    judged = []
    for file in files:
        judged.append(_remains(read_plan(workspace, file), workspace, context, rules))
        context.forget()
    return judged


def _remains(
    read: LoadedPlan, workspace: PlanSet, context: "Context", rules: Sequence["Rule"]
) -> _Judged:
    try:
        part = part_of(read, workspace, context, rules)
    except MemoryError:
        finding = too_little_memory(read.plan.name)
        part = part_of(LoadedPlan(read.plan, findings=(finding,)), workspace, context, rules)
    marks = marks_of(part, context, rules)
    speaks = part.findings or part.comments
    return _Judged(
        read.plan.name, len(part.trades), marks, replace(part, trades=()) if speaks else None
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


def part_of(
    read: LoadedPlan, workspace: PlanSet, context: "Context", rules: Sequence["Rule"]
) -> "DocumentResult":
    """What a plan says by itself, before comments are heeded."""
    from smartplan.lint import run

    if read.document is None:
        return run.DocumentResult(read.findings)
    return run.alone(read.document, context, rules, texts_by_name([read], workspace))


def _together(
    reads: Sequence[LoadedPlan], workspace: PlanSet, context: "Context", rules: Sequence["Rule"]
) -> list["DocumentResult"]:
    from smartplan.lint import run

    parts = [part_of(read, workspace, context, rules) for read in reads]
    trades = tuple(trade for part in parts for trade in part.trades)
    return [*parts, run.together(trades, context, rules, texts_by_name(reads, workspace))]


def concerned(marks_of_plans: Sequence[Sequence[Mark]]) -> frozenset[int]:
    """The plans whose trades may concern others, in the same plan or elsewhere."""
    from smartplan.lint.registry import EVERY

    every = hash(EVERY)
    first: dict[Mark, int] = {}
    found: set[int] = set()
    for index, marks in enumerate(marks_of_plans):
        for mark in marks:
            meets = mark in first or mark[1] == every
            other = first.setdefault(mark, index)
            if meets:
                found.update((other, index))
    return frozenset(found)
