"""The smallest position, filled at market: a target executed, the other edited, funds, its end."""

from collections.abc import Generator, Iterator
from decimal import Decimal

from smartplan.api.conformance import Tested, broken, held, noted
from smartplan.changes.execute.executor import StepEnd
from smartplan.changes.execute.steps import Endpoint
from smartplan.document.scalars import number_text
from smartplan.errors import Rejected
from smartplan.trade.bodies import Json
from smartplan.trade.contract import size_shown
from smartplan.trade.marker import MAX_NOTE, stored_note
from smartplan.trade.model import FROZEN_STEPS, LiveTrade
from smartplan.trade.position import remaining, shown_price
from smartplan.trade.wire import decimal_or_none, table
from smartplan.workflow.conformance.lab import Lab, echoed, target
from smartplan.workflow.conformance.waiting import on_paper, taken_of

_NEAR = Decimal("0.1")
"""How far units of a target may be from what they should be, of these: fees and lots."""
_DUST = Decimal("0.05")
"""What may be left of a position that is closed, of the whole."""
_TWICE = Decimal("1.5")
"""From here on what was done once looks as if it had been done twice."""


def filled_trade(lab: Lab) -> Iterator[Tested]:
    """Everything that only a position shows."""
    live = yield from _opened(lab)
    number = live.id
    lab.settle()
    live = lab.until(number, lambda now: now.status == "waiting_targets")
    if live.status != "waiting_targets":
        yield noted(f"a market entry is {live.status} after 10 s")
        return
    yield _counted(lab, live)
    first = live.trade.take_profit[0].id if live.trade.take_profit else None
    end = lab.send(Endpoint.CLOSE_ORDER, number, {"order": first or 0}, just_read=True)
    live = lab.until(number, lambda now: bool(_over(now)))
    funds: StepEnd | None = None
    if not _over(live):
        yield noted(f"a target that was closed at market does not show as over ({end.error})")
    else:
        funds = yield from _edited(lab, live)
    lab.send(Endpoint.CLOSE, number)
    live = lab.until(number, lambda now: now.terminal)
    yield from _once(lab, funds, live)
    yield _nothing_left(lab, live)


def _opened(lab: Lab) -> Generator[Tested, None, LiveTrade]:
    """The position, with the longest note there is."""
    units: dict[str, Json] = {"value": number_text(lab.grid.units)}
    entry: dict[str, Json] = {"type": "buy", "order_type": "market", "units": units}
    try:
        sent, live = lab.create(entry, "filled", length=MAX_NOTE)
    except Rejected as refused:
        if "note" not in refused.attributes:
            raise
        yield broken("A22", f"a note of {MAX_NOTE} characters is refused: {refused}")
        _, live = lab.create(entry, "filled")
        yield from on_paper(live)
        return live
    yield from on_paper(live)
    if lab.notes_hold is False:
        yield held("A22", None, "notes do not come back as they are sent: see A01")
    else:
        stored = stored_note(live.raw)
        whole = stored.split() == sent.split()
        yield held("A22", whole, f"of {len(sent)} characters {len(stored)} came back")
    return live


def _counted(lab: Lab, live: LiveTrade) -> Tested:
    """What a unit is, by the totals of the entity, against what is taken for it."""
    shown = size_shown(live, inverse=lab.contract.inverse)
    if shown is None or lab.contract.size is None:
        return held("A26", None, "its totals come to no round size of a unit")
    taken, told = number_text(lab.contract.size), number_text(shown)
    return held(
        "A26", shown == lab.contract.size, f"a unit counts {told}, and is taken for {taken}"
    )


def _nothing_left(lab: Lab, live: LiveTrade) -> Tested:
    """A trade that is over has sold what it held, but for less than can be sold."""
    if not live.terminal:
        return held("A19", None, f"it is {live.status} 10 s after it was closed")
    left = remaining(live)
    sold = left < max(lab.grid.lot, live.entered_amount * _DUST)
    return held("A19", sold, f"{live.status} with {number_text(left)} left")


def _once(lab: Lab, funds: StepEnd | None, live: LiveTrade) -> Iterator[Tested]:
    """A body that was refused for its signature, and sent again, was executed once."""
    if funds is None or funds.error is not None or funds.before is None:
        return
    grown = live.entered_amount - funds.before.entered_amount
    if grown > lab.grid.least * _TWICE:
        asked = number_text(lab.grid.least)
        yield broken("A07", f"funds of {asked} were asked for, {number_text(grown)} were added")


def _over(live: LiveTrade) -> list[int | None]:
    return [step.id for step in live.trade.take_profit if step.status in FROZEN_STEPS]


def _in_other_form(
    lab: Lab, live: LiveTrade, body: dict[str, Json]
) -> Generator[Tested, None, StepEnd]:
    """Funds are added by a body signed without ``?``; what comes later is signed as before."""
    forms = lab.meter.forms
    other = forms is not None and forms.current == 0 and forms.turn()
    try:
        added = lab.send(Endpoint.ADD_FUNDS, live.id, body)
        yield noted(f"add_funds to a position is {added.error or 'taken'}")
        if forms is not None and other:
            # The transport turns to the first form by itself where a signature is refused.
            yield noted(f"a body signed without ? is {'taken' if forms.current else 'refused'}")
        return added
    finally:
        if forms is not None and other:
            forms.use(0)


def _edited(lab: Lab, live: LiveTrade) -> Generator[Tested, None, StepEnd | None]:
    """The other target is moved, with all that our own edits send; how funds were added."""
    left = [step for step in live.trade.take_profit if step.status not in FROZEN_STEPS]
    if len(left) != 1:
        yield noted(f"{len(left)} targets are open after one of two was closed")
        return None
    price = lab.grid.targets[0] if left[0].price != lab.grid.targets[0] else lab.grid.targets[1]
    listed: list[Json] = [target(price, order=left[0].id)]
    steps: dict[str, Json] = {"enabled": True, "steps": listed}
    position = echoed(live, shown_price(live))
    sent: dict[str, Json] = {"position": position, "take_profit": steps}
    end = lab.send(Endpoint.UPDATE, live.id, sent, just_read=True)
    body: dict[str, Json] = {"units": number_text(lab.grid.least), "limit": None}
    funds = yield from _in_other_form(lab, live, body)
    if end.error is not None:
        said = f"moving the target that is left is refused: {end.error}"
        yield held("A12", taken_of(end, "take_profit"), said)
        return funds
    now = lab.opened[live.id]
    same = _average(now) == _average(live) and now.entered_amount == live.entered_amount
    was, became = number_text(_average(live)), number_text(_average(now))
    yield held("A11", same, f"entered at {was}, after an edit at {became}")
    open_ = [step.id for step in now.trade.take_profit if step.status not in FROZEN_STEPS]
    yield held("A18", len(open_) == 1, f"{len(open_)} target is open after the edit")
    yield _share(now)
    return funds


def _share(live: LiveTrade) -> Tested:
    """Half of the original is all that is left; half of what is left would be a quarter."""
    steps = (table(live.raw.get("take_profit")) or {}).get("steps")
    for step in steps if isinstance(steps, list) else ():
        entity = table(step) or {}
        status = (table(entity.get("status")) or {}).get("type")
        if status in FROZEN_STEPS:
            continue
        units = decimal_or_none((table(entity.get("units")) or {}).get("value"))
        held_now = remaining(live)
        if units is None or held_now <= 0:
            return held("A12", None, "the target does not say its units")
        whole = abs(units / held_now - 1) <= _NEAR
        shown = f"its units are {number_text(units)} of {number_text(held_now)} that are held"
        return held("A12", whole, f"volume 50 after half was sold: {shown}")
    return held("A12", None, "no target is open after the edit")


def _average(live: LiveTrade) -> Decimal:
    data = table(live.raw.get("data")) or {}
    shown = decimal_or_none(data.get("average_enter_price"))
    return shown or shown_price(live) or Decimal(0)
