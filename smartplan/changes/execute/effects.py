"""What a live trade says of a request about it: that it was executed, that it was not, or neither.

Pure. ``before`` is the trade as it was read right before the request was sent.
"""

from decimal import Decimal
from enum import StrEnum

from smartplan.changes.execute.steps import Endpoint, ShowsStatus, Step, shows
from smartplan.changes.fingerprint import EVERY_TRAIT, Trait, moved
from smartplan.trade.model import BEING_CLOSED, LiveTrade
from smartplan.trade.position import remaining
from smartplan.trade.rounding import exact

_CLOSING = ShowsStatus((BEING_CLOSED, "panic_sold"))
_FUNDS = {Endpoint.ADD_FUNDS: 1, Endpoint.REDUCE_FUNDS: -1}
_LEAST, _MOST = Decimal("0.9"), Decimal("1.1")
"""Of the units that were asked for: fees and the exchange's steps change them a little."""


class Sight(StrEnum):
    """What a trade shows of a request."""

    EXECUTED = "executed"
    UNCHANGED = "unchanged"
    UNCLEAR = "unclear"


def sight(step: Step, before: LiveTrade, now: LiveTrade, *, reasoned: bool) -> Sight:
    """What the trade shows ``now``; ``reasoned``: the service said which fields it refuses.

    A limit order waits where the trade does not show it, so its trade alone proves nothing.
    """
    if executed(step, before, now):
        return Sight.EXECUTED
    hidden = step.call in _FUNDS and _limited(step) and not reasoned
    if hidden or moved(before, now, EVERY_TRAIT):
        return Sight.UNCLEAR
    return Sight.UNCHANGED


def executed(step: Step, before: LiveTrade, now: LiveTrade) -> bool:
    """Whether the trade shows what the step makes of it, and did not before."""
    match step.call:
        case Endpoint.ADD_FUNDS | Endpoint.REDUCE_FUNDS:
            return _size_moved(step, before, now)
        case Endpoint.CLOSE:
            return _closed(now) and not _closed(before)
        case Endpoint.FORCE_START:
            return now.may_hold and not before.may_hold
        case (
            Endpoint.CREATE
            | Endpoint.UPDATE
            | Endpoint.SET_NOTE
            | Endpoint.CANCEL
            | Endpoint.FORCE_PROCESS
            | Endpoint.CLOSE_ORDER
            | Endpoint.CANCEL_ORDER
        ):
            return evident(step, before, now)


def evident(step: Step, before: LiveTrade, now: LiveTrade) -> bool:
    """Whether the trade shows what could only come from this step."""
    return shows(step.evidence, now) and not shows(step.evidence, before)


def would_show(step: Step, before: LiveTrade) -> bool:
    """Whether a trade that is as ``before`` a while after a good answer contradicts it."""
    match step.call:
        case Endpoint.ADD_FUNDS | Endpoint.REDUCE_FUNDS:
            return before.entered and not _limited(step)
        case Endpoint.CLOSE:
            return not _closed(before)
        case (
            Endpoint.CREATE
            | Endpoint.UPDATE
            | Endpoint.SET_NOTE
            | Endpoint.CANCEL
            | Endpoint.FORCE_START
            | Endpoint.FORCE_PROCESS
            | Endpoint.CLOSE_ORDER
            | Endpoint.CANCEL_ORDER
        ):
            return step.evidence is not None and not shows(step.evidence, before)


def confirms(step: Step, before: LiveTrade, now: LiveTrade) -> bool:
    """Whether the trade bears a good answer out.

    Of funds the first fill does, of fields any change: the service rounds what it is sent.
    """
    match step.call:
        case Endpoint.ADD_FUNDS | Endpoint.REDUCE_FUNDS:
            return bool(moved(before, now, frozenset({Trait.FILLED})))
        case Endpoint.UPDATE:
            return bool(moved(before, now, frozenset({Trait.FIELDS})))
        case (
            Endpoint.CREATE
            | Endpoint.SET_NOTE
            | Endpoint.CANCEL
            | Endpoint.CLOSE
            | Endpoint.FORCE_START
            | Endpoint.FORCE_PROCESS
            | Endpoint.CLOSE_ORDER
            | Endpoint.CANCEL_ORDER
        ):
            return executed(step, before, now)


def _limited(step: Step) -> bool:
    """Whether funds are added or taken out at a limit."""
    return (step.body or {}).get("limit") is not None


def _closed(live: LiveTrade) -> bool:
    return shows(_CLOSING, live) or (live.terminal and remaining(live) == 0)


@exact
def _size_moved(step: Step, before: LiveTrade, now: LiveTrade) -> bool:
    units = Decimal(str((step.body or {})["units"]))
    change = (remaining(now) - remaining(before)) * _FUNDS[step.call]
    return not now.terminal and units * _LEAST <= change <= units * _MOST
