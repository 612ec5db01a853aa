"""Form-encoded bodies: ``take_profit[steps][][volume]=50`` → nested objects and lists."""

import re
from urllib.parse import parse_qsl

_KEYS = re.compile(r"\[([^\[\]]*)\]")


def read_form(text: str) -> dict[str, object]:
    """The nested value of a form; a key that comes again under ``[]`` starts the next item.

    Raises ``ValueError`` when one name is used both for a value and for a group.
    """
    found: dict[str, object] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, bracket, _ = name.partition("[")
        keys = _KEYS.findall(name) if bracket else []
        _put(found, [head, *keys], value)
    return found


def _put(target: dict[str, object], keys: list[str], value: str) -> None:
    key, rest = keys[0], keys[1:]
    if not rest:
        target[key] = value
    elif rest[0]:
        _put(_dict_at(target, key), rest, value)
    else:
        _append(_list_at(target, key), rest[1:], value)


def _dict_at(target: dict[str, object], key: str) -> dict[str, object]:
    known = target.setdefault(key, {})
    if isinstance(known, dict):
        return known
    raise ValueError(f"{key} is both a value and a group")


def _list_at(target: dict[str, object], key: str) -> list[object]:
    known = target.setdefault(key, [])
    if isinstance(known, list):
        return known
    raise ValueError(f"{key} is both a list and something else")


def _append(items: list[object], keys: list[str], value: str) -> None:
    if not keys:
        items.append(value)
        return
    last = items[-1] if items else None
    if not isinstance(last, dict) or _has(last, keys):
        last = {}
        items.append(last)
    _put(last, keys, value)


def _has(item: dict[str, object], keys: list[str]) -> bool:
    known = item.get(keys[0])
    if len(keys) == 1 or not isinstance(known, dict):
        return keys[0] in item
    return _has(known, keys[1:])
