"""Plans as most are written, read without a YAML parser: what is not utterly plain is left alone.

Importing PyYAML costs half of what click does, and its events cost more than all rules together.
So plain text is read line by line, and everything else by ``document.reader``. It would read
plain text alike; what is wrong is for it to say, so nothing here is ever an error.

Plain is printable text in lines of ``key: value``, ``key:``, ``- key: value`` and ``- value``, and
comments. A key is a word. A value is on one line: text, text in quotes without an escape, or a flow
collection of such. No tab, anchor, tag, merge or block scalar; no number that is too large, no key
that stands twice, and nothing that YAML 1.1 reads differently.
"""

import re
from functools import cache

from smartplan.document.scalars import SHORT, Node, NumberTooLarge, read_plain, read_short

MAX_LENGTH = 1 << 16
"""A longer text might hold more values, or a longer one, than the reader accepts."""

MAX_DEPTH = 16
"""Half of what the reader accepts: which of them counts a level more does not matter."""

_KEY = "[A-Za-z_][A-Za-z0-9_-]{0,99}"
_QUOTED = r""""[^"\\\n]*+"|'[^'\n]*+'"""
_FIRST = "(?:[A-Za-z0-9_.+~]|-(?=[0-9.]))"
_MORE = "[^ :\n]*+(?::(?=[^ \n])[^ :\n]*+)*+"  # `text: ` would be a key
_TEXT = f"{_FIRST}{_MORE}(?: ++(?=[^#\n]){_MORE})*+"
_VALUE = rf"{_TEXT}|{_QUOTED}|[{{\[][^#\n]*[}}\]]"
_LINE = re.compile(
    rf"^( *+)(- ++)?+(?:({_KEY}):(?=[ \n]|\Z) *+)?+({_VALUE})?(?: *+$|(?:^|(?<= )| ++)#.*$)",
    re.MULTILINE,
)
"""Indentation, dash, key and value; a line of none of them is empty or a comment."""

_ENCLOSED = frozenset("{[\"'")
_Line = tuple[int, str, str, str]
_END: _Line = (-1, "", "", "")


class NotPlain(Exception):
    """Left to the reader of all YAML."""


def read(text: str) -> Node:
    """The data of one document, as ``reader.read`` would read it. Raises ``NotPlain``."""
    if len(text) > MAX_LENGTH or not text.replace("\n", "").isprintable():
        raise NotPlain
    body = text.removeprefix("---\n")
    found = _LINE.findall(body)
    if len(found) != body.count("\n") + 1:
        raise NotPlain
    lines = [
        (len(indent), dash, key, value)
        for indent, dash, key, value in found
        if key or value or dash
    ]
    try:
        return _Block([*lines, _END]).read()
    except NumberTooLarge:
        raise NotPlain from None


class _Block:
    """Block collections, by the columns their lines begin at."""

    def __init__(self, lines: list[_Line]) -> None:
        self._lines = lines
        self._at = 0

    def read(self) -> Node:
        if self._lines[0][0] != 0:
            raise NotPlain
        data = self._collection(0, 1)
        if self._lines[self._at] is not _END:
            raise NotPlain
        return data

    def _collection(self, column: int, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise NotPlain
        dash = self._lines[self._at][1]
        return self._sequence(column, depth) if dash else self._mapping(column, depth)

    def _sequence(self, column: int, depth: int) -> list[Node]:
        items: list[Node] = []
        while True:
            begins, dash, key, value = self._lines[self._at]
            if not dash or begins != column:
                return items
            if key:
                items.append(self._mapping(column + len(dash), depth + 1))
            elif value:
                items.append(_value(value, depth))
                self._at += 1
            else:
                raise NotPlain

    def _mapping(self, column: int, depth: int) -> dict[str, Node]:
        items: dict[str, Node] = {}
        while True:
            _, _, key, value = self._lines[self._at]
            if not key or key in items:
                raise NotPlain
            self._at += 1
            items[key] = _value(value, depth) if value else self._below(column, depth)
            begins, dash, _, _ = self._lines[self._at]
            if dash or begins != column:
                return items

    def _below(self, column: int, depth: int) -> Node:
        """What a key without a value opens; a sequence may begin where its key does."""
        begins, dash, _, _ = self._lines[self._at]
        opens = begins >= column if dash else begins > column
        return self._collection(begins, depth + 1) if opens else None


@cache
def _token() -> re.Pattern[str]:
    """Of a flow collection: punctuation, a key, text, text in quotes."""
    text = f"{_FIRST}[A-Za-z0-9_.+%/-]*+"
    return re.compile(rf" *+(?:([{{}}\[\],])|({_KEY}):(?= )|({text})|({_QUOTED})) *+")


class _Flow:
    """The flow collection that one value is."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._match = _token().match
        self._at = 0

    def read(self, depth: int) -> Node:
        data = self._node(self._next(), depth + 1)
        if self._at != len(self._text):
            raise NotPlain
        return data

    def _next(self) -> tuple[str, str, str, str]:
        match = self._match(self._text, self._at)
        if match is None:
            raise NotPlain
        self._at = match.end()
        mark, key, text, quoted = match.groups("")
        return mark, key, text, quoted

    def _node(self, token: tuple[str, str, str, str], depth: int) -> Node:
        mark, _, text, quoted = token
        if depth > MAX_DEPTH:
            raise NotPlain
        if mark == "{":
            return self._mapping(depth)
        if mark == "[":
            return self._sequence(depth)
        if not text and not quoted:
            raise NotPlain
        return _value(text or quoted, depth)

    def _mapping(self, depth: int) -> dict[str, Node]:
        items: dict[str, Node] = {}
        token = self._next()
        while token[0] != "}" or items:
            key = token[1]
            if not key or key in items:
                raise NotPlain
            items[key] = self._node(self._next(), depth + 1)
            if self._ends("}"):
                break
            token = self._next()
        return items

    def _sequence(self, depth: int) -> list[Node]:
        items: list[Node] = []
        token = self._next()
        while token[0] != "]" or items:
            items.append(self._node(token, depth + 1))
            if self._ends("]"):
                break
            token = self._next()
        return items

    def _ends(self, bracket: str) -> bool:
        mark = self._next()[0]
        if mark not in (bracket, ","):
            raise NotPlain
        return mark == bracket


def _value(text: str, depth: int) -> Node:
    if len(text) <= SHORT and text[:1] not in _ENCLOSED:
        value, trap = read_short(text)
        if trap is None:
            return value
        raise NotPlain
    if text[0] in "{[":
        return _Flow(text).read(depth)
    return text[1:-1] if text[0] in "\"'" else read_plain(text)
