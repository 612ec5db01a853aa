"""What can be typed at the cursor: keys and values by place; names and functions in tags."""

import re
from collections.abc import Iterable, Mapping

from lsprotocol import types
from msgspec import Struct, field

from smartplan.document.scalars import Node
from smartplan.editor import plan_keys
from smartplan.editor.cursor import Cursor, TagCursor
from smartplan.editor.template_names import (
    STATEMENTS,
    callables,
    filter_names,
    function_names,
    local_names,
    shown_value,
    value_at,
)

_DOTTED = re.compile(r"((?:\w+\.)+)\w*$")
_PIPED = re.compile(r"\|\s*\w*$")


class Words(Struct, frozen=True):
    """What a workspace knows: aliases, pairs, variables, names of trades and of templates."""

    accounts: Iterable[str] = ()
    pairs: Iterable[str] = ()
    values: Mapping[str, Node] = field(default_factory=dict)
    trades: Iterable[str] = ()
    templates: Iterable[str] = ()


def in_tag(cursor: TagCursor, text: str, words: Words) -> list[types.CompletionItem]:
    """What can be typed inside of a tag of a template with this text."""
    before = cursor.before
    kinds = types.CompletionItemKind
    if re.search(r"(?:include|import|from)\s*['\"][^'\"]*$", before):
        return [_item(name, kinds.File) for name in words.templates]
    if _in_quotes(before):
        return []
    if cursor.kind == "{%" and re.fullmatch(r"[-+]?\s*\w*", before):
        return [_item(word, kinds.Keyword) for word in STATEMENTS]
    if _PIPED.search(before):
        return [_function(name) for name in filter_names()]
    if dotted := _DOTTED.search(before):
        known, node = value_at(words.values, dotted[1].rstrip("."))
        items = node.items() if known and isinstance(node, dict) else ()
        return [_item(key, kinds.Field, shown_value(value)) for key, value in items]
    variables = [
        _item(name, kinds.Variable, shown_value(value)) for name, value in words.values.items()
    ]
    local = [
        _item(name, kinds.Variable)
        for name in dict.fromkeys(local_names(text))
        if name not in words.values
    ]
    return [*variables, *local, *(_function(name) for name in function_names())]


def in_yaml(cursor: Cursor, words: Words, *, template: bool) -> list[types.CompletionItem]:
    """What can be typed in the text between tags."""
    if cursor.at_key:
        return _keys(cursor, template=template)
    return _values(cursor, words, template=template)


def _keys(cursor: Cursor, *, template: bool) -> list[types.CompletionItem]:
    if not cursor.path:
        around = [_key(key, text) for key, text in plan_keys.file_keys().items()]
        return [*around, *_below(())]
    shape = plan_keys.shape_at(cursor.path, template=template)
    if shape is None or cursor.path == ("trades",):
        return []
    return _below(shape)


def _below(shape: tuple[str, ...]) -> list[types.CompletionItem]:
    return [
        _key(key, str(schema.get("description", ""))) for key, schema in plan_keys.children(shape)
    ]


def _values(cursor: Cursor, words: Words, *, template: bool) -> list[types.CompletionItem]:
    shape = plan_keys.shape_at(cursor.path, template=template)
    if not shape:
        return []
    kinds = types.CompletionItemKind
    if shape == ("account",):
        return [_item(name, kinds.Value) for name in words.accounts]
    if shape == ("pair",):
        return [_item(name, kinds.Value) for name in words.pairs]
    if shape == ("lifecycle", "renamed_from"):
        return [_item(name, kinds.Value) for name in words.trades]
    return [_item(one, kinds.EnumMember) for one in plan_keys.choices(plan_keys.schema_of(shape))]


def _in_quotes(before: str) -> bool:
    return before.count("'") % 2 == 1 or before.count('"') % 2 == 1


def _key(name: str, text: str) -> types.CompletionItem:
    kind = types.CompletionItemKind.Property
    return types.CompletionItem(name, kind=kind, insert_text=f"{name}: ", documentation=text)


def _item(
    label: str, kind: types.CompletionItemKind, detail: str | None = None
) -> types.CompletionItem:
    return types.CompletionItem(label, kind=kind, detail=detail)


def _function(name: str) -> types.CompletionItem:
    known = callables().get(name)
    kind = types.CompletionItemKind.Function
    if known is None:
        return types.CompletionItem(name, kind=kind)
    return types.CompletionItem(name, kind=kind, detail=known.signature, documentation=known.text)
