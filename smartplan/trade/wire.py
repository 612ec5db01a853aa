"""Bodies and entities to the canonical trade; the way out is ``bodies``.

Reading an entity is lenient: keys come and go, numbers are strings or numbers, statuses unknown.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation, localcontext
from typing import cast

from smartplan.document.scalars import MAX_DIGITS, written_decimals
from smartplan.document.tree import Node
from smartplan.trade.marker import split_note, stored_note
from smartplan.trade.model import (
    OPENED_BY,
    Conditional,
    Editable,
    Leverage,
    LiveTrade,
    Margin,
    OrderType,
    Position,
    PriceType,
    StopLoss,
    TakeProfitStep,
    Trade,
    Trailing,
)

_BOOLEANS = frozenset({"enabled", "instant", "skip_enter_step", "breakeven"})
_ID = "[1-9][0-9]{0,17}"
_ID_END = 10**18
_UNFILLED = frozenset({"created", "waiting_position", "cancelled", "failed"})
_NUMBERS = frozenset({"value", "percent", "volume"})
_WRITTEN_NUMBERS = frozenset({str, int})  # not bool, which is an int too


class MalformedEntity(ValueError):
    """An answer that is no SmartTrade entity: no usable id, pair or position."""


def plain_values(value: Node, key: str) -> Node:
    """Quoted booleans and numbers of a plan that fits the schema as booleans and Decimals."""
    if isinstance(value, dict):
        return {name: plain_values(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [plain_values(item, key) for item in value]
    if key in _BOOLEANS and isinstance(value, str):
        return value == "true"
    if key in _NUMBERS and type(value) in _WRITTEN_NUMBERS:
        return Decimal(cast("str | int", value))
    return value


def trade_from_body(body: Mapping[str, object]) -> Trade:
    """The canonical trade of a body: a plan's, quoted or plain, or an entity's.

    Raises ``MalformedEntity`` when pair, account or position are missing.
    """
    pair, position = body.get("pair"), table(body.get("position"))
    account_id = whole(body.get("account_id"))
    if not isinstance(pair, str) or position is None or account_id is None:
        raise MalformedEntity("no pair, account or position")
    skip = is_on(body.get("skip_enter_step"))
    entry = _position(position, skip)
    exit_type = OPENED_BY[entry.type].closes_at
    return Trade(
        account_id=account_id,
        pair=pair,
        position=entry,
        instant=is_on(body.get("instant")),
        skip_enter_step=skip,
        leverage=_leverage(table(body.get("leverage"))),
        take_profit=_take_profit(table(body.get("take_profit")), exit_type),
        stop_loss=_stop_loss(table(body.get("stop_loss")), exit_type),
        note=str(body.get("note") or "").strip(),
    )


def live_trade(entity: Mapping[str, object]) -> LiveTrade:
    """A SmartTrade entity. Raises ``MalformedEntity``."""
    status = table(entity.get("status")) or {}
    data = table(entity.get("data")) or {}
    note, marker = split_note(stored_note(entity))
    trade = trade_from_body({**entity, "account_id": account_of(entity), "note": note})
    return LiveTrade(
        id=identity(entity),
        status=status_of(entity) or "unknown",
        trade=trade,
        marker=marker,
        editable=_editable(entity, data),
        entered_amount=_entered_amount(entity, data, trade.position.units),
        entered_total=decimal_or_none(data.get("entered_total")) or Decimal(0),
        closed_amount=decimal_or_none(data.get("closed_amount")) or Decimal(0),
        closed_total=decimal_or_none(data.get("closed_total")) or Decimal(0),
        error=_text(status.get("error")),
        created_at=_text(data.get("created_at")),
        raw=entity,
    )


def _entered_amount(
    entity: Mapping[str, object],
    data: Mapping[str, object],
    units: Decimal,
) -> Decimal:
    """What is filled. Where that is not told, a position counts as filled once it may be."""
    amount = decimal_or_none(data.get("entered_amount"))
    if amount is not None:
        return amount
    status = status_of(entity)
    waits = status is None or status in _UNFILLED
    filled = not waits or entity.get("is_position_not_filled") is False
    return units if filled else Decimal(0)


def identity(entity: Mapping[str, object]) -> int:
    """The id of an entity, a whole number of 1 to 18 digits. Raises ``MalformedEntity``."""
    value = entity.get("id")
    number = int(value) if isinstance(value, str) and re.fullmatch(_ID, value) else value
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < _ID_END:
        raise MalformedEntity("no integer id")
    return number


def account_of(entity: Mapping[str, object]) -> int | None:
    """The id of the account an entity is on; ``None`` for what no account can have."""
    account = table(entity.get("account")) or {}
    number = whole(account.get("id", entity.get("account_id")))
    return number if number is not None and 0 < number < _ID_END else None


def decimal_or_none(value: object) -> Decimal | None:
    """A number or decimal string of an answer; None for null, NaN and what is no number."""
    if value is None:
        return None
    if type(value) is Decimal:
        number = value
    elif isinstance(value, (str, int)) and not isinstance(value, bool):
        try:
            number = Decimal(value)
        except InvalidOperation:
            return None
    else:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= MAX_DIGITS else None


_MOST_DECIMALS = 18
_FINEST = Decimal(1).scaleb(-_MOST_DECIMALS)


def _amount(value: object) -> Decimal | None:
    """A number of a body, to the 18 decimals a plan can say: averages come with up to 36."""
    number = decimal_or_none(value)
    if number is None or isinstance(value, int) or written_decimals(number) <= _MOST_DECIMALS:
        return number
    with localcontext(prec=len(number.as_tuple().digits) + _MOST_DECIMALS):
        return number.quantize(_FINEST)


def _position(body: Mapping[str, object], skip_enter_step: bool) -> Position:
    units = _amount((table(body.get("units")) or {}).get("value"))
    type_, order_type = body.get("type"), body.get("order_type")
    if type_ not in {"buy", "sell"} or units is None:
        raise MalformedEntity("no position type or units")
    price = _amount((table(body.get("price")) or {}).get("value"))
    conditional = None
    if order_type == "conditional":
        conditional = _conditional(table(body.get("conditional")), OPENED_BY[type_].opens_at)
    priced = order_type == "limit" or skip_enter_step
    if conditional is not None and conditional.order_type == "limit":
        priced = True
    return Position(
        type="buy" if type_ == "buy" else "sell",
        order_type=order_type if order_type in {"limit", "conditional"} else "market",
        units=units,
        # What a market entry shows as its price is an estimate, later the average paid.
        price=price if priced else None,
        conditional=conditional,
    )


def _conditional(body: Mapping[str, object] | None, entry_type: PriceType) -> Conditional | None:
    price = table((body or {}).get("price")) or {}
    trigger = _amount(price.get("value"))
    if body is None or trigger is None:
        return None
    # The current create page nests `trailing` under `price`; everything else puts it beside.
    trailing = table(body.get("trailing")) or table(price.get("trailing"))
    return Conditional(
        price=trigger,
        price_type=_price_type(price.get("type"), entry_type),
        order_type=_order_type(body.get("order_type")),
        trailing=_trailing(trailing),
    )


def _take_profit(
    body: Mapping[str, object] | None, exit_type: PriceType
) -> tuple[TakeProfitStep, ...]:
    if body is None or not is_on(body.get("enabled")):
        return ()
    steps = body.get("steps")
    listed = steps if isinstance(steps, list) else []
    return tuple(_step(step, exit_type) for step in map(table, listed) if step is not None)


def _step(body: Mapping[str, object], exit_type: PriceType) -> TakeProfitStep:
    price = table(body.get("price")) or {}
    return TakeProfitStep(
        order_type=_order_type(body.get("order_type")),
        price_type=_price_type(price.get("type"), exit_type),
        volume=_amount(body.get("volume")) or Decimal(0),
        price=_amount(price.get("value")),
        percent=_amount(price.get("percent")),
        trailing=_trailing(table(body.get("trailing"))),
        id=whole(body.get("id")),
        status=status_of(body),
        editable=body.get("editable") is not False,
    )


def _stop_loss(body: Mapping[str, object] | None, exit_type: PriceType) -> StopLoss | None:
    if body is None or not is_on(body.get("enabled")):
        return None
    conditional = table(body.get("conditional")) or {}
    trigger = table(conditional.get("price")) or {}
    timeout = table(body.get("timeout")) or {}
    order_type = _order_type(body.get("order_type"))
    limit = _amount((table(body.get("price")) or {}).get("value"))
    seconds = whole(timeout.get("value")) if is_on(timeout.get("enabled")) else None
    return StopLoss(
        order_type=order_type,
        price_type=_price_type(trigger.get("type"), exit_type),
        trigger=_amount(trigger.get("value")),
        percent=_amount(trigger.get("percent")),
        price=limit if order_type == "limit" else None,
        trailing=_trailing(table(conditional.get("trailing"))),
        timeout=seconds,
        breakeven=is_on(body.get("breakeven")),
    )


def _trailing(body: Mapping[str, object] | None) -> Trailing | None:
    if body is None or not is_on(body.get("enabled")):
        return None
    percent = _amount(body.get("percent"))
    # A take profit trailing may come back negative, a stop loss trailing as null.
    return Trailing(percent.copy_abs() if percent is not None else None)


def _leverage(body: Mapping[str, object] | None) -> Leverage | None:
    if body is None or not is_on(body.get("enabled")):
        return None
    margin: dict[object, Margin] = {"isolated": "isolated", "custom": "isolated", "cross": "cross"}
    return Leverage(type=margin.get(body.get("type")), value=_amount(body.get("value")))


# A16
def _editable(entity: Mapping[str, object], data: Mapping[str, object]) -> Editable:
    position = table(entity.get("position")) or {}
    leverage = table(entity.get("leverage")) or {}

    def allowed(group: Mapping[str, object] | None, key: str = "editable") -> bool:
        return (group or {}).get(key) is not False

    return Editable(
        trade=allowed(data),
        # Recorded: position.editable and units.editable are false of every entry that waits.
        entry=allowed(table(position.get("price"))),
        conditional=allowed(table(position.get("conditional"))),
        stop_loss=allowed(table(entity.get("stop_loss"))),
        leverage=allowed(leverage, "type_editable"),
    )


def table(value: object) -> Mapping[str, object] | None:
    """A JSON object of an answer; ``None`` for anything else."""
    return value if isinstance(value, dict) else None


def status_of(part: object) -> str | None:
    """The status of a trade, a group or a step, which comes as an object or as bare text."""
    status = (table(part) or {}).get("status")
    return _text(status.get("type") if isinstance(status, dict) else status)


def is_on(value: object) -> bool:
    """Whether a switch of a body is on, quoted or not."""
    return value is True or value == "true"


def _text(value: object) -> str | None:
    return str(value) if value is not None and value != "" else None


def whole(value: object) -> int | None:
    """A whole number of an answer; ``None`` for anything else."""
    if type(value) is int and abs(value) < _ID_END:
        return value
    number = decimal_or_none(value)
    return int(number) if number is not None and number == number.to_integral_value() else None


def _order_type(value: object) -> OrderType:
    return "limit" if value == "limit" else "market"


def _price_type(value: object, default: PriceType) -> PriceType:
    return value if value in {"bid", "ask", "last"} else default
