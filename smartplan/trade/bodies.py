"""The canonical trade to request bodies: real booleans, decimal strings, only documented keys."""

from collections.abc import Iterable
from decimal import Decimal

from smartplan.document.scalars import number_text
from smartplan.trade.model import (
    Conditional,
    Leverage,
    Position,
    StopLoss,
    TakeProfitStep,
    Trade,
    Trailing,
)

Json = dict[str, "Json"] | list["Json"] | str | int | bool | None
"""What is sent: money as decimal strings, so there are no JSON fractions."""


def create_body(trade: Trade, note: str) -> dict[str, Json]:
    """The POST body: decimal strings, real booleans, disabled groups as ``{"enabled": false}``."""
    body: dict[str, Json] = {"account_id": trade.account_id, "pair": trade.pair}
    if trade.instant:
        body["instant"] = True
    if trade.skip_enter_step:
        body["skip_enter_step"] = True
    if trade.leverage is not None:
        body["leverage"] = leverage_json(trade.leverage)
    body["position"] = position_json(trade.position)
    if not trade.instant:
        body["take_profit"] = take_profit_json(trade.take_profit)
        body["stop_loss"] = stop_loss_json(trade.stop_loss)
    body["note"] = note
    return body


def position_json(position: Position) -> dict[str, Json]:
    """``position`` of a create body."""
    out: dict[str, Json] = {
        "type": position.type,
        "order_type": position.order_type,
        "units": {"value": number_text(position.units)},
    }
    if position.price is not None:
        out["price"] = {"value": number_text(position.price)}
    if position.conditional is not None:
        out["conditional"] = conditional_json(position.conditional)
    return out


def conditional_json(conditional: Conditional) -> dict[str, Json]:
    """``position.conditional``; the trailing stands beside the price, not under it."""
    return {
        "price": {"value": number_text(conditional.price), "type": conditional.price_type},
        "order_type": conditional.order_type,
        "trailing": _trailing_json(conditional.trailing),
    }


def leverage_json(leverage: Leverage | None) -> dict[str, Json]:
    """``leverage``; ``{"enabled": false}`` for none."""
    if leverage is None:
        return {"enabled": False}
    out: dict[str, Json] = {"enabled": True}
    if leverage.type is not None:
        out["type"] = leverage.type
    if leverage.value is not None:
        out["value"] = number_text(leverage.value)
    return out


def take_profit_json(steps: Iterable[TakeProfitStep]) -> dict[str, Json]:
    """``take_profit``, with the ids of steps that continue."""
    listed: list[Json] = [_step_json(step) for step in steps]
    return {"enabled": True, "steps": listed} if listed else {"enabled": False}


def stop_loss_json(stop: StopLoss | None) -> dict[str, Json]:
    """``stop_loss``; order_type is always sent with an enabled one."""
    if stop is None:
        return {"enabled": False}
    out: dict[str, Json] = {"enabled": True, "breakeven": stop.breakeven}
    out["order_type"] = stop.order_type
    if stop.price is not None:
        out["price"] = {"value": number_text(stop.price)}
    conditional: dict[str, Json] = {
        "price": _price_json(stop.trigger, stop.percent, stop.price_type)
    }
    if stop.order_type == "market" or stop.trailing is not None:
        # Also where SP307 is ignored: it is the service's to refuse, not ours to drop.
        conditional["trailing"] = _trailing_json(stop.trailing)
    out["conditional"] = conditional
    timeout: dict[str, Json] = {"enabled": stop.timeout is not None}
    if stop.timeout is not None:
        timeout["value"] = stop.timeout
    out["timeout"] = timeout
    return out


def _step_json(step: TakeProfitStep) -> dict[str, Json]:
    out: dict[str, Json] = {} if step.id is None else {"id": step.id}
    out["order_type"] = step.order_type
    out["price"] = _price_json(step.price, step.percent, step.price_type)
    out["volume"] = number_text(step.volume)
    if step.order_type == "market":
        out["trailing"] = _trailing_json(step.trailing)
    return out


def _price_json(value: Decimal | None, percent: Decimal | None, type_: str) -> dict[str, Json]:
    out: dict[str, Json] = {}
    if value is not None:
        out["value"] = number_text(value)
    elif percent is not None:
        out["percent"] = number_text(percent)
    out["type"] = type_
    return out


def _trailing_json(trailing: Trailing | None) -> dict[str, Json]:
    if trailing is None:
        return {"enabled": False}
    # A15
    if trailing.percent is None:
        return {"enabled": True}
    return {"enabled": True, "percent": number_text(trailing.percent)}
