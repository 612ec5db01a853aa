"""The filters of templates that are not Jinja's own: exact, bounded, and true to line breaks."""

import re
from collections.abc import Callable, Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from jinja2.exceptions import SecurityError

from smartplan.document.expressions import (
    ARITHMETIC,
    FIRST_MARK,
    Block,
    arithmetic,
    joined,
    plain,
    to_number,
    unmarked,
)
from smartplan.document.yaml_reader import MAX_NODES
from smartplan.text import MAX_BYTES

MAX_INDENT = 64
MAX_PLACES = 18

_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,18})?", re.ASCII)
_ROUNDINGS = {
    "half_up": ROUND_HALF_UP,
    "common": ROUND_HALF_UP,
    "floor": ROUND_FLOOR,
    "ceil": ROUND_CEILING,
}


def _changing(change: Callable[[str], str]) -> Callable[[object], str]:
    """``change`` as a filter: a block stays a block, which may hold line breaks."""

    def change_value(value: object) -> str:
        return value.changed(change) if isinstance(value, Block) else change(plain(value))

    return change_value


def _trimmed(text: str) -> str:
    """The text without white space around it; marks at the front stay, to tell where it is from."""
    if unmarked(text) == text:
        return text.strip()
    start, end = 0, len(text)
    while end and (text[end - 1].isspace() or text[end - 1] >= FIRST_MARK):
        end -= 1
    while start < end and (text[start].isspace() or text[start] >= FIRST_MARK):
        start += 1
    return "".join(text[:start].split()) + text[start:end]


def _indent(text: object, width: int = 4, first: bool = False, blank: bool = False) -> str:
    if not 0 <= int(width) <= MAX_INDENT:
        raise ValueError(f"indent takes a width from 0 to {MAX_INDENT}")
    pad = " " * int(width)
    lines = (text.marked if isinstance(text, Block) else plain(text)).split("\n")
    for index, line in enumerate(lines):
        bare = unmarked(line)
        if (index or first) and (blank or bare):
            marks = line[: line.find(bare[0]) if bare else len(line)]
            lines[index] = f"{marks}{pad}{line}"
    if sum(map(len, lines)) > MAX_BYTES:
        raise SecurityError("a text longer than 1 MiB")
    return Block.of("\n".join(lines))


def _replace(text: object, old: str, new: str) -> str:
    before, after = plain(old), plain(new)
    length = len(plain(text))
    if length + (plain(text).count(before) + 1) * len(after) > MAX_BYTES:
        raise SecurityError("a text longer than 1 MiB")
    return _changing(lambda written: written.replace(before, after))(text)


def _round(value: object, places: int = 0, method: str = "half_up") -> Decimal:
    """Round to decimal places: half_up, floor or ceil."""
    if method not in _ROUNDINGS or not 0 <= int(places) <= MAX_PLACES:
        raise ValueError(f"round takes 0 to {MAX_PLACES} places and half_up, floor or ceil")
    number = Decimal(to_number(value, "round"))
    return number.quantize(Decimal(1).scaleb(-int(places)), _ROUNDINGS[method], ARITHMETIC)


def _decimal(value: object) -> Decimal:
    """A quoted or plain number as Decimal."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise ValueError(f"{value[:40]!r} is no decimal number")
        return Decimal(value)
    return Decimal(to_number(value, "decimal"))


def _int(value: object) -> int:
    """The whole part of a number, towards zero."""
    number = _decimal(value)
    if number.adjusted() > MAX_PLACES:
        raise ValueError("int takes numbers up to 18 digits")
    return int(number)


def _abs(value: object) -> int | Decimal:
    number = to_number(value, "abs")
    return ARITHMETIC.abs(number) if isinstance(number, Decimal) else abs(number)


def _sum(values: Iterable[object], start: object = 0) -> object:
    if isinstance(start, list):
        return _chained(start, values)
    total = start
    for value in values:
        total = arithmetic("+", total, value)
    return total


def _chained(start: list[object], values: Iterable[object]) -> list[object]:
    """The lists as one: adding them up one by one would copy the first a thousand times."""
    chain = list(start)
    for value in values:
        if not isinstance(value, list) or len(chain) + len(value) > MAX_NODES:
            arithmetic("+", chain, value)  # says what is wrong
        else:
            chain.extend(value)
    return chain


def _join(values: Iterable[object], separator: str = "") -> str:
    parts: list[object] = []
    for value in values:
        parts.extend((separator, value) if parts else (value,))
    return joined(parts)


FILTERS: dict[str, Callable[..., object]] = {
    "abs": _abs,
    "capitalize": _changing(str.capitalize),
    "decimal": _decimal,
    "float": _decimal,
    "indent": _indent,
    "int": _int,
    "join": _join,
    "lower": _changing(str.lower),
    "replace": _replace,
    "round": _round,
    "string": _changing(str),
    "sum": _sum,
    "trim": _changing(_trimmed),
    "upper": _changing(str.upper),
}


def _divisible(value: object, by: object) -> bool:
    return arithmetic("%", value, by) == 0


TESTS: dict[str, Callable[..., bool]] = {
    "divisibleby": _divisible,
    "even": lambda value: _divisible(value, 2),
    "odd": lambda value: arithmetic("%", value, 2) == 1,
}
"""The tests that Jinja leaves to Python's `%`, which also formats text."""
