"""How a plain YAML scalar is read: YAML 1.2's core schema, with Decimals, and never a guess.

What YAML 1.1 and 1.2 read differently stays text, and is named as a trap.
"""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from msgspec import Struct

MAX_DIGITS = 60
"""Longest plain number, in characters; also the largest exponent."""

_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*|(?=\.[0-9]))(\.[0-9]*)?([eE][-+]?[0-9]+)?", re.ASCII)
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_FIRST_OF_NUMBER = frozenset("-+.0123456789")

Scalar = str | int | bool | Decimal | None
Node = dict[str, "Node"] | list["Node"] | Scalar


class NumberTooLarge(ValueError):
    """A plain number with more digits, or a larger exponent, than any price or amount has."""


class Trap(Struct, frozen=True):
    """A scalar that YAML 1.1 readers and people read differently: what it was read as, the fix."""

    read_as: str
    fix: str


class TrapAt(Struct, frozen=True):
    """A trap at a line and column, from 1, of the rendered text."""

    text: str
    trap: Trap
    line: int
    column: int


def read_plain(text: str) -> Scalar:
    """The value of an unquoted scalar. Raises ``NumberTooLarge``."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _FIRST_OF_NUMBER:
        return text
    match = _NUMBER.fullmatch(text)
    if match is None:
        return text
    fraction, exponent = match.groups()
    if len(text) > MAX_DIGITS:
        raise NumberTooLarge(f"a number of {len(text)} characters")
    if exponent and abs(int(exponent[1:])) > MAX_DIGITS:
        raise NumberTooLarge(f"a number with the exponent {exponent[1:]}")
    return int(text) if fraction is None and exponent is None else Decimal(text)


SHORT = 20
"""No trap is longer."""


@lru_cache(maxsize=4096)
def read_short(text: str) -> tuple[Scalar, Trap | None]:
    """The value of an unquoted scalar of at most ``SHORT`` characters, and the trap it is.

    Remembered, because plans repeat themselves.
    """
    value = read_plain(text)
    if type(value) is Decimal:
        suspect = "e" in text or "E" in text
    else:
        suspect = type(value) is str and text[0] in _FIRST_OF_TRAP
    return value, trap_in(text) if suspect else None


_FIRST_OF_TRAP = _FIRST_OF_NUMBER | frozenset("yYnNoO")
_SWITCHES = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def _without_zeros(text: str) -> str:
    sign = "-" if text.startswith("-") else ""
    digits = text.lstrip("+-").lstrip("0")
    plain = f"0{digits}" if digits[:1] in {"", "."} else digits
    return f"write `{sign}{plain.rstrip('.')}`, or quote it if it is text"


_TRAPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    (
        r"[-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?",
        lambda text: f"write `{text.replace('_', '')}`",
    ),
    (r"[-+]?0[0-9]+(?:\.[0-9]*)?", _without_zeros),
    (r"[-+]?0[xob][0-9a-fA-F]+", lambda _: "write the number in decimal digits"),
    (
        r"[-+]?[0-9]+(?::[0-5]?[0-9])+(?:\.[0-9]*)?",
        lambda _: "quote it if it is a time; otherwise write a plain number",
    ),
    (r"(?i)[-+]?\.(?:inf|nan)", lambda _: "write a finite number"),
    (
        r"[-+]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?",
        lambda text: f"write `{text.replace(',', '')}`",
    ),
    (r"[-+]?[0-9]+,[0-9]+", lambda text: f"write `{text.replace(',', '.')}`"),
)
"""What is read as text though it looks like a number, and the way out; compiled when one does."""


def trap_in(text: str) -> Trap | None:
    """The YAML 1.1 trap that the plain scalar ``text`` is, if it is one."""
    switch = _SWITCHES.get(text.lower())
    if switch is not None:
        return Trap("text", f"write `{switch}`")
    if text[:1] not in _FIRST_OF_NUMBER:
        return None
    for pattern, fix in _TRAPS:
        if re.fullmatch(pattern, text, re.ASCII):
            return Trap("text", fix(text))
    if re.fullmatch(r"[-+]?[0-9.]+[eE][-+]?[0-9]+", text, re.ASCII):
        try:
            plain = format(Decimal(text), "f")
        except ArithmeticError:
            return None
        return Trap(f"the number {plain}", f"write `{plain}`")
    return None


def unmistakable(text: str) -> str:
    """How what the trap ``text`` is read as is written so that everybody reads it."""
    value = read_plain(text)
    return number_text(value) if isinstance(value, Decimal) else f'"{text}"'


def written_decimals(number: Decimal) -> int:
    """How many digits stand behind the point of a finite number, trailing zeros included."""
    text = str(number)  # far cheaper than taking the number apart
    if "E" in text:
        return max(0, -int(number.as_tuple().exponent))
    _, point, fraction = text.partition(".")
    return len(fraction) if point else 0


def number_text(number: Decimal | int) -> str:
    """A finite number without exponent or trailing zeros, exact; ``-0`` is ``0``."""
    text = str(number)  # far cheaper than the format without an exponent
    if "E" in text:
        text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def percent_text(number: Decimal | int) -> str:
    """``12.5 %``, exact."""
    return f"{number_text(number)} %"


def read_loosely(text: str) -> Decimal | None:
    """The number that a text most likely is to whoever wrote it: `0,5`, `10 %`, `1,000 USDT`."""
    text = re.sub(r"\s+[A-Za-z]{2,6}\s*$", "", text)  # what it is in
    cleaned = re.sub(r"[\s_'%$€]", "", text)
    if re.fullmatch(_THOUSANDS, cleaned):
        cleaned = cleaned.replace(",", "")
    try:
        number = Decimal(cleaned.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < MAX_DIGITS else None


_THOUSANDS = r"[-+]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?"
