"""Data to YAML that our reader reads back as the same data.

No text in it can open a template tag: a plan is a template before it is YAML.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from smartplan.document.scalars import Node, number_text, read_plain, trap_in
from smartplan.text import invisible_character

WIDTH = 100
"""Columns a flow mapping may fill before it is broken into lines."""

_PLAIN = r"[A-Za-z_](?:[A-Za-z0-9_./ -]*[A-Za-z0-9_./-])?"
_TAG_OPENS = r"\{(?=[{%#])"
_ESCAPES = {
    "\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r",
    "\x85": "\\N", "\u2028": "\\L", "\u2029": "\\P", "\xa0": "\\_",
}  # fmt: skip
_ESCAPED = "[" + re.escape("".join(_ESCAPES)) + "]"


def yaml_text(data: Mapping[str, Node], *, blocks: int) -> str:
    """``data`` as YAML, a block mapping ``blocks`` levels deep and in flow where it then fits.

    What an eye does not see is escaped in it; our reader refuses most of that.
    """
    return "".join(f"{line}\n" for line in _mapping(data, 0, blocks))


def flow_text(node: Node) -> str:
    """``node`` on one line, as it stands inside of brackets or behind a key."""
    return _flow(node)


def _mapping(data: Mapping[str, Node], indent: int, blocks: int) -> Iterator[str]:
    for key, value in data.items():
        start = f"{' ' * indent}{_scalar(key)}:"
        flow = f"{start} {_flow(value)}"
        if not isinstance(value, dict | list) or not value:
            yield flow
        elif isinstance(value, dict) and (blocks > 1 or len(flow) > WIDTH):
            yield start
            yield from _mapping(value, indent + 2, blocks - 1)
        elif isinstance(value, list):
            yield start
            yield from (f"{' ' * (indent + 2)}- {_flow(item)}" for item in value)
        else:
            yield flow


def _flow(node: Node) -> str:
    if isinstance(node, dict):
        return "{" + ", ".join(f"{_scalar(k)}: {_flow(v)}" for k, v in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(map(_flow, node)) + "]"
    return _scalar(node)


def _scalar(value: str | int | bool | Decimal | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return number_text(value)
    return value if _is_plain(value) else quoted_text(value)


def _is_plain(text: str) -> bool:
    return bool(re.fullmatch(_PLAIN, text)) and read_plain(text) == text and trap_in(text) is None


def quoted_text(text: str) -> str:
    """A text in double quotes."""
    escaped = re.sub(_ESCAPED, lambda match: _ESCAPES[match[0]], text)
    if invisible_character(escaped):
        escaped = "".join(f"\\U{ord(c):08x}" if invisible_character(c) else c for c in escaped)
    # A plan is a template first: `{{` in a note must not be the start of an expression.
    return '"' + re.sub(_TAG_OPENS, r"\\x7b", escaped) + '"'
