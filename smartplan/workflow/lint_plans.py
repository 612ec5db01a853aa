"""Lint: files to findings and, where they fit, to planned trades."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from smartplan.diagnostics import Finding, Location, Severity
from smartplan.document.template import Helpers, Rendered, Source, render
from smartplan.document.tree import Document, parse
from smartplan.errors import UsageError
from smartplan.settings import Settings
from smartplan.text import unshown
from smartplan.trade.parse import Entry, PlannedTrade, entries
from smartplan.workflow import sources, unread_values, values
from smartplan.workflow.lint_scope import context_of, selection_of
from smartplan.workflow.market_lock import locked_accounts
from smartplan.workflow.sources import Inputs, PlanFile
from smartplan.workflow.values import Values

if TYPE_CHECKING:
    from smartplan.lint.registry import Selection
    from smartplan.trade.market_lock import LockedAccount


class LoadedPlan(Struct, frozen=True):
    """A plan on its way: its text, its rendering, its document, as far as it got."""

    plan: PlanFile
    rendered: Rendered | None = None
    document: Document | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def shown(self) -> Rendered | None:
        """The rendering, unless it has a character that does not show as it reads."""
        if self.rendered is None or unshown(self.rendered.text) is not None:
            return None
        return self.rendered


class LintFindings(Struct, frozen=True):
    """What lint found in ``plans`` with so many ``trades``.

    ``texts`` are the lines of every file a finding names, ``environments`` those it was judged in.
    """

    findings: tuple[Finding, ...]
    plans: tuple[str, ...]
    trades: int
    texts: Mapping[str, Sequence[str]]
    environments: tuple[str, ...] = ()

    @property
    def errors(self) -> bool:
        """Whether anything stands in the way of an apply."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


class LintResult(Struct, frozen=True):
    """What lint found, and the trades that can be worked with.

    ``trades`` leaves out entries with an error of their own, ``broken`` are the names of those;
    ``known`` are all names of the workspace. ``text_of`` gives the text of a file by the name that
    findings use, ``texts`` the lines of every file they name; ``rendered`` are the plans as they
    were read.
    """

    findings: tuple[Finding, ...]
    trades: tuple[PlannedTrade, ...]
    plans: tuple[str, ...]
    known: frozenset[str]
    texts: Mapping[str, Sequence[str]]
    rendered: Mapping[str, str] = field(default_factory=dict)
    text_of: Callable[[str], str] = lambda _: ""
    broken: frozenset[str] = frozenset()
    environments: tuple[str, ...] = ()

    @property
    def errors(self) -> bool:
        """Whether anything stands in the way of an apply."""
        return self.found.errors

    @property
    def found(self) -> LintFindings:
        """What lint found, without the trades."""
        trades = len(self.trades)
        return LintFindings(self.findings, self.plans, trades, self.texts, self.environments)

    def with_findings(self, findings: Iterable[Finding]) -> "LintResult":
        """The same plans with these findings, in their order, and the lines they name."""
        ordered = tuple(sorted(findings, key=lambda finding: finding.sort_key))
        files = {finding.location.file for finding in ordered}
        texts = {name: self.text_of(name).split("\n") for name in files}
        return replace(self, findings=ordered, texts=texts)


class PlanSet(Struct, frozen=True, dict=True):
    """Settings, the selected files and the variables: what every use case starts from.

    ``whole``: no plan was left out, as far as is known without looking.
    """

    settings: Settings
    inputs: Inputs
    working: Path
    files: tuple[Path | str, ...]
    values: Values = Values()
    whole: bool = False

    @cached_property
    def locked(self) -> "Mapping[str, LockedAccount]":
        """What ``markets.lock.json`` has of the accounts of the environment, by alias."""
        return locked_accounts(self.settings)

    @cached_property
    def surroundings(self) -> Source:
        """What every plan is rendered in; a plan has its own text and name."""
        return Source(
            text="",
            file="",
            root=self.settings.root,
            templates=self.settings.root / "templates",
            shown=sources.shown_from(self.working),
            values=self.values.merged,
            helpers=cache(partial(helpers, self.settings)),
            layers=self.values.layers,
            unsaved=self.inputs.unsaved,
            asked=self.inputs.asked,
            place_of=self.values.place_of,
        )


def open_workspace(inputs: Inputs, settings: Settings, working: Path) -> PlanSet:
    """Find the files and read the values. Raises ``UsageError``."""
    files = sources.find(inputs, settings, working)
    if stray := sources.outside_workspace(files, settings):
        raise UsageError(
            f"{stray}: belongs to another workspace than {settings.file}",
            hint="one workspace at a time",
        )
    # Several look at what came through a pipe, which gives it once.
    inputs = replace(inputs, stdin=cache(inputs.stdin))
    given = values.read(inputs, settings, working, sources.shown_from(working))
    return PlanSet(settings, inputs, working, files, given, whole=not inputs.paths)


def read_plans(workspace: PlanSet) -> list[LoadedPlan]:
    """Render and parse every selected file."""
    return [read_plan(workspace, file) for file in workspace.files]


def read_plan(workspace: PlanSet, file: Path | str) -> LoadedPlan:
    """Read, render and parse a file; too little memory for it is a finding, too."""
    around = workspace.surroundings
    workspace.inputs.began(file if isinstance(file, str) else around.shown(file))
    return rendered_plan(workspace, sources.read(file, workspace.inputs, around.shown, around.root))


def rendered_plan(workspace: PlanSet, plan: PlanFile) -> LoadedPlan:
    """Render and parse a text with the variables of the workspace."""
    around = workspace.surroundings
    if plan.finding is not None:
        return LoadedPlan(plan, findings=(plan.finding,))
    try:
        return _without_consequences(_read(plan, around), workspace.values)
    except MemoryError:
        return LoadedPlan(plan, findings=(too_little_memory(plan.name),))


def _without_consequences(read: LoadedPlan, given: "values.Values") -> LoadedPlan:
    """What is not defined may stand in a file of values that nobody can read: that one is told."""
    if all(finding.code != "SP002" for finding in given.findings):
        return read
    kept = tuple(one for one in read.findings if not one.message.endswith(" is undefined"))
    return replace(read, findings=kept)


def too_little_memory(name: str) -> Finding:
    """The finding that checking a plan takes more memory than there is."""
    message = "checking it needs more memory than there is"
    return Finding("SP001", Severity.ERROR, message, Location(name, 1), hint="split the plan")


def _read(plan: PlanFile, around: Source) -> LoadedPlan:
    rendered, findings = render(replace(around, text=plan.text, file=plan.name))
    if rendered is None:
        return LoadedPlan(plan, findings=findings)
    templated = rendered.text is not plan.text
    parsed = parse(rendered.text, plan.name, rendered.locate, templated=templated)
    if templated and (parsed.document is None or _falls_apart(parsed.document)):
        from smartplan.document.macro_calls import unindented

        if call := unindented(rendered):
            place = Location(plan.name, call.line, call.column)
            finding = Finding("SP002", Severity.ERROR, call.message, place, hint=call.hint)
            return LoadedPlan(plan, rendered, findings=(finding,))
    document = parsed.document and replace(parsed.document, rendered=rendered)
    return LoadedPlan(plan, rendered, document, parsed.findings)


def _falls_apart(document: Document) -> bool:
    """Whether keys of a trade stand beside `trades`."""
    data = document.data
    return isinstance(data, dict) and "trades" in data and bool(data.keys() - _AROUND)


_AROUND = {"trades", "defaults"}


def helpers(settings: Settings) -> Helpers:
    """What templates may call: the arithmetic of ``trade``, with what is locked of the markets."""
    from smartplan.trade.pair_functions import helpers_by_pair
    from smartplan.trade.template_risk import RiskFunctions

    return helpers_by_pair(locked_accounts(settings), RiskFunctions.of_workspace(settings))


def check(workspace: PlanSet, now: datetime) -> LintResult:
    """Every offline rule over the selected plans, and the trades that fit."""
    from smartplan.lint import run

    settings = workspace.settings
    reads = read_plans(workspace)
    documents = [read.document for read in reads if read.document is not None]
    neighbours = _neighbours(workspace)
    text_of = texts_by_name(reads, workspace)
    context = context_of(settings, now, neighbours)
    selection = selection_of(settings)
    linted = run.lint(documents, context, selection, text_of)
    unread = [finding for read in reads for finding in read.findings]
    names = frozenset(entry.name for document in documents for entry in entries(document))
    named = unread_values.reads_of_all(unread_values.reads_of(read.plan.text) for read in reads)
    checked = LintResult(
        findings=(),
        trades=linted.trades,
        plans=tuple(read.plan.name for read in reads),
        known=names | {entry.name for entry in neighbours},
        texts={},
        rendered={r.plan.name: r.rendered.text for r in reads if r.rendered is not None},
        text_of=text_of,
        broken=names - {trade.name for trade in linted.trades},
        environments=(settings.environment,),
    )
    of_values = findings_of_values(workspace, named, selection)
    return checked.with_findings([*of_values, *unread, *linted.findings])


def findings_of_values(
    workspace: PlanSet, reads: unread_values.Reads, selection: "Selection"
) -> tuple[Finding, ...]:
    """What is wrong with the variables, ``reads`` being what the selected plans name."""
    from smartplan.lint.registry import judge_text

    given = workspace.values
    findings = [one for document in given.files for one in judge_text(document)]
    if given.overrides or given.assigned:
        reads |= unread_values.reads_below(workspace.settings.root / "templates")
        if next(unread_values.unread(given, reads), None) is not None:
            around = workspace.surroundings
            others = (
                unread_values.reads_of(
                    sources.read(file, workspace.inputs, around.shown, around.root).text
                )
                for file in neighbours_of(workspace)
            )
            reads |= unread_values.reads_of_all(others)
        findings += unread_values.unread(given, reads)
    return (*given.findings, *selection.apply(findings))


def narrowed(checked: LintResult, targets: Sequence[str], excluded: Sequence[str]) -> LintResult:
    """Only the trades that ``targets`` name (all, if none) and ``excluded`` do not; globs count.

    The others keep their names: they are in the plans, so nothing of theirs is an orphan. Raises
    ``UsageError`` for a target that names nothing.
    """
    names = [*(trade.name for trade in checked.trades), *checked.broken]
    for pattern in (*targets, *excluded):
        if not any(fnmatchcase(name, pattern) for name in names):
            raise UsageError(f"no trade of the plans is called {pattern}")

    def wanted(name: str) -> bool:
        chosen = not targets or any(fnmatchcase(name, pattern) for pattern in targets)
        return chosen and not any(fnmatchcase(name, pattern) for pattern in excluded)

    kept = tuple(trade for trade in checked.trades if wanted(trade.name))
    return replace(checked, trades=kept, broken=frozenset(filter(wanted, checked.broken)))


def _neighbours(workspace: PlanSet) -> tuple[Entry, ...]:
    """The trades of plans that were not selected; a plan that cannot be read has none to give."""
    others = (read_plan(workspace, file) for file in neighbours_of(workspace))
    documents = (read.document for read in others if read.document is not None)
    return tuple(entry for document in documents for entry in entries(document))


def neighbours_of(workspace: PlanSet) -> tuple[Path, ...]:
    """The workspace's plans that were not selected."""
    if workspace.whole:
        return ()
    return sources.neighbours(workspace.settings, workspace.files)


def texts_by_name(reads: Iterable[LoadedPlan], workspace: PlanSet) -> Callable[[str], str]:
    """The source of a file by the name that messages use: a plan's, or an included template's.

    What ``sources.read`` refuses has no text: a message must not show what a link leads to.
    """
    plans = {read.plan.name: read.plan.text for read in reads}

    def text_of(name: str) -> str:
        if name in plans:
            return plans[name]
        if name == sources.STDIN_NAME:
            return sources.read(sources.STDIN, workspace.inputs, str).text
        file = workspace.working / name
        shown = workspace.surroundings.shown
        return sources.read(file, workspace.inputs, shown, workspace.settings.root).text

    return text_of
