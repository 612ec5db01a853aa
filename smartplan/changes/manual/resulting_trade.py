"""What a request by hand makes of its trade, for the guard rails that bind by hand, too; pure.

What reduces a risk is held up by nothing: closing, reducing, cancelling what has not begun.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import assert_never

from msgspec.structs import replace

from smartplan.changes.exposure import Assess, live_risk, position_risk
from smartplan.changes.guard_rails import Prospect, grows
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
from smartplan.diagnostics import Path
from smartplan.trade.model import LiveTrade, Trade
from smartplan.trade.position import remaining
from smartplan.trade.risk import Risk
from smartplan.trade.rounding import exact


def prospect_of(proposal: Proposal, assess: Assess) -> Prospect | None:
    """The trade as the request leaves it; None where no guard rail has anything to say."""
    live, request = proposal.live, proposal.request
    match request:
        case AddFunds(size=size):
            return _enlarged(live, size, assess)
        case ForceStart(size=size):
            started = _entering(live.trade, size)
            risk = assess(started)
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
) -> Prospect:
    """``concerns`` names the group that the request bears on; empty: every one."""
    return Prospect(
        name=live.marker.name if live.marker is not None else f"#{live.id}",
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


def _enlarged(live: LiveTrade, size: Size, assess: Assess) -> Prospect:
    """What is held and what is added: each at its own price, their sums beside the limits."""
    units = remaining(live) if live.entered else live.trade.position.units
    held = replace(live.trade, position=replace(live.trade.position, units=units))
    before = position_risk(held, live, assess)
    risk = _sum(before, assess(_entering(live.trade, size)))
    trade = replace(live.trade, position=replace(held.position, units=_plus(units, size.units)))
    return _prospect(live, trade, risk, wider=_wider(before, risk, ("position", "units", "value")))


def _without_stop(live: LiveTrade, assess: Assess) -> Prospect | None:
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
