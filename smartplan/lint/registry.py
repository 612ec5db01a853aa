"""Rules: one documented generator function per code; the framework finds the line.

A rule yields ``Problem``s that name a path inside the trade. What a rule needs beyond the trade
stands in its ``Context``; where that is absent (no market data offline) it yields nothing.
"""

import inspect
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from smartplan.diagnostics import Finding, Fix, Location, Path, Severity, below
from smartplan.document.tree import Document
from smartplan.lint.context import Context
from smartplan.trade.parse import PlannedTrade

_ONLINE_FAMILIES = frozenset({"SP7", "SP8"})
_FROM_LOCK = frozenset({"SP702", "SP703", "SP704"})
"""Those that a lock of the markets is enough for."""

Basis = Literal["documented", "practice", "project"]
"""What a rule rests on: the service's documentation, the practice of trading, our own words."""


class Problem(Struct, frozen=True):
    """Something wrong at ``path``; ``key`` marks its key rather than its value.

    ``severity`` is given where it differs from the rule's own, ``fix`` where there is one that
    cannot be a mistake.
    """

    path: Path
    message: str
    hint: str | None = None
    severity: Severity | None = None
    key: bool = False
    fix: Fix | None = None


class Documentation(Struct, frozen=True):
    """The docstring of a rule in its parts; ``bad`` and ``good`` are YAML."""

    what: str
    why: str
    bad: str
    good: str


class Remark(Struct, frozen=True):
    """Something wrong at a line and column, from 1, of a document's text."""

    line: int
    column: int
    message: str
    hint: str | None = None
    fix: Fix | None = None


Judge = Callable[[PlannedTrade, Context], Iterable[Problem]]
Together = Callable[[Sequence[PlannedTrade], Context], Iterator[tuple[PlannedTrade, Problem]]]
GroupKey = Callable[[PlannedTrade, Context], object]
"""What trades must have in common (equal and hashable) to concern each other.

``None``: this trade concerns nobody; ``EVERY``: what is judged is all trades together.
"""
EVERY = "every trade"
TextJudge = Callable[[Document], Iterator[Remark]]


class Rule(Struct, frozen=True):
    """A code and what it means.

    ``judge`` looks at one trade, ``together`` at all those of one ``grouped_by``; both are
    ``None`` where the text is judged, or where the reader or the schema judges.

    ``binding``: without it the trade cannot be read, so its errors can be neither ignored nor
    softened.
    """

    code: str
    severity: Severity
    basis: Basis
    docstring: str
    judge: Judge | None = None
    together: Together | None = None
    grouped_by: GroupKey | None = None
    binding: bool = False

    @property
    def online(self) -> bool:
        """Whether it needs what only the exchange can say."""
        return _is_online(self.code)

    @property
    def documentation(self) -> Documentation:
        """The docstring in its parts; nobody reads it in a clean lint."""
        return documentation(self.docstring)


class Rules(Mapping[str, Rule]):
    """Every rule by its code; those that need the exchange are imported when they are asked for."""

    def __init__(self) -> None:
        self._registered: dict[str, Rule] = {}
        self._register_online: Callable[[], None] = lambda: None

    def register(self, new: Rule) -> None:
        """Take a rule in. Raises ``ValueError`` for a code that is taken."""
        if new.code in self._registered:
            raise ValueError(f"the code {new.code} is registered twice")
        self._registered[new.code] = new

    def complete(self, code: str, together: Together, grouped_by: GroupKey) -> None:
        """Let a registered rule judge trades beside each other."""
        self._registered[code] = replace(
            self._registered[code], together=together, grouped_by=grouped_by
        )

    def those(self, *, online: bool) -> Iterator[Rule]:
        """The rules that need the exchange, or those that do not."""
        registered = self._all() if online else self._registered
        return (rule for rule in registered.values() if rule.online is online)

    def __getitem__(self, code: str) -> Rule:
        return (self._all() if _is_online(code) else self._registered)[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def defer(self, register: Callable[[], None]) -> None:
        """``register`` registers the rules that need the exchange, when they are asked for."""
        self._register_online = register

    def _all(self) -> Mapping[str, Rule]:
        self._register_online()
        return self._registered


def _is_online(code: str) -> bool:
    return code[:3] in _ONLINE_FAMILIES


RULES = Rules()
"""Filled by importing ``smartplan.lint``."""

TEXT_JUDGES: dict[str, TextJudge] = {}
"""The functions of the rules over a document's text."""


def rule(
    code: str, severity: Severity, basis: Basis, *, binding: bool = False
) -> Callable[[Judge], Judge]:
    """Register a function that judges one trade."""

    def register(function: Judge) -> Judge:
        RULES.register(
            Rule(code, severity, basis, function.__doc__ or "", function, binding=binding)
        )
        return function

    return register


def workspace_rule(
    code: str, severity: Severity, basis: Basis, *, grouped_by: GroupKey, binding: bool = False
) -> Callable[[Together], Together]:
    """Register a function that judges the trades of a workspace beside each other.

    It must say of the trades of one ``grouped_by`` the same, whoever else is there.
    """

    def register(function: Together) -> Together:
        RULES.register(Rule(code, severity, basis, function.__doc__ or "", binding=binding))
        RULES.complete(code, function, grouped_by)
        return function

    return register


def also_together(code: str, *, grouped_by: GroupKey) -> Callable[[Together], Together]:
    """Register a second function of a rule, which judges trades beside each other."""

    def register(function: Together) -> Together:
        RULES.complete(code, function, grouped_by)
        return function

    return register


def text_rule(code: str, severity: Severity, basis: Basis) -> Callable[[TextJudge], TextJudge]:
    """Register a function that judges what a document says, line by line."""

    def register(function: TextJudge) -> TextJudge:
        doc = function.__doc__ or ""
        RULES.register(Rule(code, severity, basis, doc))
        TEXT_JUDGES[code] = function
        return function

    return register


def structural(
    code: str,
    basis: Basis,
    docstring: str,
    *,
    severity: Severity = Severity.ERROR,
    binding: bool = True,
) -> None:
    """Register a code that is judged elsewhere: by the reader, the schema, the ignore comments."""
    RULES.register(Rule(code, severity, basis, docstring, binding=binding))


_SECTION = r"(?m)^(Why|Bad|Good):$"


def documentation(docstring: str) -> Documentation:
    """Split a rule's docstring. Raises ``ValueError`` when a section is missing."""
    what, *rest = re.split(_SECTION, inspect.cleandoc(docstring))
    sections = dict(zip(rest[::2], (inspect.cleandoc(body) for body in rest[1::2]), strict=True))
    missing = [name for name in ("Why", "Bad", "Good") if not sections.get(name)]
    if missing or not what.strip():
        raise ValueError(f"a rule's docstring lacks {', '.join(missing) or 'its first line'}")
    return Documentation(what.strip(), sections["Why"], sections["Bad"], sections["Good"])


class Locatable(Protocol):
    """What knows where its parts were written: a document, an entry, a planned trade."""

    def locate(self, path: Path, *, key: bool = False) -> Location:
        """Where the value at ``path`` (or its key) was written."""
        ...


def finding(
    code: str, problem: Problem, place: Locatable, *, trade: str | None, prefix: Path = ()
) -> Finding:
    """The finding for a problem, at the line its author wrote."""
    return Finding(
        code=code,
        severity=problem.severity or RULES[code].severity,
        message=problem.message,
        location=place.locate(problem.path, key=problem.key),
        path=prefix + problem.path,
        hint=problem.hint,
        trade=trade,
        fix=below(prefix, problem.fix),
    )


class Selection(Struct, frozen=True):
    """Which rules apply, by code or family (``SP4``), and how severe they are.

    An empty ``select`` selects everything; ``ignore`` wins over ``select``.
    """

    select: Collection[str] = ()
    ignore: Collection[str] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)

    def selects(self, code: str) -> bool:
        """Whether findings of this code are reported."""
        chosen = not self.select or _covers(self.select, code)
        return chosen and not _covers(self.ignore, code)

    def apply(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """The findings that remain, with the severities of the settings."""
        for found in findings:
            if is_binding(found):
                yield found
            elif self.selects(found.code):
                severity = self.severity.get(found.code)
                yield replace(found, severity=severity) if severity else found


def _covers(patterns: Collection[str], code: str) -> bool:
    return any(code.startswith(pattern) for pattern in patterns)


def is_binding(found: Finding) -> bool:
    """Whether the finding says that its trade cannot be read: nothing can wave it through."""
    known = RULES.get(found.code)
    return known is not None and known.binding and found.severity is Severity.ERROR


def unknown_codes(patterns: Iterable[str]) -> tuple[str, ...]:
    """Those codes and families of the settings that name no rule."""
    return tuple(p for p in patterns if not p or not any(code.startswith(p) for code in RULES))


def applied(
    selection: Selection, *, online: bool = False, locked: bool = False
) -> tuple[Rule, ...]:
    """The rules over trades that a selection asks for, and those nothing can switch off.

    ``online``: those that need the exchange, and only those; ``locked``: with those of them that a
    lock of the markets is enough for.
    """
    rules = [*RULES.those(online=online)]
    if locked and not online:
        rules += [rule for rule in RULES.those(online=True) if rule.code in _FROM_LOCK]
    return tuple(rule for rule in rules if rule.binding or selection.selects(rule.code))


def judge(
    trades: Sequence[PlannedTrade], context: Context, rules: Iterable[Rule]
) -> Iterator[Finding]:
    """What the rules say of each trade that fits the schema."""
    for known in rules:
        if known.judge is not None:
            for trade in trades:
                for problem in known.judge(trade, context):
                    yield _of_trade(known, trade, problem)


def judge_together(
    trades: Sequence[PlannedTrade], context: Context, rules: Iterable[Rule]
) -> Iterator[Finding]:
    """What the rules say of trades beside each other."""
    for known in rules:
        if known.together is not None:
            for trade, problem in known.together(trades, context):
                yield _of_trade(known, trade, problem)


def _of_trade(known: Rule, trade: PlannedTrade, problem: Problem) -> Finding:
    return finding(known.code, problem, trade, trade=trade.name, prefix=trade.at)


def judge_text(document: Document) -> Iterator[Finding]:
    """Every rule over the text of a document."""
    for code, text_judge in TEXT_JUDGES.items():
        for remark in text_judge(document):
            yield Finding(
                code=code,
                severity=RULES[code].severity,
                message=remark.message,
                location=document.place(remark.line, remark.column),
                hint=remark.hint,
                fix=remark.fix,
            )
