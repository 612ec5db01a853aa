"""Exact Decimal arithmetic, and rounding to what an exchange accepts."""

from collections.abc import Callable
from decimal import (
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    InvalidOperation,
    Overflow,
    getcontext,
    setcontext,
)
from functools import wraps
from typing import Literal, ParamSpec, TypeVar

from smartplan.document.scalars import number_text
from smartplan.trade.model import Side

MONEY = Context(prec=50, traps=[InvalidOperation, DivisionByZero, Overflow, FloatOperation])
"""The one context of all arithmetic on money: a binary float that strays in is an error."""


def rounding(direction: str) -> Context:
    """:data:`MONEY`, with inexact digits in a direction such as ``ROUND_FLOOR``."""
    context = MONEY.copy()
    context.rounding = direction
    return context


PriceRole = Literal["entry", "tp", "sl", "sl_limit", "breakeven"]
"""What a price is for: entry, take profit, stop loss trigger, stop loss limit, break-even."""

_RISES_FOR_LONG: dict[PriceRole, bool] = {
    "entry": False,
    "tp": False,
    "sl": True,
    "sl_limit": False,
    "breakeven": True,
}

_P = ParamSpec("_P")
_R = TypeVar("_R")


def exact(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Run a function under :data:`MONEY`, whatever context its caller has."""

    @wraps(function)
    def under_money(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        callers = getcontext()
        if callers is MONEY:
            return function(*args, **kwargs)
        setcontext(MONEY)
        try:
            return function(*args, **kwargs)
        finally:
            setcontext(callers)

    return under_money


@exact
def floor_to_step(value: Decimal, step: Decimal) -> Decimal:
    """The greatest multiple of ``step`` that is not above ``value``."""
    count, rest = _divide_by_step(value, step)
    return (count - 1 if rest < 0 else count) * step


@exact
def ceil_to_step(value: Decimal, step: Decimal) -> Decimal:
    """The least multiple of ``step`` that is not below ``value``."""
    count, rest = _divide_by_step(value, step)
    return (count + 1 if rest > 0 else count) * step


def round_price(value: Decimal, tick: Decimal, *, role: PriceRole, side: Side) -> Decimal:
    """A price as a multiple of the tick, rounded to the careful side of its role.

    A long buys and takes profit lower, stops earlier, lets its stop limit reach further and breaks
    even higher; a short mirrors all of it.
    """
    rises = _RISES_FOR_LONG[role] is (side is Side.LONG)
    return ceil_to_step(value, tick) if rises else floor_to_step(value, tick)


def _divide_by_step(value: Decimal, step: Decimal) -> tuple[Decimal, Decimal]:
    if step <= 0:
        raise ValueError(f"a step must be above 0, not {number_text(step)}")
    return divmod(value, step)
