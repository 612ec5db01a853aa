"""The orders below a smart trade: adding and reducing funds, closing and cancelling one of them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from smartplan.sandbox.catalog import Pair
from smartplan.sandbox.decimals import ZERO, is_multiple
from smartplan.sandbox.fields import Fields
from smartplan.sandbox.groups import ORDER_TYPES, read_value
from smartplan.sandbox.limits import at_least, at_most, on_step
from smartplan.sandbox.rejection import Rejection, invalid, not_allowed, wrong_status
from smartplan.sandbox.statuses import OPEN_ORDER, takes_funds
from smartplan.sandbox.trade import Adjustment, ExchangeTrade, TargetOrder, Tick
from smartplan.sandbox.worth import worth


def read_adjustment(body: Mapping[str, object]) -> Adjustment:
    """The body of add_funds and reduce_funds, not numbered yet; raises ``Rejection`` (400)."""
    fields = Fields(body, "", {})
    order_type = fields.choice("order_type", ORDER_TYPES)
    units = read_value(fields, "units")
    price = read_value(fields, "price", required=order_type == "limit")
    if fields.errors or order_type is None or units is None:
        raise invalid(fields.errors)
    limit = price if order_type == "limit" else None
    return Adjustment(id=0, purpose="add_funds", order_type=order_type, units=units, price=limit)


def max_reduction(trade: ExchangeTrade, lot: Decimal) -> Decimal:
    """How many units can be taken out so that a position is left; raises ``Rejection`` (400)."""
    if trade.status != "waiting_targets":
        raise wrong_status("Reduce funds")
    promised = sum((a.units for a in trade.adjustments if _reduces(a)), ZERO)
    return max(trade.remaining - promised - lot, ZERO)


def _reduces(adjustment: Adjustment) -> bool:
    return adjustment.open and adjustment.purpose == "reduce_funds"


def with_reduction(
    trade: ExchangeTrade, asked: Adjustment, pair: Pair, tick: Tick
) -> ExchangeTrade:
    """The trade with an order that reduces funds; raises ``Rejection`` (400, 422)."""
    most = max_reduction(trade, pair.lot_step)
    _check_size(asked, pair, tick.bid if trade.long else tick.ask)
    if asked.units > most:
        faults = {"entered_amount": ["Too small"], "units[value]": [at_most(most)]}
        raise invalid(faults, status=422)
    order = replace(asked, purpose="reduce_funds")
    return replace(trade, status="pending_reduce_funds", adjustments=(*trade.adjustments, order))


def with_addition(trade: ExchangeTrade, asked: Adjustment, pair: Pair, tick: Tick) -> ExchangeTrade:
    """The trade with an order that adds funds once it is entered; raises ``Rejection``."""
    if not takes_funds(trade):
        raise wrong_status("Add funds")
    _check_size(asked, pair, tick.ask if trade.long else tick.bid)
    return replace(trade, adjustments=(*trade.adjustments, asked))


def _check_size(asked: Adjustment, pair: Pair, market: Decimal) -> None:
    """Steps and minimum totals hold for these orders as for every other (422)."""
    if not is_multiple(asked.units, pair.lot_step):
        raise invalid({"units[value]": [on_step(pair.lot_step)]}, status=422)
    if worth(pair, asked.units, asked.price or market) < pair.min_total:
        raise invalid({"total": [at_least(pair.min_total)]}, status=422)


def close_child(trade: ExchangeTrade, order_id: int) -> ExchangeTrade:
    """The trade with one take profit step to be closed at the market; raises ``Rejection``."""
    target = _target(trade, order_id)
    if target is None:
        _require_child(trade, order_id)
    if target is None or target.status not in OPEN_ORDER:
        raise not_allowed("Close by market")
    return trade.with_target(replace(target, status="panic_sell_pending"))


def cancel_child(trade: ExchangeTrade, order_id: int, now: datetime) -> ExchangeTrade:
    """The trade without one of its open orders; raises ``Rejection`` (403, 404).

    Without a target and without a stop nothing is left of it: the trade itself is then to be
    cancelled, as it is when the order is its unfilled entry.
    """
    target = _target(trade, order_id)
    changed = replace(trade, updated_at=now)
    if target is not None and target.open:
        changed = changed.with_target(replace(target, status="cancelled", closed_at=now))
    elif trade.stop is not None and trade.stop.id == order_id and trade.stop.open:
        changed = replace(changed, stop=None)
    elif any(order.id == order_id and order.open for order in trade.adjustments):
        return replace(changed, adjustments=_cancelled(trade, order_id, now))
    elif trade.entry.id == order_id and not trade.entered:
        return replace(changed, status="cancellation_pending")
    else:
        _require_child(trade, order_id)
        raise not_allowed("Cancel")
    if changed.stop is None and not any(step.open for step in changed.targets):
        return replace(changed, status="cancellation_pending")
    return changed


def _cancelled(trade: ExchangeTrade, order_id: int, now: datetime) -> tuple[Adjustment, ...]:
    return tuple(
        replace(order, status="cancelled", closed_at=now) if order.id == order_id else order
        for order in trade.adjustments
    )


def _target(trade: ExchangeTrade, order_id: int) -> TargetOrder | None:
    return next((target for target in trade.targets if target.id == order_id), None)


def _require_child(trade: ExchangeTrade, order_id: int) -> None:
    known = {target.id for target in trade.targets} | {order.id for order in trade.adjustments}
    known |= {trade.entry.id} | ({trade.stop.id} if trade.stop else set())
    if order_id not in known:
        raise Rejection(404, "Not found", "Trade not found")
