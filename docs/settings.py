"""The schema of ``smartplan.toml`` and its page, written from the keys that it is read by."""

import json
from collections.abc import Iterator
from typing import assert_never

from smartplan.lint.registry import RULES
from smartplan.settings.keys import (
    DAY,
    FEE,
    PERCENT,
    SETTINGS,
    Choice,
    Codes,
    Day,
    Each,
    FeeRate,
    Flag,
    Key,
    Kind,
    Limited,
    Money,
    Number,
    PerAccount,
    Section,
    Strictness,
    Switch,
    Text,
    Texts,
    Whole,
)

Schema = dict[str, object]

_TITLE: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "smartplan.toml",
    "description": "The settings of a workspace. Credentials never stand here; they come from the"
    " environment.",
}
_LEVELS = [level.value for level in Strictness]
_PAGE = """\
<!-- Generated from the keys that the file is read by, by `python -m docs.build`: do not edit. -->
# Settings

`smartplan.toml` in the nearest folder above the plans takes these keys and no others;
`schemas/settings.schema.json` has the same for editors. What is wrong is told with its line and
column, and nothing is done.

"""
_RAILS = """
A guard rail is `RULE = LIMIT` or `RULE = {limit = LIMIT, level = LEVEL}`; one without a limit is
`RULE = true` or `RULE = LEVEL`. Without a level it is `soft`, and `freeze` is `hard`.
"""


def schema() -> str:
    """The text of ``schemas/settings.schema.json``."""
    shared = {_shared(key.kind): key.kind for key in _keys(SETTINGS)}
    definitions = {name: _written(kind) for name, kind in shared.items() if name}
    definitions["code"] = {"enum": sorted(RULES)}
    whole = {**_TITLE, **_schema(SETTINGS), "$defs": definitions}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def page() -> str:
    """The page with every key."""
    parts = [_PAGE + "| key | value | meaning |\n|---|---|---|\n", *_rows(SETTINGS, ""), _RAILS]
    return "".join(parts)


def _keys(section: Section) -> Iterator[Key]:
    for key in section.keys:
        yield key
        if isinstance(key.kind, Section):
            yield from _keys(key.kind)


def _shared(kind: Kind) -> str | None:
    """The name of what several keys take."""
    match kind:
        case Switch() | Codes():
            return type(kind).__name__.lower()
        case Limited():
            return f"{type(kind.limit).__name__.lower()}_limit"
        case _:
            return None


def _schema(kind: Kind) -> Schema:
    name = _shared(kind)
    return {"$ref": f"#/$defs/{name}"} if name else _written(kind)


def _written(kind: Kind) -> Schema:  # noqa: C901  # one line for each kind
    match kind:
        case Section():
            return _closed({key.name: (key.kind, key.about) for key in kind.keys})
        case Each():
            names: Schema = {"propertyNames": {"$ref": "#/$defs/code"}} if kind.codes else {}
            below = {**names, "additionalProperties": _schema(kind.kind)}
            if kind.listed:
                return {"type": ["object", "array"], **below, "items": {"type": "string"}}
            return {"type": "object", **below}
        case FeeRate():
            return {"anyOf": [_schema(FEE), _both_sides()]}
        case PerAccount():
            one, names = _schema(kind.kind), {}
            if isinstance(kind.kind, FeeRate):
                names = {"propertyNames": {"not": {"enum": ["maker", "taker"]}}}
            return {"anyOf": [one, {"type": "object", **names, "additionalProperties": one}]}
        case Text():
            return {"type": "string", "pattern": kind.forms[-1].pattern}
        case Choice():
            return {"enum": list(kind.words)}
        case Day():
            return {"type": "string", "format": "date", "pattern": DAY}
        case Flag():
            return {"type": "boolean"}
        case Number():
            most: Schema = {} if kind.below is None else {"exclusiveMaximum": int(kind.below)}
            least = "exclusiveMinimum" if kind.positive else "minimum"
            return {"type": "number", least: 0, **most}
        case Whole():
            return {"type": "integer", "minimum": kind.least, "maximum": kind.most}
        case Texts():
            form: Schema = {} if kind.each is None else {"pattern": kind.each.pattern}
            return {"type": "array", "items": {"type": "string", **form}}
        case Codes():
            return {"type": "array", "items": {"enum": _families()}}
        case Money():
            amounts: Schema = {"minProperties": 1, "additionalProperties": _schema(Number())}
            return {"type": ["object", "string"], "pattern": PERCENT, **amounts}
        case Switch():
            return {"enum": [True, False, *_LEVELS]}
        case Limited():
            both = {
                "limit": (kind.limit, "The limit itself."),
                "level": (Choice(tuple(_LEVELS)), "What a breach does; soft unless given."),
            }
            return {
                "if": {"type": "object", "required": ["limit"]},
                "then": _closed(both),
                "else": _schema(kind.limit),
            }
        case _:
            assert_never(kind)


def _both_sides() -> Schema:
    sides = {
        "maker": (FEE, "Of limit orders."),
        "taker": (FEE, "Of market orders and stops."),
    }
    return {**_closed(sides), "required": [*sides]}


def _closed(keys: dict[str, tuple[Kind, str]]) -> Schema:
    properties = {
        name: {**_schema(kind), "description": about} for name, (kind, about) in keys.items()
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _families() -> list[str]:
    """Every rule code, and whatever several of them begin with."""
    return sorted({code[:length] for code in RULES for length in range(1, len(code) + 1)})


def _rows(section: Section, above: str) -> Iterator[str]:
    for key in section.keys:
        if isinstance(key.kind, Section):
            yield f"| **`[{above}{key.name}]`** | | {key.about} |\n"
            yield from _rows(key.kind, f"{above}{key.name}.")
        else:
            yield f"| `{above}{key.name}` | {_value(key)} | {key.about} |\n"


def _value(key: Key) -> str:
    match key.kind:
        case Limited():
            return _words(key.kind.limit)
        case Each():
            return f"per {'code' if key.kind.codes else 'name'}: {_words(key.kind.kind)}" + (
                ", or a list of names" if key.kind.listed else ""
            )
        case PerAccount() as kind:
            per = "account, pair or `account/PAIR`" if kind.pairs else "account"
            return f"{_words(kind.kind)}, or per {per}"
        case kind:
            return _words(kind)


def _words(kind: Kind) -> str:  # noqa: C901  # one line for each kind
    match kind:
        case Text():
            return f"text, `{kind.forms[0].pattern.strip('^$')}`"
        case Choice():
            return ", ".join(f"`{word}`" for word in kind.words)
        case Day():
            return "date"
        case Flag():
            return "`true`, `false`"
        case Number():
            return "number" if kind.below is None else f"number below {kind.below}"
        case Whole():
            return "whole number"
        case Texts():
            return "list of texts"
        case Codes():
            return "list of codes or families"
        case Money():
            return "amount per quote currency, or percent of the equity"
        case Switch():
            return ", ".join(f"`{word}`" for word in ("true", "false", *_LEVELS))
        case Section():
            return f"`{{{', '.join(key.name for key in kind.keys)}}}`"
        case FeeRate():
            return f"{_words(FEE)}, or `{{maker, taker}}`"
        case Limited() | Each() | PerAccount():
            return "table"
        case _:
            assert_never(kind)
