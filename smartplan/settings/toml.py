"""A TOML file as values that know their places in it, so that whatever is wrong can be told."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from smartplan.errors import FileError
from smartplan.text import UnreadableText, check, escape_of, forbidden, position, unshown

_LONGEST = 64
"""Lines of one statement that are looked through for its end."""
_MOST = 64 << 10
_DOTS = 64
_CORRECT = "correct the file; it is TOML"


class TomlValue(Struct, frozen=True):
    """A value of a file, under its keys from the top."""

    file: Path
    text: str
    path: tuple[str, ...]
    value: Any

    def at(self, *keys: str) -> "TomlValue":
        """What stands below it; its value is ``None`` where nothing does."""
        value = self.value
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return TomlValue(self.file, self.text, (*self.path, *keys), value)

    def items(self) -> Iterator[tuple[str, "TomlValue"]]:
        """The entries of a table. Raises ``UsageError``."""
        if not isinstance(self.value, dict):
            raise self.wrong("must be a table")
        return ((key, self.at(key)) for key in self.value)

    def wrong(self, what: str, hint: str | None = None) -> FileError:
        """What to raise about it, with its line and column."""
        line, column = place_of(self.text, self.path) or (None, None)
        said = f"`{'.'.join(self.path)}` {what}"
        return FileError(self.file, said, line=line, column=column, hint=hint)


def read_file(file: Path) -> TomlValue:
    """The whole of a file. Raises ``UsageError``."""
    try:
        with file.open("rb") as stream:
            content = stream.read(_MOST + 1)
    except OSError as error:
        raise FileError(file, str(error.strerror)) from None
    if len(content) > _MOST:
        large = f"larger than {_MOST >> 10} KiB"
        raise FileError(file, large, hint="keep to what is a setting")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileError(file, "not UTF-8 text", line=line, hint="save it as UTF-8") from None
    return read_text(text.replace("\r\n", "\n"), file)


def read_text(text: str, file: Path) -> TomlValue:
    """The whole of a text that stands in ``file``. Raises ``UsageError``."""
    import tomllib
    from decimal import Decimal

    # tomllib takes a time that grows with the square of what a key is made of.
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > _DOTS and not line.startswith("#"):
            dots = f"more than {_DOTS} dots in a line"
            raise FileError(file, dots, line=number, hint=_CORRECT)
    try:
        check(text)
        top = TomlValue(file, text, (), tomllib.loads(text, parse_float=Decimal))
        _refuse_unshown(top)
    except UnreadableText as error:
        place = {"line": error.line, "column": error.column}
        raise FileError(file, str(error), **place, hint=error.hint) from None
    except tomllib.TOMLDecodeError as error:
        said = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error))
        at, column = (int(said[2]), int(said[3])) if said and said[2] else _end(text)
        what, hint = _told(said[1] if said else str(error), text, at, column)
        raise FileError(file, what, line=at, column=column, hint=hint) from None
    except RecursionError:
        raise FileError(file, "lists or tables nested too deep", hint=_CORRECT) from None
    except ValueError:  # what Python says of thousands of digits
        raise FileError(file, "a number of too many digits", hint=_CORRECT) from None
    return top


def _told(said: str, text: str, line: int, column: int) -> tuple[str, str]:
    """What is wrong in a place, and what to write."""
    written = text.split("\n")[line - 1] if line <= text.count("\n") + 1 else ""
    before, after = written[: column - 1], written[column - 1 :]
    comma = re.search(r"([0-9]+)$", before), re.match(r",([0-9]+)", after)
    if comma[0] and comma[1]:
        return "a decimal comma", f"write {comma[0][1]}.{comma[1][1]}"
    bare = re.match(r"[A-Za-z][\w-]*", after)
    if said == "Invalid value" and bare:
        return "a text without quotes", f'write "{bare[0]}"'
    if said == "Cannot overwrite a value" or said.startswith("Cannot declare"):
        return "what stands here was said before", "say it once"
    return said, _CORRECT


def _refuse_unshown(entry: TomlValue) -> None:
    """What was escaped does not show either. Raises ``UnreadableText``."""
    if "\\" not in entry.text:
        return
    for text in (*entry.path[-1:], *_texts_in(entry.value)):
        character = unshown(text)
        if character is not None:
            raise _unshown(entry, character)
    if isinstance(entry.value, dict):
        for key in entry.value:
            _refuse_unshown(entry.at(key))


def _texts_in(value: object) -> Iterator[str]:
    """The texts of a value, and of a list; those of tables have keys of their own."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts_in(one)


def _unshown(entry: TomlValue, character: str) -> UnreadableText:
    line, column = place_of(entry.text, entry.path) or (1, 1)
    start = sum(len(one) + 1 for one in entry.text.split("\n")[: line - 1]) + column - 1
    at = escape_of(character, entry.text, start)
    line, column = position(entry.text, at) if at is not None else (line, column)
    return forbidden(character, line, column)


def place_of(text: str, path: Sequence[str]) -> tuple[int, int] | None:
    """Line and column, from 1, of the key at ``path`` in a valid text; ``None`` if it is not there.

    ``tomllib`` tells no places. But the key stands in the statement with which it is first there.
    """
    lines = text.split("\n")
    start = bisect_left(range(len(lines)), 1, key=lambda n: _has(_whole(lines, n + 1)[1], path))
    if start == len(lines):
        return None
    statement = "\n".join(lines[start : _whole(lines, start + 1)[0]])
    key = re.search(rf"(?<![\w-])[\"']?{re.escape(path[-1])}[\"']?(?=\s*[=\].])", statement)
    before = statement[: key.start()] if key else statement[: -len(statement.lstrip())]
    return start + 1 + before.count("\n"), len(before) - before.rfind("\n")


def _whole(lines: Sequence[str], least: int) -> tuple[int, object]:
    """So many lines, at least ``least``, that no statement ends beyond; and what they say."""
    import tomllib

    for count in (*range(least, min(least + _LONGEST, len(lines))), len(lines)):
        try:
            return count, tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue
    return len(lines), None


def _has(data: object, path: Sequence[str]) -> bool:
    for key in path:
        if not isinstance(data, dict) or key not in data:
            return False
        data = data[key]
    return True


def _end(text: str) -> tuple[int, int]:
    return text.count("\n") + 1, len(text) - text.rfind("\n")
