"""What a wrong value is, what was wanted, and the nearest legal value."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from smartplan.currencies import quote_first
from smartplan.document.scalars import number_text, read_loosely
from smartplan.document.tree import Node
from smartplan.lint.examples import Likeness, fitted
from smartplan.lint.keywords import read_decimal
from smartplan.lint.shape import Schema, did_you_mean, flow
from smartplan.trade.parse import NAME, name_of

_LONGEST = 40
_TYPES = {int: "integer", list: "array"}
_TRUE = frozenset({"yes", "on", "y", "1", "enabled"})
_FALSE = frozenset({"no", "off", "n", "0", "disabled", "none", ""})
_SWITCHED_ON = ("true", "yes", "on", "y", "enabled")
_SWITCHED_OFF = ("false", "no", "off", "n", "disabled")


def problem(schema: Schema, value: Node) -> str:
    """``is `Limit`, not one of market, limit``: what was found and what is wanted."""
    choices = _choices(schema)
    if choices:
        return f"is {found(value)}; it must be {_listed(choices)}"
    return f"is {found(value)}, not {schema.get('title', 'what is wanted here')}"


def found(value: Node) -> str:
    """What a value was read as."""
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        clipped = value if len(value) <= _LONGEST else value[:_LONGEST] + "…"
        return f"the text `{clipped}`"
    return f"`{flow(value)}`"


def word_for(schema: Schema, value: Node) -> str | None:
    """The word of the schema that ``value`` is, or stands for; none for a switch."""
    choices = _choices(schema)
    if not isinstance(value, str) or not choices or choices == ["true", "false"]:
        return None
    words, word = schema.get("x-words"), value.strip().lower()
    meant = str(words.get(word, word)) if isinstance(words, dict) else word
    return meant if meant in choices else None


def hint(schema: Schema, value: Node, key: str, like: Likeness) -> str | None:
    """The nearest legal value, if there is one, for such a trade."""
    choices = _choices(schema)
    if choices:
        return _nearest_choice(choices, schema.get("x-words"), value)
    kinds = schema.get("type")
    if kinds == "object" and "properties" in schema:
        return _as_mapping(schema, value, key, like)
    if kinds == "array" and isinstance(value, dict):
        return "begin each item of the list with `- `"
    by_type = schema.get("x-hint")
    if isinstance(by_type, dict) and (said := by_type.get(_TYPES.get(type(value), ""))):
        return str(said).replace("{value}", str(value))
    if isinstance(kinds, list) and isinstance(value, str | int | Decimal):
        return _nearest_number(value, whole="integer" in kinds)
    if not isinstance(value, str):
        return None
    nearest = _NEAREST.get(str(schema.get("x-nearest")))
    return nearest(value) if nearest else None


def certainly(schema: Schema, value: Node) -> str | bool | None:
    """The legal value that a wrong one can only have meant, in another word or in capitals."""
    choices, word = _choices(schema), str(value).strip().lower()
    if choices == ["true", "false"]:
        return {**dict.fromkeys(_SWITCHED_ON, True), **dict.fromkeys(_SWITCHED_OFF, False)}.get(
            word
        )
    if not isinstance(value, str):
        return None
    words = schema.get("x-words")
    meant = str(words.get(word, word)) if isinstance(words, dict) else word
    return meant if meant in choices else None


def _choices(schema: Schema) -> list[str]:
    allowed = schema.get("enum")
    if not isinstance(allowed, list):
        return []
    return ["true", "false"] if True in allowed else [str(choice) for choice in allowed]


def _listed(choices: list[str]) -> str:
    return ", ".join(choices[:-1]) + f" or {choices[-1]}" if len(choices) > 1 else choices[0]


def _nearest_choice(choices: list[str], words: Node, value: Node) -> str | None:
    word = str(value).strip().lower()
    if choices == ["true", "false"] and word in _TRUE | _FALSE:
        return f"write `{'true' if word in _TRUE else 'false'}`; quotes around it are fine"
    meant = str(words.get(word, word)) if isinstance(words, dict) else word
    near = did_you_mean(meant, choices) if isinstance(value, str) else None
    return f"did you mean `{near}`?" if near else None


def _as_mapping(schema: Schema, value: Node, key: str, like: Likeness) -> str | None:
    """How the mapping is written that a lone value was probably meant to be."""
    examples = schema.get("examples")
    example = fitted(examples[0], like, key) if isinstance(examples, list) else None
    alone = schema.get("x-alone")
    meant_for = alone if isinstance(alone, dict) else {}
    if isinstance(value, bool):
        example = {str(meant_for["switch"]): value} if "switch" in meant_for else example
    elif isinstance(value, str | int | Decimal) and "amount" in meant_for:
        amount = value if read_decimal(value) is not None else None
        if amount is not None:
            example = _put(example, str(meant_for["amount"]).split("."), amount)
    return f"write `{key}: {flow(example)}`" if key and example is not None else None


def _put(node: Node, path: Sequence[str], value: Node) -> Node:
    """The example with a value at a path; a number is the index of an item."""
    if not path:
        return value
    step, *rest = path
    if isinstance(node, list):
        return [_put(item, rest, value) if n == int(step) else item for n, item in enumerate(node)]
    return {**node, step: _put(node[step], rest, value)} if isinstance(node, dict) else node


def _nearest_number(value: str | int | Decimal, *, whole: bool) -> str | None:
    number = read_loosely(str(value))
    if number is None:
        return None
    if whole:
        number = max(Decimal(1), number.to_integral_value())
    text = number_text(number)
    return f"write `{text}`" if text != str(value) and len(text) <= _LONGEST else None


def _nearest_name(value: str) -> str | None:
    name = name_of(value)
    return f"for instance `{name}`" if NAME.fullmatch(name) else None


_NEAREST: Mapping[str, Callable[[str], str | None]] = {"name": _nearest_name, "pair": quote_first}
"""By the schema's ``x-nearest``."""
