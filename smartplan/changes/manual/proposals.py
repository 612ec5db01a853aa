"""What a person asks of one live trade: judged and sized before anybody is asked to confirm it."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from smartplan.api.entities import ChildOrder
from smartplan.changes.exposure import stop_widens
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
from smartplan.document.scalars import number_text, percent_text
from smartplan.errors import SafetyRefusal, UsageError
from smartplan.trade.exits import LEAST_TRAILING, MOST_TRAILING
from smartplan.trade.marker import MAX_NOTE, join_note, mentions_marker
from smartplan.trade.model import FROZEN_STEPS, LiveTrade, StopLoss, Trailing
from smartplan.trade.position import (
    allowed,
    entering_price,
    exit_price,
    left_behind,
    ticker,
)

NO_LONGER_OURS = "no longer managed by smartplan"
"""The note of a forgotten trade that had no other: the service takes no empty one."""


def cancel(live: LiveTrade, *, leave_position: bool = False) -> Proposal:
    """Refused for a position that would stay behind, unless that is wanted."""
    _still_open(live)
    left = _held(live)
    if left is not None and not leave_position:
        raise _left_behind(live)
    return Proposal(live, CancelTrade(left))


def close(live: LiveTrade) -> Proposal:
    """Refused where nothing is filled: there is nothing to sell."""
    _still_open(live)
    size = _held(live)
    if size is None:
        raise UsageError(
            f"nothing of #{live.id} is filled, so there is no position to close",
            hint=f"`smartplan trade cancel {live.id}` takes the waiting entry back",
        )
    return Proposal(live, CloseTrade(size))


def move_stop(
    live: LiveTrade,
    trigger: Decimal,
    *,
    limit: Decimal | None = None,
    trailing: Decimal | None = None,
) -> Proposal:
    """Refused where the stop would fire at once, or where the new stop is not fully said.

    A trailing stop goes on trailing, from its new place; ``trailing`` is a percent to send along.
    """
    _still_open(live)
    before = live.trade.stop_loss
    if before is None:
        raise UsageError(
            f"#{live.id} has no stop loss to move", hint="put one into its plan, and apply"
        )
    _whole_stop(live, before, limit, trailing)
    market = ticker(live).named(before.price_type)
    sign = live.trade.side.sign
    if live.entered and market is not None and (market - trigger) * sign <= 0:
        raise SafetyRefusal(
            f"the {before.price_type} is at {number_text(market)}: "
            f"a stop at {number_text(trigger)} would fire at once",
            hint=f"`smartplan trade close {live.id}` closes the position at market",
        )
    after = replace(
        before,
        trigger=trigger,
        percent=None,
        price=limit,
        trailing=Trailing(trailing) if trailing is not None else before.trailing,
    )
    return Proposal(live, MoveStop(before, after, stop_widens(live, after)))


def _whole_stop(
    live: LiveTrade, stop: StopLoss, limit: Decimal | None, trailing: Decimal | None
) -> None:
    conditional = live.trade.position.conditional
    if not live.entered and conditional is not None and conditional.trailing is not None:
        raise UsageError(
            "the entry trails: until it fills the service takes its stop in percent only",
            hint="change the percent in its plan, and apply",
        )
    if (stop.order_type == "limit") != (limit is not None):
        kind = "limit stop: name its price with --limit" if limit is None else "market stop"
        raise UsageError(f"#{live.id} has a {kind}", hint="a limit belongs to a limit stop")
    if stop.trailing is None and trailing is not None:
        raise UsageError(
            f"#{live.id} has a stop that does not trail",
            hint="let it trail in its plan, and apply: `trailing: {enabled: true}`",
        )
    if trailing is not None and not LEAST_TRAILING <= trailing <= MOST_TRAILING:
        raise UsageError(
            f"a trailing of {percent_text(trailing)}: the service takes 0.01 to 100",
            hint="leave it out: the stop is shifted by the price's own move",
        )


def add_funds(live: LiveTrade, units: Decimal, limit: Decimal | None) -> Proposal:
    """Refused where the service says that it takes none."""
    _still_open(live)
    # A21
    if not allowed(live, "add_funds_available"):
        raise UsageError(
            f"the exchange takes no funds for #{live.id} now (status {live.status})",
            hint="a trade that waits or is open takes them, but no simple one and none whose entry "
            "trails",
        )
    return Proposal(live, AddFunds(Size(units, limit or entering_price(live)), limit))


def reducible(live: LiveTrade) -> None:
    """Raises ``UsageError`` with the cause where nothing can be taken out of a trade now."""
    _still_open(live)
    if not live.may_hold:
        raise UsageError(
            f"#{live.id} holds nothing yet (status {live.status}): there is nothing to take out",
            hint=f"a smaller entry is a change of its plan; `smartplan trade cancel {live.id}` "
            "takes it back",
        )
    if not allowed(live, "reduce_funds_available"):
        raise UsageError(
            f"the exchange takes nothing out of #{live.id} now (status {live.status})",
            hint="only a trade that waits for its targets can be reduced",
        )


def reduce_funds(live: LiveTrade, units: Decimal, limit: Decimal | None, most: Decimal) -> Proposal:
    """Refused above ``most``, what ``reduce_funds_info`` allows."""
    _still_open(live)
    if units > most:
        raise UsageError(
            f"at most {number_text(most)} units of #{live.id} can be taken out, "
            f"not {number_text(units)}",
            hint=f"`smartplan trade close {live.id}` closes the whole position",
        )
    return Proposal(live, ReduceFunds(Size(units, limit or exit_price(live)), limit, most))


def force_start(live: LiveTrade) -> Proposal:
    """Refused once anything is filled."""
    _still_open(live)
    if live.entered or not allowed(live, "force_start_available"):
        raise UsageError(f"#{live.id} waits for no entry (status {live.status})")
    return Proposal(live, ForceStart(Size(live.trade.position.units, entering_price(live))))


def force_process(live: LiveTrade) -> Proposal:
    """Safe for every open trade."""
    _still_open(live)
    return Proposal(live, ForceProcess())


def write_note(live: LiveTrade, text: str) -> Proposal:
    """The user's new text; the marker stays. Refused where it does not fit beside it."""
    text = " ".join(text.split())
    if mentions_marker(text) or mentions_marker(live.trade.note):
        raise UsageError(
            "the note holds what reads as a marker, but is none of ours: nothing is written over it"
        )
    note = text if live.marker is None else join_note(text, live.marker)
    if not note:
        raise UsageError("the service takes no empty note")
    if len(note) > MAX_NOTE:
        most = MAX_NOTE - (len(note) - len(text))
        raise UsageError(f"the text has {len(text)} characters; there is room for {most}")
    return Proposal(live, WriteNote(note, text))


def forget(live: LiveTrade, workspace: str) -> Proposal:
    """The note without our marker; nothing else of the trade changes."""
    if not live.is_of(workspace):
        owner = f"belongs to {live.marker.workspace}" if live.marker else "carries no marker"
        raise UsageError(f"#{live.id} {owner}: the workspace {workspace} does not manage it")
    text = live.trade.note or NO_LONGER_OURS
    return Proposal(live, WriteNote(text, text, forgets=True))


def close_order(live: LiveTrade, orders: Sequence[ChildOrder], order_id: int) -> Proposal:
    """Only take profit orders close at market."""
    _still_open(live)
    order = _order(live, orders, order_id)
    if order.purpose != "take_profit":
        raise UsageError(
            f"order {order_id} is a {order.purpose} order; only targets close at market",
            hint=f"`smartplan trade close {live.id}` closes the whole position",
        )
    return Proposal(live, CloseOrder(order))


def cancel_order(
    live: LiveTrade, orders: Sequence[ChildOrder], order_id: int, *, leave_position: bool = False
) -> Proposal:
    """Refused where the whole trade would go with it and leave a position behind."""
    _still_open(live)
    order = _order(live, orders, order_id)
    exits = {o.id for o in orders if o.purpose in {"take_profit", "stop_loss"} and _waiting(o)}
    ends = exits == {order_id} or (order.purpose == "position" and not live.entered)
    left = _held(live) if ends else None
    if left is not None and not leave_position:
        raise _left_behind(live, f"order {order_id} is its last exit: the whole trade goes with it")
    return Proposal(live, CancelOrder(order, ends, left))


def _order(live: LiveTrade, orders: Sequence[ChildOrder], order_id: int) -> ChildOrder:
    for order in orders:
        if order.id == order_id:
            return order
    raise UsageError(
        f"#{live.id} has no order {order_id}", hint=f"`smartplan trade orders {live.id}` lists them"
    )


def _waiting(order: ChildOrder) -> bool:
    return order.status not in FROZEN_STEPS


def _held(live: LiveTrade) -> Size | None:
    units = left_behind(live)
    return Size(units, exit_price(live)) if units > 0 else None


def _still_open(live: LiveTrade) -> None:
    if live.terminal:
        raise UsageError(f"#{live.id} is over ({live.status}): nothing can be done with it")


def _left_behind(live: LiveTrade, why: str = "something of it is filled") -> SafetyRefusal:
    end = f"`smartplan trade close {live.id}` ends it at market"
    held = f"{live.trade.side} {number_text(left_behind(live))} {live.trade.base}"
    return SafetyRefusal(
        f"#{live.id}: {why}; cancelling drops the exits and leaves {held} open and unprotected",
        hint=f"{end}; --leave-position if it shall stay",
    )
