"""The rules, one module per family."""

from smartplan.lint.rules import (
    account,
    entry,
    exits,
    exits_shape,
    fees,
    geometry,
    hygiene,
    leverage,
    market,
    order_limits,
    policy,
    text,
)

__all__ = [
    "account",
    "entry",
    "exits",
    "exits_shape",
    "fees",
    "geometry",
    "hygiene",
    "leverage",
    "market",
    "order_limits",
    "policy",
    "text",
]
