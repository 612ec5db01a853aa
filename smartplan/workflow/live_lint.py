"""Lint of a workspace that is being edited: all in memory, a change re-reads what it must.

What it finds is what ``lint_many.lint`` finds of the same texts.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from smartplan.diagnostics import Finding
from smartplan.document.tree import Document, Node
from smartplan.settings import Settings
from smartplan.workflow import environments, sources, unread_values, values
from smartplan.workflow.environments import EnvironmentFindings, ReadIn, View
from smartplan.workflow.lint_many import Mark, concerned, marks_of, part_in
from smartplan.workflow.lint_plans import (
    LintResult,
    LoadedPlan,
    PlanSet,
    findings_of_values,
    open_workspace,
    texts_by_name,
    too_little_memory,
)
from smartplan.workflow.lint_scope import selection_of
from smartplan.workflow.sources import Inputs, PlanFile

if TYPE_CHECKING:
    from smartplan.lint.registry import Rule, Selection
    from smartplan.lint.run import DocumentResult

NOT_RENDERED = "SP001"
"""What a plan says that names a variable there is not: any new one may be meant."""


_PLAN = re.compile(rb"^(?:trades|pair)[ ]*:", re.MULTILINE)


def reads_like_plan(content: bytes) -> bool:
    """Whether a text has, at its top, what every plan has."""
    return _PLAN.search(content) is not None


class InView(Struct, frozen=True):
    """What a plan says by itself in one environment, and by what its trades may concern others."""

    part: "DocumentResult"
    marks: tuple[Mark, ...]


class CheckedPlan(Struct, frozen=True):
    """A plan in memory: how far it got, what it says by itself, and the templates it looked for.

    ``each`` goes by environment, the workspace's own first; ``named`` is what its tags name.
    ``moment`` counts the changes of the workspace before it was checked.
    """

    read: LoadedPlan
    each: tuple[InView, ...]
    templates: frozenset[str]
    named: unread_values.Reads
    moment: int = 0

    @property
    def part(self) -> "DocumentResult":
        """What it says in the workspace's own environment."""
        return self.each[0].part

    @property
    def findings(self) -> Iterator[Finding]:
        """What it says by itself in any environment."""
        return (found for one in self.each for found in one.part.findings)

    def speaks_of(self, file: str) -> bool:
        """Whether something that it says stands in a file."""
        return any(found.location.file == file for found in self.findings)

    @property
    def document(self) -> Document | None:
        """Its document, if it could be read."""
        return self.read.document


class LiveLint:
    """The plans of one workspace, with texts that nobody has saved yet.

    They are judged in ``every`` environment that it has, or in that of the settings alone.

    ``check`` may be called by several threads; everything else by one. ``plans`` has, by the name
    that messages use, what is known; ``last`` the last document of each that could be read, and
    ``pairs`` every pair that a trade of theirs had.
    """

    def __init__(
        self,
        settings: Settings,
        now: Callable[[], datetime],
        paths: tuple[str, ...] = (),
        *,
        every: bool = True,
    ) -> None:
        self.settings = settings
        self.plans: dict[str, CheckedPlan] = {}
        self.last: dict[str, CheckedPlan] = {}
        self.pairs: set[str] = set()
        self._now = now
        self._lock = Lock()
        self._unsaved: dict[str, bytes] = {}
        self._moment = 0
        self._changed: dict[str, int] = {}
        self._paths = paths
        self._every = every
        self.open()

    def open(self) -> None:
        """Look for the files again, and read values and settings. Raises ``UsageError``."""
        from smartplan.lint.registry import applied

        inputs = Inputs(self._paths, optional=True, unsaved=dict(self._unsaved))
        opened = open_workspace(inputs, self.settings, self.settings.root)
        self._seen: tuple[View, ...] = environments.views(opened, self._now(), every=self._every)
        self._selection: Selection = selection_of(self.settings)
        locked = any(view.own.market for view in self._seen)
        self._rules: tuple[Rule, ...] = applied(self._selection, locked=locked)
        shown = self.workspace.surroundings.shown
        files = [file for file in self.workspace.files if isinstance(file, Path)]
        self.files: dict[str, Path] = {shown(file): file for file in files}
        self._take_in()
        for name in self.plans.keys() - self.files.keys():
            del self.plans[name]
            self.last.pop(name, None)

    @property
    def workspace(self) -> PlanSet:
        """The workspace in its own environment."""
        return self._seen[0].workspace

    def _take_in(self) -> None:
        """Texts that nobody has saved yet are plans, too, where they look like one."""
        for name, content in self._unsaved.items():
            if name not in self.files and self._looks_like_plan(name, content):
                self.files[name] = self.settings.root / name

    def _looks_like_plan(self, name: str, content: bytes) -> bool:
        path = Path(name)
        if path.is_absolute() or not sources.is_plan_name(path.name):
            return False
        if any(part.startswith(".") or part == "templates" for part in path.parts):
            return False
        return path.parts[0] == "plans" or reads_like_plan(content)

    def name_of(self, file: Path) -> str:
        """What messages call a file."""
        return self.workspace.surroundings.shown(file)

    def text_of(self, name: str) -> str:
        """The text of a plan, template or values file as it is now."""
        return texts_by_name([], self.workspace)(name)

    def change(self, name: str, content: bytes | None) -> tuple[str, ...]:
        """What a file says from now on (``None``: what lies on the disk), and the plans concerned.

        The plan itself comes first. Raises ``UsageError``, as ``open`` does.
        """
        try:
            return self._change(name, content)
        finally:
            # Last: what was checked meanwhile may have seen one half of it.
            self._moment += 1
            self._changed[name] = self._moment

    def _change(self, name: str, content: bytes | None) -> tuple[str, ...]:
        if content is None:
            self._unsaved.pop(name, None)
        else:
            self._unsaved[name] = content
            self._take_in()
        if name in self.files and name not in self._unsaved and not self.files[name].exists():
            del self.files[name]
            self.plans.pop(name, None)
            self.last.pop(name, None)
        before = self._seen
        inputs = replace(self.workspace.inputs, unsaved=dict(self._unsaved))
        self._seen = tuple(_with_inputs(view, inputs) for view in before)
        if name in self._values_files(before) | self._values_files(self._seen):
            return self._revalued(before, name)
        users = [plan for plan, known in self.plans.items() if name in known.templates]
        return tuple(dict.fromkeys([*([name] if name in self.files else []), *users]))

    def _values_files(self, seen: Iterable[View]) -> set[str]:
        """The files that values come from, or will once they are read again."""
        shown = self.workspace.surroundings.shown
        names = {layer.file for view in seen for layer in view.workspace.values.layers}
        for view in seen:
            names |= {shown(file) for file in values.own_files(view.workspace.settings)}
        return names | {name for name in self._unsaved if values.is_own(name)}

    def _revalued(self, before: Sequence[View], file: str) -> tuple[str, ...]:
        """Read the values again; the plans that name what changed, or miss what is not there.

        And those of which something is said in the file, whose lines may be others.
        """
        own = self.workspace
        given = values.read(own.inputs, own.settings, own.working, own.surroundings.shown)
        opened = replace(own, values=given)
        self._seen = environments.views(opened, self._now(), every=self._every)
        if [view.name for view in before] != [view.name for view in self._seen]:
            return tuple(self.plans)
        moved: set[str] = set()
        for was, now in zip(before, self._seen, strict=True):
            moved |= _moved(was.workspace.values.merged, now.workspace.values.merged)
        named = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(moved)))})\b")
        return tuple(
            name
            for name, plan in self.plans.items()
            if plan.speaks_of(file) or (moved and self._names(plan, named))
        )

    def _names(self, plan: CheckedPlan, named: re.Pattern[str]) -> bool:
        texts = [plan.read.plan.text, *map(self.text_of, plan.templates)]
        missing = any(found.code == NOT_RENDERED for found in plan.findings)
        return missing or any(named.search(text) for text in texts)

    def check(self, name: str) -> CheckedPlan:
        """A plan as it is now. Nothing is remembered: that is what ``take`` is for."""
        asked: set[str] = set()
        moment, now = self._moment, self._now()
        shown = self.workspace.surroundings.shown
        inputs = replace(self.workspace.inputs, asked=lambda file: asked.add(shown(file)))
        seen = [_with_inputs(view, inputs, now) for view in self._seen]
        reads = environments.read_in_each(seen, self.files[name])
        each = tuple(self._judged(name, view, read) for view, read in zip(seen, reads, strict=True))
        read = reads[0].read
        named = unread_values.reads_of(read.plan.text)
        return CheckedPlan(read, each, frozenset(asked), named, moment)

    def _judged(self, name: str, view: View, read: ReadIn) -> InView:
        shared = read.as_in == 0
        try:
            part = part_in(read.read, view, view.own, self._rules, shared=shared)
        except MemoryError:
            failed = LoadedPlan(read.read.plan, findings=(too_little_memory(name),))
            part = part_in(failed, view, view.own, self._rules)
        return InView(part, marks_of(part, view.own, self._rules))

    def outdated(self, plan: CheckedPlan) -> bool:
        """Whether something that a plan was made of has changed since it was checked."""
        values_files = {layer.file for view in self._seen for layer in view.workspace.values.layers}
        made_of = {plan.read.plan.name, *plan.templates, *values_files}
        return any(self._changed.get(name, 0) > plan.moment for name in made_of)

    def awaits(self, file: str) -> bool:
        """Whether what is known of a plan or template was said of another text than it has now."""
        made_of = ((plan.moment, {name, *plan.templates}) for name, plan in self.plans.items())
        return any(
            self._changed.get(one, 0) > moment
            for moment, files in made_of
            if file in files
            for one in files
        )

    def take(self, name: str, plan: CheckedPlan) -> None:
        """Remember what was found of a plan."""
        with self._lock:
            if name in self.files:
                self.plans[name] = plan
                if plan.document is not None:
                    self.last[name] = plan
                self.pairs.update(trade.trade.pair for trade in plan.part.trades)

    def findings(self) -> tuple[Finding, ...]:
        """All findings of the workspace, as far as its plans were checked, in order."""
        with self._lock:
            ordered = [self.plans[name] for name in self.files if name in self.plans]
        named = unread_values.reads_of_all(plan.named for plan in ordered)
        seen = [one for one in ordered if len(one.each) == len(self._seen)]
        return environments.together(
            [self._found(number, view, seen, named) for number, view in enumerate(self._seen)]
        )

    def _found(
        self, number: int, view: View, plans: Sequence[CheckedPlan], named: unread_values.Reads
    ) -> EnvironmentFindings:
        from smartplan.lint import run

        each = [plan.each[number] for plan in plans]
        again = concerned(one.marks for one in each)
        trades = tuple(trade for index in sorted(again) for trade in each[index].part.trades)
        context = replace(view.own, now=self._now(), _figures={})
        met = run.together(trades, context, self._rules, self._text_among(plans))
        settled = run.settled([*(one.part for one in each), met], self._selection)
        of_values = findings_of_values(view.workspace, named, self._selection)
        found = sorted([*of_values, *settled], key=lambda finding: finding.sort_key)
        left = frozenset(name for one in each for name in one.part.left)
        return EnvironmentFindings(view.name, tuple(found), left)

    def _text_among(self, plans: Iterable[CheckedPlan]) -> Callable[[str], str]:
        texts: Mapping[str, PlanFile] = {plan.read.plan.name: plan.read.plan for plan in plans}
        return lambda name: texts[name].text if name in texts else self.text_of(name)

    def now(self) -> datetime:
        """The moment that plans are judged at."""
        return self._now()

    def plans_that_say(self, finding: Finding) -> list[str]:
        """The plans that a finding is from."""
        return [
            name
            for name, plan in self.plans.items()
            if any(one.fix == finding.fix and one == finding for one in plan.part.findings)
        ]

    def checked(self, plan: CheckedPlan) -> LintResult:
        """A plan by itself as other use cases take it."""
        names = frozenset(trade.name for trade in plan.part.trades)
        name = plan.read.plan.name
        return LintResult((), plan.part.trades, (name,), names, {}, text_of=self.text_of)


def _with_inputs(view: View, inputs: Inputs, now: datetime | None = None) -> View:
    """The view over other texts; with ``now`` its figures are nobody else's."""
    workspace = replace(view.workspace, inputs=inputs)
    if now is None:
        return replace(view, workspace=workspace)
    return replace(view, workspace=workspace, own=replace(view.own, now=now, _figures={}))


def _moved(before: Mapping[str, Node], now: Mapping[str, Node]) -> set[str]:
    """The variables that are another, or of another kind, than they were."""
    return {
        key
        for key in {*before, *now}
        if key not in before
        or key not in now
        or before[key] != now[key]
        or repr(before[key]) != repr(now[key])
    }
