"""The keys of a trade as the plan schema gives them: where each may stand, with examples."""

import difflib
import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from itertools import takewhile

from smartplan.diagnostics import Path
from smartplan.document.scalars import number_text
from smartplan.document.tree import Node
from smartplan.lint.examples import Likeness, fitted
from smartplan.lint.schema import PLAN, load

Schema = dict[str, Node]
Shape = tuple[str, ...]
"""A path without the indices of lists: ``("take_profit", "steps", "price")``."""

_MOST_PLACES = 3


def in_trade(path: Path) -> Path:
    """The path from the trade on."""
    if path[:1] == ("trades",):
        return path[2:]
    return path[1:] if path[:1] == ("defaults",) else path


def shape_of(path: Path) -> Shape:
    """The path inside the trade, without indices."""
    return tuple(step for step in in_trade(path) if isinstance(step, str))


def shown(shape: Shape) -> str:
    """A shape for a message, with its lists marked as such."""
    steps = list(shape)
    for length in range(1, len(shape)):
        if known_keys()[shape[:length]].get("type") == "array":
            steps[length - 1] += "[]"
    return ".".join(steps)


def resolve(file: str, reference: str) -> tuple[str, Node]:
    """The file and schema that a ``$ref`` standing in ``file`` leads to."""
    name, _, pointer = reference.partition("#")
    target = name.rpartition("/")[2] or file
    found: Node = load(target)
    for step in pointer.split("/")[1:]:
        found = found[step] if isinstance(found, dict) else None
    return target, found


@cache
def known_keys() -> dict[Shape, Schema]:
    """Every key of a trade by its shape, with its own schema."""
    return dict(_walk(*_flat(PLAN, {"$ref": "#/$defs/trade"}), ()))


@cache
def _other_words() -> dict[str, str]:
    """What people call a key, by the schema's ``x-also``, to the key."""
    return {
        str(word): shape[-1]
        for shape, schema in known_keys().items()
        if isinstance(words := schema.get("x-also"), list)
        for word in words
    }


def _walk(file: str, schema: Schema, at: Shape) -> Iterator[tuple[Shape, Schema]]:
    properties = schema.get("properties")
    for key, below in properties.items() if isinstance(properties, dict) else ():
        inner_file, inner = _flat(file, below)
        yield (*at, key), inner
        yield from _walk(inner_file, inner, (*at, key))
    if "items" in schema:
        yield from _walk(*_flat(file, schema["items"]), at)


def _flat(file: str, schema: Node) -> tuple[str, Schema]:
    """The schema with what its ``$ref`` leads to merged under it."""
    merged: Schema = dict(schema) if isinstance(schema, dict) else {}
    while "$ref" in merged:
        file, target = resolve(file, str(merged.pop("$ref")))
        merged = {**target, **merged} if isinstance(target, dict) else merged
    return file, merged


def example(shape: Shape, like: Likeness) -> str | None:
    """``key: value`` in flow style, for a key that such a trade lacks."""
    examples = known_keys().get(shape, {}).get("examples")
    if not isinstance(examples, list) or not examples:
        return None
    return f"{shape[-1]}: {flow(fitted(examples[0], like, shape[-1]))}"


def flow(value: Node) -> str:
    """A value as one line of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return number_text(value)
    return value if isinstance(value, str) and value else json.dumps(value)


def did_you_mean(word: str, choices: list[str]) -> str | None:
    """The choice that ``word`` is a slip of, if there is one."""
    lowered = {choice.lower(): choice for choice in choices}
    near = difflib.get_close_matches(word.lower().replace("-", "_"), list(lowered), 1, 0.7)
    return lowered[near[0]] if near else None


def meant_by(group: Shape, key: str) -> tuple[Shape, ...]:
    """Where a key that does not belong in ``group`` was probably meant to stand."""
    for word in dict.fromkeys((key.lower(), _other_words().get(key.lower(), ""))):
        if (*group, word) in known_keys():
            return ((*group, word),)
        places = _places_of(group, word)
        if places:
            return places
    here = [shape[-1] for shape in known_keys() if shape[:-1] == group]
    slip = did_you_mean(key, here)
    if slip:
        return ((*group, slip),)
    elsewhere = did_you_mean(key, [shape[-1] for shape in known_keys()])
    return _places_of(group, elsewhere) if elsewhere else ()


def only_meant(group: Shape, key: str) -> str | None:
    """The key of ``group`` that ``key`` is another word for, or the only one it is a slip of."""
    here = [shape[-1] for shape in known_keys() if shape[:-1] == group]
    word = _other_words().get(key.lower())
    if word in here:
        return word
    near = difflib.get_close_matches(key.lower().replace("-", "_"), here, 2, 0.7)
    return near[0] if len(near) == 1 else None


def _places_of(group: Shape, key: str) -> tuple[Shape, ...]:
    """Where ``key`` may stand, near ``group``, and only if that is not too much of a guess."""
    places = [shape for shape in known_keys() if shape[-1] == key]
    nearest = max((_shared(shape, group) for shape in places), default=0)
    near = [shape for shape in places if _shared(shape, group) == nearest]
    if len(near) > _MOST_PLACES:
        shallowest = min(map(len, near))
        near = [shape for shape in near if len(shape) == shallowest]
    return tuple(near) if len(near) <= _MOST_PLACES else ()


def _shared(shape: Shape, group: Shape) -> int:
    """How many leading steps two shapes have in common."""
    pairs = zip(shape[:-1], group, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
