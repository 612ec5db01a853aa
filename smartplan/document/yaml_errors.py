"""What PyYAML says of a text that is no YAML, as a sentence where the author has to look."""

import re

from smartplan.document.yaml_library import yaml
from smartplan.text import UnreadableText

_UNFINISHED = frozenset({"could not find expected ':'", "found unexpected end of stream"})
"""Complaints about what began earlier: the place to look is there."""

_UNCLOSED = {
    "did not find expected ',' or '}'": "a `{` that is not closed",
    "did not find expected ',' or ']'": "a `[` that is not closed",
}
"""What began on a line above and never ended there."""

_NO_VALUE = "did not find expected node content"
_CLOSING = {"[": "]", "{": "}"}

_NO_KEY = "did not find expected key"
_BLOCK = "while parsing a block mapping"

_HINTS = {
    "mapping values are not allowed in this context": (
        "a `:` too many on this line, or the line above is indented differently; "
        "text with `: ` in it needs quotes"
    ),
    "could not find expected ':'": "a `:` is missing, or a quote is not closed",
    "found unexpected end of stream": "a quote is not closed",
    _NO_KEY: "check the indentation of this line and the one above",
    "did not find expected ',' or '}'": "a `,` or `}` is missing",
    "did not find expected ',' or ']'": "a `,` or `]` is missing",
    "did not find expected '-' indicator": "the items of one list begin in one column",
    "found character that cannot start any token": "quote text that begins with @, ` or %",
}


def explained(error: yaml.YAMLError, text: str) -> UnreadableText:
    """The parser's complaint as a sentence with a way out."""
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or "cannot be read as YAML")
    if mark is None:
        return UnreadableText(f"not YAML: {problem}", 1, 1)
    lines = text.split("\n")
    written = lines[mark.line] if mark.line < len(lines) else ""
    indent = written[: len(written) - len(written.lstrip())]
    if "\t" in indent:
        return UnreadableText(
            "a tab in the indentation: YAML allows only spaces there",
            mark.line + 1,
            indent.index("\t") + 1,
            "replace the tab with spaces",
        )
    if quote := _open_quote(lines[: mark.line + 1]):
        message = "a quote that is not closed: what follows is read as a part of its text"
        return UnreadableText(message, *quote, "close it at the end of its text")
    if problem == _NO_VALUE:
        if written[mark.column : mark.column + 1] == ",":
            message = "a `,` with nothing before it"
            return UnreadableText(message, mark.line + 1, mark.column + 1, "take it out")
        if mark.index >= len(text.rstrip()) and (opened := _open_bracket(lines)):
            line, column, bracket = opened
            hint = f"a `{_CLOSING[bracket]}` is missing"
            return UnreadableText(f"a `{bracket}` that is not closed", line, column, hint)
    context = getattr(error, "context", None)
    begun = getattr(error, "context_mark", None)
    if problem == _NO_KEY and context == _BLOCK and (further := _further_in(mark, lines)):
        message = f"this line is indented further than line {mark.line + 1} below it"
        return UnreadableText(message, *further, "what belongs together begins in one column")
    message = f"not YAML: {problem}" + (f" ({context})" if context else "")
    ends = mark.index >= len(text.rstrip())
    if begun is not None and problem in _UNCLOSED and (ends or begun.line != mark.line):
        read = "" if ends else f": line {mark.line + 1} is read as a part of it"
        message, mark = f"{_UNCLOSED[problem]}{read}", begun
    elif begun is not None and (problem in _UNFINISHED or ends):
        mark = begun
    return UnreadableText(message, mark.line + 1, mark.column + 1, _HINTS.get(problem))


def _further_in(mark: yaml.Mark, lines: list[str]) -> tuple[int, int] | None:
    """Line and column, from 1, of a lone key above that begins further in than the line at fault.

    Where several begin there, it is that line which begins too far out.
    """
    block: list[tuple[int, int]] = []
    for number in range(mark.line - 1, -1, -1):
        line = lines[number]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        indent = len(line) - len(line.lstrip())
        if indent <= mark.column:
            break
        block.append((indent, number))
    if not block:
        return None
    outermost, first = block[-1]
    alone = sum(indent == outermost for indent, _ in block) == 1
    return (first + 1, outermost + 1) if alone else None


_QUOTED = r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\""
_OPENED = r"(?:^|[\s:\[{,-])([\"'])"


def _open_bracket(lines: list[str]) -> tuple[int, int, str] | None:
    """Line and column, from 1, of the last bracket that is open at the end, and the bracket."""
    opened: list[tuple[int, int, str]] = []
    for number, line in enumerate(lines, 1):
        for place in re.finditer(r"[\[\]{}]", _without_texts(line)):
            if place[0] in _CLOSING:
                opened.append((number, place.start() + 1, place[0]))
            elif opened:
                opened.pop()
    return opened[-1] if opened else None


def _without_texts(line: str) -> str:
    """What is left of a line without its quoted texts and its comment, each where it stood."""
    bare = re.sub(_QUOTED, lambda quoted: "_" * len(quoted[0]), line)
    return "" if line.lstrip().startswith("#") else bare.partition(" #")[0]


def _open_quote(lines: list[str]) -> tuple[int, int] | None:
    """Line and column, from 1, of the first quote that its own line does not close."""
    for number, line in enumerate(lines, 1):
        match = re.search(_OPENED, _without_texts(line))
        if match is not None:
            return number, match.start(1) + 1
    return None
