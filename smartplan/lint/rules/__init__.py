"""The rules, one module per family, registered from here.

Those that need the exchange are registered when one of them is asked for.
"""

from smartplan.lint.registry import RULES
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


def _online() -> None:
    from smartplan.lint.rules import account, funds, market, order_limits  # noqa: F401  # they register


RULES.defer(_online)
