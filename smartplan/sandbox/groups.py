"""The groups of a create or update body: position, take profit, stop loss, leverage."""

from dataclasses import replace
from decimal import Decimal
from typing import Literal

from smartplan.sandbox.decimals import HUNDRED
from smartplan.sandbox.fields import Fields
from smartplan.sandbox.trade import (
    Entry,
    EntryType,
    Leverage,
    OrderType,
    PriceType,
    Side,
    Stop,
    Target,
)

SIDES: tuple[Side, ...] = ("buy", "sell")
ENTRY_TYPES: tuple[EntryType, ...] = ("market", "limit", "conditional")
ORDER_TYPES: tuple[OrderType, ...] = ("market", "limit")
PRICE_TYPES: tuple[PriceType, ...] = ("bid", "ask", "last")
LEVERAGE_TYPES: tuple[Literal["custom", "cross", "isolated"], ...] = ("custom", "cross", "isolated")

MAX_STEPS = 8
MIN_TRAILING = Decimal("0.01")
PERCENT_WITHOUT_TRAILING = "is allowed only while the position has an unfinished trailing"
VALUE_WITH_TRAILING = "is allowed only without a position trailing, or after it is finished"


def read_value(fields: Fields, key: str, *, required: bool = True) -> Decimal | None:
    """The number in ``{key: {"value": …}}``."""
    group = fields.child(key)
    if group is None:
        if required:
            fields.errors.setdefault(fields.address(key, "value"), []).append("is missing")
        return None
    return group.decimal("value", required=required)


def read_entry(position: Fields, *, skip: bool) -> Entry | None:
    """The position group of a create body; ``None`` when something required is wrong."""
    side = position.choice("type", SIDES)
    order_type = position.choice("order_type", ENTRY_TYPES)
    units = read_value(position, "units")
    conditional = order_type == "conditional"
    trigger = position.child("conditional", required=True) if conditional else None
    limit = order_type == "limit" or (
        trigger is not None and trigger.choice("order_type", ORDER_TYPES) == "limit"
    )
    price = read_value(position, "price", required=limit or skip)
    if side is None or order_type is None or units is None:
        return None
    entry = Entry(type=side, order_type=order_type, units=units, price=price)
    return read_conditional(trigger, entry) if trigger else entry


def read_conditional(conditional: Fields, entry: Entry) -> Entry:
    """The entry with the trigger, its order type and its trailing read."""
    price = conditional.child("price")
    default: PriceType = "ask" if entry.type == "buy" else "bid"
    trigger, trigger_type = None, default
    if price is None:
        conditional.errors.setdefault(conditional.address("price", "value"), []).append(
            "is missing"
        )
    else:
        trigger = price.decimal("value")
        trigger_type = price.choice("type", PRICE_TYPES, required=False) or default
    order_type = conditional.choice("order_type", ORDER_TYPES, required=False)
    trailing, _ = read_trailing(conditional, order_type)
    return replace(
        entry,
        trigger=trigger,
        trigger_type=trigger_type,
        conditional_type=order_type,
        trailing=trailing,
    )


def read_trailing(
    group: Fields, order_type: OrderType | None, known: Decimal | None = None
) -> tuple[Decimal | None, bool]:
    """The percent of an enabled trailing, and whether it is enabled.

    ``known`` is used when an update leaves the percent out: the service does not echo the one of
    a stop loss, so clients cannot send it back.
    """
    trailing = group.child("trailing")
    if trailing is None or not trailing.boolean("enabled", required=True):
        return None, False
    if order_type == "limit":
        trailing.fail("enabled", "is available only for market orders")
    percent = trailing.decimal("percent", required=known is None)
    if percent is not None and percent < MIN_TRAILING:
        trailing.fail("percent", "must be greater than or equal to 0.01")
    if percent is not None and percent > HUNDRED:
        trailing.fail("percent", "must be less than or equal to 100")
    return percent or known, True


def read_target_price(
    price: Fields, *, trailing_entry: bool
) -> tuple[Decimal | None, Decimal | None]:
    """``(value, percent)`` of a target or stop trigger: exactly one of them."""
    if not price.exactly_one("value", "percent"):
        return None, None
    value = price.decimal("value", required=False)
    percent = price.decimal("percent", required=False)
    if percent is not None and not trailing_entry:
        price.fail("percent", PERCENT_WITHOUT_TRAILING)
    if value is not None and trailing_entry:
        price.fail("value", VALUE_WITH_TRAILING)
    return value, percent


def read_target(step: Fields, *, trailing_entry: bool, last: bool) -> Target | None:
    """One take profit step; ``None`` when something required is wrong."""
    order_type = step.choice("order_type", ORDER_TYPES)
    volume = step.decimal("volume")
    price_type, value, percent = None, None, None
    price = step.child("price")
    if price is None:
        price = Fields({}, step.address("price"), step.errors)
    price_type = price.choice("type", PRICE_TYPES)
    value, percent = read_target_price(price, trailing_entry=trailing_entry)
    trailing, enabled = read_trailing(step, order_type)
    if enabled and not last:
        step.errors.setdefault(step.address("trailing", "enabled"), []).append(
            "is available only for the last step"
        )
    number = step.integer("id", required=False)
    if order_type is None or volume is None or price_type is None:
        return None
    return Target(
        id=number or 0,
        order_type=order_type,
        price_type=price_type,
        price=value,
        percent=percent,
        volume=volume,
        trailing=trailing,
    )


def read_targets(group: Fields, *, trailing_entry: bool) -> tuple[Target, ...]:
    """The steps of an enabled take profit; their volumes are checked by the caller."""
    steps = group.children("steps")
    if not steps:
        group.fail("steps", "must be filled")
    if len(steps) > MAX_STEPS:
        group.fail("steps", f"size cannot be greater than {MAX_STEPS}")
    known = len(group.errors)
    read = [
        read_target(step, trailing_entry=trailing_entry, last=step is steps[-1]) for step in steps
    ]
    if len(group.errors) > known:
        group.errors.setdefault(group.address("steps"), []).append("is invalid")
    return tuple(target for target in read if target is not None)


def read_stop(group: Fields, *, trailing_entry: bool, known: Stop | None) -> Stop | None:
    """An enabled stop loss; ``known`` is the one it replaces in an update."""
    order_type = group.choice("order_type", ORDER_TYPES)
    conditional = group.child("conditional", required=True)
    limit = read_value(group, "price", required=order_type == "limit")
    breakeven = group.boolean("breakeven")
    timeout = read_timeout(group)
    if conditional is None:
        return None
    price = conditional.child("price", required=True)
    trailing, _ = read_trailing(conditional, order_type, known.trailing if known else None)
    if price is None:
        return None
    price_type = price.choice("type", PRICE_TYPES)
    value, percent = read_target_price(price, trailing_entry=trailing_entry)
    if order_type is None or price_type is None:
        return None
    return Stop(
        id=known.id if known else 0,
        order_type=order_type,
        price_type=price_type,
        trigger=value,
        percent=percent,
        price=limit if order_type == "limit" else None,
        trailing=trailing,
        timeout=timeout,
        breakeven=breakeven,
    )


def read_timeout(group: Fields) -> int | None:
    """The seconds of an enabled stop loss timeout."""
    timeout = group.child("timeout")
    if timeout is None or not timeout.boolean("enabled", required=True):
        return None
    return timeout.integer("value")


def read_leverage(group: Fields) -> Leverage | None:
    """Enabled leverage; ``custom`` is stored as ``isolated`` (seen in recorded answers)."""
    if not group.boolean("enabled", required=True):
        return None
    kind = group.choice("type", LEVERAGE_TYPES)
    value = group.integer("value", required=False)
    return Leverage(type="cross" if kind == "cross" else "isolated", value=Decimal(value or 1))
