"""Numbers as the service reads and writes them."""

import re
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Decimal

_PLAIN = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,36})?([eE]-?[0-9]{1,2})?", re.ASCII)

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
FINEST = Decimal("1E-18")
"""The smallest step of a price or amount that a plan can say."""


def read_decimal(value: object) -> Decimal | None:
    """A JSON number or a numeric string as ``Decimal``; ``None`` for anything else.

    Absurd magnitudes are no numbers either: written out they would fill the memory.
    """
    numeric = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if not numeric and not (isinstance(value, str) and _PLAIN.fullmatch(value)):
        return None
    number = Decimal(str(value))
    return number if number.is_finite() and -36 <= number.adjusted() <= 20 else None


def decimal_text(value: Decimal) -> str:
    """Trimmed, never an exponent, but with one decimal: ``"100.0"``, ``"0.0000028"``."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0")
        return text + "0" if text.endswith(".") else text
    return text + ".0"


def optional_text(value: Decimal | None) -> str | None:
    """``decimal_text``, or ``None`` for a number the service does not have yet."""
    return None if value is None else decimal_text(value)


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of ``step`` that is not above ``value``; any value for step 0."""
    return (value / step).to_integral_value(ROUND_FLOOR) * step if step else value


def ceil_to(value: Decimal, step: Decimal) -> Decimal:
    """The smallest multiple of ``step`` that is not below ``value``; any value for step 0."""
    return (value / step).to_integral_value(ROUND_CEILING) * step if step else value


def truncate_to(value: Decimal, step: Decimal) -> Decimal:
    """Towards zero, as the service shows averages (0.107068… is shown as 0.10706)."""
    return (value / step).to_integral_value(ROUND_DOWN) * step if step else value


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Whether ``value`` lies on the grid of ``step``."""
    return not step or value % step == 0
