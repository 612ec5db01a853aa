"""The child orders of a trade as GET …/{id}/trades shows them."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from smartplan.sandbox.decimals import HUNDRED, ZERO, decimal_text, optional_text, truncate_to
from smartplan.sandbox.limits import reference_price
from smartplan.sandbox.shown_trade import ShownTrade, timestamp
from smartplan.sandbox.statuses import OPEN_ORDER
from smartplan.sandbox.trade import PriceType
from smartplan.sandbox.worth import fill_worth, price_of, worth

Json = dict[str, object]
CANCELABLE = OPEN_ORDER | {"idle"}


class Child(Struct, frozen=True, kw_only=True):
    """What the orders of a trade have in common."""

    id: int
    purpose: str
    entering: bool
    order_type: str
    status: str
    follow: PriceType
    amount: Decimal | None
    price: Decimal | None
    limit: Decimal | None = None
    volume: Decimal | None = None
    percent: Decimal | None = None
    trigger: Decimal | None = None
    rises: bool | None = None
    trailing: bool = False
    trail_percent: Decimal | None = None
    trail_last: Decimal | None = None


def children_json(view: ShownTrade) -> list[Json]:
    """Every child order, in the order entry, adjustments, targets, stop loss."""
    return [_child_json(view, child) for child in _children(view)]


def _children(view: ShownTrade) -> Iterator[Child]:
    trade, entry = view.trade, view.trade.entry
    if not trade.skip_enter_step:
        yield Child(
            id=entry.id,
            purpose="position",
            entering=True,
            order_type=entry.conditional_type or entry.order_type,
            status=entry.status,
            follow=entry.trigger_type,
            amount=entry.units,
            price=reference_price(trade, view.tick),
            limit=entry.price if "limit" in (entry.order_type, entry.conditional_type) else None,
            trigger=entry.trigger,
            rises=entry.rises,
            trailing=entry.trailing is not None,
            trail_percent=entry.trailing,
            trail_last=entry.extreme,
        )
    for order in trade.adjustments:
        yield Child(
            id=order.id,
            # The documented purposes have no word of their own for added funds.
            purpose="position" if order.purpose == "add_funds" else "reduce_funds",
            entering=order.purpose == "add_funds",
            order_type=order.order_type,
            status=order.status,
            follow="last",
            amount=order.units,
            price=order.price,
            limit=order.price,
        )
    yield from _exits(view)


def _exits(view: ShownTrade) -> Iterator[Child]:
    trade = view.trade
    for target in trade.targets:
        conditional = target.order_type == "market"
        yield Child(
            id=target.id,
            purpose="take_profit",
            entering=False,
            order_type=target.order_type,
            status=target.status,
            follow=target.price_type,
            amount=target.units,
            price=target.price,
            limit=None if conditional else target.price,
            volume=target.volume,
            percent=target.percent,
            trigger=target.price if conditional else None,
            rises=trade.long,
            trailing=target.trailing is not None,
            trail_percent=target.trailing,
            trail_last=target.peak,
        )
    stop = trade.stop
    if stop is not None:
        yield Child(
            id=stop.id,
            purpose="stop_loss",
            entering=False,
            order_type=stop.order_type,
            status=stop.status,
            follow=stop.price_type,
            amount=trade.remaining if trade.entered else None,
            price=stop.trigger,
            limit=stop.price,
            volume=HUNDRED,
            percent=stop.percent,
            trigger=stop.trigger,
            rises=not trade.long,
            trailing=stop.trailing is not None,
            trail_last=stop.extreme,
        )


def _child_json(view: ShownTrade, child: Child) -> Json:
    trade = view.trade
    fills = [fill for fill in trade.fills if fill.order_id == child.id]
    amount = sum((fill.amount for fill in fills), ZERO)
    total = sum((fill_worth(view.pair, fill) for fill in fills), ZERO)
    average = price_of(view.pair, amount, total) if amount else None
    ordered = child.amount or ZERO
    done = sum((fill.gross / fill.price for fill in fills), ZERO)
    share = min(done / ordered * HUNDRED, HUNDRED) if ordered and done else ZERO
    shown = {
        "id": child.id,
        "average_price": optional_text(average),
        "follow_price_type": child.follow,
        "initial_amount": optional_text(child.amount),
        "initial_total": optional_text(
            worth(view.pair, ordered, child.price) if child.price else None
        ),
        "order_price": optional_text(child.limit),
        "order_side": "buy" if child.entering == trade.long else "sell",
        "order_type": child.order_type,
        "pair": trade.pair,
        "position_percentage": optional_text(child.volume),
        "realised_amount": decimal_text(amount),
        "realised_total": optional_text(total if fills else None),
        "status": child.status,
        "take_profit_percentage": optional_text(
            child.percent if child.purpose == "take_profit" else None
        ),
        "trade_purpose": child.purpose,
    }
    return (
        shown
        | _trigger_json(child)
        | {
            "created_at": timestamp(trade.created_at),
            "updated_at": timestamp(fills[-1].time if fills else trade.updated_at),
            "realised_percentage": decimal_text(share),
            "initial_price": optional_text(child.price),
            "realised_price": optional_text(
                None if average is None else truncate_to(average, view.pair.price_step)
            ),
            "cancelable": trade.active and child.status in CANCELABLE,
            "force_processable": trade.active and child.status in OPEN_ORDER,
        }
    )


def _trigger_json(child: Child) -> Json:
    condition = "greater_or_equal" if child.rises else "less_or_equal"
    known = child.trigger is not None and child.rises is not None
    return {
        "trail_percentage": optional_text(child.trail_percent),
        "trail_value": None,
        "trailing_enabled": child.trailing,
        "trailing_last_price": optional_text(child.trail_last),
        "trailing_last_price_updated_at": None,
        "trigger_condition": condition if known else None,
        "trigger_price": optional_text(child.trigger),
        "trigger_price_percentage": optional_text(child.percent),
        "trigger_type": "none" if child.trigger is None else "conditional",
    }
