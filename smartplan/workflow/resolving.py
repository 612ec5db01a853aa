"""Settling a request whose outcome is unknown, by reading or by a person's word."""

from msgspec import Struct

from smartplan.changes.execute.actions import remembered
from smartplan.changes.execute.claims import (
    age_of,
    asked_for,
    found_of,
    known_by,
    opens,
)
from smartplan.changes.execute.verify import pauses_for
from smartplan.changes.reconcile import snapshot
from smartplan.changes.reconcile.matching import carries
from smartplan.diagnostics import command
from smartplan.errors import SafetyRefusal, UnknownOutcome, UsageError
from smartplan.state.store import Claim, KnownTrade, StoreUnusable
from smartplan.trade.listing import Unreadable
from smartplan.trade.model import BEING_CANCELLED, BEING_CLOSED, LiveTrade
from smartplan.trade.position import left_a_position
from smartplan.workflow.live_trades import right_money
from smartplan.workflow.reconciliation import ownership
from smartplan.workflow.session import Session


def claim_of(name: str, session: Session) -> Claim:
    """The open intent of a trade. Raises ``UsageError`` when there is none."""
    for claim in session.journal.open_claims():
        if claim.identity.name == name:
            return claim
    raise UsageError(
        f"{name} has no request with an unknown outcome",
        hint="`smartplan history` lists what was sent",
    )


class Waited(Struct, frozen=True):
    """The trade that a request was about, as it is now.

    ``executed``: whether it shows that the ``action`` was; None where only a diff can tell.
    """

    action: str
    live: LiveTrade
    executed: bool | None

    @property
    def without_exits(self) -> bool:
        """Whether it is over and has left a position."""
        return left_a_position(self.live)


def wait_for(name: str, session: Session) -> Waited | None:
    """Look through the settle window, from now; found is done, None leaves it unknown.

    An end that does not show by then was not executed, and can be asked for again.
    """
    claim = claim_of(name, session)
    live = _sought(claim, session, session.settle_window)
    if not isinstance(live, LiveTrade):
        return None
    action = str(claim.intent.data.get("action"))
    executed = True if opens(claim) else None
    if action in _ENDING:
        live = _awaited_end(live, _ENDING[action], session)
        executed = live.terminal or live.status.startswith(_ENDING[action])
    known = known_by(claim, live, session.journal)
    read = f"read again: not executed ({live.status})"
    _settle(claim, "wait", read if executed is False else "found on the exchange", session, known)
    return Waited(action, live, executed)


_ENDING = {"close": BEING_CLOSED, "cancel": BEING_CANCELLED}
"""What the status begins with while the service carries out what ends a trade."""


def _awaited_end(live: LiveTrade, on_its_way: str, session: Session) -> LiveTrade:
    for seconds in pauses_for(session.settle_window):
        if live.terminal or live.status.startswith(on_its_way):
            break
        session.pause(seconds)
        live = session.client.get(live.id)
    return live


def _sought(claim: Claim, session: Session, window: float) -> LiveTrade | Unreadable | None:
    """The live trade of an intent, as soon as it shows within ``window`` seconds.

    Else a row with its marker that nobody can read: it was created all the same.
    """
    settings, row = session.settings, None
    for seconds in (0.0, *pauses_for(window)):
        if seconds:
            session.pause(seconds)
        view = snapshot.whole(session.client, ownership(settings), settings.since)
        live = found_of(claim, view)
        if live is not None:
            return live
        row = next((row for row in view.unreadable if carries(row, claim.identity)), None)
    return row


def adopt(name: str, trade_id: int, session: Session) -> None:
    """The person says which live trade it is: what was asked for, and nobody else's.

    Without our marker it may be another, and what was lost may still appear: what is left of the
    settle window is waited for. Raises ``SafetyRefusal`` with what speaks against it.
    """
    claim = claim_of(name, session)
    live = session.client.get(trade_id)
    right_money(session.settings, live)
    if reason := _not_adoptable(claim, live, session):
        raise SafetyRefusal(f"#{trade_id} {reason}", hint="check the id")
    if opens(claim) and not carries(live, claim.identity):
        found = _sought(claim, session, _left_of_window(claim, session))
        if found is not None and found.id != trade_id:
            again = command(f"resolve {name} --wait", session.settings.environment)
            raise SafetyRefusal(
                f"#{found.id} carries its marker, not #{trade_id}", hint=f"{again} records that"
            )
    known = remembered(claim.identity, live.id, live.trade) if opens(claim) else None
    _settle(claim, "adopt", f"#{trade_id}", session, known)


def _not_adoptable(claim: Claim, live: LiveTrade, session: Session) -> str:
    of, marker = claim.identity, live.marker
    if not opens(claim):
        meant = claim.intent.trade_id
        action = claim.intent.data.get("action")
        return "" if live.id == meant else f"is another trade: the {action} was sent to #{meant}"
    if marker is not None and not carries(live, of):
        return f"belongs to {marker.workspace}/{marker.name}, round {marker.round}"
    for known in session.journal.known_trades():
        if known.trade_id == live.id and known.identity != of:
            return f"was opened as {known.identity.name}, round {known.identity.round}"
    for other in session.journal.open_claims():
        if other.intent.trade_id == live.id and other.identity != of:
            return f"has a request of {other.identity.name} with an unknown outcome"
    asked, trade = asked_for(claim), live.trade
    if asked is None:
        ours = trade.account_id in ownership(session.settings).accounts
        return "" if ours else f"is on account {trade.account_id}, which is none of ours"
    pairs = (
        ("account", trade.account_id, asked.account_id),
        ("pair", trade.pair, asked.pair),
        ("side", trade.side, asked.side),
    )
    differ = [f"{what} {is_}, not {was}" for what, is_, was in pairs if is_ != was]
    return f"is another trade: {', '.join(differ)}" if differ else ""


def _left_of_window(claim: Claim, session: Session) -> float:
    return max(0.0, session.settle_window - age_of(claim, session.clocks.now()))


def not_created(name: str, reason: str, session: Session) -> None:
    """The person says that it was never opened. Refused while the exchange shows it.

    Nobody can know that before the settle window has really passed, whatever the wall clock says:
    what is left of it is waited for.
    """
    claim = claim_of(name, session)
    if not opens(claim):
        action, trade_id = claim.intent.data.get("action"), claim.intent.trade_id
        again = command(f"resolve {name} --wait", session.settings.environment)
        raise SafetyRefusal(
            f"what is unknown is no create, but the {action} of #{trade_id}",
            hint=f"{again} reads what became of it",
        )
    found = _sought(claim, session, _left_of_window(claim, session))
    again = command(f"resolve {name} --wait", session.settings.environment)
    if isinstance(found, LiveTrade):
        raise SafetyRefusal(
            f"it was created: #{found.id} carries its marker", hint=f"{again} records that"
        )
    if found is not None:
        raise SafetyRefusal(
            f"it was created: {found.called} carries its marker, and cannot be read: {found.why}",
            hint=f"{again}, or see to it on the exchange's own page",
        )
    _settle(claim, "not-created", reason, session)


def _settle(
    claim: Claim, how: str, reason: str, session: Session, known: KnownTrade | None = None
) -> None:
    """Raises ``UnknownOutcome``: until the journal takes it, nothing is settled."""
    try:
        session.journal.resolved(claim.identity, how, reason, known=known)
    except StoreUnusable as error:
        message = f"{claim.identity.name} is of unknown outcome still: {error}"
        raise UnknownOutcome(message, hint=error.hint) from error
