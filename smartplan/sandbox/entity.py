"""A trade as the service shows it: every key, number format and quirk of the recorded answers."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from smartplan.sandbox.catalog import ExchangeAccount, Pair
from smartplan.sandbox.decimals import ZERO, decimal_text, optional_text, truncate_to
from smartplan.sandbox.limits import reference_price
from smartplan.sandbox.profit import profit_of
from smartplan.sandbox.trade import (
    ENTERING,
    Adjustment,
    ExchangeTrade,
    StopOrder,
    TargetOrder,
    Tick,
)

Json = dict[str, object]

TITLES = {
    "created": "Pending",
    "idle": "Pending",
    "to_process": "Pending",
    "waiting_position": "Waiting Position",
    "waiting_targets": "Waiting Targets",
    "order_placed": "Placed",
    "trailing_activated": "Trailing",
    "cancellation_pending": "Cancelling",
    "panic_sell_pending": "Closing at Market Price",
    "stop_loss_in_progress": "Stop Loss in progress",
    "pending_reduce_funds": "Pending reduce funds",
    "finished": "Finished",
    "panic_sold": "Closed at Market Price",
    "stop_loss_finished": "Stop Loss finished",
    "cancelled": "Cancelled",
    "failed": "Failed",
    "smart_sell": "Own funds",
}
EDITABLE = frozenset({"waiting_position", "waiting_targets"})
CANCELABLE = frozenset({"waiting_position", "waiting_targets", "stop_loss_in_progress"})
CANCELABLE |= {"pending_reduce_funds", "reduce_funds_in_progress"}
CLOSABLE = CANCELABLE - {"waiting_position"}
OPEN_ORDER = frozenset({"to_process", "order_placed", "trailing_activated"})


@dataclass(frozen=True, slots=True)
class ShownTrade:
    """A trade with what is needed to show it; ``usd`` is the value of one unit of quote money."""

    trade: ExchangeTrade
    account: ExchangeAccount
    pair: Pair
    tick: Tick
    usd: Decimal


def timestamp(moment: datetime | None) -> str | None:
    """``2024-08-06T14:42:25.528Z``."""
    if moment is None:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def status_of(kind: str, error: str | None = None) -> Json:
    """A status object."""
    shown: Json = {"type": kind, "basic_type": kind, "title": TITLES.get(kind, kind)}
    if error is not None:
        shown["error"] = error
    return shown


def entity(view: ShownTrade) -> Json:
    """The SmartTrade entity."""
    trade, account = view.trade, view.account
    return {
        "id": trade.id,
        "version": 2,
        "account": {
            "id": account.id,
            "type": account.type,
            "name": account.name,
            "market": account.market,
            "link": f"/accounts/{account.id}",
        },
        "pair": trade.pair,
        "instant": trade.instant,
        "status": status_of(trade.status, trade.error),
        "leverage": _leverage(view),
        "position": _position(view),
        "take_profit": _take_profit(trade),
        "stop_loss": _stop_loss(trade),
        "reduce_funds": {"steps": [_reduction(view, a) for a in trade.adjustments if _reduces(a)]},
        "market_close": _market_close(view),
        "note": trade.note or "",
        "note_raw": trade.note,
        "skip_enter_step": trade.skip_enter_step,
        "data": _data(view),
        "profit": profit_of(trade, view.tick, account, view.usd),
        "margin": _margin(view),
        "is_position_not_filled": not trade.entered,
    }


def _reduces(adjustment: Adjustment) -> bool:
    return adjustment.purpose == "reduce_funds"


def _leverage(view: ShownTrade) -> Json:
    leverage = view.trade.leverage
    # The official answer to the documented spot example with leverage shows it switched off.
    if leverage is None or not view.account.futures:
        return {"enabled": False}
    return {
        "enabled": True,
        "type": leverage.type,
        "value": decimal_text(leverage.value),
        "type_editable": True,
    }


def _position(view: ShownTrade) -> Json:
    trade, entry = view.trade, view.trade.entry
    waiting = trade.status == "waiting_position" and entry.status != "trailing_activated"
    held = trade.skip_enter_step and trade.status == "waiting_targets"
    value, bare = average_prices(view, entering=True)
    if trade.skip_enter_step:
        value, bare = entry.price, None
    elif not trade.entered:
        value = bare = reference_price(trade, view.tick)
    units = trade.entered_amount if trade.entered else entry.units
    total = trade.entered_total if trade.entered else entry.units * (value or ZERO)
    shown: Json = {
        "type": entry.type,
        "editable": waiting or held,
        "units": {"value": decimal_text(units), "editable": waiting},
        "price": {
            "value": optional_text(value),
            "value_without_commission": optional_text(bare),
            # Recorded: true while the trade is only created, though nothing is editable yet.
            "editable": waiting or held or trade.status == "created",
        },
        "total": {"value": decimal_text(total)},
        "order_type": entry.order_type,
    }
    if entry.order_type == "conditional":
        shown["conditional"] = {
            "editable": waiting,
            "price": {"value": optional_text(entry.trigger), "type": entry.trigger_type},
            "order_type": entry.conditional_type,
            "trailing": _trailing(entry.trailing),
        }
    shown["status"] = status_of(entry.status, trade.error if entry.status == "failed" else None)
    return shown


def average_prices(view: ShownTrade, *, entering: bool) -> tuple[Decimal | None, Decimal | None]:
    """Average price with and without commission, cut to the price step; ``None`` if none."""
    trade = view.trade
    fills = [fill for fill in trade.fills if (fill.purpose in ENTERING) is entering]
    if not fills:
        return None, None
    amount = sum((fill.amount for fill in fills), ZERO)
    total = sum((fill.total for fill in fills), ZERO)
    gross = sum((fill.gross for fill in fills), ZERO)
    ordered = sum((fill.ordered for fill in fills), ZERO)
    step = view.pair.price_step
    return truncate_to(total / amount, step), truncate_to(gross / ordered, step)


def _trailing(percent: Decimal | None) -> Json:
    return {"enabled": percent is not None, "percent": optional_text(percent)}


def _take_profit(trade: ExchangeTrade) -> Json:
    if not trade.take_profit:
        return {"enabled": False, "price_type": "value", "steps": []}
    percents = any(target.percent is not None for target in trade.targets)
    listed = [target for target in trade.targets if target.status != "cancelled"]
    return {
        "enabled": True,
        "price_type": "percentage" if percents else "value",
        "steps": [_step(trade, target, at) for at, target in enumerate(listed, 1)],
    }


def _step(trade: ExchangeTrade, target: TargetOrder, position: int) -> Json:
    units, price = target.units, target.price
    total = None if units is None or price is None else units * price
    trailing = target.trailing
    # Seen: the trailing distance of a step may come back negative (it is counted from the peak).
    if trailing is not None and trade.long:
        trailing = -trailing
    return {
        "id": target.id,
        "order_type": target.order_type,
        "editable": target.open,
        "units": {"value": optional_text(units)},
        "price": {
            "type": target.price_type,
            "value": optional_text(price),
            "percent": optional_text(target.percent),
        },
        "volume": decimal_text(target.volume),
        "total": optional_text(total),
        "trailing": _trailing(trailing),
        "status": status_of(target.status),
        "closed_at": timestamp(target.closed_at),
        "data": {
            "cancelable": target.open,
            "panic_sell_available": target.status in OPEN_ORDER,
        },
        "position": position,
    }


def _stop_loss(trade: ExchangeTrade) -> Json:
    stop = trade.stop
    if stop is None:
        return {"enabled": False}
    shown: Json = {
        "enabled": True,
        "price_type": "value" if stop.percent is None else "percentage",
        "breakeven": stop.breakeven,
        "order_type": stop.order_type,
        "editable": stop.open and not stop.placed,
        "status": status_of(stop.status),
    }
    if not trade.entered:
        shown |= {"units": {"value": None}, "total": {"value": None}}
    return shown | _stop_prices(stop)


def _stop_prices(stop: StopOrder) -> Json:
    return {
        "price": {"value": optional_text(stop.price), "percent": None},
        "conditional": {
            "price": {
                "value": optional_text(stop.trigger),
                "type": stop.price_type,
                "percent": optional_text(stop.percent),
            },
            # Seen: the percent of a stop's trailing is never echoed.
            "trailing": {"enabled": stop.trailing is not None, "percent": None},
        },
        "timeout": {"enabled": stop.timeout is not None, "value": stop.timeout},
    }


def _reduction(view: ShownTrade, adjustment: Adjustment) -> Json:
    price = adjustment.price or (view.tick.bid if view.trade.long else view.tick.ask)
    return {
        "id": adjustment.id,
        "type": adjustment.order_type,
        "status": status_of(adjustment.status),
        "units": {"value": decimal_text(adjustment.units)},
        "price": {"value": decimal_text(price), "value_without_commission": decimal_text(price)},
        "total": {"value": decimal_text(adjustment.units * price)},
        "closed_at": timestamp(adjustment.closed_at),
        "data": {
            "cancelable": adjustment.status == "order_placed",
            "panic_sell_available": adjustment.status == "order_placed",
        },
    }


def _market_close(view: ShownTrade) -> Json:
    fills = view.trade.fills_for(("market_close",))
    if not fills:
        return {}
    fill = fills[-1]
    price = truncate_to(fill.total / fill.amount, view.pair.price_step)
    return {
        "id": fill.order_id,
        "type": "market",
        "status": status_of("finished"),
        "units": {"value": decimal_text(fill.amount)},
        "price": {
            "value": decimal_text(price),
            "value_without_commission": decimal_text(fill.price),
        },
        "total": {"value": decimal_text(fill.total)},
    }


def _data(view: ShownTrade) -> Json:
    trade, tick = view.trade, view.tick
    entered, entered_bare = average_prices(view, entering=True)
    closed, closed_bare = average_prices(view, entering=False)
    commission = view.account.fee
    shown: Json = {
        "editable": trade.status in EDITABLE,
        "current_price": {
            "bid": decimal_text(tick.bid),
            "ask": decimal_text(tick.ask),
            "last": decimal_text(tick.last),
            "quote_volume": "0.0",
            "day_change_percent": "0.0",
        },
        "target_price_type": "price",
        "orderbook_price_currency": view.pair.quote,
        "base_order_finished": True,
        "missing_funds_to_close": "0.0",
        "liquidation_price": None,
        "average_enter_price": optional_text(entered),
        "average_close_price": optional_text(closed),
        "average_enter_price_without_commission": optional_text(entered_bare),
        "average_close_price_without_commission": optional_text(closed_bare),
        "panic_sell_available": trade.status in CLOSABLE,
        "add_funds_available": trade.status == "waiting_targets" and not trade.instant,
        "reduce_funds_available": trade.status == "waiting_targets",
        "force_start_available": trade.active and trade.entry.status in OPEN_ORDER,
        "force_process_available": trade.active,
        "cancel_available": trade.status in CANCELABLE,
        "finished": trade.status in ("finished", "stop_loss_finished"),
        "base_position_step_finished": trade.entered or trade.status == "failed",
        "entered_amount": decimal_text(trade.entered_amount),
        "entered_total": decimal_text(trade.entered_total),
        "closed_amount": decimal_text(trade.closed_amount),
        "closed_total": decimal_text(trade.closed_total),
        # Recorded: a string until the position is entered, a JSON number from then on.
        "commission": float(commission) if trade.entered else decimal_text(commission),
        "created_at": timestamp(trade.created_at),
        "updated_at": timestamp(trade.updated_at),
    }
    if trade.closed_at is not None:
        shown["closed_at"] = timestamp(trade.closed_at)
    return shown | {"type": trade.type}


def _margin(view: ShownTrade) -> Json:
    trade = view.trade
    if not view.account.futures or not trade.entered:
        return {"amount": None, "total": None}
    lever = trade.leverage.value if trade.leverage else Decimal(1)
    return {
        "amount": decimal_text(trade.entered_amount / lever),
        "total": decimal_text(trade.entered_total / lever),
    }
