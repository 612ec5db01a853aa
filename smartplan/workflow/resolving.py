"""Settling a create whose outcome is unknown, by reading or by a person's word."""

from dataclasses import dataclass

from smartplan.changes.apply import remembered
from smartplan.changes.inputs import View
from smartplan.changes.sending import OPENING
from smartplan.changes.settle import found_of, pauses_for
from smartplan.errors import SafetyRefusal, UsageError
from smartplan.state.store import Claim, KnownTrade
from smartplan.trade.model import LiveTrade
from smartplan.workflow.changing import ownership
from smartplan.workflow.session import ServiceListing, Session


@dataclass(frozen=True, slots=True)
class Resolution:
    """What became of the intent: ``live`` where the trade was found, None where it still is not."""

    claim: Claim
    live: LiveTrade | None


def claim_of(name: str, session: Session) -> Claim:
    """The open intent of a trade. Raises ``UsageError`` when there is none."""
    for claim in session.journal.open_claims():
        if claim.identity.name == name:
            return claim
    raise UsageError(
        f"{name} has no request with an unknown outcome",
        hint="`smartplan history` lists what was sent",
    )


def wait_for(name: str, session: Session) -> Resolution:
    """Look through the settle window, from now; found is done."""
    claim = claim_of(name, session)
    for seconds in (0.0, *pauses_for(session.settle_window)):
        if seconds:
            session.pause(seconds)
        live = found_of(claim, _view(session))
        if live is not None:
            known = KnownTrade(identity=claim.identity, trade_id=live.id)
            session.journal.resolved(claim.identity, "wait", "found by its marker", known=known)
            return Resolution(claim, live)
    return Resolution(claim, None)


def _view(session: Session) -> View:
    listing, ours = ServiceListing(session.client), ownership(session.settings)
    since = session.settings.since
    return View(ours.here(listing.active()), ours.here(listing.since(since)))


def adopt(name: str, trade_id: int, session: Session) -> Resolution:
    """The person says which live trade it is; it must exist and belong to nobody else."""
    claim = claim_of(name, session)
    live = session.client.get(trade_id)
    marker = live.marker
    mine = (session.settings.workspace, name)
    if marker is not None and (marker.workspace, marker.name) != mine:
        raise SafetyRefusal(
            f"#{trade_id} belongs to {marker.workspace}/{marker.name}", hint="check the id"
        )
    known = remembered(claim.identity, live.id, live.trade)
    session.journal.resolved(claim.identity, "adopt", f"#{trade_id}", known=known)
    return Resolution(claim, live)


def not_created(name: str, reason: str, session: Session) -> Resolution:
    """The person says that it was never opened. Refused while the exchange shows it."""
    claim = claim_of(name, session)
    live = found_of(claim, _view(session))
    if live is not None:
        raise SafetyRefusal(
            f"it was created: #{live.id} carries its marker",
            hint=f"`smartplan resolve {name} --wait` records that",
        )
    if claim.intent.data.get("action") not in OPENING and not reason:
        raise UsageError("a reason is needed")
    session.journal.resolved(claim.identity, "not-created", reason)
    return Resolution(claim, None)
