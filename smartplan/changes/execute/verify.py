"""Reading the exchange again after acting: what is unknown and shows is done."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from msgspec.structs import replace

from smartplan.changes.changeset import (
    Action,
    Blocked,
    Changeset,
    Close,
    Ends,
    Finished,
    Opens,
    SetNote,
    Update,
    Why,
)
from smartplan.changes.execute.actions import known_after
from smartplan.changes.execute.executor import SETTLE_PAUSES
from smartplan.changes.execute.outcomes import Doubt, Outcome, Result
from smartplan.changes.execute.windows import LISTING_LAG, SETTLE_WINDOW
from smartplan.errors import ExitCode
from smartplan.state.journal import Journal
from smartplan.state.store import StoreUnusable

_PAUSES = (*SETTLE_PAUSES, 4.0)  # more than the lag of a list, all together


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
    lag: float = LISTING_LAG,
    interrupted: Callable[[], bool] = lambda: False,
) -> tuple[tuple[Outcome, ...], Changeset]:
    """Read the exchange again and hold it against what was done.

    What is unknown and shows is done. An unknown create is looked for through ``window`` seconds,
    one whose answer was an error once more, ``lag`` seconds later; what was done and does not show
    yet is looked at a few times more, and so is what is blocked now and was not ``before``: fields
    that lag behind a note look as if somebody had moved them.
    """
    doubts = {o.doubt for o in outcomes if o.result is Result.UNKNOWN and _opens(o)}
    if lag > 0 and Doubt.REFUSED in doubts:
        pause(lag)
    after = look()
    awaited = [o for o in outcomes if not _opens(o) or o.doubt is Doubt.LOST]
    usual = _PAUSES if lag <= LISTING_LAG else tuple(pauses_for(lag))
    for seconds in pauses_for(window) if Doubt.LOST in doubts else usual:
        held = _newly_blocked(before, after)
        if interrupted() or all(_as_expected(outcome, after, held) for outcome in awaited):
            break
        pause(seconds)
        after = look()
    held = _newly_blocked(before, after)
    looked = not interrupted()
    concluded = [_concluded(outcome, after, journal, held, looked) for outcome in outcomes]
    if any(_gave_its_name_free(outcome) for outcome in concluded):
        after = look()
    return tuple(_unless_failed(outcome, after) for outcome in concluded), after


def _gave_its_name_free(outcome: Outcome) -> bool:
    """A create that is known to have failed by now was still in doubt at the last look."""
    return _opens(outcome) and outcome.result is Result.FAILED and outcome.doubt is Doubt.REFUSED


def _opens(outcome: Outcome) -> bool:
    return isinstance(outcome.action, Opens)


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
    lost_end = outcome.result is Result.UNKNOWN and isinstance(action, Ends)
    doubtful = lost_end or isinstance(action, Update)
    return _shown(outcome, after) and not (doubtful and action.of.name in held)


def _shown(outcome: Outcome, after: Changeset) -> bool:
    """Whether the exchange shows the outcome, or there is none to be shown."""
    if outcome.result not in {Result.DONE, Result.UNKNOWN}:
        return True
    here = _of_name(after).get(outcome.action.of.name, [])
    pending = bool(_pending(outcome, after))
    if _opens(outcome):
        listed = any(_is_round(action, outcome) and action.of.status for action in here)
        return listed and not pending
    return not pending


def _pending(outcome: Outcome, after: Changeset) -> list[Action]:
    return [action for action in after.mutations if action.of.name == outcome.action.of.name]


def _is_round(action: Action, outcome: Outcome) -> bool:
    if isinstance(action, Blocked) and action.why is Why.UNKNOWN:
        return False
    return action.of.trade_id is not None and action.of.round == outcome.action.of.round


def _concluded(
    outcome: Outcome, after: Changeset, journal: Journal, held: Collection[str], looked: bool
) -> Outcome:
    if outcome.result is Result.UNKNOWN:
        return _known_now(outcome, after, journal, held, looked)
    if outcome.result is Result.DONE and not _shown(outcome, after):
        message = "the exchange took it, but does not show it yet"
        if _opens(outcome):
            return replace(outcome, message=message)
        return _failed(outcome, message)
    return outcome


def _failed(outcome: Outcome, message: str) -> Outcome:
    return replace(outcome, result=Result.FAILED, message=message, exit_code=ExitCode.FAILED)


def _known_now(
    outcome: Outcome, after: Changeset, journal: Journal, held: Collection[str], looked: bool
) -> Outcome:
    """What reading says of an outcome that was unknown; it may stay so."""
    action = outcome.action
    if not _open_intent(journal, outcome):
        return outcome
    if _as_expected(outcome, after, held):
        return _found(outcome, after, journal)
    if outcome.doubt is Doubt.REFUSED and _opens(outcome):
        failed = _failed(outcome, outcome.message)
        return failed if looked and _try_settling(journal, outcome, "not found") else outcome
    if isinstance(action, Opens | Close):
        return outcome
    pending = _pending(outcome, after)
    if isinstance(action, Update) and pending and all(isinstance(p, SetNote) for p in pending):
        # Every field shows: the PATCH was executed, and only the marker has to follow.
        _try_settling(journal, outcome, "done")
        return _failed(outcome, "its fields were changed, its marker not: apply again")
    # An update that does not show can be made again: its intent is closed as not seen.
    _try_settling(journal, outcome, "read again: not changed")
    return _failed(outcome, f"{outcome.message} Read again, it was not changed.")


def _unless_failed(outcome: Outcome, after: Changeset) -> Outcome:
    """What was done to a trade that failed since, or left its position open, is no success."""
    if outcome.result is not Result.DONE:
        return outcome
    for action in _of_name(after).get(outcome.action.of.name, ()):
        if isinstance(action, Finished) and action.failed and _is_round(action, outcome):
            message = f"the exchange took it, then it failed: {action.reason or 'no reason given'}"
            return _failed(outcome, message)
    left = (a for a in after.blocked if a.left and a.of.trade_id == outcome.action.of.trade_id)
    if (found := next(left, None)) is not None and isinstance(outcome.action, Ends):
        return _failed(outcome, f"the exchange took it, but {found.reason}")
    return outcome


def _open_intent(journal: Journal, outcome: Outcome) -> bool:
    """Whether the unknown outcome is of an intent of our own that is still open."""
    key = (outcome.action.of.name, outcome.action.of.round)
    try:
        claims = journal.open_claims()
    except StoreUnusable:
        return False
    return any((c.identity.name, c.identity.round) == key for c in claims)


_SHOWS = {True: "it is there", False: "the exchange shows it"}


def _found(outcome: Outcome, after: Changeset, journal: Journal) -> Outcome:
    here = _of_name(after)[outcome.action.of.name]
    number = next((a.of.trade_id for a in here if a.of.trade_id is not None), outcome.trade_id)
    refused = outcome.doubt is Doubt.REFUSED
    told = f"{_SHOWS[_opens(outcome)]}, though the answer was: {outcome.message}" if refused else ""
    done = replace(
        outcome, result=Result.DONE, trade_id=number, message=told, exit_code=ExitCode.FINE
    )
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
