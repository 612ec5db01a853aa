"""Sends steps, planned and by hand alike; nothing else changes anything on the exchange.

For each step: read the trade again and refuse what has moved, write the intent down, send once,
classify the one answer, write it down. Nothing is ever sent twice.
"""

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from smartplan.changes.execute.effects import Sight, evident, executed, sight
from smartplan.changes.execute.known_false import fitted, refuse_together
from smartplan.changes.execute.outcomes import Result
from smartplan.changes.execute.steps import (
    Body,
    CancelledUnfilled,
    Endpoint,
    Gateway,
    Step,
    UnchangedSince,
    send,
)
from smartplan.changes.fingerprint import Trait, moved
from smartplan.errors import (
    AnswerLost,
    ExitCode,
    RateLimited,
    Rejected,
    SafetyRefusal,
    SmartplanError,
    UnknownOutcome,
)
from smartplan.state.journal import Journal
from smartplan.state.store import Identity, StoreUnusable
from smartplan.trade.marker import split_note
from smartplan.trade.model import SETTLING, LiveTrade, Marker
from smartplan.trade.position import WITHOUT_EXITS, left_a_position, remaining

# A04, A20
SETTLE_PAUSES = (0.4, 0.6, 1.0, 2.0, 4.0)
"""Seconds between looks at a trade that settles; the service takes 0.4 to 3 s (seen)."""


class Moved(SafetyRefusal):
    """The trade is no longer what the decision rests on; ``now`` is what it has become."""

    def __init__(self, what: str, now: LiveTrade) -> None:
        super().__init__(f"#{now.id} has moved since it was read: {what}")
        self.now = now


class NotGivenUp(SafetyRefusal):
    """An earlier round did not give way to the new one."""

    exit_code = ExitCode.FAILED


class Unmarked(AnswerLost):
    """A create was answered, without the marker we sent: what everything rests on is false."""


class CutShort(KeyboardInterrupt):
    """A second signal, after the request of ``step`` had left: it may have been executed."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step


class NotRecorded(UnknownOutcome):
    """It was sent, and the journal could not take the answer."""


Answer = LiveTrade | SmartplanError | None
"""What came of a request: the live trade, an empty answer, or why there is none."""


class StepEnd(Struct, frozen=True):
    """What became of a step; ``error`` says why for everything but ``done``.

    ``before`` is the trade as it was read right before the step was sent, ``answer`` as the answer,
    or a look after one that leaves doubt, shows it. ``intended``: an intent was written; without
    one nothing can have left.
    """

    step: Step
    result: Result
    answer: LiveTrade | None = None
    error: SmartplanError | None = None
    intended: bool = True
    before: LiveTrade | None = None

    @property
    def filled_meanwhile(self) -> bool:
        """Whether a cancel lost the race to a fill: more is held than it was decided on."""
        before = self.step.before
        if self.step.call is not Endpoint.CANCEL or not isinstance(before, UnchangedSince):
            return False
        return self.answer is not None and remaining(self.answer) > remaining(before.seen)


class Executor(Struct, frozen=True):
    """Sends the steps of one action after the other.

    ``known_false`` are the assumptions that it does not rest on; by default those that the
    journal's last check has found to be false.
    ``interrupted``: a signal came, and ``pause`` waits no longer.
    """

    gateway: Gateway
    journal: Journal
    pause: Callable[[float], None]
    interrupted: Callable[[], bool] = lambda: False
    known_false: frozenset[str] | None = None

    def run(
        self,
        steps: Sequence[Step],
        identity: Identity | None = None,
        *,
        intent: tuple[str, Body | None] | None = None,
    ) -> tuple[StepEnd, ...]:
        """The ends of the steps that were tried, up to the first that was not done.

        ``identity`` is claimed with the first ``intent`` (what the action does as a whole, else
        the step's own); its claim stays open for the caller to settle. Without one nothing is
        claimed: a person acts on the trade directly.
        """
        try:
            refuse_together(steps, self._false)
        except SmartplanError as error:
            return (StepEnd(steps[0], Result.SKIPPED, error=error, intended=False),)
        ends: list[StepEnd] = []
        for step, following in zip_longest(steps, steps[1:]):
            first = intent if not ends else None
            ends.append(self._end(step, identity, first, claims=not ends))
            if ends[-1].result is not Result.DONE and not _decided_by(following, ends[-1]):
                break
        return tuple(ends)

    def _end(
        self,
        step: Step,
        identity: Identity | None,
        intent: tuple[str, Body | None] | None,
        *,
        claims: bool,
    ) -> StepEnd:
        try:
            before = self._read_again(step)
            step = fitted(step, before, self._false)
            said = intent or (step.call.value, step.body)
            self.journal.intended(identity, *said, trade_id=step.trade_id, claims=claims)
        except SmartplanError as error:
            return StepEnd(step, Result.SKIPPED, error=error, intended=False)
        try:
            end = judged(step, self._send(step))
            empty = (
                step.call is Endpoint.CANCEL and end.result is Result.DONE and end.answer is None
            )
            if before is not None and (empty or end.result is Result.UNKNOWN):
                end = self._looked_at(end, before)
            return self._answered(replace(end, before=before), identity)
        except KeyboardInterrupt as signal:
            raise CutShort(step) from signal

    def _answered(self, end: StepEnd, identity: Identity | None) -> StepEnd:
        try:
            self.journal.answered(identity, _recorded(end), trade_id=end.step.trade_id)
        except StoreUnusable as error:
            unwritten = NotRecorded(f"{_word(end)}, but not recorded: {error}", hint=error.hint)
            return replace(end, result=Result.UNKNOWN, error=unwritten)
        return end

    def _send(self, step: Step) -> Answer:
        try:
            return send(step, self.gateway)
        except SmartplanError as error:
            return error

    @property
    def _false(self) -> frozenset[str]:
        return self.journal.known_false if self.known_false is None else self.known_false

    def _read_again(self, step: Step) -> LiveTrade | None:
        """The trade as it is. Raises ``Moved``, ``NotGivenUp``, or why it cannot be read."""
        match step.before:
            case None:
                return None
            case UnchangedSince():
                return self._check_unmoved(step.call, step.before)
            case CancelledUnfilled(trade_id):
                self._check_given_up(trade_id)
                return None
            case _:
                assert_never(step.before)

    def _check_unmoved(self, call: Endpoint, before: UnchangedSince) -> LiveTrade:
        seen, rests_on = before.seen, before.rests_on
        now = self.gateway.get(seen.id)
        if seen.status in SETTLING:
            now = self._settled(now)
            rests_on = rests_on - {Trait.STATUS, Trait.EDITABLE, Trait.STEPS}
        if now.terminal:
            raise Moved(f"it is over ({now.status})", now)
        if before.holds and not now.may_hold:
            raise Moved("nothing of it is filled", now)
        if now.may_hold and not seen.may_hold and Trait.FILLED in rests_on:
            dropped = ": cancelling would drop its exits" if call is Endpoint.CANCEL else ""
            raise Moved(f"its entry has filled{dropped}", now)
        if what := moved(seen, now, rests_on):
            raise Moved("; ".join(what), now)
        return now

    def _settled(self, now: LiveTrade) -> LiveTrade:
        for seconds in SETTLE_PAUSES:
            if now.status not in SETTLING:
                break
            self.pause(seconds)
            now = self.gateway.get(now.id)
        return now

    def _check_given_up(self, trade_id: int) -> None:
        now = self.gateway.get(trade_id)
        for seconds in SETTLE_PAUSES:
            if now.terminal:
                break
            self.pause(seconds)
            now = self.gateway.get(trade_id)
        # A13: what is cancelled with nothing entered stays so.
        if now.status != "cancelled" or now.entered:
            filled = " with something filled" if now.entered else ""
            open_ = f"; {WITHOUT_EXITS}" if left_a_position(now) else ""
            raise NotGivenUp(
                f"#{trade_id} is {now.status}{filled}, not cancelled: the new round was not opened"
                + open_
            )

    def _looked_at(self, end: StepEnd, before: LiveTrade) -> StepEnd:
        """An answer that leaves doubt, or is empty: the trade itself may say what became of it."""
        try:
            if isinstance(end.error, Rejected):
                return self._refused_or_not(end, end.error, before)
            now = self.gateway.get(before.id)
        except SmartplanError:
            return end
        if evident(end.step, before, now):
            return StepEnd(end.step, Result.DONE, now)
        return replace(end, answer=now)

    def _refused_or_not(self, end: StepEnd, refused: Rejected, before: LiveTrade) -> StepEnd:
        """Whether what an error answer refuses was executed all the same.

        A refusal that names fields is seldom about something that was executed: one short look.
        """
        pauses = SETTLE_PAUSES[:1] if refused.attributes else SETTLE_PAUSES
        now = self.gateway.get(before.id)
        for seconds in pauses:
            if executed(end.step, before, now):
                break
            self.pause(seconds)
            now = self.gateway.get(before.id)
        seen = sight(end.step, before, now, reasoned=bool(refused.attributes))
        if seen is Sight.EXECUTED:
            return StepEnd(end.step, Result.DONE, now)
        if seen is Sight.UNCHANGED and not self.interrupted():
            return replace(end, result=Result.FAILED, answer=now)
        return replace(end, answer=now)


def _decided_by(following: Step | None, end: StepEnd) -> bool:
    """Whether the next step looks for itself if this one, whose answer is lost, was executed."""
    lost = end.result is Result.UNKNOWN and isinstance(end.error, AnswerLost)
    return lost and following is not None and isinstance(following.before, CancelledUnfilled)


def judged(step: Step, answer: Answer) -> StepEnd:
    """What an answer says about its request."""
    if isinstance(answer, AnswerLost):
        return StepEnd(step, Result.UNKNOWN, error=answer)
    if isinstance(answer, Rejected):
        doubtful = not proves_nothing_executed(answer)
        return StepEnd(step, Result.UNKNOWN if doubtful else Result.FAILED, error=answer)
    if isinstance(answer, SmartplanError):
        return StepEnd(step, Result.SKIPPED, error=answer)
    expected = _marker_sent(step)
    if expected is not None and not _echoes(answer, expected):
        number = answer.id if answer is not None else "?"
        unmarked = Unmarked(f"#{number} was answered, without the marker we sent")
        return StepEnd(step, Result.UNKNOWN, answer, unmarked)
    return StepEnd(step, Result.DONE, answer)


# A07
def proves_nothing_executed(refused: Rejected) -> bool:
    """Whether an error answer leaves no doubt.

    The service checks a request's signature, its pace and its shape before it acts. Any other
    refusal may come from something that failed after it was executed.
    """
    if isinstance(refused, RateLimited) or refused.status == 401:
        return True
    return refused.status == 400 and bool(refused.attributes)


def _marker_sent(step: Step) -> Marker | None:
    """The marker that the answer to a create must echo."""
    if step.call is not Endpoint.CREATE:
        return None
    return split_note(str((step.body or {}).get("note") or ""))[1]


# A01: the marker comes back letter for letter.
def _echoes(answer: LiveTrade | None, expected: Marker) -> bool:
    marker = answer.marker if answer is not None else None
    return marker is not None and marker.owner == expected.owner


def _recorded(end: StepEnd) -> dict[str, object]:
    """A step's end for the journal."""
    data: dict[str, object] = {"step": end.step.call.value}
    if end.answer is not None:
        data["status"] = end.answer.status
    if end.error is None:
        return data
    word = {Result.FAILED: "refused", Result.SKIPPED: "not sent", Result.UNKNOWN: "lost"}
    refused = isinstance(end.error, Rejected) and end.result is Result.FAILED
    return data | {"refused" if refused else word[end.result]: str(end.error)}


def _word(end: StepEnd) -> str:
    return "sent" if end.result is Result.UNKNOWN else end.result.value
