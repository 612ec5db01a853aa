"""Why a trade does not fit the schema: one message per real cause, in the words of the author."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import cast

from jsonschema import ValidationError
from msgspec.structs import replace

from smartplan.diagnostics import Add, Path, Rename, Rewrite, below
from smartplan.document.scalars import number_text
from smartplan.document.tree import Node
from smartplan.lint import shape, values
from smartplan.lint.causes import FlawCause, SchemaError
from smartplan.lint.examples import Likeness, likeness
from smartplan.lint.explaining_engine import explains_by
from smartplan.lint.keywords import KEYWORDS, OF_LISTS, read_decimal
from smartplan.lint.registry import Problem
from smartplan.trade.model import Side

_MOST_ERRORS = 200
_COMMA = "decimal comma"
_MOST_UNKNOWN_KEYS = 20
"""A plan made to be wrong in ten thousand places must not keep anybody waiting."""

Explained = tuple[str, Problem]
"""A code and what it says."""


def explain(
    reference: str, data: Node, wanted: Callable[[Path], bool] = lambda _: True
) -> Iterator[Explained]:
    """The real causes for which the schema ``reference`` refuses ``data``.

    ``wanted`` chooses by path which errors are looked at.
    """
    found = explains_by(reference).iter_errors(data)
    kept = (error for error in found if wanted(tuple(error.absolute_path)))
    errors = list(islice(kept, _MOST_ERRORS))
    like = likeness(data)
    causes = [cause for error in errors for cause in _causes(error, like)]
    meant = [place for cause in causes for place in cause.meant]
    real: dict[tuple[Path, str], FlawCause] = {}
    commas = [cause for cause in causes if cause.about[1] == _COMMA]
    for cause in [*commas, *causes]:
        if commas and cause.about[1] in OF_LISTS:
            continue  # it counted with what stands before the comma
        if (cause.about[0], _COMMA) in real and cause.about[1] == "value":
            continue
        if cause.missing is None or not _explained_by(cause.missing, meant):
            real.setdefault(cause.about, cause)
    if errors and not real:
        # Nothing that is refused may pass for want of words.
        yield "SP003", Problem((), "does not fit the schema", key=True)
    for cause in real.values():
        yield cause.code, replace(cause.problem, fix=cause.problem.fix or _added(cause, data))


def _added(cause: FlawCause, data: Node) -> Add | None:
    """A missing key that can mean one thing only: the side of the book that pays, and a switch."""
    path = cause.about[0]
    if cause.missing is None or len(path) < _WITHIN_A_PART:
        return None
    if path[-1] == "type" and path[0] in _EXITS and path[-2] == "price":
        position = data.get("position") if isinstance(data, dict) else None
        side = position.get("type") if isinstance(position, dict) else None
        closes = {"buy": Side.LONG.closes_at, "sell": Side.SHORT.closes_at}.get(str(side))
        return Add(path, closes) if closes else None
    # Of what protects or ends a position alone: leverage, a timeout, trailing are choices.
    switch = path[-1] == "enabled" and len(path) == _WITHIN_A_PART and path[0] in _EXITS
    return Add(path, value=True) if switch and not cause.alone else None


_WITHIN_A_PART = 2
_EXITS = frozenset({"take_profit", "stop_loss"})


def _explained_by(missing: shape.Shape, meant: Iterable[shape.Shape]) -> bool:
    """What seems to be missing stands there under a wrong name or in a wrong place."""
    return any(place[: len(missing)] == missing for place in meant)


def _causes(error: ValidationError, like: Likeness) -> Iterator[FlawCause]:
    code, says = _branch(error)
    one = SchemaError(
        keyword=str(error.validator),
        argument=cast("Node", error.validator_value),
        value=cast("Node", error.instance),
        path=tuple(error.absolute_path),
        schema=error.schema if isinstance(error.schema, dict) else {},
        code=code,
        says=says,
        is_key="propertyNames" in error.absolute_schema_path,
        like=like,
    )
    yield from _EXPLAINERS.get(one.keyword, _value)(one)


def _branch(error: ValidationError) -> tuple[str, str | None]:
    """The innermost ``x-code`` and ``x-message`` on the way to the failing keyword."""
    code, says = "SP003", None
    file, node = "", None
    for step in error.absolute_schema_path:
        if isinstance(step, str) and ("#" in step or "/" in step):
            file, node = shape.resolve(file, str(step))
        elif isinstance(node, dict):
            node = node[str(step)]
        elif isinstance(node, list):
            node = node[int(step)]
        if isinstance(node, dict) and "x-code" in node:
            code, says = str(node["x-code"]), None
        if isinstance(node, dict) and "x-message" in node:
            says = str(node["x-message"])
    return code, says


def _unknown_keys(error: SchemaError) -> Iterator[FlawCause]:
    properties = error.schema.get("properties")
    known = list(properties) if isinstance(properties, dict) else []
    value = error.value if isinstance(error.value, dict) else {}
    group = shape.shape_of(error.path)
    where = str(error.schema.get("x-called", error.name))
    misplaced = error.schema.get("x-misplaced")
    unknown = [key for key in value if key not in known]
    for key in unknown[:_MOST_UNKNOWN_KEYS]:
        if (comma := _decimal_comma(error, value, key)) is not None:
            yield comma
            continue
        meant = () if misplaced else shape.meant_by(group, key)
        around = _hint_around(str(misplaced), key, known) if misplaced else None
        hint = around or _hint_for(group, meant, known, value[key])
        path = (*error.path, key)
        meant_here = None if misplaced else shape.only_meant(group, key)
        fix = Rename(path, meant_here) if meant_here and meant_here not in value else None
        problem = Problem(path, f"`{key}` is no key of {where}", hint, key=True, fix=fix)
        yield FlawCause("SP003", problem, (path, "key"), meant=meant)
    if len(unknown) > _MOST_UNKNOWN_KEYS:
        rest = len(unknown) - _MOST_UNKNOWN_KEYS
        problem = Problem(error.path, f"{rest} more keys are none of {where}", key=True)
        yield FlawCause("SP003", problem, (error.path, "more keys"))


def _hint_around(misplaced: str, key: str, here: list[str]) -> str | None:
    """For a key around the trades, ``misplaced`` being what is said of one that is a trade's."""
    if (key,) in shape.known_keys():
        return misplaced.replace("{key}", key)
    slip = shape.did_you_mean(key, here)
    return f"did you mean `{slip}`?" if slip else None


def _decimal_comma(error: SchemaError, value: dict[str, Node], key: str) -> FlawCause | None:
    """``{value: 0,01}`` is a mapping of two keys: ``value: 0`` and ``01``."""
    if value[key] is not None or not (key.isascii() and key.isdigit()):
        return None
    keys = list(value)
    before = keys[keys.index(key) - 1] if keys[0] != key else None
    whole = value[before] if before is not None else None
    if before is None or isinstance(whole, bool) or not isinstance(whole, int):
        return None
    path = (*error.path, before)
    message = f"`{before}: {whole},{key}` has a decimal comma, which begins another key"
    problem = Problem(path, message, f"write `{before}: {whole}.{key}`")
    return FlawCause("SP003", problem, (path, _COMMA))


def _hint_for(
    group: shape.Shape, meant: tuple[shape.Shape, ...], here: list[str], value: Node
) -> str:
    if not meant:
        return f"known here: {', '.join(here)}"
    words = {place: values.word_for(shape.known_keys()[place], value) for place in meant}
    fitting = tuple(place for place, word in words.items() if word is not None)
    word = words[fitting[0]] if len(fitting) == 1 else None
    if word is not None and word != value:
        meant = fitting
        where = "write" if meant[0][:-1] == group else "it belongs at"
        at = meant[0][-1] if meant[0][:-1] == group else shape.shown(meant[0])
        return f"{where} `{at}: {word}`"
    if meant[0][:-1] == group:
        return f"did you mean `{meant[0][-1]}`?"
    if len(meant[0]) == 1:
        return f"`{meant[0][0]}` stands directly under the trade"
    return "it belongs at " + " or ".join(f"`{shape.shown(place)}`" for place in meant)


def _missing_keys(error: SchemaError) -> Iterator[FlawCause]:
    value = error.value if isinstance(error.value, dict) else {}
    required = error.argument if isinstance(error.argument, list) else []
    for key in required:
        if isinstance(key, str) and key not in value:
            yield _missing(error, key)


def _missing(error: SchemaError, key: str) -> FlawCause:
    place = (*shape.shape_of(error.path), key)
    where = f" in {error.name}" if shape.in_trade(error.path) else ""
    reason = f": {error.says}" if error.says else ""
    example = shape.example(place, error.like) if place in shape.known_keys() else None
    problem = Problem(
        error.path,
        f"`{key}` is missing{where}{reason}",
        f"add `{example}`" if example else None,
        key=True,
    )
    about = ((*error.path, key), "missing")
    return FlawCause(error.code, problem, about, missing=place, alone=not error.value)


def _wrong_company(error: SchemaError) -> Iterator[FlawCause]:
    """``dependentRequired``: a key that cannot stand without another."""
    value = error.value if isinstance(error.value, dict) else {}
    rules = error.argument if isinstance(error.argument, dict) else {}
    for key in rules:
        if key in value:
            path = (*error.path, key)
            hint = _as_price(error, value[key]) if key == "percent" else None
            problem = Problem(path, str(error.says), hint, key=True)
            yield FlawCause(error.code, problem, (path, "company"))


def _as_price(error: SchemaError, percent: Node) -> str | None:
    """The price that so many percent from the entry are."""
    number = read_decimal(percent)
    away = 1 if shape.in_trade(error.path)[:1] == ("take_profit",) else -1
    price = error.like.away(away * abs(number)) if number is not None else None
    if number is None or price is None or error.like.entry is None:
        return None
    moved = (
        f"pct({number_text(error.like.entry)}, {number_text(error.like.sign * away * abs(number))})"
    )
    return f"write `value: {number_text(price)}`; in a template `{{{{ {moved} }}}}`"


def _alternatives(error: SchemaError) -> list[str]:
    """The keys of which ``oneOf`` or ``anyOf`` requires one each."""
    branches = error.argument if isinstance(error.argument, list) else []
    needs = [branch.get("required") for branch in branches if isinstance(branch, dict)]
    return [str(keys[0]) for keys in needs if isinstance(keys, list) and keys]


def _one_of_two(error: SchemaError) -> Iterator[FlawCause]:
    value = error.value if isinstance(error.value, dict) else {}
    first, other = _alternatives(error)
    place = (*shape.shape_of(error.path), first)
    both = first in value
    problem = Problem(
        error.path,
        f"{error.name} has both `{first}` and `{other}`"
        if both
        else f"{error.name} has neither `{first}` nor `{other}`",
        "keep one of them" if both else f"add `{shape.example(place, error.like)}`",
        key=True,
    )
    missing = None if both else place
    yield FlawCause(error.code, problem, (error.path, "one of two"), missing=missing)


def _none_of_them(error: SchemaError) -> Iterator[FlawCause]:
    yield _missing(error, _alternatives(error)[0])


def _forbidden(error: SchemaError) -> Iterator[FlawCause]:
    pair = error.argument.get("required") if isinstance(error.argument, dict) else None
    if isinstance(pair, list):
        path, message = (*error.path, str(pair[-1])), str(error.says)
    else:
        path, message = error.path, f"{error.name} does not fit here: {error.says}"
    yield FlawCause(error.code, Problem(path, message, key=True), (path, "value"))


def _number_of_items(error: SchemaError) -> Iterator[FlawCause]:
    count = len(error.value) if isinstance(error.value, list) else 0
    problem = Problem(error.path, f"{error.says} (here: {count})", key=True)
    yield FlawCause(error.code, problem, (error.path, "count"))


def _by_our_keyword(error: SchemaError) -> Iterator[FlawCause]:
    whole_value = error.keyword not in OF_LISTS
    for flaw in KEYWORDS[error.keyword](error.argument, error.value):
        path = (*error.path, *flaw.path)
        message = f"{error.name}: {flaw.message}" if whole_value else flaw.message
        about = (path, "value" if whole_value else error.keyword)
        fix = below(error.path, flaw.fix)
        yield FlawCause(flaw.code or error.code, Problem(path, message, flaw.hint, fix=fix), about)


def _value(error: SchemaError) -> Iterator[FlawCause]:
    if error.is_key:
        path = (*error.path, str(error.value))
        problem = Problem(
            path,
            f"`{error.value}` is not {error.wanted}",
            values.hint(error.schema, error.value, "", error.like),
            key=True,
        )
        yield FlawCause(error.code, problem, (path, "name"))
        return
    if error.says and error.keyword in {"const", "enum"}:
        message = f"{error.name} does not fit here: {error.says}"
    else:
        message = f"{error.name} {values.problem(error.schema, error.value)}"
    key = str(error.path[-1]) if error.path else ""
    hint = values.hint(error.schema, error.value, key, error.like)
    if error.keyword == "const":
        hint = f"write `{key}: {error.argument}`"
    meant = values.certainly(error.schema, error.value) if error.keyword == "enum" else None
    fix = Rewrite(error.path, meant) if meant is not None else None
    yield FlawCause(error.code, Problem(error.path, message, hint, fix=fix), (error.path, "value"))


_EXPLAINERS: dict[str, Callable[[SchemaError], Iterator[FlawCause]]] = {
    "additionalProperties": _unknown_keys,
    "required": _missing_keys,
    "dependentRequired": _wrong_company,
    "oneOf": _one_of_two,
    "anyOf": _none_of_them,
    "not": _forbidden,
    "minItems": _number_of_items,
    "maxItems": _number_of_items,
    **dict.fromkeys(KEYWORDS, _by_our_keyword),
}
