"""Plans beside the exchange: the rules that need its limits, its market and its accounts."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec.structs import replace

from smartplan.changes.changeset import (
    Blocked,
    Changeset,
    Marks,
    Opens,
    Sends,
    Unchanged,
    Update,
    sending,
)
from smartplan.diagnostics import Finding, Path
from smartplan.trade.parse import PlannedTrade
from smartplan.workflow.lint_plans import LintResult
from smartplan.workflow.lint_scope import context_of, selection_of
from smartplan.workflow.session import Session

FUNDS = "SP804"
"""The rule that balances are asked for."""


def lint_online(checked: LintResult, session: Session) -> LintResult:
    """The plans with what the exchange says of every trade, beside what was found before."""
    asked = _findings(checked, session, checked.trades)
    return checked.with_findings(dict.fromkeys([*checked.findings, *asked]))


def beside_exchange(checked: LintResult, changeset: Changeset, session: Session) -> LintResult:
    """The plans with what the exchange says of what is to be sent, and nothing else.

    Where a guard rail of the changeset says the same, it is left to say it. The market was asked
    for when the changeset was made; the balances are, once, where something is to be opened.
    """
    sent = {action.of.name: action for action in sending(changeset)}
    if not sent:
        return checked.with_findings(())
    found = _findings(
        checked,
        session,
        [trade for trade in checked.trades if trade.name in sent],
        beside=_open_beside(checked, changeset),
        held=frozenset(name for name, action in sent.items() if _held(action)),
        opening=frozenset(n for n, act in sent.items() if isinstance(act, Opens)),
    )
    broken_rails = {(rail.name, rail.message) for rail in changeset.broken_rails}
    at = {trade.name: len(trade.at) for trade in checked.trades}
    return checked.with_findings(
        finding
        for finding in found
        if finding.trade in sent
        and finding not in checked.findings  # the lock of the markets has said it
        and _concerns(sent[finding.trade], finding.path[at[finding.trade] :])
        and (finding.trade, finding.message) not in broken_rails
    )


def _findings(
    checked: LintResult,
    session: Session,
    trades: Sequence[PlannedTrade],
    *,
    beside: Sequence[PlannedTrade] = (),
    held: frozenset[str] = frozenset(),
    opening: frozenset[str] = frozenset(),
) -> tuple[Finding, ...]:
    from smartplan.lint import run

    selection = selection_of(session.settings)
    context = replace(
        context_of(session.settings, session.now()),
        known_accounts=session.accounts,
        market=session.market(planned.trade for planned in trades),
        held=held,
        opening=opening,
        balances=_balances(session, trades, opening) if selection.selects(FUNDS) else {},
    )
    # A conflict between two trades is told of the later one: that is the one to be sent.
    return run.lint_online([*beside, *trades], context, selection, checked.text_of)


def _balances(
    session: Session, trades: Sequence[PlannedTrade], opening: frozenset[str]
) -> dict[int, Mapping[str, Decimal]]:
    """Of the accounts on which something is to be opened, as far as the service says."""
    places = {planned.trade.account_id for planned in trades if planned.name in opening}
    found = {number: session.balances(number) for number in sorted(places)}
    return {number: free for number, free in found.items() if free is not None}


def _open_beside(checked: LintResult, changeset: Changeset) -> list[PlannedTrade]:
    """The trades that are open already and stay as they are."""
    sent = {action.of.name for action in sending(changeset)}
    open_ = {
        action.of.name
        for action in changeset.actions
        if isinstance(action, Unchanged | Marks | Blocked) and action.of.trade_id
    }
    return [trade for trade in checked.trades if trade.name in open_ - sent]


def _held(action: Sends) -> bool:
    return isinstance(action, Update) and action.held


def _concerns(action: Sends, path: Path) -> bool:
    """What an update leaves alone was taken by the exchange long ago."""
    if not isinstance(action, Update) or path[0] in {"account", "account_id"}:
        return True
    return action.concerns(path)
