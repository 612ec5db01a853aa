"""What a command on one live trade is about to do, at what size, and what became of it."""

from collections.abc import Iterator
from typing import assert_never

from smartplan.api.entities import ChildOrder
from smartplan.changes.diff.field_change import WIDENS
from smartplan.changes.manual.requests import (
    AddFunds,
    CancelOrder,
    CancelTrade,
    CloseOrder,
    CloseTrade,
    Done,
    ForceProcess,
    ForceStart,
    MoveStop,
    Proposal,
    ReduceFunds,
    Size,
    WriteNote,
)
from smartplan.document.scalars import number_text
from smartplan.report.appearance import Palette, Style
from smartplan.report.figures import UNKNOWN, amount, position_profit, quoted
from smartplan.report.foreign_text import clean
from smartplan.report.trade_text import stop_text, trade_line
from smartplan.report.words import environment_text
from smartplan.trade.contract import NOTHING_SAID, WAY_OUT, Contract, Contracts
from smartplan.trade.model import LiveTrade, Trade
from smartplan.trade.position import WITHOUT_EXITS, position_of

_INDENT = "    "


def proposal_text(
    proposal: Proposal,
    environment: str,
    service: str,
    palette: Palette,
    contracts: Contracts = NOTHING_SAID,
) -> str:
    """Where, which trade, and what will be done to it; ``contracts`` tell what units stand for."""
    live = proposal.live
    where = environment_text(environment, palette)
    lines = [f"{where} · {clean(service)}", heading(live), _INDENT + trade_line(live.trade)]
    lines += [_INDENT + clean(line) for line in _effects(proposal, contracts)]
    lines += [
        _INDENT + palette.paint(f"⚠ {clean(line)}", Style.BOLD, Style.RED)
        for line in _warnings(proposal, contracts)
    ]
    return "\n".join(lines) + "\n"


def heading(live: LiveTrade) -> str:
    """``btc-swing  #31247949  USDT_BTC  waiting_targets``."""
    name = live.marker.name if live.marker is not None else ""
    parts = (name, f"#{live.id}", live.trade.pair, live.status)
    return "  ".join(clean(part) for part in parts if part)


def _effects(proposal: Proposal, contracts: Contracts) -> Iterator[str]:
    live, request = proposal.live, proposal.request
    trade, contract = live.trade, contracts.of_live(live)
    match request:
        case CancelTrade():
            filled = "; nothing is filled" if request.left is None else ""
            yield f"cancel: its entry and exit orders are taken back{filled}"
        case CloseTrade():
            yield f"close at market: {_leaving(trade)} {_size(request.size, trade, contract)}"
            yield from _profit(live, contracts)
        case MoveStop():
            yield from _moved_stop(live, request)
        case AddFunds() | ReduceFunds():
            yield from _funds(trade, request, contract)
        case ForceStart():
            yield f"enter at market now: {_entering(trade)} {_size(request.size, trade, contract)}"
        case ForceProcess():
            yield "the service looks at it again now; no order of ours"
        case WriteNote():
            yield from _note(live, request)
        case CloseOrder():
            yield f"execute order {request.order.id} at market now: {_order(request.order)}"
        case CancelOrder():
            yield f"cancel order {request.order.id}: {_order(request.order)}"
        case _:
            assert_never(request)


def _profit(live: LiveTrade, contracts: Contracts) -> Iterator[str]:
    if live.entered:
        yield f"P/L now {position_profit(position_of(live, contracts), live.trade.quote)}"


def _moved_stop(live: LiveTrade, request: MoveStop) -> Iterator[str]:
    yield f"stop loss: {stop_text(request.before)} → {stop_text(request.after)}"
    if live.marker is not None:
        yield "its plan keeps the old stop: put the new one there too, or diff shows drift"


def _funds(trade: Trade, request: AddFunds | ReduceFunds, contract: Contract) -> Iterator[str]:
    limit = request.limit
    how = "at market" if limit is None else f"at the limit {number_text(limit)}"
    if isinstance(request, AddFunds):
        yield f"add funds {how}: {_entering(trade)} {_size(request.size, trade, contract)} more"
        return
    yield f"reduce funds {how}: {_leaving(trade)} {_size(request.size, trade, contract)}"
    yield f"at most {number_text(request.most)} {trade.base} can be taken out"


def _warnings(proposal: Proposal, contracts: Contracts) -> Iterator[str]:
    trade, request = proposal.live.trade, proposal.request
    contract = contracts.of_live(proposal.live)
    takes_stop = isinstance(request, CancelOrder) and request.order.purpose == "stop_loss"
    if takes_stop or (isinstance(request, MoveStop) and request.widens_risk):
        yield WIDENS.removeprefix("⚠ ")
    if isinstance(request, CancelOrder) and request.ends_trade:
        yield "it is the last order of the trade: the whole trade is cancelled with it"
    if isinstance(request, CancelTrade | CancelOrder) and request.left is not None:
        left = _size(request.left, trade, contract)
        yield f"{trade.side} {left} stays open, without stop and targets"


def _note(live: LiveTrade, request: WriteNote) -> Iterator[str]:
    yield f"note: {live.trade.note or '(empty)'} → {request.text or '(empty)'}"
    if request.forgets:
        yield "our marker goes: this workspace does not manage it any more, the trade goes on"
        yield "take it out of the plans first: what is planned and not found is opened again"
    elif live.marker is not None:
        yield "our marker stays"


def _order(order: ChildOrder) -> str:
    at = f" at {number_text(order.trigger_price)}" if order.trigger_price is not None else ""
    return f"{order.purpose.replace('_', ' ')}, {order.order_type or 'order'}{at}, {order.status}"


def _entering(trade: Trade) -> str:
    return "buy" if trade.position.type == "buy" else "sell"


def _leaving(trade: Trade) -> str:
    return "sell" if trade.position.type == "buy" else "buy back"


def _size(size: Size, trade: Trade, contract: Contract) -> str:
    units = f"{number_text(size.units)} {trade.base}"
    if size.price is None:
        return f"{units}, worth an unknown amount"
    if not contract.known:
        return f"{units} @ {quoted(size.price)}, worth {UNKNOWN} ({WAY_OUT})"
    worth = amount(contract.value(size.units, size.price))
    return f"{units} @ {quoted(size.price)}, about {worth} {trade.quote}"


def done_text(done: Done, palette: Palette) -> str:
    """What the exchange shows afterwards."""
    live, sign = done.live, palette.paint("✓", Style.BOLD, Style.GREEN)
    if live is None:
        return f"{sign} #{done.proposal.live.id}: taken; it cannot be read right now\n"
    if done.filled_meanwhile:
        sign = palette.paint("⚠", Style.BOLD, Style.RED)
        text = f"{sign} {heading(live)}: over, but what had filled by then is not sold:\n"
        return f"{text}{_INDENT}{WITHOUT_EXITS}\n"
    return f"{sign} {heading(live)}\n"
