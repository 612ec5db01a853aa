"""The PATCH body of an update, and the fingerprint a decision is taken on.

API facts (update): always echo the live position.type, units and price; groups that do not change
are left out; ``take_profit.steps`` replaces the list, with the ids of steps that continue and
without finished ones; an enabled stop loss needs its order_type.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from smartplan.changes.diff import FieldChange, TradeDiff
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
    STOP_TRIGGER,
    group_fields,
    immutable_fields,
    value_text,
)
from smartplan.trade.model import FROZEN_STEPS, LiveTrade, StopLoss, TakeProfitStep, Trade
from smartplan.trade.profit import percent_stop, percent_target
from smartplan.trade.wire import decimal_or_none


def patch_body(
    desired: Trade, live: LiveTrade, found: TradeDiff, changes: tuple[FieldChange, ...]
) -> dict[str, Json]:
    """The body that makes ``changes``, which are the ones the plan made, and nothing else."""
    touched = {change.path[0] for change in changes}
    body: dict[str, Json] = {}
    if "leverage" in touched:
        body["leverage"] = leverage_json(desired.leverage)
    body["position"] = _position(desired, live, changes)
    if "take_profit" in touched:
        body["take_profit"] = take_profit_json(_steps(desired, live))
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
    price = source.price if changing else _live_price(live)
    if price is not None:
        out["price"] = {"value": number_text(price)}
    if changing and source.conditional is not None:
        out["conditional"] = conditional_json(source.conditional)
    return out


def _live_price(live: LiveTrade) -> Decimal | None:
    position = live.raw.get("position")
    price = position.get("price") if isinstance(position, Mapping) else None
    return decimal_or_none(price.get("value")) if isinstance(price, Mapping) else None


def _steps(desired: Trade, live: LiveTrade) -> Iterator[TakeProfitStep]:
    listed = live.trade.take_profit
    for index, step in enumerate(desired.take_profit):
        counterpart = listed[index] if index < len(listed) else None
        if counterpart is not None and counterpart.status in FROZEN_STEPS:
            continue
        priced = _as_price(step, live)
        yield replace(priced, id=counterpart.id if counterpart is not None else None)


def _as_price(step: TakeProfitStep, live: LiveTrade) -> TakeProfitStep:
    """Percent is taken only before the fill; afterwards the price it means is sent."""
    entry = average_entry(live)
    if step.percent is None or not live.entered or entry is None:
        return step
    price = percent_target(live.trade.side, entry=entry, percent=step.percent)
    return replace(step, price=price, percent=None)


def _stop_loss(desired: Trade, live: LiveTrade, found: TradeDiff) -> StopLoss | None:
    wanted, current = desired.stop_loss, live.trade.stop_loss
    if wanted is None:
        return None
    entry = average_entry(live)
    if wanted.percent is not None and live.entered and entry is not None:
        trigger = percent_stop(live.trade.side, entry=entry, percent=wanted.percent)
        wanted = replace(wanted, trigger=trigger, percent=None)
    if current is None:
        return wanted
    # A stop that the service moved (breakeven, trailing) is sent back where it stands now.
    if STOP_TRIGGER in found.kept and current.trigger is not None:
        wanted = replace(wanted, trigger=current.trigger, percent=None)
    if STOP_LIMIT in found.kept and current.price is not None and wanted.price is not None:
        wanted = replace(wanted, price=current.price)
    return wanted


def average_entry(live: LiveTrade) -> Decimal | None:
    """The average entry price of an entered trade, in quote per base."""
    data = live.raw.get("data")
    average = data.get("average_enter_price") if isinstance(data, Mapping) else None
    return decimal_or_none(average) or _live_price(live)


def fingerprint(live: LiveTrade) -> str:
    """What a decision about a live trade was taken on: body, status, editable flags, note."""
    fields = {**immutable_fields(live.trade)}
    for group in group_fields(live.trade).values():
        fields |= group
    seen = {
        "fields": sorted((str(path), value_text(value)) for path, value in fields.items()),
        "status": live.status,
        "entered": live.entered,
        "steps": [step.status for step in live.trade.take_profit],
        "editable": str(live.editable),
        "note": str(live.raw.get("note_raw") or live.raw.get("note") or ""),
    }
    text = json.dumps(seen, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
