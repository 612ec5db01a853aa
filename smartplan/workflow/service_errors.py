"""What the service says against a body: at the plan's line, with the nearest legal value."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from smartplan.api.answers import attribute_path
from smartplan.changes.changeset import Sends, Update
from smartplan.changes.execute.outcomes import Outcome
from smartplan.diagnostics import Path, format_path
from smartplan.document.scalars import number_text
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.rounding import floor_to_step
from smartplan.trade.wire import decimal_or_none

_NUMBER = r"\D{0,30}?(?P<limit>[0-9]{1,18}(?:\.[0-9]{1,18})?)\b"
_STEP = re.compile(rf"\bstep\b{_NUMBER}", re.ASCII | re.IGNORECASE)
_LEAST = re.compile(
    rf"\b(?:min|minimum|minimal|at least|greater than|more than){_NUMBER}", re.ASCII | re.IGNORECASE
)
_MOST = re.compile(
    rf"\b(?:max|maximum|maximal|at most|less than|exceed){_NUMBER}", re.ASCII | re.IGNORECASE
)
_STEPS: Path = ("take_profit", "steps")


def complaints(outcome: Outcome, trades: Sequence[PlannedTrade]) -> Iterator[str]:
    """A line for each: ``plans/btc.yaml:14 take_profit.steps[0].price.value: …``."""
    planned = next((trade for trade in trades if trade.name == outcome.action.of.name), None)
    for key, messages in outcome.attributes.items():
        path = attribute_path(key)
        where = key if path is None else format_path(path)
        if path is not None and planned is not None:
            written = _as_written(path, outcome)
            place = planned.locate(written)
            where = f"{place.file}:{place.line} {format_path(written)}"
        sent = None if path is None else _sent(outcome, path)
        for message in messages:
            yield f"{where}: {message}{_nearest(message, sent)}"


def _as_written(path: Path, outcome: Outcome) -> Path:
    """A PATCH leaves out the steps that are over, whichever they are; the plan counts them all."""
    action = outcome.action
    if not isinstance(action, Update) or path[:2] != _STEPS or len(path) < 3:
        return path
    sent, index = _at(action.body, _STEPS), path[2]
    if not isinstance(sent, Sequence) or not isinstance(index, int) or index >= len(sent):
        return path
    numbers = [step.get("id") if isinstance(step, Mapping) else None for step in sent]
    place = _place(numbers, index, action.step_ids)
    return path if place is None else (*_STEPS, place, *path[3:])


def _place(sent: Sequence[object], index: int, planned: Sequence[int | None]) -> int | None:
    """Where the plan has the step that was sent at ``index``: by its id, new ones in their order.

    ``planned`` are the ids of the plan's steps.
    """
    places = [place for place, number in enumerate(planned) if number == sent[index]]
    before = sent[:index].count(sent[index])
    return places[before] if before < len(places) else None


def _at(body: object, path: Path) -> object:
    for key in path:
        if isinstance(body, Mapping):
            body = body.get(key)
        elif isinstance(body, Sequence) and isinstance(key, int) and key < len(body):
            body = body[key]
        else:
            return None
    return body


def _sent(outcome: Outcome, path: Path) -> Decimal | None:
    action = outcome.action
    body = action.body if isinstance(action, Sends) else None
    return decimal_or_none(_at(body, path))


def _nearest(message: str, sent: Decimal | None) -> str:
    """The nearest value within the limit that a message names; empty where it names none."""
    if sent is None or sent <= 0:
        return ""
    if (step := _limit(_STEP, message)) is not None:
        below = floor_to_step(sent, step)
        values = [value for value in (below, below + step) if value > 0]
        listed = " or ".join(map(number_text, values))
        return "" if below == sent else f" (sent: {number_text(sent)}; nearest: {listed})"
    least, most = _limit(_LEAST, message), _limit(_MOST, message)
    if least is not None and sent < least:
        return f" (sent: {number_text(sent)}; nearest: {number_text(least)})"
    if most is not None and sent > most:
        return f" (sent: {number_text(sent)}; nearest: {number_text(most)})"
    return ""


def _limit(pattern: re.Pattern[str], message: str) -> Decimal | None:
    found = pattern.search(message)
    return Decimal(found["limit"]) or None if found is not None else None
