"""The environments that a lint judges the plans in, and what all of them say as one.

What is the same in several is judged once: a plan that renders alike, on accounts of the same
aliases. A finding of some environments names them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from smartplan.diagnostics import Finding
from smartplan.document.tree import Node
from smartplan.settings import others
from smartplan.workflow import sources, values
from smartplan.workflow.lint_plans import LoadedPlan, PlanSet, read_plan, rendered_plan
from smartplan.workflow.lint_scope import context_of
from smartplan.workflow.sources import PlanFile

if TYPE_CHECKING:
    from pathlib import Path

    from smartplan.lint.context import Context

UNUSED_COMMENT = "SP005"


class View(Struct, frozen=True, dict=True):
    """The plans as one environment sees them.

    Views of one ``kind`` have the same aliases, guard rails and locked markets, and judge by the
    same ``context``: that of the first of them. ``own`` has the accounts of the environment itself,
    for a plan that names an id.
    ``elsewhere`` are the accounts that only other environments have; of the workspace's own
    environment none are, for an account that it does not know cannot be applied.
    """

    workspace: PlanSet
    context: "Context"
    own: "Context"
    kind: int
    elsewhere: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The environment."""
        return self.workspace.settings.environment

    def is_elsewhere(self, account: Node) -> bool:
        """Whether an account that is none here is one of another environment."""
        return str(account) in self.elsewhere


class ReadIn(Struct, frozen=True):
    """A plan as an environment reads it; ``as_in`` is the number of the view that reads it alike.

    ``by_id``: it names an account by its id, and an id belongs to one environment.
    """

    read: LoadedPlan
    as_in: int
    by_id: bool


def views(workspace: PlanSet, now: datetime, *, every: bool) -> tuple[View, ...]:
    """The workspace in its own environment, first, and in ``every`` other that it has.

    It has those for which accounts are listed, or that have a values file. Without accounts, its
    plans are judged on the workspace's own.
    """
    sets = [workspace, *(_others(workspace) if every else ())]
    kinds: dict[object, int] = {}
    made: list[View] = []
    known = [_known(one) for one in sets]
    for number, one in enumerate(sets):
        own = context_of(one.settings, now)
        kind = kinds.setdefault(_judged_by(own), number)
        context = own if kind == number else made[kind].context
        other = frozenset().union(*known) - known[number] if number else frozenset()
        made.append(View(one, context, own, kind, other))
    return tuple(made)


def _others(workspace: PlanSet) -> list[PlanSet]:
    found = []
    settings = workspace.settings

    def has_values(environment: str) -> bool:
        return bool(values.files(settings.root, environment))

    for other, listed in others(settings, has_values):
        seen = other if listed else replace(other, accounts=settings.accounts)
        shown = sources.shown_from(workspace.working)
        given = values.read(workspace.inputs, seen, workspace.working, shown)
        found.append(replace(workspace, settings=seen, values=given))
    return found


def _known(workspace: PlanSet) -> frozenset[str]:
    accounts = workspace.settings.accounts
    return frozenset([*accounts, *map(str, accounts.values())])


def _judged_by(context: "Context") -> object:
    """What an offline rule may judge by that is another in another environment, as it compares."""
    accounts = context.accounts
    numbers = list(dict.fromkeys(accounts[alias] for alias in sorted(accounts)))
    shape = tuple((alias, numbers.index(accounts[alias])) for alias in sorted(accounts))
    locked = sorted(
        (numbers.index(account), pair, repr(rates))
        for (account, pair), rates in context.market.items()
        if account in numbers
    )
    return shape, repr(context.policy), tuple(locked)


def read_in_each(seen: Sequence[View], file: "Path | str") -> list[ReadIn]:
    """A plan as each environment reads it; its text is read once, and rendered where it differs."""
    first = read_plan(seen[0].workspace, file)
    done = [ReadIn(first, 0, _names_ids(first))]
    for number, view in enumerate(seen[1:], 1):
        known = _rendered_before(first.plan, seen, number)
        if known is not None:
            done.append(done[known])
            continue
        read = rendered_plan(view.workspace, first.plan)
        alike = next((one for one in done if _same_text(one.read, read)), None)
        done.append(alike or ReadIn(read, number, _names_ids(read)))
    return done


def _rendered_before(plan: PlanFile, seen: Sequence[View], number: int) -> int | None:
    """The view in which the plan renders alike, as is known without rendering it."""
    if plan.finding is not None or not has_tags(plan.text):
        return 0
    wanted = _rendered_with(seen[number].workspace)
    return next((n for n in range(number) if _rendered_with(seen[n].workspace) == wanted), None)


def _rendered_with(workspace: PlanSet) -> tuple[object, ...]:
    """What a template may see of an environment: variables, accounts, locked markets."""
    settings = workspace.settings
    return workspace.values.merged, sorted(settings.accounts), workspace.locked


def has_tags(text: str) -> bool:
    """Whether a text is a template."""
    return "{{" in text or "{%" in text or "{#" in text


def _same_text(one: LoadedPlan, other: LoadedPlan) -> bool:
    if one.rendered is None or other.rendered is None:
        return one.findings == other.findings and one.rendered is other.rendered
    return one.rendered.text == other.rendered.text


def _names_ids(read: LoadedPlan) -> bool:
    return read.rendered is not None and "account_id" in read.rendered.text


class EnvironmentFindings(Struct, frozen=True):
    """What an environment says: its findings, and the trades that belong to others."""

    environment: str
    findings: tuple[Finding, ...]
    left: frozenset[str] = frozenset()


def together(found: Sequence[EnvironmentFindings]) -> tuple[Finding, ...]:
    """What all environments say: what only some find names them."""
    if len(found) == 1:
        return found[0].findings
    by_finding: dict[Finding, list[str]] = {}
    for one in found:
        for finding in dict.fromkeys(one.findings):
            by_finding.setdefault(finding, []).append(one.environment)
    said = []
    for finding, named in by_finding.items():
        judged = [one.environment for one in found if finding.trade not in one.left]
        if len(named) >= len(judged):
            said.append(finding)
        elif finding.code != UNUSED_COMMENT:
            only = " and ".join(f"`--env {name}`" for name in named)
            said.append(replace(finding, message=f"{finding.message} (only with {only})"))
    return tuple(sorted(said, key=lambda finding: finding.sort_key))
