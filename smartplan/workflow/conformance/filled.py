"""The smallest position, filled at market: a target executed, the other edited, funds, its end."""

from collections.abc import Iterator
from decimal import Decimal

from smartplan.api.conformance import Tested, broken, held, noted
from smartplan.changes.execute.steps import Endpoint
from smartplan.document.scalars import number_text
from smartplan.trade.bodies import Json
from smartplan.trade.model import FROZEN_STEPS, LiveTrade
from smartplan.trade.position import remaining, shown_price
from smartplan.trade.wire import decimal_or_none, table
from smartplan.workflow.conformance.lab import Lab, echoed, target

_NEAR = Decimal("0.1")
"""How far units of a target may be from what they should be, of these: fees and lots."""


def filled_trade(lab: Lab) -> Iterator[Tested]:
    """Everything that only a position shows."""
    units: dict[str, Json] = {"value": number_text(lab.grid.units)}
    _, live = lab.create({"type": "buy", "order_type": "market", "units": units}, "filled")
    number = live.id
    lab.settle()
    live = lab.until(number, lambda now: now.status == "waiting_targets")
    if live.status != "waiting_targets":
        yield noted(f"a market entry is {live.status} after 10 s")
        return
    first = live.trade.take_profit[0].id if live.trade.take_profit else None
    end = lab.send(Endpoint.CLOSE_ORDER, number, {"order": first or 0})
    live = lab.until(number, lambda now: bool(_over(now)))
    if not _over(live):
        yield noted(f"a target that was closed at market does not show as over ({end.error})")
    else:
        yield from _edited(lab, live)
    lab.send(Endpoint.CLOSE, number)
    lab.look(number)


def _over(live: LiveTrade) -> list[int | None]:
    return [step.id for step in live.trade.take_profit if step.status in FROZEN_STEPS]


def _in_other_form(lab: Lab, live: LiveTrade, body: dict[str, Json]) -> Iterator[Tested]:
    """Funds are added by a body signed without ``?``; what comes later is signed as before."""
    forms = lab.meter.forms
    other = forms is not None and forms.current == 0 and forms.turn()
    try:
        added = lab.send(Endpoint.ADD_FUNDS, live.id, body)
        yield noted(f"add_funds to a position is {added.error or 'taken'}")
        if forms is not None and other:
            # The transport turns to the first form by itself where a signature is refused.
            yield noted(f"a body signed without ? is {'taken' if forms.current else 'refused'}")
    finally:
        if forms is not None and other:
            forms.use(0)


def _edited(lab: Lab, live: LiveTrade) -> Iterator[Tested]:
    """The other target is moved, with all that our own edits send."""
    left = [step for step in live.trade.take_profit if step.status not in FROZEN_STEPS]
    if len(left) != 1:
        yield noted(f"{len(left)} targets are open after one of two was closed")
        return
    price = lab.grid.targets[0] if left[0].price != lab.grid.targets[0] else lab.grid.targets[1]
    listed: list[Json] = [target(price, order=left[0].id)]
    steps: dict[str, Json] = {"enabled": True, "steps": listed}
    position = echoed(live, shown_price(live))
    end = lab.send(Endpoint.UPDATE, live.id, {"position": position, "take_profit": steps})
    body: dict[str, Json] = {"units": number_text(lab.grid.least), "limit": None}
    yield from _in_other_form(lab, live, body)
    if end.error is not None:
        said = f"moving the target that is left is refused: {end.error}"
        yield broken("A12", said)
        return
    now = lab.opened[live.id]
    same = _average(now) == _average(live) and now.entered_amount == live.entered_amount
    was, became = number_text(_average(live)), number_text(_average(now))
    yield held("A11", same, f"entered at {was}, after an edit at {became}")
    open_ = [step.id for step in now.trade.take_profit if step.status not in FROZEN_STEPS]
    yield held("A18", len(open_) == 1, f"{len(open_)} target is open after the edit")
    yield _share(now)


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
