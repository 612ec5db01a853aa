"""Documents in, findings and readable trades out; then the trades again, beside the exchange."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from smartplan.diagnostics import Finding, Location
from smartplan.document.tree import Document, Node
from smartplan.lint import ignores
from smartplan.lint.context import Context
from smartplan.lint.engine import examine
from smartplan.lint.ignores import Ignore
from smartplan.lint.registry import (
    RULES,
    Problem,
    Rule,
    Selection,
    applied,
    finding,
    judge,
    judge_text,
    judge_together,
)
from smartplan.trade.parse import Entry, PlannedTrade, UnknownAccount, planned

Texts = Callable[[str], str]
"""The source text of a file, by the name that locations know it by."""


class DocumentResult(Struct, frozen=True):
    """What one document says by itself, before its ignore comments are heeded.

    ``names`` are the lines its trades are named on; looked up only where there is a comment.
    ``left`` are the trades that belong to another environment.
    """

    findings: tuple[Finding, ...]
    trades: tuple[PlannedTrade, ...] = ()
    comments: tuple[Ignore, ...] = ()
    names: Mapping[str, set[ignores.Line]] = field(default_factory=dict)
    left: tuple[str, ...] = ()


class LintOutcome(Struct, frozen=True):
    """What was found, in file and line order, and the trades that could be read."""

    findings: tuple[Finding, ...]
    trades: tuple[PlannedTrade, ...]


def lint(
    documents: Sequence[Document], context: Context, selection: Selection, text_of: Texts
) -> LintOutcome:
    """Judge the documents of a workspace, and heed their ignore comments."""
    rules = applied(selection, locked=bool(context.market))
    parts = [alone(document, context, rules, text_of) for document in documents]
    trades = tuple(trade for part in parts for trade in part.trades)
    parts.append(together(trades, context, rules, text_of))
    return LintOutcome(settled(parts, selection), trades)


def alone(
    document: Document,
    context: Context,
    rules: Sequence[Rule],
    text_of: Texts,
    elsewhere: Callable[[Node], bool] = lambda _: False,
) -> DocumentResult:
    """Judge what a document says by itself.

    ``elsewhere`` tells of an account that is none here whether it is one of another environment:
    then its trade belongs there.
    """
    checked = examine(document)
    findings = [*checked.findings, *_of_text(document, checked.findings)]
    trades: list[PlannedTrade] = []
    left: list[str] = []
    for entry in checked.fit:
        try:
            trades.append(planned(entry, context.accounts))
        except UnknownAccount as error:
            if elsewhere(entry.body[str(error.path[0])]):
                left.append(entry.name)
            else:
                findings.append(_unknown_account(entry, error, context.environment))
    findings += judge(trades, context, rules)
    part = _part(findings, tuple(trades), [document.file], checked.written, text_of)
    return replace(part, left=tuple(left)) if left else part


def together(
    trades: Sequence[PlannedTrade], context: Context, rules: Sequence[Rule], text_of: Texts
) -> DocumentResult:
    """Judge trades beside each other; they are not repeated in the answer."""
    findings = list(judge_together(trades, context, rules))
    return _part(findings, (), [], trades, text_of)


def _part(
    findings: Sequence[Finding],
    trades: tuple[PlannedTrade, ...],
    files: Iterable[str],
    written: Iterable[Entry],
    text_of: Texts,
) -> DocumentResult:
    named = dict.fromkeys([*files, *(found.location.file for found in findings)])
    comments = ignores.scan({file: text_of(file) for file in named})
    # Positions cost more than all rules together: looked up only when a comment asks.
    names = _name_lines(written) if comments else {}
    return DocumentResult(tuple(findings), trades, comments, names)


def lint_online(
    trades: Sequence[PlannedTrade], context: Context, selection: Selection, text_of: Texts
) -> tuple[Finding, ...]:
    """What the exchange and the accounts say of trades that were read; nothing is said twice."""
    rules = applied(selection, online=True)
    findings = [*judge(trades, context, rules), *judge_together(trades, context, rules)]
    part = _part(findings, (), [trade.document.file for trade in trades], trades, text_of)
    comments = tuple(one for one in part.comments if one.code in RULES and RULES[one.code].online)
    return settled([replace(part, comments=comments)], selection, online=True)


def settled(
    parts: Sequence[DocumentResult], selection: Selection, *, online: bool = False
) -> tuple[Finding, ...]:
    """All findings of a workspace that the settings and the comments leave, in order."""

    def judged(code: str) -> bool:
        return selection.selects(code) and RULES[code].online is online

    kept = [found for part in parts for found in part.findings]
    comments = dict.fromkeys(comment for part in parts for comment in part.comments)
    if comments:
        names: dict[str, set[ignores.Line]] = {}
        for part in parts:
            for name, lines in part.names.items():
                names.setdefault(name, set()).update(lines)
        kept = list(ignores.apply(kept, comments, names, judged))
    return tuple(sorted(selection.apply(kept), key=lambda found: found.sort_key))


def _of_text(document: Document, known: Iterable[Finding]) -> Iterator[Finding]:
    """Remarks on the text; not where the schema has objected to the same value already."""
    said = {found.location for found in known}
    return (found for found in judge_text(document) if found.location not in said)


def _unknown_account(entry: Entry, error: UnknownAccount, environment: str) -> Finding:
    section = f"[environments.{environment}.accounts]"
    hint = f"smartplan.toml lists accounts under {section}"
    if error.missing is not None:
        hint = (
            f"add `{error.missing} = ID` under {section} of smartplan.toml; the id stands in the"
            " account's address at 3Commas"
        )
    if error.meant is not None:
        hint = f"did you mean `{error.meant}`? Else {hint}"
    problem = Problem(error.path, str(error), hint=hint)
    return finding("SP105", problem, entry, trade=entry.name, prefix=entry.at)


def _name_lines(written: Iterable[Entry]) -> Mapping[str, set[ignores.Line]]:
    """The lines a trade is named on; a one-trade file may name it by its pair."""
    lines: dict[str, set[ignores.Line]] = {}
    for entry in written:
        places: list[Location] = [entry.locate((), key=True)]
        if not entry.at:
            places += [entry.document.locate((key,), key=True) for key in ("name", "pair")]
        known = {(place.file, place.line) for place in places if not place.rendered}
        lines.setdefault(entry.name, set()).update(known)
    return lines
