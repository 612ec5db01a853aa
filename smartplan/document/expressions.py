"""What template expressions compute: exact numbers, and values written as one line of YAML."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import (
    ROUND_FLOOR,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    InvalidOperation,
    Overflow,
    Underflow,
)
from json.encoder import encode_basestring

from jinja2 import Undefined
from jinja2.exceptions import SecurityError, UndefinedError

from smartplan.document.scalars import MAX_DIGITS, number_text
from smartplan.document.yaml_reader import MAX_DEPTH, MAX_NODES
from smartplan.text import MAX_BYTES, MAX_VALUE, unshown

ARITHMETIC = Context(
    prec=50,
    Emax=999,
    Emin=-999,
    traps=[InvalidOperation, DivisionByZero, Overflow, Underflow, FloatOperation],
)

FIRST_MARK = "\U000f0000"
_MARK = re.compile(f"[{FIRST_MARK}-\U0010ffff]")
"""What ``marking`` marks places with: no plan, template or value can hold these characters."""


class Block(str):
    """Text that the template itself made (a macro, a set block): it may hold line breaks.

    To every operation it is the plain text; ``marked`` is what is written out, and differs only
    while the line map is being made.
    """

    __slots__ = ("marked",)
    marked: str

    @classmethod
    def of(cls, marked: str) -> "Block":
        """The block of a text with marks."""
        block = cls(unmarked(marked))
        block.marked = marked
        return block

    def changed(self, change: Callable[[str], str]) -> "Block":
        """``change`` of the text; its marks are kept where they survive it."""
        plain = change(str(self))
        marked = change(self.marked)
        return Block.of(marked if unmarked(marked) == plain else plain)


def unmarked(text: str) -> str:
    """The text without marks."""
    return text if text.isascii() else _MARK.sub("", text)


def to_number(value: object, operator: str) -> int | Decimal:
    """``value`` if it is a whole number or Decimal, else a TypeError naming ``operator``."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"`{operator}` needs numbers, not {kind_of(value)}")
    return value


def kind_of(value: object) -> str:
    """A value in the words of a message."""
    if isinstance(value, Undefined):
        raise UndefinedError(value._undefined_message)
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if value is None or isinstance(value, bool):
        return plain(value)
    return "a function" if callable(value) else _KINDS.get(type(value), type(value).__name__)


TOO_LARGE = "a value too deep or too large to be compared, or written into a plan"

_KINDS = {float: "a binary float", list: "a list", dict: "a mapping", tuple: "a list"}


def arithmetic(operator: str, left: object, right: object) -> object:
    """One exact operation on whole numbers and Decimals (50 digits); ``+`` also joins lists."""
    if operator == "+" and isinstance(left, list) and isinstance(right, list):
        if len(left) + len(right) > MAX_NODES:
            raise SecurityError("a list too long for a plan")
        return [*left, *right]
    if operator == "**":
        raise SecurityError("powers are not available in templates")
    a, b = to_number(left, operator), to_number(right, operator)
    if isinstance(a, int) and isinstance(b, int):
        return _whole(operator, _sane(a), _sane(b))
    return _decimal(operator, Decimal(a), Decimal(b))


def _whole(operator: str, a: int, b: int) -> int | Decimal:
    if operator == "/":
        return _decimal("/", Decimal(a), Decimal(b)) if not b or a % b else a // b
    return {
        "+": lambda: a + b,
        "-": lambda: a - b,
        "*": lambda: a * b,
        "//": lambda: a // b,
        "%": lambda: a % b,
    }[operator]()


def _decimal(operator: str, x: Decimal, y: Decimal) -> Decimal:
    if operator in {"/", "//", "%"} and not y:
        raise ZeroDivisionError
    if operator in {"//", "%"}:
        remainder = ARITHMETIC.remainder(x, y)
        if remainder and remainder.is_signed() != y.is_signed():
            remainder = ARITHMETIC.add(remainder, y)
        if operator == "%":
            return remainder
        whole = ARITHMETIC.divide(ARITHMETIC.subtract(x, remainder), y)
        return whole.to_integral_value(ROUND_FLOOR)
    operations = {
        "+": ARITHMETIC.add,
        "-": ARITHMETIC.subtract,
        "*": ARITHMETIC.multiply,
        "/": ARITHMETIC.divide,
    }
    return operations[operator](x, y)


def _sane(number: int) -> int:
    if number.bit_length() > 4 * MAX_DIGITS:
        raise SecurityError("a number far beyond any price or amount")
    return number


def plain(value: object) -> str:
    """A value as YAML text on one line: Decimals without exponent, true/false/null, flow lists."""
    if isinstance(value, Block):
        return str(value)
    if isinstance(value, str):
        return _line(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(_sane(value))
    if isinstance(value, Decimal):
        return _decimal_text(value)
    if isinstance(value, Mapping | list | tuple | range):
        return _Flow().text_of(value)
    raise TypeError(f"{kind_of(value)} cannot be written into a plan")


def yaml_text(value: object) -> str:
    """``plain``, with the marks of what the template itself made."""
    return value.marked if isinstance(value, Block) else plain(value)


def _line(text: str) -> str:
    if text.isprintable():
        return str(text)
    if "\n" in text or "\r" in text:
        raise SecurityError("a value with a line break could add keys to the plan")
    if character := unshown(text):
        raise SecurityError(f"a value with the character U+{ord(character):04X}: it would not show")
    return str(text)


def _decimal_text(number: Decimal) -> str:
    if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS:
        raise SecurityError("a number far beyond any price or amount")
    return number_text(number)


class _Flow:
    """Flow-style YAML of nested values, bounded: a list of itself twice doubles at each level."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._size = 0

    def text_of(self, value: object) -> str:
        """The text. Raises ``SecurityError`` for a value that is too deep or too large."""
        self._write(value, 0)
        return "".join(self._pieces)

    def _add(self, text: str) -> None:
        self._pieces.append(text)
        self._size += len(text)
        if len(self._pieces) > MAX_NODES or self._size > MAX_BYTES:
            raise SecurityError(TOO_LARGE)

    def _write(self, value: object, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise SecurityError(TOO_LARGE)
        if isinstance(value, Mapping):
            self._add("{")
            for index, (key, item) in enumerate(value.items()):
                self._add(f"{', ' if index else ''}{_quoted(plain(key))}: ")
                self._write(item, depth + 1)
            self._add("}")
        elif isinstance(value, list | tuple | range):
            self._add("[")
            for index, item in enumerate(value):
                self._add(", " if index else "")
                self._write(item, depth + 1)
            self._add("]")
        else:
            self._add(_quoted(value) if isinstance(value, str) else plain(value))


def _quoted(text: str) -> str:
    if not isinstance(text, Block):
        _line(text)
    return encode_basestring(text)


def joined(parts: Sequence[object]) -> str:
    """The parts as one text, bounded: doubling in a loop is how memory is eaten.

    A block's marks reach as far as the next mark, so they are kept only where nothing unmarked
    follows it.
    """
    if not any(isinstance(part, Block) for part in parts):
        return bounded([plain(part) for part in parts], MAX_VALUE)
    followed = [part for part in parts[1:] if not isinstance(part, Block) or part]
    marked = all(isinstance(part, Block) and _MARK.match(part.marked) for part in followed)
    return Block.of(bounded([(yaml_text if marked else plain)(part) for part in parts], MAX_BYTES))


def bounded(texts: Sequence[str], most: int = MAX_VALUE) -> str:
    """The texts as one, if that is not longer than ``most``."""
    if sum(map(len, texts)) > most:
        raise SecurityError(f"a text longer than {most:,} characters")
    return "".join(texts)
