"""What stands at the cursor of a text that need not be right: a key or value by its path, or a tag.

A text that is being typed can rarely be rendered or read. So this goes by indentation and brackets
alone, and takes tags for what stands in their place; what it finds is a guess to help with, never
a judgement.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

from smartplan.diagnostics import Path

_KEY = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([\w.-]+))\s*:(?=\s|$|\{|\[|\")")
_TAG = re.compile(r"\{\{.*?(?:\}\}|$)|\{%.*?(?:%\}|$)|\{#.*?(?:#\}|$)", re.DOTALL)
_WORD = re.compile(r"[\w.-]+")
_WORD = re.compile(r"[\w.-]*$")
_DEEPEST = 100
"""Blocks within one another; a plan has ten at most, and the reader takes 32."""
_FAR = 500
"""Characters before the cursor that matter to what can be typed in a tag."""
_NAME_AT = re.compile(r"[A-Za-z_][\w.]*")


class Cursor(Struct, frozen=True):
    """A place in a YAML text: the path of the mapping or value around it.

    ``key`` is the key that stands there or that the value belongs to, ``at_key`` that the cursor is
    on a key (or where one begins), ``prefix`` what is typed so far.
    """

    path: Path
    key: str | None
    at_key: bool
    prefix: str


class TagCursor(Struct, frozen=True):
    """A place inside of a tag: ``kind`` is what opened it, ``before`` what is typed of it so far.

    ``name`` is the name with its dots that the cursor stands on.
    """

    kind: str
    before: str
    name: str


def tag_cursor(text: str, offset: int) -> TagCursor | None:
    """The tag around a place, if it is in one that writes out or does something."""
    begin = max(text.rfind("{{", 0, offset), text.rfind("{%", 0, offset))
    if begin < 0 or begin + 2 > offset:
        return None
    closing = "}}" if text[begin + 1] == "{" else "%}"
    if closing in text[begin + 2 : offset]:
        return None
    end = text.find("\n", offset)
    names = _NAME_AT.finditer(text, max(begin + 2, offset - _FAR), end if end >= 0 else len(text))
    name = next((one[0] for one in names if one.start() <= offset <= one.end()), "")
    before = text[max(begin + 2, offset - _FAR) : offset]
    return TagCursor(text[begin : begin + 2], before, name)


def untagged(text: str) -> str:
    """The text with its tags taken out: a value stays as a word, everything else as blanks."""

    def without(tag: re.Match[str]) -> str:
        mark = "x" if tag[0].startswith("{{") else " "
        return "".join("\n" if character == "\n" else mark for character in tag[0])

    return _TAG.sub(without, text)


def yaml_cursor(text: str, line: int, column: int) -> Cursor:
    """What stands at a line and column, from 1."""
    lines = untagged(text).split("\n")
    scan = _Scan()
    for number, written in enumerate(lines[:line], 1):
        scan.line(written if number < line else written[: column - 1], last=number == line)
    here = lines[line - 1] if line <= len(lines) else ""
    return scan.cursor(here, column)


class _Scan:
    """Lines to the path of where they end."""

    def __init__(self) -> None:
        self._blocks: list[tuple[int, str | int]] = []
        self._flow: list[tuple[str, str | int | None]] = []
        self._after_key = False
        self._indent = 0

    def line(self, written: str, *, last: bool) -> None:
        """Go on by a line; the ``last`` one ends at the cursor."""
        bare = _uncommented(written)
        if not bare.strip() and not last:
            return
        if self._flow:
            self._brackets(bare)
            return
        self._after_key = False
        indent = len(bare) - len(bare.lstrip(" "))
        rest = bare[indent:]
        while (rest == "-" or rest.startswith("- ")) and len(self._blocks) < _DEEPEST:
            self._item(indent)
            width = len(rest) - len(rest[1:].lstrip(" "))
            indent, rest = indent + width, rest[width:]
        self._indent = indent
        found = _KEY.match(rest)
        if found is None:
            if not rest.strip():
                self._close(indent)
            else:
                if last:
                    self._close(indent)
                self._brackets(rest)
            return
        self._close(indent)
        self._blocks.append((indent, found[1] or found[2] or found[3]))
        self._after_key = True
        self._brackets(rest[found.end() :])

    def _close(self, indent: int) -> None:
        while self._blocks and self._blocks[-1][0] >= indent:
            self._blocks.pop()

    def _item(self, indent: int) -> None:
        """A list's next item; its dash may stand under the key of the list."""
        index = -1
        while self._blocks and (
            self._blocks[-1][0] > indent
            or (self._blocks[-1][0] == indent and isinstance(self._blocks[-1][1], int))
        ):
            at, step = self._blocks.pop()
            if at == indent and isinstance(step, int):
                index = step
                break
        self._blocks.append((indent, index + 1))

    def _brackets(self, text: str) -> None:
        at = 0
        while at < len(text):
            character = text[at]
            if character in {'"', "'"} and (at == 0 or text[at - 1] in " [{,:"):
                closed = text.find(character, at + 1)
                key = _KEY.match(text, at)
                if closed < 0:
                    return
                if key is None or not self._flow:
                    at = closed + 1
                    continue
            if character in "{[":
                self._flow.append((character, 0 if character == "[" else None))
                self._after_key = False
            elif character in "}]" and self._flow:
                self._flow.pop()
            elif character == "," and self._flow:
                kind, step = self._flow[-1]
                self._flow[-1] = (kind, step + 1 if isinstance(step, int) else None)
                self._after_key = False
            elif character not in " \t":
                at += self._word(text, at)
                continue
            at += 1

    def _word(self, text: str, at: int) -> int:
        """Go over a word, which may be a key: how long it is. Nothing is looked at twice."""
        if self._flow and self._flow[-1] == ("{", None):
            found = _KEY.match(text, at)
            if found is not None:
                self._flow[-1] = ("{", found[1] or found[2] or found[3])
                self._after_key = True
                return found.end() - at
        word = _WORD.match(text, at)
        return word.end() - at if word is not None else 1

    def cursor(self, here: str, column: int) -> Cursor:
        """What it came to, on the line ``here``."""
        path: list[str | int] = [step for _, step in self._blocks]
        path += [step for _, step in self._flow if step is not None]
        typed = _WORD.search(here[: column - 1])
        prefix = typed[0] if typed else ""
        behind = re.match(r"[\w.-]*", here[column - 1 :])
        word = prefix + (behind[0] if behind else "")
        ends = column - 1 + len(word) - len(prefix)
        on_key = bool(word) and re.match(r"\s*[\"']?\s*:(?:\s|$|[{\[])", here[ends:]) is not None
        if self._after_key and path and isinstance(path[-1], str):
            return Cursor(tuple(path), path[-1], at_key=False, prefix=prefix)
        return Cursor(tuple(path), word if on_key else None, at_key=True, prefix=prefix)


def _uncommented(line: str) -> str:
    """The line without a comment; a quote keeps its sharp."""
    quote = ""
    for index, character in enumerate(line):
        if quote:
            quote = "" if character == quote else quote
        elif character in {'"', "'"} and (index == 0 or line[index - 1] in " [{,:"):
            quote = character
        elif character == "#" and (index == 0 or line[index - 1] == " "):
            return line[:index]
    return line


def offset_of(lines: Sequence[str], line: int, column: int) -> int:
    """How many characters stand before a line and column, from 1."""
    return sum(len(one) + 1 for one in lines[: line - 1]) + column - 1
