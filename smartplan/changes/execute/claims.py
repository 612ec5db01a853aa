"""Open intents of earlier runs: unknown becomes known by reading, never by assuming."""

from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import replace

from smartplan.changes.changeset import OPENING, Changeset, Finished
from smartplan.changes.reconcile.inputs import MarketView
from smartplan.changes.reconcile.matching import carries, opened_as
from smartplan.state.clocks import Moment, passed_since
from smartplan.state.journal import Journal
from smartplan.state.store import Claim, KnownTrade
from smartplan.trade.model import LiveTrade, Trade
from smartplan.trade.position import left_a_position
from smartplan.trade.wire import MalformedEntity, trade_from_body


def found_of(claim: Claim, view: MarketView) -> LiveTrade | None:
    """The live trade that an open intent was about: by its id, a new one by its marker."""
    if opens(claim):
        return opened_as(claim.identity, view)
    lives = (*view.active, *view.ended)
    return next((live for live in lives if live.id == claim.intent.trade_id), None)


def opens(claim: Claim) -> bool:
    """Whether the intent may have opened a position."""
    return claim.intent.data.get("action") in OPENING


def known_by(claim: Claim, live: LiveTrade, journal: Journal) -> KnownTrade | None:
    """What is known of a live trade once its intent is settled; its fields as applied stay."""
    if not carries(live, claim.identity):
        return None
    ended = live.status if live.terminal and not left_a_position(live) else None
    for known in journal.known_trades():
        if known.identity == claim.identity and known.trade_id == live.id:
            return replace(known, ended=ended)
    return KnownTrade(identity=claim.identity, trade_id=live.id, ended=ended)


def unknown_creates(
    claims: Iterable[Claim], view: MarketView
) -> Mapping[tuple[str, int], Trade | None]:
    """What nobody knows the outcome of, even after a complete scan, with what was to be opened."""
    return {
        (claim.identity.name, claim.identity.round): asked_for(claim)
        for claim in claims
        if opens(claim) and found_of(claim, view) is None
    }


def asked_for(claim: Claim) -> Trade | None:
    """The trade that an intent was to open, where the journal can still say it."""
    body = claim.intent.data.get("body")
    try:
        return trade_from_body(body) if isinstance(body, Mapping) else None
    except MalformedEntity:
        return None


def settle_claims(
    journal: Journal, view: MarketView, among: Collection[Claim] | None = None
) -> None:
    """Close the open intents, all or those ``among`` some, whose outcome the exchange now shows.

    A create that is not found stays open. Anything else was about a live trade that can be read:
    whatever it is now is its outcome, and the diff goes on from there.
    """
    for claim in journal.open_claims():
        if among is not None and claim not in among:
            continue
        live = found_of(claim, view)
        if live is not None:
            known = known_by(claim, live, journal)
            journal.settled(claim.identity, "found", {"status": live.status}, known=known)
        elif not opens(claim):
            journal.settled(claim.identity, "read", {"status": "not listed"})


def remember_ends(journal: Journal, changeset: Changeset, view: MarketView) -> None:
    """Note the end of trades that are over, so that nobody has to look for them again.

    What has left a position open is not over before a person says so.
    """
    for trade in journal.known_trades():
        live = view.by_id.get(trade.trade_id)
        if trade.ended is None and live is not None and live.terminal and not left_a_position(live):
            journal.remembered(replace(trade, ended=live.status), live.status)
    known = {(t.identity.name, t.identity.round): t for t in journal.known_trades()}
    for action in changeset.actions:
        of = action.of
        if not isinstance(action, Finished) or of.trade_id is None:
            continue
        before = known.get((of.name, of.round))
        if before is None or before.ended is None:
            identity = journal.identity(of.name, of.round)
            trade = KnownTrade(identity=identity, trade_id=of.trade_id, ended=of.status)
            journal.remembered(trade, of.status or "ended")


def age_of(claim: Claim, now: Moment) -> float:
    """The seconds that have certainly passed since the intent was written."""
    stamp = claim.intent.data.get("clock")
    return passed_since(
        stamp if isinstance(stamp, Mapping) else {}, claim.intent.at.timestamp(), now
    )
