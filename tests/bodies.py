"""Bodies of requests: those of the user's document, and what many tests begin with."""

import json
from decimal import Decimal
from pathlib import Path

_TEXT = (Path(__file__).parent / "data" / "documented_bodies.json").read_text(encoding="utf-8")
DOCUMENTED = json.loads(_TEXT)
"""The example bodies of the user's document, by their titles."""
DOCUMENTED_EXACTLY = json.loads(_TEXT, parse_float=Decimal)

ENTRY = {
    "type": "buy",
    "order_type": "limit",
    "units": {"value": "0.01"},
    "price": {"value": "60000"},
}
FIRST_TARGET = {"order_type": "limit", "price": {"value": "66000", "type": "bid"}, "volume": "50"}
SECOND_TARGET = FIRST_TARGET | {"price": {"value": "72000", "type": "bid"}}
TRAILING_TARGET = SECOND_TARGET | {
    "order_type": "market",
    "trailing": {"enabled": True, "percent": "2"},
}
STOP = {
    "enabled": True,
    "order_type": "market",
    "conditional": {"price": {"value": "55000", "type": "bid"}},
}

LONG = {
    "account_id": 1,
    "pair": "USDT_BTC",
    "position": ENTRY,
    "take_profit": {"enabled": True, "steps": [FIRST_TARGET, SECOND_TARGET]},
    "stop_loss": STOP,
}
"""A long far below the market, with two targets and a stop."""
NAKED = LONG | {"stop_loss": {"enabled": False}}
SWING_BODY = LONG | {
    "note": "weekly support",
    "take_profit": {"enabled": True, "steps": [FIRST_TARGET, TRAILING_TARGET]},
    "stop_loss": STOP | {"breakeven": True},
}
"""What the plan ``tests.trades.SWING`` comes to, under account 1."""
