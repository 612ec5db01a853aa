"""Overrides that name nothing: values that no template reads, spelled almost like one that is read.

A template reads what it names in a tag; that a name stands in one anywhere is enough to be read.
"""

import re
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_
from pathlib import Path

from msgspec import Struct

from smartplan.diagnostics import Finding, Location, Severity
from smartplan.diagnostics import Path as Address
from smartplan.document.tree import Node
from smartplan.workflow.values import Values

CODE = "SP007"
_LIKE = 0.8
_LONGEST = 40
_MANY, _ALIKE = 50, 1_000
"""Names that nothing reads, and names they could be slips of: comparing all takes their product."""
_OPENED, _CLOSED = r"\{[{%]", r"[%}]\}"
_WORD = r"[A-Za-z_][A-Za-z0-9_]*"
_VARIABLE = r"(?a)(?<![\w.|'\"])(?<![|.] )([A-Za-z_]\w*+)(?!\s*+[(='\"])"
_FIELD = r"(?a)\b([A-Za-z_]\w*)\.([A-Za-z_]\w*)"
_KEYWORDS = frozenset({
    "if", "else", "elif", "for", "in", "set", "not", "and", "or", "is", "import", "as", "from",
    "include", "macro", "endif", "endfor", "endset", "endmacro", "true", "false", "none",
})  # fmt: skip


class Reads(Struct, frozen=True):
    """What tags name: every word; the variables; and the fields, with what they are fields of."""

    words: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    fields: frozenset[tuple[str, str]] = frozenset()

    def __or__(self, other: "Reads") -> "Reads":
        return Reads(
            self.words | other.words,
            self.variables | other.variables,
            self.fields | other.fields,
        )


def reads_of(text: str) -> Reads:
    """What the tags of a text name."""
    if "{{" not in text and "{%" not in text:
        return Reads()
    inside = " ".join(_tags(text))
    return Reads(
        frozenset(re.findall(_WORD, inside)),
        frozenset(re.findall(_VARIABLE, inside)) - _KEYWORDS,
        frozenset(re.findall(_FIELD, inside)),
    )


def _tags(text: str) -> Iterator[str]:
    """What stands in the tags, each end looked for once: a plan may open tags without any end."""
    opened, closed = re.compile(_OPENED), re.compile(_CLOSED)
    start = opened.search(text)
    while start is not None and (end := closed.search(text, start.end())) is not None:
        yield text[start.end() : end.start()]
        start = opened.search(text, end.end())


def reads_of_all(reads: Iterable[Reads]) -> Reads:
    """What any of them names."""
    return reduce(or_, dict.fromkeys(reads), Reads())


def reads_below(folder: Path) -> Reads:
    """What the templates of a folder name."""
    reads = Reads()
    for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if file.is_file() and not file.is_symlink():
            reads |= reads_of(file.read_text(encoding="utf-8", errors="replace"))
    return reads


def unread(values: Values, reads: Reads) -> Iterator[Finding]:
    """The overrides that nothing reads and that resemble what is read."""
    base: dict[str, Node] = {}
    for document in values.base:
        base = {**base, **(document.data if isinstance(document.data, dict) else {})}
    for document in values.overrides:
        data = document.data if isinstance(document.data, dict) else {}
        for path, meant in _slips(data, base, (), reads):
            yield _finding(path, meant, document.locate(path, key=True))
    for path in values.assigned:
        nested: Node = None
        for step in reversed(path):
            nested = {str(step): nested}
        assert isinstance(nested, dict)  # noqa: S101  # `--set` names one key at least
        for slip, meant in _slips(nested, base, (), reads):
            yield _finding(slip, meant, Location("--set", 1))


def _slips(
    given: dict[str, Node], base: dict[str, Node], at: Address, reads: Reads
) -> Iterator[tuple[Address, str]]:
    parent = str(at[-1]) if at else None
    fields = {field for of, field in reads.fields if of == parent}
    known = {*base} | (fields if at else reads.variables)
    unread = [key for key in given if key not in base and key not in reads.words][:_MANY]
    for key, value in given.items():
        if key in unread:
            meant = _nearest(key, known - {*given})
            if meant is not None:
                yield (*at, key), meant
                continue
        below = base.get(key)
        if isinstance(value, dict):
            yield from _slips(value, below if isinstance(below, dict) else {}, (*at, key), reads)


def _nearest(word: str, known: Iterable[str]) -> str | None:
    """What ``word`` is a slip of; names that differ by their numbers alone are several things."""
    from difflib import get_close_matches

    if len(word) > _LONGEST:
        return None
    bare = re.sub(r"[0-9]", "", word)
    others = sorted(n for n in known if len(n) <= _LONGEST and re.sub(r"[0-9]", "", n) != bare)
    del others[_ALIKE:]
    return next(iter(get_close_matches(word, others, 1, _LIKE)), None)


def _finding(path: Address, meant: str, place: Location) -> Finding:
    above = "".join(f"{step}." for step in path[:-1])
    return Finding(
        CODE,
        Severity.ERROR,
        f"nothing reads `{above}{path[-1]}`",
        place,
        path,
        f"did you mean `{above}{meant}`?",
    )
