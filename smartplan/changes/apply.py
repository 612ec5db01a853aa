"""Changeset → outcomes: each request journaled first, sent once, and its outcome recorded.

The claim that an intent takes on the identity of its trade, not the lock, is what makes two
runners safe. Nothing is ever sent twice here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from smartplan.changes.changeset import Adopt, Create, Mutation, Replace, SetNote, Update
from smartplan.changes.sending import (
    KINDS,
    Answer,
    Gateway,
    Result,
    Sender,
    classify,
    marker_sent,
    payload,
)
from smartplan.changes.steps import STEP_IDS, ids_of
from smartplan.errors import AnswerLost, Interrupted, RateLimited, Rejected, SmartplanError
from smartplan.state.journal import Journal
from smartplan.state.store import ClaimHeld, Identity, KnownTrade, StoreUnusable
from smartplan.trade.fields import applied_form
from smartplan.trade.model import LiveTrade, Trade

FAILED_ACTION = 1
UNKNOWN_OUTCOME = 6


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an action; ``message`` says why for everything but ``done``.

    ``exit_code`` is what it means for the run. ``attributes`` are the service's own complaints
    about fields of the body.
    """

    action: Mutation
    result: Result
    trade_id: int | None = None
    message: str = ""
    exit_code: int = 0
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stop:
    """Why nothing more is sent, and what that means for the run."""

    message: str
    exit_code: int


def apply(
    mutations: Sequence[Mutation],
    gateway: Gateway,
    journal: Journal,
    *,
    pause: Callable[[float], None],
    interrupted: Callable[[], bool] = lambda: False,
) -> Iterator[Outcome]:
    """Act in the given order; what cannot be tried any more is skipped, saying why."""
    stop: Stop | None = None
    for action in mutations:
        if stop is None and interrupted():
            stop = Stop("interrupted before it was sent", Interrupted.exit_code)
        if stop is not None:
            yield Outcome(action, Result.SKIPPED, action.of.trade_id, stop.message, stop.exit_code)
            continue
        outcome, stop = _Attempt(action, gateway, journal, pause).outcome()
        yield outcome


@dataclass(frozen=True, slots=True)
class _Attempt:
    action: Mutation
    gateway: Gateway
    journal: Journal
    pause: Callable[[float], None]

    def outcome(self) -> tuple[Outcome, Stop | None]:
        """The outcome of one action, and the reason to stop the run, if there is one."""
        action, identity = self.action, self._identity
        kind, body = KINDS[type(action)], payload(action)
        try:
            self.journal.intended(identity, kind, body, trade_id=action.of.trade_id)
        except ClaimHeld as held:
            return self._failed(
                f"not sent: {_sentence(held)}", UNKNOWN_OUTCOME, Result.SKIPPED
            ), None
        except StoreUnusable as error:
            unwritten = Stop("not tried: the journal cannot be written", error.exit_code)
            return self._failed(f"not sent: {error}", error.exit_code), unwritten
        answer = self._send()
        outcome, stop = self._judge(answer)
        try:
            self._record(identity, outcome, answer)
        except StoreUnusable as error:
            # It was sent, and the journal does not know the outcome: the next run settles it.
            unrecorded = Stop("not tried: the journal cannot be written", UNKNOWN_OUTCOME)
            message = f"{outcome.result}, but not recorded: {error}"
            return self._failed(message, UNKNOWN_OUTCOME, Result.UNKNOWN), unrecorded
        return outcome, stop

    @property
    def _identity(self) -> Identity:
        return self.journal.identity(self.action.of.name, self.action.of.round)

    def _send(self) -> Answer:
        try:
            return Sender(self.gateway, self.pause).send(self.action)
        except SmartplanError as error:
            return error

    def _judge(self, answer: Answer) -> tuple[Outcome, Stop | None]:
        action = self.action
        result = classify(answer, marker_sent(action))
        if isinstance(answer, Rejected) and not isinstance(answer, RateLimited):
            outcome = Outcome(
                action,
                result,
                action.of.trade_id,
                _sentence(answer),
                FAILED_ACTION,
                answer.attributes,
            )
            return outcome, None
        if isinstance(answer, AnswerLost):
            return self._failed(str(answer), UNKNOWN_OUTCOME, Result.UNKNOWN), None
        if isinstance(answer, SmartplanError):
            stop = Stop(f"not tried: {answer}", answer.exit_code)
            return self._failed(_sentence(answer), answer.exit_code), stop
        number = answer.id if answer is not None else action.of.trade_id
        if result is Result.UNKNOWN:
            message = f"#{number} was answered, without the marker we sent"
            return self._failed(message, UNKNOWN_OUTCOME, Result.UNKNOWN), None
        return Outcome(action, result, number), None

    def _failed(self, message: str, exit_code: int, result: Result = Result.FAILED) -> Outcome:
        return Outcome(self.action, result, self.action.of.trade_id, message, exit_code)

    def _record(self, identity: Identity, outcome: Outcome, answer: Answer) -> None:
        details: dict[str, object] = {"message": outcome.message} if outcome.message else {}
        if isinstance(answer, LiveTrade):
            details["status"] = answer.status
        if outcome.result is Result.UNKNOWN:
            self.journal.left_open(identity, outcome.result.value, details)
            return
        known = None
        if outcome.result is Result.DONE and outcome.trade_id is not None:
            shown = answer if isinstance(answer, LiveTrade) else None
            known = known_after(self.action, identity, outcome.trade_id, shown)
        self.journal.settled(identity, outcome.result.value, details, known=known)


def known_after(
    action: Mutation, identity: Identity, trade_id: int, answer: LiveTrade | None = None
) -> KnownTrade | None:
    """What the journal knows once an action is done; None where that does not change.

    The ``answer`` gives the ids of the steps.
    """
    if isinstance(action, Create | Replace | Update | Adopt):
        going_on = action.step_ids if isinstance(action, Update) else ()
        ids = ids_of(action.trade, answer, going_on) if answer is not None else {}
        known = remembered(identity, trade_id, action.trade, ids)
        if isinstance(action, Update) and action.applied is not None:
            return replace(known, applied={**(known.applied or {}), **action.applied})
        return known
    if not isinstance(action, SetNote):
        return None
    renamed = any(change.path == ("name",) for change in action.changes)
    if renamed or action.applied is not None:
        return KnownTrade(identity=identity, trade_id=trade_id, applied=action.applied)
    return None


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
