"""What a person can ask of one live trade: a closed union, its steps, and what it makes of a trade.

Pure: judging a request, and sizing it, is for ``proposals``.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from smartplan.api.entities import ChildOrder
from smartplan.changes.diff.patch import stop_body
from smartplan.changes.execute.steps import (
    Body,
    Endpoint,
    Step,
    UnchangedSince,
    cancel_step,
    close_step,
    note_step,
    update_step,
)
from smartplan.changes.exposure import Assess, live_risk, position_risk
from smartplan.changes.fingerprint import EVERY_TRAIT, Trait
from smartplan.changes.guard_rails import TradeAfter, grows
from smartplan.diagnostics import Path
from smartplan.trade.fields import STOP_LIMIT, STOP_TRIGGER, value_text
from smartplan.trade.model import LiveTrade, StopLoss, Trade
from smartplan.trade.position import remaining
from smartplan.trade.risk import Risk
from smartplan.trade.rounding import exact


class Size(Struct, frozen=True):
    """Units, and the price they are taken at; ``None``: not known."""

    units: Decimal
    price: Decimal | None


class CancelTrade(Struct, frozen=True):
    """DELETE; ``left`` is the position that stays behind without exits."""

    left: Size | None


class CloseTrade(Struct, frozen=True):
    """Close the whole position at market."""

    size: Size


class MoveStop(Struct, frozen=True):
    """PATCH the stop loss alone: ``before`` becomes ``after``."""

    before: StopLoss
    after: StopLoss
    widens_risk: bool


class AddFunds(Struct, frozen=True):
    """Enlarge the position, at market or at a ``limit``."""

    size: Size
    limit: Decimal | None


class ReduceFunds(Struct, frozen=True):
    """Close a part of the position; ``most`` is what the service would take."""

    size: Size
    limit: Decimal | None
    most: Decimal


class ForceStart(Struct, frozen=True):
    """Enter at market now."""

    size: Size


class ForceProcess(Struct, frozen=True):
    """Have the service look at the trade again."""


class WriteNote(Struct, frozen=True):
    """Replace the note; ``text`` is the user's part of it. ``forgets``: without our marker."""

    note: str
    text: str
    forgets: bool = False


class CloseOrder(Struct, frozen=True):
    """Execute one target at market now."""

    order: ChildOrder


class CancelOrder(Struct, frozen=True):
    """Cancel one order; ``ends_trade``: nothing is left of the trade then, but ``left``."""

    order: ChildOrder
    ends_trade: bool
    left: Size | None


Request = (
    CancelTrade
    | CloseTrade
    | MoveStop
    | AddFunds
    | ReduceFunds
    | ForceStart
    | ForceProcess
    | WriteNote
    | CloseOrder
    | CancelOrder
)


class Proposal(Struct, frozen=True):
    """A request and the live trade it is about, as it stood when it was judged.

    ``named``: the trade was meant by its name, so its note has to say the same still; an id means
    the trade whatever its note says.
    """

    live: LiveTrade
    request: Request
    named: bool = False


class Done(Struct, frozen=True):
    """What the exchange shows after a request; ``None`` where it did not say.

    ``filled_meanwhile``: the trade is over, but something of it had filled, and is not sold.
    """

    proposal: Proposal
    live: LiveTrade | None
    filled_meanwhile: bool = False


_SIZE = frozenset({Trait.FILLED, Trait.STATUS})
_ORDERS = _SIZE | {Trait.STEPS, Trait.FIELDS}
_RAILS = EVERY_TRAIT - {Trait.NOTE}
"""All that the guard rails judged: what enlarges a risk rests on it."""


def step_of(proposal: Proposal) -> Step:
    """The step that carries a request out; it rests on what the person was shown of the trade."""
    live, request = proposal.live, proposal.request
    owner = frozenset({Trait.NOTE}) if proposal.named else frozenset()

    def step(call: Endpoint, rests_on: frozenset[Trait], body: Body | None = None) -> Step:
        before = UnchangedSince(live, rests_on | owner)
        return Step(call=call, trade_id=live.id, body=body, before=before)

    match request:
        case CancelTrade(left=left):
            return cancel_step(live, owner | (_SIZE if left is None else _RAILS))
        case CloseTrade():
            return close_step(live, owner)
        case MoveStop():
            return _move_stop(live, request, owner)
        case AddFunds():
            return step(Endpoint.ADD_FUNDS, _RAILS, _funds(request))
        case ReduceFunds():
            return step(Endpoint.REDUCE_FUNDS, _SIZE, _funds(request))
        case ForceStart():
            return step(Endpoint.FORCE_START, _RAILS)
        case ForceProcess():
            return step(Endpoint.FORCE_PROCESS, frozenset())
        case WriteNote(note=note):
            return note_step(live, note)
        case CloseOrder(order=order):
            return step(Endpoint.CLOSE_ORDER, _ORDERS, {"order": order.id})
        case CancelOrder(order=order):
            return step(Endpoint.CANCEL_ORDER, _RAILS, {"order": order.id})
        case _:
            assert_never(request)


def _move_stop(live: LiveTrade, request: MoveStop, owner: frozenset[Trait]) -> Step:
    """The body echoes the position, so nothing but the note may have moved."""
    stop = request.after
    shown = {STOP_TRIGGER: value_text(stop.trigger)}
    if stop.price is not None:
        shown[STOP_LIMIT] = value_text(stop.price)
    return update_step(live, stop_body(live, stop), shown, _RAILS | owner)


def _funds(request: AddFunds | ReduceFunds) -> Body:
    limit = request.limit
    return {"units": str(request.size.units), "limit": None if limit is None else str(limit)}


def prospect_of(proposal: Proposal, assess: Assess) -> TradeAfter | None:
    """The trade as the request leaves it; None where no guard rail has anything to say."""
    live, request = proposal.live, proposal.request
    match request:
        case AddFunds(size=size):
            return _enlarged(live, size, assess)
        case ForceStart(size=size):
            started = _entering(live.trade, size)
            risk = assess(started, live=live)
            wider = _wider(live_risk(live, assess), risk, ("position", "price", "value"))
            return _prospect(live, started, risk, wider=wider, concerns="")
        case MoveStop(after=stop, widens_risk=widens):
            trade = replace(live.trade, stop_loss=stop)
            wider = (("stop_loss",),) if widens else ()
            risk = position_risk(trade, live, assess)
            return _prospect(live, trade, risk, wider=wider, concerns="stop_loss")
        case CancelTrade(left=left):
            return _without_stop(live, assess) if left is not None else None
        case CancelOrder(order=order, left=left):
            strips = order.purpose == "stop_loss" or left is not None
            return _without_stop(live, assess) if strips else None
        case CloseTrade() | CloseOrder() | ReduceFunds() | ForceProcess() | WriteNote():
            return None
        case _:
            assert_never(request)


def _prospect(
    live: LiveTrade, trade: Trade, risk: Risk, *, wider: tuple[Path, ...], concerns: str = "none"
) -> TradeAfter:
    """``concerns`` names the group that the request bears on; empty: every one."""
    return TradeAfter(
        name=live.called,
        trade=trade,
        risk=risk,
        held=live.may_hold,
        concerns=lambda path: not concerns or path[0] == concerns,
        wider=wider,
        eases=concerns == "stop_loss" and not wider,
    )


def _entering(trade: Trade, size: Size) -> Trade:
    """The trade bought at the market: as a limit entry at what the market asks for."""
    entry = replace(
        trade.position, units=size.units, price=size.price, order_type="limit", conditional=None
    )
    if size.price is None:
        entry = replace(entry, order_type="market")
    return replace(trade, position=entry)


def _enlarged(live: LiveTrade, size: Size, assess: Assess) -> TradeAfter:
    """What is held and what is added: each at its own price, their sums beside the limits."""
    units = remaining(live) if live.entered else live.trade.position.units
    held = replace(live.trade, position=replace(live.trade.position, units=units))
    before = position_risk(held, live, assess)
    risk = _sum(before, assess(_entering(live.trade, size), live=live))
    trade = replace(live.trade, position=replace(held.position, units=_plus(units, size.units)))
    return _prospect(live, trade, risk, wider=_wider(before, risk, ("position", "units", "value")))


def _without_stop(live: LiveTrade, assess: Assess) -> TradeAfter | None:
    if live.trade.stop_loss is None:
        return None
    trade = replace(live.trade, stop_loss=None)
    return _prospect(live, trade, position_risk(trade, live, assess), wider=(("stop_loss",),))


def _wider(before: Risk, after: Risk, path: Path) -> tuple[Path, ...]:
    larger = grows(before, after, "loss_at_stop") or grows(before, after, "notional")
    return (path,) if larger else ()


@exact
def _sum(held: Risk, added: Risk) -> Risk:
    unknown: Mapping[str, str] = {**held.unknown, **added.unknown}
    return replace(
        held,
        notional=_plus(held.notional, added.notional),
        loss_at_stop=_plus(held.loss_at_stop, added.loss_at_stop),
        unknown=unknown,
    )


def _plus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other
