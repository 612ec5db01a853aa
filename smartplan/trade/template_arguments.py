"""What templates hand to our functions, read with care, and how results are written.

Numbers are Decimals, ints or decimal text; a binary float is refused, as is anything else that
makes no sense: ``ValueError`` with one sentence for the author.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import wraps
from typing import ParamSpec, TypeVar

from smartplan.document.expressions import kind_of
from smartplan.document.mistakes import Mistake
from smartplan.document.scalars import number_text, read_loosely
from smartplan.trade.call import misuse
from smartplan.trade.model import Side
from smartplan.trade.rounding import exact

Number = Decimal | int | str
Numbers = Iterable[Number] | Number

DECIMALS = 8
SIGNIFICANT_DIGITS = 6
MAX_DIGITS = 30
"""On either side of the point: ``1e999999999`` must not become text."""

_DECIMAL_TEXT = re.compile(r"-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,18})?")
_SIDES = {"buy": Side.LONG, "long": Side.LONG, "sell": Side.SHORT, "short": Side.SHORT}

_P = ParamSpec("_P")
_R = TypeVar("_R")
_T = TypeVar("_T")


FILTERS = ("tick", "lot")
"""The functions that stand behind what they work on: ``x | lot(step)``."""


class NotANumber(Mistake, ValueError):
    """An argument that has to be a number, with what was given for it."""

    def __init__(self, message: str, text: str) -> None:
        meant = read_loosely(text)
        hint = f"write `{number_text(meant)}`" if meant is not None else "write a number alone"
        super().__init__(message, hint, text=text)

    def in_call(self, function: str) -> "NotANumber":
        """The same as an argument of a function."""
        return NotANumber(f"{function}: {self}", self.text)


def for_authors(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Run exactly, and say whose arguments are wrong."""

    @wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return exact(function)(*args, **kwargs)
        except ArithmeticError as error:
            raise ValueError(f"{function.__name__}: the numbers are out of range") from error
        except NotANumber as error:
            raise error.in_call(function.__name__) from error
        except (TypeError, ValueError) as error:
            said = misuse(function, args, kwargs, filtering=function.__name__ in FILTERS)
            raise ValueError(f"{function.__name__}: {said or error}") from error

    return call


def number(value: object, name: str) -> Decimal:
    """A number of any of the kinds."""
    if isinstance(value, str):
        if not _DECIMAL_TEXT.fullmatch(value):
            raise NotANumber(f"{name} must be a decimal number, not {value!r}", value)
        return Decimal(value)
    if isinstance(value, float):
        raise TypeError(f"{name} is a binary float ({value!r}): give a Decimal or decimal text")
    if value is None or isinstance(value, (list, tuple, dict)):
        raise NotANumber(f"{name} must be a decimal number, not {kind_of(value)}", "")
    if isinstance(value, bool) or not isinstance(value, (Decimal, int)):
        # str() lets an undefined template variable speak for itself.
        raise TypeError(f"{name} must be a decimal number, not {str(value)!r}")
    found = Decimal(value)
    exponent = found.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -MAX_DIGITS or found.adjusted() > MAX_DIGITS:
        raise ValueError(f"{name} is out of range: {found}")
    return found


def flag(value: object, name: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be true or false")
    return value


def positive(value: object, name: str) -> Decimal:
    """A number above 0."""
    found = number(value, name)
    if found <= 0:
        raise ValueError(f"{name} must be above 0, not {number_text(found)}")
    return found


def count(value: object) -> int:
    """A whole number from 1 to 1000."""
    found = positive(value, "n")
    if found % 1 or found > 1000:
        raise ValueError(f"n must be a whole number up to 1000, not {number_text(found)}")
    return int(found)


def numbers(value: object, name: str) -> list[Decimal]:
    """One number, or each of a list that is not empty."""
    if isinstance(value, (Decimal, int, str)) or not isinstance(value, Iterable):
        return [number(value, name)]
    found = [number(item, name) for item in value]
    if not found:
        raise ValueError(f"{name} must not be empty")
    return found


def each(value: object, change: Callable[[Decimal], Decimal]) -> Decimal | list[Decimal]:
    """The same change to one number, or to each of a list."""
    changed = [shortest(change(one)) for one in numbers(value, "value")]
    return changed[0] if isinstance(value, (Decimal, int, str)) else changed


def one_of(choices: Mapping[str, _T], value: object, name: str) -> _T:
    """What a word stands for."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {str(value)!r}")
    return choices[value]


def side(value: object) -> Side:
    """A direction by its word."""
    return one_of(_SIDES, value, "side")


def towards_more(side: Side) -> str:
    """The rounding that makes a position gain more."""
    return ROUND_CEILING if side is Side.LONG else ROUND_FLOOR


def shortest(value: Decimal) -> Decimal:
    """Without zeros at the end."""
    return Decimal(number_text(value))


def kept(value: Decimal, rounding: str) -> Decimal:
    """To 8 decimals, or to 6 significant digits where that is more."""
    places = max(DECIMALS, SIGNIFICANT_DIGITS - 1 - value.adjusted())
    return shortest(value.quantize(Decimal(1).scaleb(-places), rounding=rounding))
