"""The engine that explains: jsonschema, taught our keywords and to read patterns as ECMA does.

Imported only for what the fast engine has refused.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import create
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from smartplan.lint.keywords import KEYWORDS, Judge, ecma
from smartplan.lint.schema import BASE, WRITTEN_BY_PEOPLE, load

if TYPE_CHECKING:
    from jsonschema.validators import _Validator


@cache
def explains_by(reference: str) -> "_Validator":
    """The slow engine for a schema such as ``plan.schema.json`` or one of its ``$defs``.

    Its errors name every ``$ref`` they came through in their schema path.
    """
    # A `$schema` would make jsonschema fall back to its own class, without our keywords.
    bare = {
        name: {k: v for k, v in load(name).items() if k != "$schema"} for name in WRITTEN_BY_PEOPLE
    }
    registry: Registry[Mapping[str, object] | bool] = Registry().with_resources(
        (BASE + name, DRAFT202012.create_resource(schema)) for name, schema in bare.items()
    )
    return _ENGINE({"$ref": BASE + reference}, registry=registry)


def _pattern(
    _validator: object, pattern: str, instance: object, _schema: object
) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not ecma(pattern).search(instance):
        yield ValidationError("does not match the pattern")


def _additional(
    validator: "_Validator", extra: object, instance: object, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """In the order of the file: jsonschema's own goes through a set, so each run would differ."""
    if not isinstance(extra, Mapping) or not isinstance(instance, dict):
        own = Draft202012Validator.VALIDATORS["additionalProperties"]
        yield from own(validator, extra, instance, schema)
        return
    named = schema.get("properties", {})
    for key in instance:
        if key not in named:
            yield from validator.descend(instance[key], extra, path=key)


def _reference(
    validator: object, reference: str, instance: object, schema: object
) -> Iterator[ValidationError]:
    for error in Draft202012Validator.VALIDATORS["$ref"](validator, reference, instance, schema):
        error.schema_path.appendleft(reference)
        yield error


def _slow_keyword(judge: Judge) -> Callable[..., Iterator[ValidationError]]:
    def keyword(
        _validator: object, argument: object, instance: object, _schema: object
    ) -> Iterator[ValidationError]:
        if any(judge(argument, instance)):
            yield ValidationError("does not fit")

    return keyword


def _is_number(_checker: object, value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, int) and not isinstance(value, bool)


def _is_integer(checker: object, value: object) -> bool:
    return _is_number(checker, value) and value == int(value)  # type: ignore[call-overload]  # a number


_ENGINE = create(
    Draft202012Validator.META_SCHEMA,
    {
        **Draft202012Validator.VALIDATORS,
        "additionalProperties": _additional,
        "pattern": _pattern,
        "$ref": _reference,
        **{name: _slow_keyword(judge) for name, judge in KEYWORDS.items()},
    },
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"number": _is_number, "integer": _is_integer}
    ),
)
