"""Lint of a workspace that is being edited: all in memory, a change re-reads what it must.

What it finds is what ``lint_many.lint`` finds of the same texts.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from smartplan.diagnostics import Finding
from smartplan.document.tree import Document, merged
from smartplan.settings import Settings
from smartplan.workflow import sources
from smartplan.workflow.lint_many import Mark, concerned, marks_of, part_of
from smartplan.workflow.lint_plans import (
    LintResult,
    LoadedPlan,
    PlanSet,
    context_of,
    open_workspace,
    read_plan,
    selection_of,
    texts_by_name,
    too_little_memory,
)
from smartplan.workflow.sources import Inputs, PlanFile

if TYPE_CHECKING:
    from smartplan.lint.context import Context
    from smartplan.lint.registry import Rule, Selection
    from smartplan.lint.run import DocumentResult

NOT_RENDERED = "SP001"
"""What a plan says that names a variable there is not: any new one may be meant."""


_PLAN = re.compile(rb"^(?:trades|pair)[ ]*:", re.MULTILINE)


def reads_like_plan(content: bytes) -> bool:
    """Whether a text has, at its top, what every plan has."""
    return _PLAN.search(content) is not None


class CheckedPlan(Struct, frozen=True):
    """A plan in memory: how far it got, what it says by itself, and the templates it looked for.

    ``moment`` counts the changes of the workspace before it was checked.
    """

    read: LoadedPlan
    part: "DocumentResult"
    marks: tuple[Mark, ...]
    templates: frozenset[str]
    moment: int = 0

    @property
    def document(self) -> Document | None:
        """Its document, if it could be read."""
        return self.read.document


class LiveLint:
    """The plans of one workspace in one environment, with texts that nobody has saved yet.

    ``check`` may be called by several threads; everything else by one. ``plans`` has, by the name
    that messages use, what is known; ``last`` the last document of each that could be read, and
    ``pairs`` every pair that a trade of theirs had.
    """

    def __init__(
        self, settings: Settings, now: Callable[[], datetime], paths: tuple[str, ...] = ()
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
        self.open()

    def open(self) -> None:
        """Look for the files again, and read values and settings. Raises ``UsageError``."""
        from smartplan.lint.registry import applied

        inputs = Inputs(self._paths, optional=True, unsaved=dict(self._unsaved))
        self.workspace: PlanSet = open_workspace(inputs, self.settings, self.settings.root)
        self._selection: Selection = selection_of(self.settings)
        self._rules: tuple[Rule, ...] = applied(self._selection)
        self._context: Context = context_of(self.settings, self._now())
        shown = self.workspace.surroundings.shown
        files = [file for file in self.workspace.files if isinstance(file, Path)]
        self.files: dict[str, Path] = {shown(file): file for file in files}
        self._take_in()
        for name in self.plans.keys() - self.files.keys():
            del self.plans[name]
            self.last.pop(name, None)

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

        The plan itself comes first.
        """
        self._moment += 1
        self._changed[name] = self._moment
        if content is None:
            self._unsaved.pop(name, None)
        else:
            self._unsaved[name] = content
            self._take_in()
        if name in self.files and name not in self._unsaved and not self.files[name].exists():
            del self.files[name]
            self.plans.pop(name, None)
            self.last.pop(name, None)
        before = self.workspace
        inputs = replace(before.inputs, unsaved=dict(self._unsaved))
        own = sources.own_values(inputs, self.settings, before.surroundings.shown)
        if name in {before.surroundings.shown(file) for file in own} | _files_of(before.layers):
            return self._revalued(inputs)
        self.workspace = replace(before, inputs=inputs)
        users = [plan for plan, known in self.plans.items() if name in known.templates]
        return tuple(dict.fromkeys([*([name] if name in self.files else []), *users]))

    def _revalued(self, inputs: Inputs) -> tuple[str, ...]:
        """Read the values again; the plans that name what changed, or miss what is not there."""
        before = self.workspace
        layers, findings = sources.value_layers(
            inputs, self.settings, before.working, before.surroundings.shown
        )
        values = merged(layers)
        self.workspace = replace(
            before, inputs=inputs, layers=layers, values=values, findings=findings
        )
        moved = {
            key
            for key in {*before.values, *values}
            if key not in before.values
            or key not in values
            or before.values[key] != values[key]
            or repr(before.values[key]) != repr(values[key])
        }
        if not moved:
            return ()
        named = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(moved)))})\b")
        return tuple(name for name, plan in self.plans.items() if self._names(plan, named))

    def _names(self, plan: CheckedPlan, named: re.Pattern[str]) -> bool:
        texts = [plan.read.plan.text, *map(self.text_of, plan.templates)]
        missing = any(found.code == NOT_RENDERED for found in plan.part.findings)
        return missing or any(named.search(text) for text in texts)

    def check(self, name: str) -> CheckedPlan:
        """A plan as it is now. Nothing is remembered: that is what ``take`` is for."""
        asked: set[str] = set()
        moment, seen = self._moment, self.workspace
        shown = seen.surroundings.shown
        inputs = replace(seen.inputs, asked=lambda file: asked.add(shown(file)))
        workspace = replace(seen, inputs=inputs)
        read = read_plan(workspace, self.files[name])
        context = replace(self._context, now=self._now(), _figures={})
        try:
            part = part_of(read, workspace, context, self._rules)
        except MemoryError:
            read = LoadedPlan(read.plan, findings=(too_little_memory(name),))
            part = part_of(read, workspace, context, self._rules)
        marks = marks_of(part, context, self._rules)
        return CheckedPlan(read, part, marks, frozenset(asked), moment)

    def outdated(self, plan: CheckedPlan) -> bool:
        """Whether something that a plan was made of has changed since it was checked."""
        made_of = {plan.read.plan.name, *plan.templates, *_files_of(self.workspace.layers)}
        return any(self._changed.get(name, 0) > plan.moment for name in made_of)

    def take(self, name: str, plan: CheckedPlan) -> None:
        """Remember what was found of a plan."""
        with self._lock:
            if name in self.files:
                if name in self.plans:
                    self._context.forget(self.plans[name].part.trades)
                self.plans[name] = plan
                if plan.document is not None:
                    self.last[name] = plan
                self.pairs.update(trade.trade.pair for trade in plan.part.trades)

    def findings(self) -> tuple[Finding, ...]:
        """All findings of the workspace, as far as its plans were checked, in order."""
        from smartplan.lint import run

        with self._lock:
            ordered = [self.plans[name] for name in self.files if name in self.plans]
        again = concerned([plan.marks for plan in ordered])
        trades = tuple(trade for index in sorted(again) for trade in ordered[index].part.trades)
        context = replace(self._context, now=self._now())
        met = run.together(trades, context, self._rules, self._text_among(ordered))
        settled = run.settled([*(plan.part for plan in ordered), met], self._selection)
        return tuple(sorted([*self.workspace.findings, *settled], key=lambda found: found.sort_key))

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


def _files_of(layers: Iterable[Document]) -> set[str]:
    return {layer.file for layer in layers}
