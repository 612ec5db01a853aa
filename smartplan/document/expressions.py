"""What template expressions compute: exact numbers, and values written as one line of YAML."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal, DivisionByZero, FloatOperation, InvalidOperation, Overflow

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError

from smartplan.document.reader import MAX_BYTES, MAX_DEPTH, MAX_NODES
from smartplan.document.scalars import number_text

ARITHMETIC = Context(
    prec=50,
    Emax=999_999,
    Emin=-999_999,
    traps=[InvalidOperation, DivisionByZero, Overflow, FloatOperation],
)


class Block(str):
    """Text a macro made: the only value that may hold line breaks."""

    __slots__ = ()


def to_number(value: object, operator: str) -> int | Decimal:
    """``value`` if it is a whole number or Decimal, else a TypeError naming ``operator``."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        if isinstance(value, StrictUndefined):
            value._fail_with_undefined_error()
        raise TypeError(f"`{operator}` needs numbers, not {_kind(value)}")
    return value


def _kind(value: object) -> str:
    if isinstance(value, float):
        return "a binary float"
    return f"{type(value).__name__} {str(value)[:40]!r}"


def arithmetic(operator: str, left: object, right: object) -> object:
    """One exact operation on whole numbers and Decimals (50 digits)."""
    if operator == "+" and isinstance(left, list) and isinstance(right, list):
        if len(left) + len(right) > MAX_NODES:
            raise SecurityError("a list too long for a plan")
        return [*left, *right]
    if operator == "**":
        raise SecurityError("powers are not available in templates")
    a, b = to_number(left, operator), to_number(right, operator)
    if isinstance(a, int) and isinstance(b, int) and operator in "+-*" and _small(a) and _small(b):
        return {"+": a + b, "-": a - b, "*": a * b}[operator]
    x, y = Decimal(a), Decimal(b)
    if operator in {"//", "%"}:
        return _floor(x, y, operator)
    result = {
        "+": ARITHMETIC.add,
        "-": ARITHMETIC.subtract,
        "*": ARITHMETIC.multiply,
        "/": ARITHMETIC.divide,
    }[operator](x, y)
    if operator == "/" and isinstance(a, int) and isinstance(b, int) and a % b == 0:
        return a // b
    return result


def _small(number: int) -> bool:
    return number.bit_length() <= 128


def _floor(x: Decimal, y: Decimal, operator: str) -> Decimal:
    quotient = ARITHMETIC.divide(x, y).to_integral_value(rounding="ROUND_FLOOR")
    if operator == "//":
        return quotient
    return ARITHMETIC.subtract(x, ARITHMETIC.multiply(quotient, y))


def plain(value: object) -> str:
    """A value as YAML text on one line: Decimals without exponent, true/false/null, flow lists."""
    if isinstance(value, Block):
        return value
    if isinstance(value, StrictUndefined):
        value._fail_with_undefined_error()
    if isinstance(value, str):
        if _LINE_BREAK.search(value):
            raise SecurityError("a value with a line break could add keys to the plan")
        return str(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value) if _small(value) else _refuseto_number()
    if isinstance(value, Decimal):
        return _decimal_text(value)
    if isinstance(value, Mapping | list | tuple | range):
        pieces: list[str] = []
        _write_flow(value, pieces, 0)
        return "".join(pieces)
    raise TypeError(f"{_kind(value)} cannot be written into a plan")


def _write_flow(value: object, pieces: list[str], depth: int) -> None:
    """Flow-style YAML of nested values, bounded: a list of itself twice doubles at each level."""
    if depth > MAX_DEPTH or len(pieces) > MAX_NODES:
        raise SecurityError("a value too deep or too large to be written into a plan")
    if isinstance(value, Mapping):
        pieces.append("{")
        for index, (key, item) in enumerate(value.items()):
            pieces.append(f"{', ' if index else ''}{_quoted(key)}: ")
            _write_flow(item, pieces, depth + 1)
        pieces.append("}")
    elif isinstance(value, list | tuple | range):
        pieces.append("[")
        for index, item in enumerate(value):
            pieces.append(", " if index else "")
            _write_flow(item, pieces, depth + 1)
        pieces.append("]")
    else:
        pieces.append(_quoted(value))


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else plain(value)


def bounded(texts: list[str]) -> str:
    """The texts joined, if that is not more than any plan may hold."""
    if sum(map(len, texts)) > MAX_BYTES:
        raise SecurityError("text longer than 1 MiB")
    return "".join(texts)


def _refuseto_number() -> str:
    raise SecurityError("a number far beyond any price or amount")


def _decimal_text(number: Decimal) -> str:
    if not number.is_finite() or abs(number.adjusted()) > 60:
        return _refuseto_number()
    return number_text(number)


_LINE_BREAK = re.compile(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def _indent(text: str, width: int = 4, first: bool = False) -> str:
    """``indent`` that keeps a macro's text a macro's text."""
    if not 0 <= int(width) <= 64:
        raise ValueError("indent takes a width from 0 to 64")
    pad = " " * int(width)
    lines = plain(text).split("\n")
    shifted = [
        pad + line if line and (index or first) else line for index, line in enumerate(lines)
    ]
    return Block("\n".join(shifted))


def _round(value: object, places: int = 0, method: str = "half_up") -> Decimal:
    """Round to decimal places: half_up, floor or ceil."""
    modes = {
        "half_up": "ROUND_HALF_UP",
        "common": "ROUND_HALF_UP",
        "floor": "ROUND_FLOOR",
        "ceil": "ROUND_CEILING",
    }
    if method not in modes or not 0 <= int(places) <= 18:
        raise ValueError("round takes 0 to 18 places and half_up, floor or ceil")
    number = Decimal(to_number(value, "round"))
    return number.quantize(Decimal(1).scaleb(-int(places)), modes[method], ARITHMETIC)


def _decimal(value: object) -> Decimal:
    """A quoted or plain number as Decimal."""
    if isinstance(value, str):
        if not re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,18})?", value, re.ASCII):
            raise ValueError(f"{value[:40]!r} is no decimal number")
        return Decimal(value)
    return Decimal(to_number(value, "decimal"))


def _sum(values: Iterable[object], start: object = 0) -> object:
    total = start
    for value in values:
        total = arithmetic("+", total, value)
    return total


def _join(values: Iterable[object], separator: str = "") -> str:
    texts: list[str] = []
    for value in values:
        texts.extend((plain(separator), plain(value)) if texts else (plain(value),))
    return bounded(texts)


def _replace(text: object, old: str, new: str) -> str:
    written = plain(text)
    if len(written) + written.count(old) * len(new) > MAX_BYTES:
        raise SecurityError("text longer than 1 MiB")
    return written.replace(old, new)


FILTERS: dict[str, Callable[..., object]] = {
    "capitalize": lambda text: plain(text).capitalize(),
    "decimal": _decimal,
    "float": _decimal,
    "indent": _indent,
    "int": lambda value: int(_decimal(value)),
    "join": _join,
    "lower": lambda text: plain(text).lower(),
    "replace": _replace,
    "round": _round,
    "string": plain,
    "sum": _sum,
    "trim": lambda text: plain(text).strip(),
    "upper": lambda text: plain(text).upper(),
}
