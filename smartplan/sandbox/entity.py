"""A trade as the service shows it: every key, number format and quirk of the recorded answers."""

from decimal import Decimal

from smartplan.sandbox.decimals import ZERO, decimal_text, optional_text, truncate_to
from smartplan.sandbox.limits import reference_price
from smartplan.sandbox.shown_trade import (
    ShownTrade,
    average_prices,
    commission,
    liquidation_price,
    margin,
    profit,
    timestamp,
)
from smartplan.sandbox.statuses import (
    EDITABLE,
    OPEN_ORDER,
    available,
    order_status,
    price_editable,
    trade_status,
)
from smartplan.sandbox.trade import Adjustment, ExchangeTrade, StopOrder, TargetOrder
from smartplan.sandbox.worth import closed_worth, entered_worth, fill_worth, price_of, worth

Json = dict[str, object]


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
        "status": trade_status(trade),
        "leverage": _leverage(view),
        "position": _position(view),
        "take_profit": _take_profit(view),
        "stop_loss": _stop_loss(trade),
        "reduce_funds": {"steps": [_reduction(view, a) for a in trade.adjustments if _reduces(a)]},
        "market_close": _market_close(view),
        "note": trade.note or "",
        "note_raw": trade.note,
        "skip_enter_step": trade.skip_enter_step,
        "data": _data(view),
        "profit": profit(view),
        "margin": margin(view),
        "is_position_not_filled": not trade.entered,
    }


def _reduces(adjustment: Adjustment) -> bool:
    return adjustment.purpose == "reduce_funds"


def _leverage(view: ShownTrade) -> Json:
    leverage = view.leverage
    if leverage is None:
        return {"enabled": False}
    return {
        "enabled": True,
        "type": leverage.type,
        "value": decimal_text(leverage.value),
        "type_editable": True,
    }


def _position(view: ShownTrade) -> Json:
    trade, entry = view.trade, view.trade.entry
    value, bare = average_prices(view, entering=True)
    if trade.skip_enter_step:
        value, bare = entry.price, None
    elif not trade.entered:
        value = bare = reference_price(trade, view.tick)
    units = trade.entered_amount if trade.entered else entry.units
    shown: Json = {
        "type": entry.type,
        # Recorded: false of every waiting entry, and of units always; the price alone says it.
        "editable": trade.skip_enter_step and trade.active,
        "units": {"value": decimal_text(units), "editable": False},
        "price": {
            "value": optional_text(value),
            "value_without_commission": optional_text(bare),
            "editable": price_editable(trade),
        },
        "total": _position_total(view, value),
        "order_type": entry.order_type,
    }
    if entry.order_type == "conditional":
        shown["conditional"] = {
            "editable": price_editable(trade),
            "price": {"value": optional_text(entry.trigger), "type": entry.trigger_type},
            "order_type": entry.conditional_type,
            "trailing": _trailing(entry.trailing),
        }
    error = trade.error if entry.status == "failed" else None
    shown["status"] = order_status(entry.status, error)
    return shown


def _position_total(view: ShownTrade, price: Decimal | None) -> Json:
    trade, pair = view.trade, view.pair
    if trade.entered:
        total = entered_worth(pair, trade)
    else:
        total = worth(pair, trade.entry.units, price) if price else ZERO
    shown: Json = {"value": decimal_text(total)}
    if trade.fills_for(("add_funds",)):
        shown["value_without_commission"] = decimal_text(view.entry_total)
    return shown


def _trailing(percent: Decimal | None) -> Json:
    return {"enabled": percent is not None, "percent": optional_text(percent)}


def _take_profit(view: ShownTrade) -> Json:
    trade = view.trade
    if not trade.take_profit:
        return {"enabled": False, "price_type": "value", "steps": []}
    percents = any(target.percent is not None for target in trade.targets)
    listed = [target for target in trade.targets if target.status != "cancelled"]
    return {
        "enabled": True,
        "price_type": "percentage" if percents else "value",
        "steps": [_step(view, target, at) for at, target in enumerate(listed, 1)],
    }


def _step(view: ShownTrade, target: TargetOrder, position: int) -> Json:
    units, price = target.units, target.price
    total = None if units is None or price is None else worth(view.pair, units, price)
    trailing = target.trailing
    # Seen: the trailing distance of a step may come back negative (it is counted from the peak).
    if trailing is not None and view.trade.long:
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
        "status": order_status(target.status),
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
        "status": order_status(stop.status),
    }
    if not trade.entered:
        shown |= {"units": {"value": None}, "total": {"value": None}, "closed_at": None}
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
        "status": order_status(adjustment.status),
        "units": {"value": decimal_text(adjustment.units)},
        "price": {"value": decimal_text(price), "value_without_commission": decimal_text(price)},
        "total": {"value": decimal_text(worth(view.pair, adjustment.units, price))},
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
    total = fill_worth(view.pair, fill)
    price = truncate_to(price_of(view.pair, fill.amount, total), view.pair.price_step)
    return {
        "id": fill.order_id,
        "type": "market",
        "status": order_status("finished"),
        "units": {"value": decimal_text(fill.amount)},
        "price": {
            "value": decimal_text(price),
            "value_without_commission": decimal_text(fill.price),
        },
        "total": {"value": decimal_text(total)},
    }


def _data(view: ShownTrade) -> Json:
    trade, tick, pair = view.trade, view.tick, view.pair
    entered, entered_bare = average_prices(view, entering=True)
    closed, closed_bare = average_prices(view, entering=False)
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
        "liquidation_price": liquidation_price(view),
        "average_enter_price": optional_text(entered),
        "average_close_price": optional_text(closed),
        "average_enter_price_without_commission": optional_text(entered_bare),
        "average_close_price_without_commission": optional_text(closed_bare),
        **available(trade),
        "finished": trade.status in ("finished", "stop_loss_finished"),
        "base_position_step_finished": trade.entered or trade.status == "failed",
        "entered_amount": decimal_text(trade.entered_amount),
        "entered_total": decimal_text(entered_worth(pair, trade)),
        "closed_amount": decimal_text(trade.closed_amount),
        "closed_total": decimal_text(closed_worth(pair, trade)),
        "commission": commission(trade, view.account.fee),
        "created_at": timestamp(trade.created_at),
        "updated_at": timestamp(trade.updated_at),
    }
    if trade.closed_at is not None:
        shown["closed_at"] = timestamp(trade.closed_at)
    return shown | {"type": trade.type}
