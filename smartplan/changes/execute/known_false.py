"""What a check has found to be false of the service: steps that are made to fit, or refused."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from smartplan.api.assumptions import ASSUMPTIONS
from smartplan.changes.execute.steps import CancelledUnfilled, Endpoint, Step
from smartplan.errors import SafetyRefusal
from smartplan.trade.bodies import Json, leverage_json, stop_loss_json, take_profit_json
from smartplan.trade.model import FROZEN_STEPS, LiveTrade
from smartplan.trade.wire import table

_OPENING = ("A01", "A05", "A06", "A07", "A17", "A19", "A22", "A23", "A26")
"""Without these a trade that is opened may not be found again, be there twice already, move money
where none should move, or be larger than its plan says."""
_MOVING_TARGETS = ("A12", "A18")


class KnownToBeFalse(SafetyRefusal):
    """A request rests on an assumption that the service does not keep."""

    def __init__(self, number: str) -> None:
        entry = ASSUMPTIONS[number]
        super().__init__(
            f"a check of the service has found that {number} does not hold: {entry.sentence}",
            hint=f"what it would cost: {entry.if_false}",
        )


def refuse_together(steps: Iterable[Step], false: frozenset[str]) -> None:
    """Before the first step is sent: raises ``KnownToBeFalse`` where one of them may not be."""
    for step in steps:
        if step.call is Endpoint.CREATE:
            _refuse(_OPENING, false)
        if isinstance(step.before, CancelledUnfilled):
            _refuse(("A13",), false)
        if step.call in {Endpoint.CREATE, Endpoint.UPDATE} and _trails_without_percent(step):
            _refuse(("A15",), false)


def fitted(step: Step, now: LiveTrade | None, false: frozenset[str]) -> Step:
    """The step as this service can take it, on the trade as it is. Raises ``KnownToBeFalse``."""
    if now is None or not false:
        return step
    if step.call is Endpoint.ADD_FUNDS and not now.may_hold:
        _refuse(("A21",), false)
    if step.call is not Endpoint.UPDATE:
        return step
    _refuse(("A27",), false)
    if now.entered:
        _refuse(("A11",), false)
    over = any(target.status in FROZEN_STEPS for target in now.trade.take_profit)
    if over and ("take_profit" in (step.body or {}) or "A09" in false):
        _refuse(_MOVING_TARGETS, false)
    return _whole(step, now) if {"A09", "A10"} & false else step


def _whole(step: Step, now: LiveTrade) -> Step:
    """Every group is sent: what the request leaves out, as it stands."""
    trade = now.trade
    left = (target for target in trade.take_profit if target.status not in FROZEN_STEPS)
    groups: dict[str, Json] = {
        "take_profit": take_profit_json(left),
        "stop_loss": stop_loss_json(trade.stop_loss),
    }
    if trade.leverage is not None:
        groups["leverage"] = leverage_json(trade.leverage)
    return replace(step, body={**groups, **(step.body or {})})


def _trails_without_percent(step: Step) -> bool:
    stop = table((step.body or {}).get("stop_loss")) or {}
    trailing: Mapping[str, object] = {}
    if conditional := table(stop.get("conditional")):
        trailing = table(conditional.get("trailing")) or {}
    return trailing.get("enabled") is True and trailing.get("percent") is None


def _refuse(numbers: Iterable[str], false: frozenset[str]) -> None:
    for number in numbers:
        if number in false:
            raise KnownToBeFalse(number)
