"""A plan and the entity the service would answer for it, both written by hand.

The entity follows the documented shape key by key; it comes from no code of ours.
"""

import copy
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from smartplan.document.tree import parse
from smartplan.trade.fields import Digests, digests
from smartplan.trade.model import LiveTrade, Marker, OnRemove
from smartplan.trade.parse import PlannedTrade, entries, planned
from smartplan.trade.wire import live_trade

ACCOUNTS = {"main": 1, "futures": 2}
WORKSPACE = "desk"

SWING = """\
account: main
pair: USDT_BTC
position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
take_profit:
  enabled: true
  steps:
    - {order_type: limit, price: {value: 66000, type: bid}, volume: 50}
    - order_type: market
      price: {value: 72000, type: bid}
      volume: 50
      trailing: {enabled: true, percent: 2}
stop_loss:
  enabled: true
  breakeven: true
  order_type: market
  conditional: {price: {value: 55000, type: bid}}
note: weekly support
"""


def plan(text: str = SWING, *, name: str = "btc-swing") -> PlannedTrade:
    """The one trade of a plan's text."""
    document = parse(text, f"plans/{name}.yaml").document
    assert document is not None
    (entry,) = entries(document)
    assert entry.name == name
    return planned(entry, ACCOUNTS)


def without(text: str, *lines: str) -> str:
    """The text without the lines that start with one of these."""
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith(lines)]
    assert len(kept) < len(text.splitlines())
    return "".join(kept)


def changed(old: str, new: str, text: str = SWING) -> str:
    """The text with one replacement, which must happen."""
    assert old in text
    return text.replace(old, new)


SWING_ENTITY: dict[str, Any] = {
    "id": 31000001,
    "version": 2,
    "account": {"id": 1, "type": "paper_trading", "name": "main", "market": "x", "link": "/a/1"},
    "pair": "USDT_BTC",
    "instant": False,
    "status": {"type": "waiting_position", "basic_type": "waiting_position", "title": "Waiting"},
    "leverage": {"enabled": False},
    "position": {
        "type": "buy",
        "editable": False,
        "units": {"value": "0.01", "editable": False},
        "price": {"value": "60000.0", "value_without_commission": "60000.0", "editable": True},
        "total": {"value": "600.0"},
        "order_type": "limit",
        "status": {"type": "order_placed", "title": "Order Placed"},
    },
    "take_profit": {
        "enabled": True,
        "price_type": "value",
        "steps": [
            {
                "id": 101,
                "order_type": "limit",
                "editable": True,
                "units": {"value": None},
                "price": {"type": "bid", "value": "66000.0", "percent": None},
                "volume": "50.0",
                "total": None,
                "trailing": {"enabled": False, "percent": None},
                "status": {"type": "idle", "title": "Pending"},
                "data": {"cancelable": True, "panic_sell_available": True},
                "position": 1,
            },
            {
                "id": 102,
                "order_type": "market",
                "editable": True,
                "units": {"value": None},
                "price": {"type": "bid", "value": "72000.0", "percent": None},
                "volume": "50.0",
                "total": None,
                "trailing": {"enabled": True, "percent": "-2.0"},
                "status": {"type": "idle", "title": "Pending"},
                "data": {"cancelable": True, "panic_sell_available": True},
                "position": 2,
            },
        ],
    },
    "stop_loss": {
        "enabled": True,
        "price_type": "value",
        "breakeven": True,
        "order_type": "market",
        "editable": True,
        "price": {"value": None, "percent": None},
        "conditional": {
            "price": {"value": "55000.0", "type": "bid", "percent": None},
            "trailing": {"enabled": False, "percent": None},
        },
        "timeout": {"enabled": False, "value": None},
        "status": {"type": "idle", "title": "Pending"},
    },
    "reduce_funds": {"steps": []},
    "market_close": {},
    "note": "weekly support",
    "note_raw": "weekly support",
    "skip_enter_step": False,
    "data": {
        "editable": True,
        "current_price": {"bid": "61000.0", "ask": "61000.01", "last": "61000.0"},
        "average_enter_price": None,
        "finished": False,
        "base_position_step_finished": False,
        "entered_amount": "0.0",
        "entered_total": "0.0",
        "closed_amount": "0.0",
        "closed_total": "0.0",
        "commission": Decimal("0.001"),
        "created_at": "2026-11-22T12:00:00.528Z",
        "updated_at": "2026-11-22T12:00:00.940Z",
        "type": "smart_trade",
    },
    "profit": {"volume": None, "usd": None, "percent": "0.0", "roe": None},
    "margin": {"amount": None, "total": None},
    "is_position_not_filled": True,
}
"""What SWING looks like while it waits for its entry."""

ENTERED: dict[str, object] = {
    "status.type": "waiting_targets",
    "position.price.editable": False,
    "position.units.value": "0.00999",
    "position.price.value": "60060.06",
    "position.status.type": "finished",
    "data.entered_amount": "0.01",
    "data.entered_total": "600.0",
    "data.average_enter_price": "60060.06",
    "data.base_position_step_finished": True,
    "is_position_not_filled": False,
}
"""What the fill of the entry changes: averages after commission, a fee taken in base."""

FIRST_TARGET_HIT: dict[str, object] = {
    **ENTERED,
    "take_profit.steps.0.editable": False,
    "take_profit.steps.0.status.type": "finished",
    "take_profit.steps.0.closed_at": "2026-11-23T08:00:00.000Z",
    "data.closed_amount": "0.005",
    "data.closed_total": "330.0",
}


def entity(
    edits: Mapping[str, object] | None = None, base: Mapping[str, Any] = SWING_ENTITY
) -> Any:
    """The entity with edits by dotted path; the value ``...`` removes the key."""
    made = copy.deepcopy(dict(base))
    for path, value in copy.deepcopy(dict(edits or {})).items():
        *parents, last = path.split(".")
        target: Any = made
        for key in parents:
            target = target[int(key)] if key.isdigit() else target.setdefault(key, {})
        if value is ...:
            del target[int(last) if last.isdigit() else last]
        elif last.isdigit():
            target[int(last)] = value
        else:
            target[last] = value
    return made


def note_of(
    trade: PlannedTrade, *, workspace: str = WORKSPACE, name: str | None = None, round_: int = 1,
    on_remove: OnRemove = OnRemove.KEEP, applied: Digests | None = None,
) -> str:  # fmt: skip
    """The note an apply of this plan leaves behind."""
    from smartplan.trade.marker import join_note

    marker = Marker(
        workspace=workspace,
        name=name or trade.name,
        round=round_,
        digests=applied or digests(trade.trade),
        on_remove=on_remove,
    )
    return join_note(trade.trade.note, marker)


def live(
    edits: Mapping[str, object] | None = None, *, applied: PlannedTrade | None = None, **mark: Any
) -> LiveTrade:
    """The live trade of the edited entity, under the marker of the plan that was applied last."""
    note = note_of(applied or plan(), **mark)
    return live_trade(entity({"note": note, "note_raw": note, **(edits or {})}))


TRIGGER = "stop_loss.conditional.price.value"
TRAILING_STOP = SWING.replace(
    "{price: {value: 55000, type: bid}}",
    "{price: {value: 55000, type: bid}, trailing: {enabled: true, percent: 8.5}}",
).replace("  breakeven: true\n", "")
TRAILING_STOP_LIVE = {
    "stop_loss.breakeven": False,
    "stop_loss.conditional.trailing": {"enabled": True, "percent": None},
}
TIGHTER = TRAILING_STOP.replace("percent: 8.5", "percent: 5")

PERCENT = """\
account: main
pair: USDT_BTC
position:
  type: buy
  order_type: conditional
  units: {value: 0.01}
  conditional: {price: {value: 60000}, order_type: market, trailing: {enabled: true, percent: 1}}
take_profit:
  enabled: true
  steps:
    - {order_type: limit, price: {percent: 10, type: bid}, volume: 40}
    - {order_type: limit, price: {percent: 20, type: bid}, volume: 60}
stop_loss:
  enabled: true
  order_type: market
  conditional: {price: {percent: 6, type: bid}}
"""


def percent_live(edits: Mapping[str, object] | None = None, *, filled: bool = False) -> LiveTrade:
    """The live trade of PERCENT, before or after its fill at 60000."""
    steps = "take_profit.steps"
    waiting = {
        "position.order_type": "conditional",
        "position.conditional": {
            "price": {"value": "60000.0", "type": "ask"}, "order_type": "market",
            "trailing": {"enabled": True, "percent": "1.0"},
        },
        f"{steps}.0.price": {"type": "bid", "value": None, "percent": "10.0"},
        f"{steps}.0.volume": "40.0",
        f"{steps}.1.price": {"type": "bid", "value": None, "percent": "20.0"},
        f"{steps}.1.volume": "60.0",
        f"{steps}.1.order_type": "limit",
        f"{steps}.1.trailing": {"enabled": False, "percent": None},
        "stop_loss.breakeven": False,
        "stop_loss.conditional.price": {"value": None, "type": "bid", "percent": "6.0"},
    }  # fmt: skip
    after = {
        **ENTERED,
        "data.average_enter_price": "60000.0",
        f"{steps}.0.price": {"type": "bid", "value": "66000.0", "percent": None},
        f"{steps}.1.price": {"type": "bid", "value": "72000.0", "percent": None},
        "stop_loss.conditional.price": {"value": "56400.0", "type": "bid", "percent": None},
    }
    return live({**waiting, **(after if filled else {}), **(edits or {})}, applied=plan(PERCENT))
