"""Ignore comments: ``# smartplan: ignore[SP401] reason``, on the line or on the trade's name."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from smartplan.diagnostics import Finding, Location, Severity
from smartplan.lint.registry import RULES, is_binding

_QUOTED = r"""(?<![^\s\[{,:(])(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')"""
_COMMENT = r"(?:^|\s)#\s*smartplan:\s*ignore\b(?:\[([^\]]*)\])?"

Line = tuple[str, int]
"""A file and a line of it, from 1."""


class Ignore(Struct, frozen=True):
    """One code of one comment."""

    code: str
    line: Line
    column: int


def scan(texts: Mapping[str, str]) -> tuple[Ignore, ...]:
    """The ignore comments of source files, by the name that findings know the files by."""
    return tuple(ignore for file, text in texts.items() for ignore in _in_file(file, text))


def _in_file(file: str, text: str) -> Iterator[Ignore]:
    if "smartplan:" not in text:
        return
    for number, line in enumerate(text.split("\n"), 1):
        if "smartplan:" not in line:
            continue
        # What stands between quotes is text, not a comment.
        bare = re.sub(_QUOTED, lambda quoted: " " * len(quoted[0]), line)
        for match in re.finditer(_COMMENT, bare):
            for code in (match[1] or "").split(",") or [""]:
                yield Ignore(
                    code.strip().upper(), (file, number), line.index("#", match.start()) + 1
                )


def apply(
    findings: Iterable[Finding],
    ignores: Iterable[Ignore],
    names: Mapping[str, Iterable[Line]],
    judged: Callable[[str], bool],
) -> Iterator[Finding]:
    """The findings no comment waves through, then SP005 for comments that did nothing.

    ``names`` are the lines on which each trade is named; ``judged`` tells which codes were looked
    for at all: a comment for another is not unused.
    """
    listed = tuple(ignores)
    by_line: dict[tuple[str, Line], list[Ignore]] = {}
    for ignore in listed:
        by_line.setdefault((ignore.code, ignore.line), []).append(ignore)
    used: set[Ignore] = set()
    for found in findings:
        matching = [] if is_binding(found) else [*_matching(found, by_line, names)]
        used.update(matching)
        if not matching:
            yield found
    for ignore in listed:
        if ignore not in used and (ignore.code not in RULES or judged(ignore.code)):
            yield _unused(ignore)


def _matching(
    found: Finding,
    by_line: Mapping[tuple[str, Line], list[Ignore]],
    names: Mapping[str, Iterable[Line]],
) -> Iterator[Ignore]:
    place = found.location
    lines = list(names.get(found.trade or "", ()))
    if not place.rendered:
        lines.append((place.file, place.line))
    for line in lines:
        yield from by_line.get((found.code, line), ())


def _unused(ignore: Ignore) -> Finding:
    known = RULES.get(ignore.code)
    if not ignore.code:
        message, hint = "this comment ignores no code", "name it: `# smartplan: ignore[SP401] why`"
    elif known is None:
        message, hint = f"there is no rule {ignore.code}", "`smartplan rules` lists them"
    else:
        message = f"nothing here is waved through by ignore[{ignore.code}]"
        hint = "delete the comment"
        if known.binding:
            hint = f"errors of {ignore.code} cannot be ignored: correct the plan"
    file, line = ignore.line
    return Finding(
        "SP005", Severity.WARNING, message, Location(file, line, ignore.column), hint=hint
    )
