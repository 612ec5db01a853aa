"""The guard rails of ``[policy]`` for what a person does to one live trade."""

from collections.abc import Iterable, Mapping
from functools import partial

from smartplan.changes.changeset import BrokenRail
from smartplan.changes.exposure import Assess, staying, unreadable_risk
from smartplan.changes.guard_rails import broken_by_hand
from smartplan.changes.manual.requests import Proposal, prospect_of
from smartplan.trade.policy import Policy
from smartplan.trade.position import ticker
from smartplan.trade.risk import Risk
from smartplan.workflow.live_trades import managed_trades
from smartplan.workflow.reconciliation import policy_of, risk_of
from smartplan.workflow.session import Session


def rails_by_hand(proposal: Proposal, session: Session) -> tuple[BrokenRail, ...]:
    """What the request would break; the open trades are listed only where a limit counts them."""
    policy = policy_of(session.settings)
    assess = partial(risk_of, session.settings)
    prospect = prospect_of(proposal, assess)
    if prospect is None:
        return ()
    others = _others(proposal, session, assess) if _counts_all(policy) else {}
    return broken_by_hand(prospect, others, ticker(proposal.live), policy)


def _counts_all(policy: Policy) -> bool:
    return policy.max_open_risk is not None or policy.max_notional_per_quote is not None


def _others(proposal: Proposal, session: Session, assess: Assess) -> Mapping[str, Risk]:
    managed = managed_trades(session)
    open_ = staying((live for _, live in managed.trades), {proposal.live.id}, {}, assess)
    return {**dict(open_), **dict(map(unreadable_risk, managed.unreadable))}


def journal_overrides(
    rails: Iterable[BrokenRail], proposal: Proposal, session: Session, reason: str
) -> None:
    """What was set aside, for its trade where that is ours, before anything is sent."""
    marker, journal = proposal.live.marker, session.journal
    ours = marker is not None and marker.workspace == session.settings.workspace
    of = journal.identity(marker.name, marker.round) if marker is not None and ours else None
    for rail in rails:
        journal.overrode(rail.rule, reason, rail.message, identity=of)
