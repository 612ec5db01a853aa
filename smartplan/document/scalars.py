"""How a plain YAML scalar is read: YAML 1.2's core schema, with Decimals, and never a guess.

What YAML 1.1 and 1.2 read differently stays text, and is named as a trap.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

MAX_DIGITS = 60
"""Longest plain number, in characters; also the largest exponent."""

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_DECIMAL = re.compile(
    r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE]([-+]?[0-9]+))?", re.ASCII
)
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_FIRST_OF_NUMBER = frozenset("-+.0123456789")

Plain = str | int | bool | Decimal | None


class NumberTooLarge(ValueError):
    """A plain number with more digits, or a larger exponent, than any price or amount has."""


def read_plain(text: str) -> Plain:
    """The value of an unquoted scalar. Raises ``NumberTooLarge``."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _FIRST_OF_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        if len(text) > MAX_DIGITS:
            raise NumberTooLarge(f"a number of {len(text)} digits")
        return int(text)
    match = _DECIMAL.fullmatch(text)
    if match is None:
        return text
    exponent = match[1]
    if len(text) > MAX_DIGITS or (exponent and abs(int(exponent)) > MAX_DIGITS):
        raise NumberTooLarge("a number too long or with too large an exponent")
    return Decimal(text)


@dataclass(frozen=True, slots=True)
class Trap:
    """A scalar that YAML 1.1 readers and people read differently: what it was read as, the fix."""

    read_as: str
    fix: str


def _yes_no(text: str) -> str:
    wanted = "true" if text.lower() in {"yes", "on", "y"} else "false"
    return f"write `{wanted}`"


_TRAPS: tuple[tuple[re.Pattern[str], str, Callable[[str], str]], ...] = (
    (re.compile(r"(?i)yes|no|on|off|y|n"), "text", _yes_no),
    (
        re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?", re.ASCII),
        "text",
        lambda t: f"write `{t.replace('_', '')}`",
    ),
    (
        re.compile(r"[-+]?0[0-9]+(?:\.[0-9]*)?", re.ASCII),
        "text",
        lambda t: f"write `{t.lstrip('+').lstrip('0') or '0'}`, or quote it if it is text",
    ),
    (
        re.compile(r"[-+]?0[xob][0-9a-fA-F]+", re.ASCII),
        "text",
        lambda _: "write the number in decimal digits",
    ),
    (
        re.compile(r"[-+]?[0-9]+(?::[0-5]?[0-9])+(?:\.[0-9]*)?", re.ASCII),
        "text",
        lambda _: "quote it if it is a time; otherwise write a plain number",
    ),
    (
        re.compile(r"(?i)[-+]?\.(?:inf|nan)"),
        "text",
        lambda _: "write a finite number",
    ),
    (
        re.compile(r"[-+]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?", re.ASCII),
        "text",
        lambda t: f"write `{t.replace(',', '')}`",
    ),
    (
        re.compile(r"[-+]?[0-9]+,[0-9]+", re.ASCII),
        "text",
        lambda t: f"write `{t.replace(',', '.')}`",
    ),
)
_EXPONENT = re.compile(r"[-+]?[0-9.]+[eE][-+]?[0-9]+", re.ASCII)


def trap_in(text: str) -> Trap | None:
    """The YAML 1.1 trap that the plain scalar ``text`` is, if it is one."""
    for pattern, read_as, fix in _TRAPS:
        if pattern.fullmatch(text):
            return Trap(read_as, fix(text))
    if _EXPONENT.fullmatch(text):
        try:
            plain = format(Decimal(text), "f")
        except ArithmeticError:
            return None
        return Trap(f"the number {plain}", f"write `{plain}`")
    return None


def number_text(number: Decimal | int) -> str:
    """A finite number without exponent or trailing zeros, exact; ``-0`` is ``0``."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
