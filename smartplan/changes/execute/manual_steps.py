"""What a person asks of one live trade, as the steps that carry it out."""

from decimal import Decimal
from typing import assert_never

from smartplan.changes.diff.patch import stop_body
from smartplan.changes.execute.steps import (
    Body,
    Endpoint,
    Step,
    Unmoved,
    cancel_step,
    close_step,
    note_step,
    update_step,
)
from smartplan.changes.fingerprint import Trait
from smartplan.changes.manual.requests import (
    AddFunds,
    CancelOrder,
    CancelTrade,
    CloseOrder,
    CloseTrade,
    ForceProcess,
    ForceStart,
    MoveStop,
    Proposal,
    ReduceFunds,
    Size,
    WriteNote,
)
from smartplan.trade.fields import STOP_LIMIT, STOP_TRIGGER, value_text
from smartplan.trade.model import LiveTrade

_SIZE = frozenset({Trait.FILLED, Trait.STATUS})
_ORDERS = _SIZE | {Trait.STEPS, Trait.FIELDS}


def steps_of(proposal: Proposal) -> tuple[Step, ...]:
    """The steps of a request; each rests on what the person was shown of the trade."""
    live, request = proposal.live, proposal.request
    match request:
        case CancelTrade():
            step = cancel_step(live, _SIZE)
        case CloseTrade():
            step = close_step(live, frozenset())
        case MoveStop():
            step = _move_stop(live, request)
        case AddFunds(size=size, limit=limit):
            step = _funds(live, Endpoint.ADD_FUNDS, size, limit)
        case ReduceFunds(size=size, limit=limit):
            step = _funds(live, Endpoint.REDUCE_FUNDS, size, limit)
        case ForceStart():
            step = Step(call=Endpoint.FORCE_START, trade_id=live.id, before=Unmoved(live, _ORDERS))
        case ForceProcess():
            nothing: frozenset[Trait] = frozenset()
            step = Step(
                call=Endpoint.FORCE_PROCESS, trade_id=live.id, before=Unmoved(live, nothing)
            )
        case WriteNote(note=note):
            step = note_step(live, note)
        case CloseOrder(order=order):
            step = _order(live, Endpoint.CLOSE_ORDER, order.id)
        case CancelOrder(order=order):
            step = _order(live, Endpoint.CANCEL_ORDER, order.id)
        case _:
            assert_never(request)
    return (step,)


def _move_stop(live: LiveTrade, request: MoveStop) -> Step:
    """The body echoes the position, so nothing but the note may have moved."""
    stop = request.after
    shown = {STOP_TRIGGER: value_text(stop.trigger)}
    if stop.price is not None:
        shown[STOP_LIMIT] = value_text(stop.price)
    return update_step(live, stop_body(live, stop), shown, frozenset(Trait) - {Trait.NOTE})


def _funds(live: LiveTrade, call: Endpoint, size: Size, limit: Decimal | None) -> Step:
    body: Body = {"units": str(size.units), "limit": None if limit is None else str(limit)}
    return Step(call=call, trade_id=live.id, body=body, before=Unmoved(live, _SIZE))


def _order(live: LiveTrade, call: Endpoint, order_id: int) -> Step:
    body = {"order": order_id}
    return Step(call=call, trade_id=live.id, body=body, before=Unmoved(live, _ORDERS))
