"""The rules, one module per family."""

from smartplan.lint.rules import (
    entry,
    exits,
    exits_shape,
    fees,
    geometry,
    hygiene,
    leverage,
    policy,
    text,
)

__all__ = [
    "entry",
    "exits",
    "exits_shape",
    "fees",
    "geometry",
    "hygiene",
    "leverage",
    "policy",
    "text",
]
