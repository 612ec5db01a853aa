"""Documents in, findings and readable trades out; then the trades again, beside the exchange."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from smartplan.diagnostics import Finding, Location
from smartplan.document.tree import Document
from smartplan.lint import ignores
from smartplan.lint.context import Context
from smartplan.lint.registry import RULES, Problem, Selection, finding, judge, judge_text
from smartplan.lint.schema import examine
from smartplan.trade.parse import Entry, PlannedTrade, UnknownAccount, planned

Texts = Callable[[str], str]
"""The source text of a file, by the name that locations know it by."""


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found, in file and line order, and the trades that could be read."""

    findings: tuple[Finding, ...]
    trades: tuple[PlannedTrade, ...]


def lint(
    documents: Sequence[Document], context: Context, selection: Selection, text_of: Texts
) -> Linted:
    """Judge the documents of a workspace, and heed their ignore comments."""
    findings: list[Finding] = []
    trades: list[PlannedTrade] = []
    written: list[Entry] = []
    for document in documents:
        checked = examine(document)
        findings += checked.findings
        findings += _of_text(document, checked.findings)
        written += checked.written
        for entry in checked.fit:
            try:
                trades.append(planned(entry, context.accounts))
            except UnknownAccount as error:
                findings.append(_unknown_account(entry, error))
    findings += judge(trades, context, selection)
    comments = ignores.scan({file: text_of(file) for file in _files(documents, findings)})
    kept = _heeded(selection.apply(findings), comments, written, _judged(context, selection))
    return Linted(kept, tuple(trades))


def lint_online(
    trades: Sequence[PlannedTrade], context: Context, selection: Selection, text_of: Texts
) -> tuple[Finding, ...]:
    """What the exchange and the accounts say of trades that were read; nothing is said twice."""
    findings = list(judge(trades, context, selection))
    files = _files([trade.document for trade in trades], findings)
    judged = _judged(context, selection)
    comments = [
        comment
        for comment in ignores.scan({file: text_of(file) for file in files})
        if judged(comment.code)
    ]
    return _heeded(selection.apply(findings), comments, trades, judged)


def _judged(context: Context, selection: Selection) -> Callable[[str], bool]:
    """Which codes are looked for: a comment for another has not been tried."""
    online = {code for code, known in RULES.items() if known.online}
    return lambda code: selection.selects(code) and (code in online) is context.online


def _heeded(
    findings: Iterable[Finding],
    comments: Sequence[ignores.Ignore],
    written: Iterable[Entry],
    judged: Callable[[str], bool],
) -> tuple[Finding, ...]:
    if comments:
        # Positions cost more than all rules together: looked up only when a comment asks.
        findings = ignores.apply(findings, comments, _name_lines(written), judged)
    return tuple(sorted(findings, key=lambda found: found.sort_key))


def _of_text(document: Document, known: Iterable[Finding]) -> Iterator[Finding]:
    """Remarks on the text; not where the schema has objected to the same value already."""
    said = {found.location for found in known}
    return (found for found in judge_text(document) if found.location not in said)


def _unknown_account(entry: Entry, error: UnknownAccount) -> Finding:
    problem = Problem(error.path, str(error))
    return finding("SP105", problem, entry, trade=entry.name, prefix=entry.at)


def _files(documents: Sequence[Document], findings: Iterable[Finding]) -> tuple[str, ...]:
    names = [document.file for document in documents]
    return tuple(dict.fromkeys([*names, *(found.location.file for found in findings)]))


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
