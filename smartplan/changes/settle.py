"""Unknown becomes known by reading: open intents before a run, lost answers after it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from smartplan.changes.apply import Outcome, known_after
from smartplan.changes.changeset import (
    Action,
    Blocked,
    Cancel,
    Changeset,
    Close,
    Create,
    Finished,
    Replace,
    Update,
    Why,
)
from smartplan.changes.inputs import View
from smartplan.changes.sending import OPENING, SETTLE_PAUSES, Result
from smartplan.state.journal import Journal
from smartplan.state.store import Claim, Identity, KnownTrade, StoreUnusable
from smartplan.trade.model import LiveTrade, Trade
from smartplan.trade.wire import MalformedEntity, trade_from_body

SETTLE_WINDOW = 120.0
"""Seconds through which an unknown create is looked for, by default."""


def found_of(claim: Claim, view: View) -> LiveTrade | None:
    """The live trade that an open intent was about: by its id, a new one by its marker.

    A copy made on the exchange carries the marker too, and is younger.
    """
    lives = (*view.active, *view.ended)
    if not opens(claim):
        return next((live for live in lives if live.id == claim.intent.trade_id), None)
    marked = (live for live in lives if _carries(live, claim.identity))
    return min(marked, key=lambda live: live.id, default=None)


def opens(claim: Claim) -> bool:
    """Whether the intent may have opened a position."""
    return claim.intent.data.get("action") in OPENING


def _carries(live: LiveTrade, identity: Identity) -> bool:
    marker, wanted = live.marker, (identity.scope.workspace, identity.name, identity.round)
    return marker is not None and (marker.workspace, marker.name, marker.round) == wanted


def known_by(claim: Claim, live: LiveTrade, journal: Journal) -> KnownTrade | None:
    """What is known of a live trade once its intent is settled; its fields as applied stay."""
    if not _carries(live, claim.identity):
        return None
    ended = live.status if live.terminal else None
    for known in journal.known_trades():
        if known.identity == claim.identity and known.trade_id == live.id:
            return replace(known, ended=ended)
    return KnownTrade(identity=claim.identity, trade_id=live.id, ended=ended)


def unknown_creates(claims: Iterable[Claim], view: View) -> Mapping[tuple[str, int], Trade | None]:
    """What nobody knows the outcome of, even after a complete scan, with what was to be opened."""
    return {
        (claim.identity.name, claim.identity.round): _asked_for(claim)
        for claim in claims
        if opens(claim) and found_of(claim, view) is None
    }


def _asked_for(claim: Claim) -> Trade | None:
    body = claim.intent.data.get("body")
    try:
        return trade_from_body(body) if isinstance(body, Mapping) else None
    except MalformedEntity:
        return None


def settle_claims(journal: Journal, view: View) -> None:
    """Close the open intents whose outcome the exchange now shows.

    A create that is not found stays open. Anything else was about a live trade that can be read:
    whatever it is now is its outcome, and the diff goes on from there.
    """
    for claim in journal.open_claims():
        live = found_of(claim, view)
        if live is not None:
            known = known_by(claim, live, journal)
            journal.settled(claim.identity, "found", {"status": live.status}, known=known)
        elif not opens(claim):
            journal.settled(claim.identity, "read", {"status": "not listed"})


def remember_ends(journal: Journal, changeset: Changeset) -> None:
    """Note the end of trades that are over, so that nobody has to look for them again."""
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


def pauses_for(window: float) -> Iterator[float]:
    """Growing pauses that add up to ``window`` seconds."""
    pause, left = 1.0, window
    while left > 0:
        step = min(pause, left)
        yield step
        left -= step
        pause = min(pause * 2, 30.0)


def verify(
    outcomes: Sequence[Outcome],
    look: Callable[[], Changeset],
    journal: Journal,
    before: Changeset,
    *,
    pause: Callable[[float], None],
    window: float = SETTLE_WINDOW,
    interrupted: Callable[[], bool] = lambda: False,
) -> tuple[tuple[Outcome, ...], Changeset]:
    """Read the exchange again and hold it against what was done.

    What is unknown and shows is done. An unknown create is looked for through ``window`` seconds;
    what was done and does not show yet is looked at a few times more, and so is what is blocked now
    and was not ``before``: fields that lag behind a note look as if somebody had moved them.
    """
    after = look()
    lost_create = any(o.result is Result.UNKNOWN and _opens(o) for o in outcomes)
    for seconds in pauses_for(window) if lost_create else SETTLE_PAUSES:
        held = _newly_blocked(before, after)
        if interrupted() or all(_as_expected(outcome, after, held) for outcome in outcomes):
            break
        pause(seconds)
        after = look()
    held = _newly_blocked(before, after)
    concluded = (_concluded(outcome, after, journal, held) for outcome in outcomes)
    return tuple(_unless_failed(outcome, after) for outcome in concluded), after


def _opens(outcome: Outcome) -> bool:
    return isinstance(outcome.action, Create | Replace)


def _of_name(after: Changeset) -> Mapping[str, list[Action]]:
    found: dict[str, list[Action]] = {}
    for action in after.actions:
        found.setdefault(action.of.name, []).append(action)
    return found


def _newly_blocked(before: Changeset, after: Changeset) -> frozenset[str]:
    known = {(blocked.of.name, blocked.reason) for blocked in before.blocked}
    return frozenset(b.of.name for b in after.blocked if (b.of.name, b.reason) not in known)


def _as_expected(outcome: Outcome, after: Changeset, held: Collection[str]) -> bool:
    """Whether it shows. A block that is new may hide an update, and that nothing was ended."""
    action = outcome.action
    lost_end = outcome.result is Result.UNKNOWN and isinstance(action, Cancel | Close)
    doubtful = lost_end or isinstance(action, Update)
    return _shown(outcome, after) and not (doubtful and action.of.name in held)


def _shown(outcome: Outcome, after: Changeset) -> bool:
    """Whether the exchange shows the outcome, or there is none to be shown."""
    if outcome.result not in {Result.DONE, Result.UNKNOWN}:
        return True
    here = _of_name(after).get(outcome.action.of.name, [])
    pending = any(action.of.name == outcome.action.of.name for action in after.mutations)
    if _opens(outcome):
        listed = any(_is_round(action, outcome) and action.of.status for action in here)
        return listed and not pending
    return not pending


def _is_round(action: Action, outcome: Outcome) -> bool:
    if isinstance(action, Blocked) and action.why is Why.UNKNOWN:
        return False
    return action.of.trade_id is not None and action.of.round == outcome.action.of.round


def _concluded(
    outcome: Outcome, after: Changeset, journal: Journal, held: Collection[str]
) -> Outcome:
    action = outcome.action
    if outcome.result is Result.UNKNOWN and not _open_intent(journal, outcome):
        return outcome
    if outcome.result is Result.UNKNOWN and _as_expected(outcome, after, held):
        return _now_known(outcome, after, journal)
    if outcome.result is Result.UNKNOWN and not isinstance(action, Create | Replace | Close):
        # An update that does not show can be made again: its intent is closed as not executed.
        _try_settling(journal, outcome, "not executed")
        return replace(outcome, result=Result.FAILED, exit_code=1)
    if outcome.result is Result.DONE and not _shown(outcome, after):
        message = "the exchange took it, but does not show it yet"
        if _opens(outcome):
            return replace(outcome, message=message)
        return replace(outcome, result=Result.FAILED, message=message, exit_code=1)
    return outcome


def _unless_failed(outcome: Outcome, after: Changeset) -> Outcome:
    """What was done to a trade that the service has failed at since is no success."""
    if outcome.result is not Result.DONE:
        return outcome
    for action in _of_name(after).get(outcome.action.of.name, ()):
        if isinstance(action, Finished) and action.failed and _is_round(action, outcome):
            message = f"the exchange took it, then it failed: {action.reason or 'no reason given'}"
            return replace(outcome, result=Result.FAILED, message=message, exit_code=1)
    return outcome


def _open_intent(journal: Journal, outcome: Outcome) -> bool:
    """Whether the unknown outcome is of an intent of our own that is still open."""
    key = (outcome.action.of.name, outcome.action.of.round)
    try:
        claims = journal.open_claims()
    except StoreUnusable:
        return False
    return any((c.identity.name, c.identity.round) == key for c in claims)


def _now_known(outcome: Outcome, after: Changeset, journal: Journal) -> Outcome:
    here = _of_name(after)[outcome.action.of.name]
    number = next((a.of.trade_id for a in here if a.of.trade_id is not None), outcome.trade_id)
    done = replace(outcome, result=Result.DONE, trade_id=number, message="", exit_code=0)
    return done if _try_settling(journal, done, "done") else outcome


def _try_settling(journal: Journal, outcome: Outcome, result: str) -> bool:
    of = outcome.action.of
    identity = journal.identity(of.name, of.round)
    known = None
    if outcome.trade_id is not None and result == "done":
        known = known_after(outcome.action, identity, outcome.trade_id)
    try:
        journal.settled(identity, result, known=known)
    except StoreUnusable:
        return False
    return True
