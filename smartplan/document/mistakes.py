"""Texts in templates that are taken for what they are not: for a switch, or for a number."""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from inspect import signature
from typing import Any

from jinja2.filters import make_attrgetter

from smartplan.document.expressions import kind_of

_SWITCHES = frozenset(
    ["yes", "no", "on", "off", "y", "n", "true", "false", "none", "null", "0", "1"]
)
_FALSE = frozenset(["no", "off", "n", "false", "none", "null", "0"])
_NUMBER = re.compile(
    r"\s*[-+]?[$€£]?(?:[0-9][0-9_',]*\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\s*%?\s*", re.ASCII
)


class Mistake(Exception):
    """What an author has most likely not meant, with the way out.

    ``variable`` is the name by which the template knows the value that is to blame, ``text`` the
    value: it may have been written elsewhere.
    """

    def __init__(self, message: str, hint: str, *, variable: str = "", text: str = "") -> None:
        super().__init__(message)
        self.hint, self.variable, self.text = hint, variable, text


def condition(value: Any, name: str = "") -> Any:
    """The value itself. Raises ``Mistake`` for a text that people, or YAML 1.1, read as a switch.

    To a template any text but the empty one is true: `no`, too.
    """
    if not isinstance(value, str) or value.strip().lower() not in _SWITCHES:
        return value
    word = "false" if value.strip().lower() in _FALSE else "true"
    called = f"`{name}` is the text `{value}`" if name else f"the text `{value}`"
    raise Mistake(
        f"{called}, and it is used as a condition: every text is true there, `no` as well",
        f"write `{word}` without quotes; to compare the text write `== '{value}'`",
        variable=name,
        text=str(value),
    )


def ordered(value: Any, operator: str) -> Any:
    """The value itself. Raises ``Mistake`` for a number in quotes: `"9" < "10"` is false."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        raise Mistake(
            f"`{operator}` needs numbers, not {kind_of(value)}: texts go by their letters",
            "take the quotes off, or write `| decimal` behind it",
            text=str(value),
        )
    return value


def equal(left: Any, right: Any) -> bool:
    """Whether two values are the same. Raises ``Mistake`` for a number and one in quotes."""
    for text, number in ((left, right), (right, left)):
        if _is_number(number) and isinstance(text, str) and _NUMBER.fullmatch(text):
            raise Mistake(
                f"{kind_of(text)} never equals a number",
                "take the quotes off, or write `| decimal` behind it",
                text=str(text),
            )
    return bool(left == right)


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def ordering(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter of Jinja's that puts items in order: numbers in quotes are none."""
    shape = signature(function)

    @wraps(function)
    def call(environment: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
        value = list(value)
        given = shape.bind(environment, value, *args, **kwargs).arguments
        keys = [make_attrgetter(environment, one) for one in _attributes(given.get("attribute"))]
        for item in value:
            for key in keys:
                ordered(key(item), name)
        return function(environment, value, *args, **kwargs)

    return call


def ordering_pairs(function: Callable[..., Any]) -> Callable[..., Any]:
    """``dictsort``, which is told by what."""
    shape = signature(function)

    @wraps(function)
    def call(value: Any, *args: Any, **kwargs: Any) -> Any:
        by_value = shape.bind(value, *args, **kwargs).arguments.get("by") == "value"
        for item in value.values() if by_value else value:
            ordered(item, "dictsort")
        return function(value, *args, **kwargs)

    return call


def _attributes(attribute: Any) -> list[Any]:
    return attribute.split(",") if isinstance(attribute, str) else [attribute]


def choosing(function: Callable[..., Any], of: int) -> Callable[..., Any]:
    """A filter of Jinja's that chooses items; without a test, ``of`` words in, by their truth."""

    @wraps(function)
    def call(context: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) == of:
            value = list(value)
            key = make_attrgetter(context.environment, args[0] if of else None)
            for item in value:
                condition(key(item), str(args[0]) if of else "")
        return function(context, value, *args, **kwargs)

    return call
