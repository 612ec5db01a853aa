"""The engine for a few plans: the schemas as closures, compiled where a value leads.

It judges dozens of plans in the time that importing jsonschema-rs takes. It only accepts or
refuses, and knows no keyword but those our schemas use; the three engines always agree.
"""

from collections.abc import Callable, Mapping, Sized
from decimal import Decimal
from functools import partial
from operator import ge, le
from typing import Any, Literal

from smartplan.lint.keywords import KEYWORDS, Judge, ecma

Accepts = Callable[[Any], bool]
"""Whether a value fits; of another type than a keyword speaks of, every value does."""

Schema = Mapping[str, Any]
Compile = Callable[[Schema], Accepts]

SAYS_NOTHING = frozenset(
    ["$schema", "$defs", "title", "description", "examples", "x-message", "x-code"]
)


class Light:
    """Closures of the schemas that ``load`` gives by their file names."""

    def __init__(self, load: Callable[[str], Schema]) -> None:
        self._load = load
        self._referenced: dict[str, Accepts] = {}

    def accepts(self, reference: str, value: object) -> bool:
        """Whether it fits a schema such as ``plan.schema.json`` or one of its ``$defs``."""
        known = self._referenced.get(reference) or self._refer(reference)
        return known(value)

    def _refer(self, reference: str) -> Accepts:
        name, _, pointer = reference.partition("#")
        schema = self._load(name)
        for step in filter(None, pointer.split("/")):
            schema = schema[step]
        self._referenced[reference] = self._compile(name, schema)
        return self._referenced[reference]

    def _compile(self, name: str, schema: Schema) -> Accepts:
        checks = [
            self._keyword(name, keyword, schema)
            for keyword in schema
            if keyword not in SAYS_NOTHING and keyword not in {"then", "else"}
        ]
        return checks[0] if len(checks) == 1 else _all_of(checks)

    def _keyword(self, name: str, keyword: str, schema: Schema) -> Accepts:
        argument = schema[keyword]
        if keyword in KEYWORDS:
            return partial(_flawless, KEYWORDS[keyword], argument)
        if keyword in _OF_VALUES:
            return _OF_VALUES[keyword](argument)
        if keyword == "$ref":
            return partial(self.accepts, argument if argument[0] != "#" else name + argument)
        return _OF_SCHEMAS[keyword](argument, partial(self._compile, name), schema)


def _flawless(judge: Judge, argument: object, value: object) -> bool:
    return not any(judge(argument, value))


def _all_of(checks: list[Accepts]) -> Accepts:
    def accepts(value: Any) -> bool:
        for check in checks:  # noqa: SIM110  # a generator for `all` costs more than the checks
            if not check(value):
                return False
        return True

    return accepts


def _is_number(value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES: Mapping[str, Accepts] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": _is_number,
    "null": lambda value: value is None,
}


def _type(names: str | list[str]) -> Accepts:
    if isinstance(names, str):
        return _TYPES[names]
    return _any_of([_TYPES[name] for name in names])


def _any_of(checks: list[Accepts]) -> Accepts:
    return lambda value: any(check(value) for check in checks)


def _enum(allowed: list[object]) -> Accepts:
    known = [(type(one), one) for one in allowed]  # 1 is not true
    return lambda value: (type(value), value) in known


def _pattern(pattern: str) -> Accepts:
    return lambda value: not isinstance(value, str) or ecma(pattern).search(value) is not None


def _required(keys: list[str]) -> Accepts:
    needed = frozenset(keys)
    return lambda value: not isinstance(value, dict) or value.keys() >= needed


def _dependent(needs: Mapping[str, list[str]]) -> Accepts:
    return lambda value: (
        not isinstance(value, dict)
        or all(value.keys() >= set(keys) for key, keys in needs.items() if key in value)
    )


def _sized(kind: type[Sized], fits: Callable[[int, int], bool]) -> Callable[[int], Accepts]:
    return lambda limit: lambda value: not isinstance(value, kind) or fits(len(value), limit)


def _bounded(fits: Callable[[Any, int], bool]) -> Callable[[int], Accepts]:
    return lambda limit: lambda value: not _is_number(value) or fits(value, limit)


_OF_VALUES: Mapping[str, Callable[[Any], Accepts]] = {
    "type": _type,
    "enum": _enum,
    "const": lambda only: _enum([only]),
    "pattern": _pattern,
    "required": _required,
    "dependentRequired": _dependent,
    "minimum": _bounded(ge),
    "maximum": _bounded(le),
    "minLength": _sized(str, ge),
    "maxLength": _sized(str, le),
    "minItems": _sized(list, ge),
    "maxItems": _sized(list, le),
    "minProperties": _sized(dict, ge),
}
"""Keywords that need nothing but their argument."""


class _Compiled(dict[str, Accepts]):
    """Schemas by the keys they stand under, compiled when a value has the key."""

    def __init__(self, schemas: Mapping[str, Schema], compile_: Compile) -> None:
        self._schemas, self._compile = schemas, compile_

    def __missing__(self, key: str) -> Accepts:
        self[key] = self._compile(self._schemas[key])
        return self[key]


def _properties(properties: Mapping[str, Schema], compile_: Compile, _: Schema) -> Accepts:
    compiled = _Compiled(properties, compile_)

    def accepts(value: Any) -> bool:
        if isinstance(value, dict):
            for key, item in value.items():
                if key in properties and not compiled[key](item):
                    return False
        return True

    return accepts


def _additional(extra: Schema | Literal[False], compile_: Compile, schema: Schema) -> Accepts:
    named = schema.get("properties", {}).keys()
    if extra is False:
        return lambda value: not isinstance(value, dict) or value.keys() <= named
    fits = compile_(extra)
    return lambda value: (
        not isinstance(value, dict)
        or all(fits(item) for key, item in value.items() if key not in named)
    )


def _names(schema: Schema, compile_: Compile, _: Schema) -> Accepts:
    fits = compile_(schema)
    return lambda value: not isinstance(value, dict) or all(map(fits, value))


def _items(schema: Schema, compile_: Compile, _: Schema) -> Accepts:
    fits = compile_(schema)
    return lambda value: not isinstance(value, list) or all(map(fits, value))


def _one_of(schemas: list[Schema], compile_: Compile, _: Schema) -> Accepts:
    checks = [compile_(schema) for schema in schemas]
    return lambda value: sum(check(value) for check in checks) == 1


def _not(schema: Schema, compile_: Compile, _: Schema) -> Accepts:
    fits = compile_(schema)
    return lambda value: not fits(value)


def _if(condition: Schema, compile_: Compile, schema: Schema) -> Accepts:
    holds = compile_(condition)
    then, otherwise = (compile_(schema.get(branch, {})) for branch in ("then", "else"))
    return lambda value: then(value) if holds(value) else otherwise(value)


_OF_SCHEMAS: Mapping[str, Callable[[Any, Compile, Schema], Accepts]] = {
    "properties": _properties,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "items": _items,
    "allOf": lambda schemas, compile_, _: _all_of([*map(compile_, schemas)]),
    "anyOf": lambda schemas, compile_, _: _any_of([*map(compile_, schemas)]),
    "oneOf": _one_of,
    "not": _not,
    "if": _if,
}
"""Keywords that lead to schemas; some need the keywords beside them."""
