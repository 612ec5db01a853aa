"""The rules, one module per family; those that need no exchange are registered from here."""

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
