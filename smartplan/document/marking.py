"""The line map: a second rendering whose text carries invisible marks of the template's lines.

Marks stand before the visible text of each line and before each variable. Once stripped, the
text must equal the plain rendering; where it does not, there is no map, and messages say so.
"""

import re
from collections.abc import Iterator

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from smartplan.document import jinja
from smartplan.document.template import LineMap, Source

_OPEN, _CLOSE, _ZERO = "\ue000", "\ue001", 0xE010
_NUMBER = f"([{chr(_ZERO)}-{chr(_ZERO + 9)}]+)"
_MARK = re.compile(f"{_OPEN}{_NUMBER}\ue002{_NUMBER}{_CLOSE}")


def line_map(source: Source, plain: str) -> LineMap | None:
    """The map of ``plain``, the rendering of ``source``; None where marks would change the text."""
    if _OPEN in plain:
        return None
    files: list[str] = []
    texts: dict[str, tuple[str, ...]] = {}
    marking = type("_MarkingOf", (_Marking,), {"known": files, "texts": texts})
    try:
        marked = jinja.render(source, marking)
    except jinja.TemplateProblem:
        return None
    if _MARK.sub("", marked) != plain:
        return None
    marks = tuple(tuple(_marks_of(line, files)) for line in marked.split("\n"))
    return LineMap(marks, tuple(plain.split("\n")), texts, source.file)


def _marks_of(line: str, files: list[str]) -> Iterator[tuple[int, str, int]]:
    column, end = 1, 0
    for match in _MARK.finditer(line):
        column += match.start() - end
        end = match.end()
        yield (column, files[_digits(match[1])], _digits(match[2]))


def _digits(text: str) -> int:
    return int("".join(str(ord(digit) - _ZERO) for digit in text))


class _Marking(Extension):
    """Adds a mark to each line of template text, and one before each variable."""

    known: list[str]
    texts: dict[str, tuple[str, ...]]

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        file = filename or name or ""
        if file not in self.known:
            self.known.append(file)
            self.texts[file] = tuple(source.split("\n"))
        return source

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        file = self.known.index(stream.filename or stream.name or "")
        for token in stream:
            if token.type == "data":
                yield Token(token.lineno, "data", _marked(token.value, file, token.lineno))
            elif token.type == "variable_begin":
                yield Token(token.lineno, "data", _mark(file, token.lineno))
                yield token
            else:
                yield token


def _mark(file: int, line: int) -> str:
    def spelled(number: int) -> str:
        return "".join(chr(_ZERO + int(digit)) for digit in str(number))

    return f"{_OPEN}{spelled(file)}\ue002{spelled(line)}{_CLOSE}"


def _marked(text: str, file: int, first: int) -> str:
    lines = text.split("\n")
    for index, line in enumerate(lines):
        visible = len(line) - len(line.lstrip())
        if line.strip():
            lines[index] = line[:visible] + _mark(file, first + index) + line[visible:]
    return "\n".join(lines)
