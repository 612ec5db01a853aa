"""Documents in, findings and readable trades out: the offline lint."""

from collections.abc import Sequence
from dataclasses import dataclass

from smartplan.diagnostics import Finding
from smartplan.document.tree import Document
from smartplan.lint.context import Context
from smartplan.lint.registry import Problem, Selection, finding, judge
from smartplan.lint.schema import examine
from smartplan.trade.parse import Entry, PlannedTrade, UnknownAccount, planned


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found, in file and line order, and the trades that could be read."""

    findings: tuple[Finding, ...]
    trades: tuple[PlannedTrade, ...]


def lint(documents: Sequence[Document], context: Context, selection: Selection) -> Linted:
    """Judge the documents of a workspace."""
    findings: list[Finding] = []
    trades: list[PlannedTrade] = []
    for document in documents:
        checked = examine(document)
        findings += checked.findings
        for entry in checked.fit:
            try:
                trades.append(planned(entry, context.accounts))
            except UnknownAccount as error:
                findings.append(_unknown_account(entry, error))
    findings += judge(trades, context, selection)
    kept = sorted(selection.apply(findings), key=lambda found: found.sort_key)
    return Linted(tuple(kept), tuple(trades))


def _unknown_account(entry: Entry, error: UnknownAccount) -> Finding:
    problem = Problem(error.path, str(error))
    return finding("SP105", problem, entry, trade=entry.name, prefix=entry.at)
