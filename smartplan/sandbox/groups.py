"""The groups of a create or update body: position, take profit, stop loss, leverage."""

from decimal import Decimal
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from smartplan.sandbox.decimals import HUNDRED, ZERO
from smartplan.sandbox.fields import Fields
from smartplan.sandbox.trade import (
    EntryOrder,
    EntryType,
    OrderedLeverage,
    OrderType,
    PriceType,
    Side,
    StopOrder,
    TargetOrder,
)

SIDES: tuple[Side, ...] = ("buy", "sell")
ENTRY_TYPES: tuple[EntryType, ...] = ("market", "limit", "conditional")
ORDER_TYPES: tuple[OrderType, ...] = ("market", "limit")
PRICE_TYPES: tuple[PriceType, ...] = ("bid", "ask", "last")
LEVERAGE_TYPES: tuple[Literal["custom", "cross", "isolated"], ...] = ("custom", "cross", "isolated")

MAX_STEPS = 8
MIN_TRAILING = Decimal("0.01")
NO_PERCENT = ZERO
"""What stands for the percent of a trailing stop loss that was sent without one."""
PERCENT_WITHOUT_TRAILING = "is allowed only while the position has an unfinished trailing"
VALUE_WITH_TRAILING = "is allowed only without a position trailing, or after it is finished"


def read_value(fields: Fields, key: str, *, required: bool = True) -> Decimal | None:
    """The number in ``{key: {"value": …}}``."""
    group = fields.child(key)
    if group is None:
        if required:
            fields.fail("is missing", key, "value")
        return None
    return group.decimal("value", required=required)


class Condition(Struct, frozen=True):
    """What a conditional entry waits for; ``None`` is what could not be read."""

    trigger: Decimal | None
    series: PriceType | None
    order_type: OrderType | None
    trailing: Decimal | None


def read_entry(position: Fields, *, skip: bool) -> EntryOrder | None:
    """The position group of a create body; ``None`` when something required is wrong."""
    side = position.choice("type", SIDES)
    order_type = position.choice("order_type", ENTRY_TYPES)
    units = read_value(position, "units")
    conditional = None
    if order_type == "conditional":
        conditional = position.child("conditional", required=True)
    condition = read_condition(conditional) if conditional else None
    limit = "limit" in (order_type, condition.order_type if condition else None)
    price = read_value(position, "price", required=limit or skip)
    if side is None or order_type is None or units is None:
        return None
    # Recorded: a market entry is under way as soon as its trade is created.
    status = "to_process" if order_type == "market" and not skip else "idle"
    entry = EntryOrder(type=side, order_type=order_type, units=units, price=price, status=status)
    return with_condition(entry, condition) if condition else entry


def read_condition(conditional: Fields) -> Condition:
    """The conditional group of a position."""
    price = conditional.child("price")
    if price is None:
        conditional.fail("is missing", "price", "value")
    order_type = conditional.choice("order_type", ORDER_TYPES)
    return Condition(
        trigger=price.decimal("value") if price else None,
        series=price.choice("type", PRICE_TYPES, required=False) if price else None,
        order_type=order_type,
        trailing=read_trailing(conditional, order_type),
    )


def with_condition(entry: EntryOrder, condition: Condition) -> EntryOrder:
    """The entry with what it waits for; a long watches the ask unless told otherwise."""
    default: PriceType = "ask" if entry.type == "buy" else "bid"
    return replace(
        entry,
        trigger=condition.trigger,
        trigger_type=condition.series or default,
        conditional_type=condition.order_type,
        trailing=condition.trailing,
    )


def read_trailing(
    group: Fields, order_type: OrderType | None, known: Decimal | None = None
) -> Decimal | None:
    """The percent of an enabled trailing.

    ``known`` is used when the percent is left out: a stop loss needs none, and the service does
    not echo it, so clients cannot send it back. Its sign is ignored, as the service itself may
    show a negative one.
    """
    trailing = group.child("trailing")
    if trailing is None or not trailing.boolean("enabled", required=True):
        return None
    if order_type == "limit":
        trailing.fail("is available only for market orders", "enabled")
    signed = trailing.decimal("percent", required=known is None, signed=True)
    percent = None if signed is None else abs(signed)
    if percent is not None and percent < MIN_TRAILING:
        trailing.fail("must be greater than or equal to 0.01", "percent")
    if percent is not None and percent > HUNDRED:
        trailing.fail("must be less than or equal to 100", "percent")
    return percent or known


def read_target_price(
    price: Fields, *, trailing_entry: bool
) -> tuple[Decimal | None, Decimal | None]:
    """``(value, percent)`` of a target or stop trigger: exactly one of them."""
    if not price.exactly_one("value", "percent"):
        return None, None
    value = price.decimal("value", required=False)
    percent = price.decimal("percent", required=False)
    if percent is not None and not trailing_entry:
        price.fail(PERCENT_WITHOUT_TRAILING, "percent")
    if value is not None and trailing_entry:
        price.fail(VALUE_WITH_TRAILING, "value")
    return value, percent


def read_target(step: Fields, *, trailing_entry: bool, last: bool) -> TargetOrder | None:
    """One take profit step; ``None`` when something required is wrong."""
    order_type = step.choice("order_type", ORDER_TYPES)
    volume = step.decimal("volume")
    price = step.child("price") or Fields({}, step.address("price"), step.errors)
    price_type = price.choice("type", PRICE_TYPES)
    value, percent = read_target_price(price, trailing_entry=trailing_entry)
    trailing = read_trailing(step, order_type)
    if trailing is not None and not last:
        step.fail("is available only for the last step", "trailing", "enabled")
    number = step.integer("id", required=False)
    if order_type is None or volume is None or price_type is None:
        return None
    return TargetOrder(
        id=number or 0,
        order_type=order_type,
        price_type=price_type,
        price=value,
        percent=percent,
        volume=volume,
        trailing=trailing,
    )


def read_targets(group: Fields, *, trailing_entry: bool) -> tuple[TargetOrder, ...]:
    """The steps of an enabled take profit; their volumes are checked by the caller."""
    steps = group.children("steps")
    if not steps:
        group.fail("must be filled", "steps")
    if len(steps) > MAX_STEPS:
        group.fail(f"size cannot be greater than {MAX_STEPS}", "steps")
    known = len(group.errors)
    read = [
        read_target(step, trailing_entry=trailing_entry, last=step is steps[-1]) for step in steps
    ]
    if len(group.errors) > known:
        group.fail("is invalid", "steps")
    return tuple(target for target in read if target is not None)


def read_stop(group: Fields, *, trailing_entry: bool, known: StopOrder | None) -> StopOrder | None:
    """An enabled stop loss; ``known`` is the one it replaces in an update."""
    order_type = group.choice("order_type", ORDER_TYPES)
    conditional = group.child("conditional", required=True)
    limit = read_value(group, "price", required=order_type == "limit")
    breakeven = group.boolean("breakeven")
    timeout = read_timeout(group)
    if conditional is None:
        return None
    price = conditional.child("price", required=True)
    kept = known.trailing if known is not None else None
    trailing = read_trailing(conditional, order_type, NO_PERCENT if kept is None else kept)
    if price is None:
        return None
    price_type = price.choice("type", PRICE_TYPES)
    value, percent = read_target_price(price, trailing_entry=trailing_entry)
    if order_type is None or price_type is None:
        return None
    return StopOrder(
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


def read_leverage(group: Fields) -> OrderedLeverage | None:
    """Enabled leverage; ``custom`` is stored as ``isolated`` (seen in recorded answers)."""
    if not group.boolean("enabled", required=True):
        return None
    kind = group.choice("type", LEVERAGE_TYPES)
    value = group.integer("value", required=False)
    return OrderedLeverage(
        type="cross" if kind == "cross" else "isolated", value=Decimal(value or 1)
    )
