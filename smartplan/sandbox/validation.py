"""Create and update bodies → trades; what does not fit is refused with the service's keys (400)."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from smartplan.sandbox.decimals import HUNDRED, ZERO
from smartplan.sandbox.fields import Errors, Fields
from smartplan.sandbox.groups import (
    read_condition,
    read_entry,
    read_leverage,
    read_stop,
    read_targets,
    read_value,
    with_condition,
)
from smartplan.sandbox.rejection import invalid
from smartplan.sandbox.trade import EntryOrder, ExchangeTrade, StopOrder, TargetOrder

NOTE_LIMIT = 300
BREAKEVEN_STEPS = 2


def read_create(body: Mapping[str, object], now: datetime) -> ExchangeTrade:
    """A new trade, without ids; raises ``Rejection`` (400) naming every fault at once."""
    errors: Errors = {}
    fields = Fields(body, "", errors)
    account_id = fields.integer("account_id")
    pair = fields.text("pair")
    instant = fields.boolean("instant")
    skip = fields.boolean("skip_enter_step")
    note = read_note(fields, required=False)
    leverage = fields.child("leverage")
    position = fields.child("position", required=True)
    entry = read_entry(position, skip=skip) if position else None
    _check_mode(fields, entry, instant=instant, skip=skip)
    trailing_entry = entry is not None and entry.trailing is not None
    exits = _enabled(fields, "take_profit", instant=instant)
    targets = read_targets(exits, trailing_entry=trailing_entry) if exits else ()
    guard = _enabled(fields, "stop_loss", instant=instant)
    stop = read_stop(guard, trailing_entry=trailing_entry, known=None) if guard else None
    _check_volumes(fields, targets)
    _check_breakeven(fields, stop, targets)
    bought = read_leverage(leverage) if leverage else None
    if errors or account_id is None or pair is None or entry is None:
        raise invalid(errors)
    return ExchangeTrade(
        account_id=account_id,
        pair=pair,
        entry=entry,
        instant=instant,
        skip_enter_step=skip,
        leverage=bought,
        take_profit=exits is not None,
        targets=targets,
        stop=stop,
        note=note,
        created_at=now,
        updated_at=now,
    )


def read_note(fields: Fields, *, required: bool) -> str | None:
    """The note, 1–300 characters."""
    note = fields.text("note", required=required)
    if note == "" and required:
        fields.fail("must be filled", "note")
    if note is not None and len(note) > NOTE_LIMIT:
        fields.fail(f"too long. Max is {NOTE_LIMIT} symbols", "note")
    return note or None


def _check_mode(fields: Fields, entry: EntryOrder | None, *, instant: bool, skip: bool) -> None:
    if instant and skip:
        fields.fail("is not available for instant trades", "skip_enter_step")
    if entry is not None and (instant or skip) and entry.order_type == "conditional":
        fields.fail("must be one of: market, limit", "position", "order_type")


def _enabled(fields: Fields, key: str, *, instant: bool) -> Fields | None:
    """A group of exits that is switched on; instant trades have none."""
    group = fields.child(key, required=not instant)
    if group is None or not group.boolean("enabled", required=True):
        return None
    if instant:
        group.fail("must be false for instant trades", "enabled")
    return group


def _check_volumes(fields: Fields, targets: tuple[TargetOrder, ...]) -> None:
    if targets and not fields.errors and _volume(targets) != HUNDRED:
        fields.fail("sum of volumes must be equal to 100", "take_profit", "steps")


def _check_breakeven(
    fields: Fields, stop: StopOrder | None, targets: tuple[TargetOrder, ...]
) -> None:
    lonely = stop is not None and stop.breakeven and len(targets) < BREAKEVEN_STEPS
    if lonely and not fields.errors:
        fields.fail("requires at least two take profit steps", "stop_loss", "breakeven")


def _volume(targets: tuple[TargetOrder, ...]) -> Decimal:
    return sum((target.volume for target in targets), ZERO)


def read_update(body: Mapping[str, object], trade: ExchangeTrade) -> ExchangeTrade:
    """The trade with the groups of the body applied; groups left out stay as they are.

    account_id, pair, instant, skip_enter_step, note, position.type and position.order_type are
    not parameters of this call and are ignored. A part that is not editable any more is ignored
    too. Raises ``Rejection`` (400).
    """
    errors: Errors = {}
    fields = Fields(body, "", errors)
    changed = _update_position(fields, trade)
    leverage = fields.child("leverage")
    if leverage is not None:
        changed = replace(changed, leverage=read_leverage(leverage))
    # The service takes percents until a trailing entry is finished, prices from then on.
    trailing_entry = changed.entry.trailing is not None and not trade.entered
    changed = _update_take_profit(fields, changed, trailing_entry=trailing_entry)
    changed = _update_stop_loss(fields, changed, trailing_entry=trailing_entry)
    if errors:
        raise invalid(errors)
    return changed


def _update_position(fields: Fields, trade: ExchangeTrade) -> ExchangeTrade:
    position = fields.child("position")
    if position is None:
        return trade
    units = read_value(position, "units")
    conditional = position.child("conditional")
    if trade.entered or trade.entry.order_type != "conditional":
        conditional = None
    entry = trade.entry
    if conditional is not None:
        entry = with_condition(entry, read_condition(conditional))
    limit = "limit" in (entry.order_type, entry.conditional_type)
    price = read_value(position, "price", required=limit and not trade.entered)
    if trade.skip_enter_step and price is not None:
        total = trade.entered_amount * price
        return replace(trade, entry=replace(entry, price=price), entered_total=total)
    if trade.entered:
        return trade
    kept = entry.price if limit else None
    return replace(trade, entry=replace(entry, units=units or entry.units, price=price or kept))


def _update_take_profit(
    fields: Fields, trade: ExchangeTrade, *, trailing_entry: bool
) -> ExchangeTrade:
    group = fields.child("take_profit")
    if group is None:
        return trade
    kept = tuple(target for target in trade.targets if not target.open)
    if not group.boolean("enabled", required=True):
        return replace(trade, take_profit=bool(kept), targets=kept)
    kept_ids = {target.id for target in kept}
    sent = read_targets(group, trailing_entry=trailing_entry)
    fresh = tuple(target for target in sent if not (target.id and target.id in kept_ids))
    known = {target.id: target for target in trade.targets if target.open}
    for target in fresh:
        if target.id and target.id not in known:
            group.fail(f"step {target.id} is not a step of this trade", "steps")
    fresh = tuple(known[t.id].continued_by(t) if t.id in known else t for t in fresh)
    filled = tuple(target for target in kept if target.status != "cancelled")
    # After a step was cancelled the live volumes need not add up to 100 (35 + 35 was seen).
    allowed = (HUNDRED - _volume(filled), _volume(tuple(known.values())))
    if not fields.errors and _volume(fresh) not in allowed:
        group.fail("sum of volumes must be equal to 100", "steps")
    return replace(trade, take_profit=True, targets=(*kept, *fresh))


def _update_stop_loss(
    fields: Fields, trade: ExchangeTrade, *, trailing_entry: bool
) -> ExchangeTrade:
    group = fields.child("stop_loss")
    if group is None:
        return trade
    if not group.boolean("enabled", required=True):
        return replace(trade, stop=None)
    stop = read_stop(group, trailing_entry=trailing_entry, known=trade.stop)
    if stop is not None and trade.stop is not None:
        stop = trade.stop.continued_by(stop)
    changed = replace(trade, stop=stop)
    _check_breakeven(fields, stop, changed.targets)
    return changed
