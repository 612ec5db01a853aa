"""Literals of plans, templates and values files: where one stands, and how it is rewritten."""

from decimal import Decimal

from msgspec import Struct

from smartplan.diagnostics import Location
from smartplan.document.edits import Edit
from smartplan.document.scalars import Scalar, number_text, read_plain, trap_in
from smartplan.document.yaml_writer import flow_text, quoted_text


class Holder(Struct, frozen=True):
    """A literal: its file, line and column from 1, and its text as written, quotes included.

    ``template``: it stands in a tag, where words of YAML are none.
    """

    file: str
    line: int
    column: int
    text: str
    template: bool = False

    def edit(self, value: Scalar) -> Edit:
        """The edit that makes it say ``value``; quotes stay."""
        return Edit(self.file, self.line, self.column, self.text, self._written(value))

    def _written(self, value: Scalar) -> str:
        quote = self.text[:1] if self.text[:1] in {'"', "'"} else ""
        if isinstance(value, bool) or value is None:
            return {True: "true", False: "false", None: "none" if self.template else "null"}[value]
        if isinstance(value, int | Decimal):
            return f"{quote}{number_text(value)}{quote}"
        if self.template:
            return _in_a_tag(value, quote or '"')
        if quote == "'" and flow_text(value) in {value, f'"{value}"'}:
            return f"'{value.replace(quote, quote * 2)}'"
        return value if not quote and _reads_as_text(value) else quoted_text(value)


class Computed(Struct, frozen=True):
    """A value that is no literal: the tag that shows it, what is written there, its inputs.

    ``inputs`` are names, what they stand for as text, and where that is said.
    """

    location: Location
    expression: str
    inputs: tuple[tuple[str, str, str], ...] = ()


def _reads_as_text(text: str) -> bool:
    plain = text == text.strip() and not any(mark in text for mark in ":#{}[],&*!|>'\"%@`\n")
    return bool(text) and plain and isinstance(read_plain(text), str) and trap_in(text) is None


def _in_a_tag(text: str, quote: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace(quote, f"\\{quote}")
    return f"{quote}{escaped}{quote}"


def part_of(text: str, line: int, column: int, length: int) -> str:
    """So many characters of a line, from a column on; both count from 1."""
    return text.split("\n", line)[line - 1][column - 1 : column - 1 + length]
