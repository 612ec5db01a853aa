"""The PATCH body of an update.

API facts (update): always echo the live position.type, units and price, and the condition that an
entry waits for (mandatory in the documentation); groups that do not change are left out;
``take_profit.steps`` replaces the list, with the ids of steps that continue and without finished
ones; an enabled stop loss needs its order_type.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from smartplan.changes.diff.attribution import Cause
from smartplan.changes.diff.comparable_fields import in_prices
from smartplan.changes.diff.field_change import FieldChange
from smartplan.changes.diff.trade_diff import TradeDiff
from smartplan.document.scalars import number_text
from smartplan.trade.bodies import (
    Json,
    conditional_json,
    leverage_json,
    stop_loss_json,
    take_profit_json,
)
from smartplan.trade.fields import (
    STOP_LIMIT,
    STOP_PERCENT,
    STOP_TRIGGER,
    Group,
    step_path,
)
from smartplan.trade.model import (
    FROZEN_STEPS,
    Conditional,
    LiveTrade,
    StopLoss,
    TakeProfitStep,
    Trade,
)
from smartplan.trade.position import shown_price


def patch_body(
    desired: Trade, live: LiveTrade, found: TradeDiff, changes: tuple[FieldChange, ...]
) -> dict[str, Json]:
    """The body that makes ``changes``, which are the ones the plan made, and nothing else."""
    touched = {change.path[0] for change in changes}
    body: dict[str, Json] = {}
    # A09, A10, A27: what is left out stays.
    if "leverage" in touched:
        body["leverage"] = leverage_json(desired.leverage)
    body["position"] = _position(desired, live, changes)
    if "take_profit" in touched:
        body["take_profit"] = take_profit_json(_steps(desired, live, found))
    if "stop_loss" in touched:
        body["stop_loss"] = stop_loss_json(_stop_loss(desired, live, found))
    return body


def _position(desired: Trade, live: LiveTrade, changes: tuple[FieldChange, ...]) -> dict[str, Json]:
    changing = any(change.path[0] == "position" for change in changes)
    source = desired.position if changing else live.trade.position
    out: dict[str, Json] = {
        "type": source.type,
        "units": {"value": number_text(source.units)},
    }
    wanted = source.price if changing else None
    # A11
    price = wanted if wanted is not None else shown_price(live)
    if price is not None:
        out["price"] = {"value": number_text(price)}
    condition = source.conditional if changing else _waiting_condition(desired, live)
    if condition is not None:
        out["conditional"] = conditional_json(condition)
    return out


def _waiting_condition(desired: Trade, live: LiveTrade) -> Conditional | None:
    """The trigger an entry still waits for, as it stands; its percent may not be echoed."""
    shown, planned = live.trade.position.conditional, desired.position.conditional
    if shown is None or live.entered or not live.editable.conditional:
        return None
    echoed = shown.trailing is None or shown.trailing.percent is not None
    return shown if echoed or planned is None else replace(shown, trailing=planned.trailing)


def _steps(desired: Trade, live: LiveTrade, found: TradeDiff) -> Iterator[TakeProfitStep]:
    listed = live.trade.take_profit
    for index, step in enumerate(in_prices(desired, live, found.tick).take_profit):
        if index >= len(listed):
            yield step
            continue
        counterpart = listed[index]
        if counterpart.status in FROZEN_STEPS:
            continue
        # A percent that the service has turned into a price is sent back as that price.
        converted = (*step_path(index), "price", "percent") in found.kept
        price = counterpart.price if converted and counterpart.price is not None else step.price
        # A12, A18
        yield replace(step, price=price, id=counterpart.id)


def _all_steps(desired: Trade, live: LiveTrade, found: TradeDiff) -> Iterator[TakeProfitStep]:
    """The plan's steps in its order, those that are over as they have ended."""
    sent, listed = _steps(desired, live, found), live.trade.take_profit
    for index in range(len(desired.take_profit)):
        if index < len(listed) and listed[index].status in FROZEN_STEPS:
            yield listed[index]
        else:
            yield next(sent)


def _stop_loss(desired: Trade, live: LiveTrade, found: TradeDiff) -> StopLoss | None:
    wanted, current = in_prices(desired, live, found.tick).stop_loss, live.trade.stop_loss
    if wanted is None or current is None:
        return wanted
    # A30: a stop that the service moved (breakeven, trailing, percent) goes back where it stands.
    moved = {STOP_TRIGGER, STOP_PERCENT} & found.kept
    if moved and current.trigger is not None:
        wanted = replace(wanted, trigger=current.trigger, percent=None)
    if STOP_LIMIT in found.kept and current.price is not None and wanted.price is not None:
        wanted = replace(wanted, price=current.price)
    return wanted


def patched(desired: Trade, live: LiveTrade, found: TradeDiff) -> Trade:
    """The live trade as it is once the plan's changes are made; what is held up stays as it is.

    A position that is entered stays the one that was bought.
    """
    held = {group.group for group in found.groups if group.cause is not Cause.PLAN}
    now = live.trade
    entry, steps = Group.ENTRY in held, tuple(_all_steps(desired, live, found))
    return replace(
        now,
        position=now.position if entry or live.entered else desired.position,
        leverage=now.leverage if entry else desired.leverage,
        take_profit=now.take_profit if Group.TAKE_PROFIT in held else steps,
        stop_loss=now.stop_loss if Group.STOP_LOSS in held else _stop_loss(desired, live, found),
    )


def stop_body(live: LiveTrade, stop: StopLoss) -> dict[str, Json]:
    """The body that replaces the stop loss and nothing else."""
    return {"position": _position(live.trade, live, ()), "stop_loss": stop_loss_json(stop)}
