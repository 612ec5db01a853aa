"""Calls of macros that write several lines where they are not indented: what it does to YAML.

The first line stands where the call does; the others begin at the left margin of the macro.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from smartplan.document.template import Rendered

_CALL = re.compile(
    r"^( +)(?:[\w-]+:[ \t]+)?\{\{-?\s*([A-Za-z_]\w*)((?:\.\w+)?)\s*\((.*)\)\s*-?\}\}\s*$"
)
_MACRO = re.compile(r"\{%-?\s*macro\s+(\w+)\s*\(.*?\)\s*-?%\}(.*?)\{%-?\s*endmacro", re.DOTALL)
_IMPORT = re.compile(r"\{%-?\s*import\b[^%]*?\bas\s+(\w+)")
_FROM = re.compile(r"\{%-?\s*from\b[^%]*?\bimport\s+([\w, ]+)")


LONGEST = 20_000
"""Characters of a template that is looked through: what is longer, hostile ones too, is not."""


class MacroCall(Struct, frozen=True):
    """A call on a line and column, from 1, so many spaces in."""

    name: str
    line: int
    column: int
    indent: int

    @property
    def message(self) -> str:
        """What is wrong."""
        return (
            f"`{self.name}(…)` writes several lines, and only the first stands where it is called"
        )

    @property
    def hint(self) -> str:
        """The way out."""
        return f"indent the others: `{{{{ {self.name}(…) | indent({self.indent}) }}}}`"


def unindented(rendered: Rendered) -> MacroCall | None:
    """The first call of a template whose text spills over the left margin."""
    if max(len(rendered.source.text), len(rendered.text)) > LONGEST:
        return None
    return next((call for call in _calls(rendered.source.text) if _spills(call, rendered)), None)


def _spills(call: MacroCall, rendered: Rendered) -> bool:
    """Whether the line below that of the call is the macro's, too, and further out."""
    file = rendered.source.file
    bodies = [*_bodies(rendered.source.text)]
    lines = rendered.text.split("\n")
    for number, (line, below) in enumerate(pairwise(lines), 1):
        if len(line) - len(line.lstrip()) != call.indent:
            continue
        here = rendered.locate(number, 1)
        if here.rendered or (here.file, here.line) != (file, call.line):
            continue
        margin = len(below) - len(below.lstrip())
        there = rendered.locate(number + 1, margin + 1)
        written = there.file != file or any(first <= there.line <= last for first, last in bodies)
        if below.strip() and written and margin < call.indent + 2 and margin != call.indent:
            return True
    return False


def _bodies(text: str) -> Iterator[tuple[int, int]]:
    for match in _MACRO.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, text.count("\n", 0, match.end()) + 1


def _calls(text: str) -> Iterator[MacroCall]:
    several = {name for name, body in _MACRO.findall(text) if "\n" in body.strip()}
    for names in _FROM.findall(text):
        several |= {name.split()[-1] for name in names.split(",") if name.strip()}
    modules = set(_IMPORT.findall(text))
    for number, line in enumerate(text.split("\n"), 1):
        match = _CALL.match(line)
        if match is None or "indent(" in line:
            continue
        space, name, field, _ = match.groups()
        if (name in modules) if field else (name in several):
            column = line.index("{{") + 1
            yield MacroCall(name + field, number, column, len(space))
