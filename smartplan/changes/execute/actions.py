"""Changeset → outcomes: its actions in their order, each through the executor, each recorded.

The claim that an intent takes on the identity of its trade, not the lock, is what makes two
runners safe.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from smartplan.changes.changeset import (
    KINDS,
    Adopt,
    Create,
    Mutation,
    Opens,
    Replace,
    Sends,
    SetNote,
    Update,
    payload,
)
from smartplan.changes.diff.step_matching import STEP_IDS, ids_of
from smartplan.changes.execute.executor import (
    Executor,
    Moved,
    NotGivenUp,
    NotRecorded,
    StepEnd,
    Unmarked,
)
from smartplan.changes.execute.known_false import KnownToBeFalse
from smartplan.changes.execute.outcomes import Doubt, Outcome, Result
from smartplan.changes.execute.steps import Body, Gateway, planned_steps
from smartplan.errors import (
    AnswerLost,
    ExitCode,
    RateLimited,
    Rejected,
    SafetyRefusal,
    SmartplanError,
)
from smartplan.state.journal import Journal
from smartplan.state.store import ClaimHeld, Identity, KnownTrade, StoreUnusable
from smartplan.trade.fields import applied_form
from smartplan.trade.marker import NOTE_ECHO, note_echo
from smartplan.trade.model import LiveTrade, Trade
from smartplan.trade.position import WITHOUT_EXITS


class Halt(Struct, frozen=True):
    """Why nothing more is sent (no more creates, where ``opening``), and what the run ends with."""

    message: str
    exit_code: ExitCode
    opening: bool = False

    def holds_up(self, action: Mutation) -> bool:
        """Whether this action is not tried any more."""
        return not self.opening or isinstance(action, Opens)


def apply(
    mutations: Sequence[Mutation],
    seen: Mapping[int, LiveTrade],
    gateway: Gateway,
    journal: Journal,
    *,
    pause: Callable[[float], None],
    interrupted: Callable[[], bool] = lambda: False,
) -> Iterator[Outcome]:
    """Act in the given order; what cannot be tried any more is skipped, saying why.

    ``seen`` are the live trades, by id, that the mutations were decided on. Nothing is opened while
    an earlier create that came back without our marker is not resolved.
    """
    executor = Executor(gateway, journal, pause, interrupted)
    stop = _UNMARKED if journal.left_in_doubt(Doubt.UNMARKED) else None
    for action in mutations:
        if (stop is None or stop.opening) and interrupted():
            stop = Halt("interrupted before it was sent", ExitCode.INTERRUPTED)
        if stop is not None and stop.holds_up(action):
            yield Outcome(action, Result.SKIPPED, action.of.trade_id, stop.message, stop.exit_code)
            continue
        outcome, reason = _attempt(action, seen.get(action.of.trade_id or 0), executor)
        stop = reason or stop
        yield outcome


def _attempt(
    action: Mutation, seen: LiveTrade | None, executor: Executor
) -> tuple[Outcome, Halt | None]:
    """The outcome of one action, and the reason to stop the run, if there is one."""
    journal = executor.journal
    identity = journal.identity(action.of.name, action.of.round)
    intent: tuple[str, Body | None] = (KINDS[type(action)], payload(action))
    try:
        steps = planned_steps(action, seen)
    except SafetyRefusal as refused:
        number, why = action.of.trade_id, str(refused)
        return Outcome(action, Result.SKIPPED, number, why, refused.exit_code), None
    ends = executor.run(steps, identity, intent=intent)
    outcome = _outcome(action, ends)
    try:
        if ends[0].intended:
            _record(journal, identity, outcome, ends[-1])
    except StoreUnusable as error:
        # It was sent, and the journal does not know the outcome: the next run settles it.
        if outcome.result is Result.UNKNOWN:
            return outcome, _UNWRITABLE
        message = f"{outcome.result}, but not recorded: {error}"
        unrecorded = Outcome(
            action, Result.UNKNOWN, outcome.trade_id, message, exit_code=ExitCode.UNKNOWN
        )
        return unrecorded, _UNWRITABLE
    return outcome, _stop(ends[-1])


_UNMARKED = Halt(
    "not opened: the service did not keep the marker in the note of an earlier create, so nobody"
    " could tell whose the trade is; resolve that one first",
    ExitCode.UNKNOWN,
    opening=True,
)
_UNWRITABLE = Halt("not tried: the journal cannot be written", ExitCode.UNKNOWN)


def _outcome(action: Mutation, ends: Sequence[StepEnd]) -> Outcome:
    end, error = ends[-1], ends[-1].error
    number = end.answer.id if end.answer is not None else action.of.trade_id
    if error is None and end.filled_meanwhile:
        message = f"its entry filled before it was cancelled: {WITHOUT_EXITS}"
        return Outcome(action, Result.FAILED, number, message, ExitCode.FAILED)
    if error is None:
        return Outcome(action, Result.DONE, number)
    refused = isinstance(error, Rejected) and not isinstance(error, RateLimited)
    attributes = error.attributes if isinstance(error, Rejected) and refused else {}
    told = partial(Outcome, action, trade_id=number, message=_message(action, ends, error))
    if end.result is Result.UNKNOWN:
        doubt = Doubt.UNMARKED if isinstance(error, Unmarked) else Doubt.LOST
        doubt = Doubt.REFUSED if refused else doubt
        return told(Result.UNKNOWN, exit_code=ExitCode.UNKNOWN, attributes=attributes, doubt=doubt)
    if refused:
        return told(Result.FAILED, exit_code=ExitCode.FAILED, attributes=attributes)
    if len(ends) > 1:
        kept = isinstance(error, Moved)
        return told(Result.FAILED, exit_code=ExitCode.FAILED if kept else error.exit_code)
    if isinstance(error, ClaimHeld):
        return told(Result.SKIPPED, exit_code=ExitCode.UNKNOWN)
    result = Result.SKIPPED if isinstance(error, Moved) else Result.FAILED
    return told(result, exit_code=error.exit_code)


def _message(action: Mutation, ends: Sequence[StepEnd], error: SmartplanError) -> str:
    """Why it is not done; of an action of two steps it says which one was."""
    end, sentence = ends[-1], _sentence(error)
    if len(ends) == 1:
        return sentence if end.intended else f"not sent: {sentence}"
    if isinstance(error, NotGivenUp):
        return sentence
    if end.result is Result.UNKNOWN:
        done = "the open round was given up" if isinstance(action, Replace) else "changed"
        return f"{done}; then {end.step.call}: {sentence}"
    if isinstance(action, Replace):
        return f"the open round was given up, the new one was not opened: {sentence}"
    return f"its fields were changed, its marker not: apply again ({end.step.call}: {sentence})"


def _stop(end: StepEnd) -> Halt | None:
    """Why a step's end ends the run; what concerns one trade alone does not."""
    match error := end.error:
        case None | ClaimHeld() | Moved() | NotGivenUp() | KnownToBeFalse():
            return None
        case NotRecorded() | StoreUnusable():
            return replace(_UNWRITABLE, exit_code=error.exit_code)
        case Unmarked():
            return _UNMARKED
        case Rejected() if not isinstance(error, RateLimited):
            return None
        case AnswerLost() if end.intended:
            return None
        case _:
            return Halt(f"not tried: {error}", error.exit_code)


def _record(journal: Journal, identity: Identity, outcome: Outcome, end: StepEnd) -> None:
    details: dict[str, object] = {"message": outcome.message} if outcome.message else {}
    if end.answer is not None:
        details["status"] = end.answer.status
    if outcome.result is Result.UNKNOWN:
        journal.left_open(identity, outcome.result.value, details | {"doubt": outcome.doubt.value})
        return
    known = None
    if outcome.result is Result.DONE and outcome.trade_id is not None:
        known = known_after(outcome.action, identity, outcome.trade_id, end.answer)
        echo = _echo(outcome.action, end.answer)
        if known is None and echo:
            known = _with_echo(journal, identity, outcome.trade_id, echo)
    journal.settled(identity, outcome.result.value, details, known=known)


def known_after(
    action: Mutation, identity: Identity, trade_id: int, answer: LiveTrade | None = None
) -> KnownTrade | None:
    """What the journal knows once an action is done; None where that does not change.

    The ``answer`` gives the ids of the steps.
    """
    echo = _echo(action, answer)
    if isinstance(action, Sends | Adopt):
        going_on = action.step_ids if isinstance(action, Update) else ()
        ids = ids_of(action.trade, answer, going_on) if answer is not None else {}
        known = remembered(identity, trade_id, action.trade, ids)
        kept = action.applied if isinstance(action, Update) else None
        return replace(known, applied={**(known.applied or {}), **(kept or {}), **echo})
    if not isinstance(action, SetNote):
        return None
    renamed = any(change.path == ("name",) for change in action.changes)
    if renamed or action.applied is not None:
        applied = {**action.applied, **echo} if action.applied is not None else None
        return KnownTrade(identity=identity, trade_id=trade_id, applied=applied)
    return None


def _with_echo(
    journal: Journal, identity: Identity, trade_id: int, echo: Mapping[str, object]
) -> KnownTrade | None:
    """What is known of a trade whose note alone was set, with how the service stores it."""
    for known in journal.known_trades():
        if known.identity == identity and known.trade_id == trade_id:
            return replace(known, applied={**(known.applied or {}), **echo})
    return None


def _echo(action: Mutation, answer: LiveTrade | None) -> dict[str, object]:
    """How the service stores the note of an action, where that is not as it was sent."""
    match action:
        case Create(body=body) | Replace(body=body):
            sent = str(body.get("note") or "")
        case Update(note=note) | Adopt(note=note) | SetNote(note=note):
            sent = note
        case _:
            sent = ""
    kept = note_echo(sent, answer.raw) if sent and answer is not None else {}
    return {NOTE_ECHO: kept} if kept else {}


def remembered(
    identity: Identity, trade_id: int, trade: Trade, step_ids: Mapping[str, str] | None = None
) -> KnownTrade:
    """A live trade with its fields as last applied, and the ids of its steps."""
    applied: dict[str, object] = {**applied_form(trade)}
    if step_ids:
        applied[STEP_IDS] = dict(step_ids)
    return KnownTrade(identity=identity, trade_id=trade_id, applied=applied)


def _sentence(error: SmartplanError) -> str:
    return f"{error} ({error.hint})" if error.hint else str(error)
