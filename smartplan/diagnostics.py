"""The vocabulary every room shares: paths, places, findings."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

Path = tuple[str | int, ...]
"""The address of a value: ``("take_profit", "steps", 0, "price", "value")``."""


@lru_cache(maxsize=1024)
def format_path(path: Path) -> str:
    """``take_profit.steps[0].price.value``; the empty path is the empty string."""
    parts: list[str] = []
    for key in path:
        if isinstance(key, int):
            parts.append(f"[{key}]")
        else:
            parts.append(f".{key}" if parts else key)
    return "".join(parts)


def with_extra(name: str) -> str:
    """How to get what an optional part needs; the name is on no package index yet."""
    return f"install it with the extra: `pip install 'smartplan[{name}] @ git+URL@COMMIT'`"


def command(words: str, environment: str) -> str:
    """A command line to paste, in backquotes; it names the environment unless it is the sandbox."""
    chosen = "" if environment == "sandbox" else f" --env {environment}"
    return f"`smartplan {words}{chosen}`"


class Severity(StrEnum):
    """How bad a finding is; only errors stop an apply."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Location(Struct, frozen=True, order=True):
    """A place in a file the user wrote; ``line`` and ``column`` count from 1.

    ``rendered`` says that no line map exists and ``line`` counts in the rendered text instead.
    """

    file: str
    line: int
    column: int = 1
    rendered: bool = False

    def __str__(self) -> str:
        note = " (rendered line)" if self.rendered else ""
        return f"{self.file}:{self.line}:{self.column}{note}"


class Rewrite(Struct, frozen=True):
    """The value at ``path`` becomes ``value``."""

    path: Path
    value: str | int | Decimal | bool


class Rename(Struct, frozen=True):
    """The key at ``path`` becomes ``key``."""

    path: Path
    key: str


class Add(Struct, frozen=True):
    """The mapping around ``path`` gets its last step as a key with ``value``."""

    path: Path
    value: str | bool


class Respell(Struct, frozen=True):
    """The text ``old`` at a line and column, from 1, of what was rendered becomes ``new``."""

    line: int
    column: int
    old: str
    new: str


Fix = Rewrite | Rename | Add | Respell
"""What takes a finding away and cannot be a mistake; paths are those of the finding."""


def below(prefix: Path, fix: Fix | None) -> Fix | None:
    """The fix, its path seen from farther up."""
    if fix is None or isinstance(fix, Respell):
        return fix
    return replace(fix, path=prefix + fix.path)


class Finding(Struct, frozen=True):
    """Something wrong in a file.

    ``message`` says what is wrong, ``hint`` what to do; ``path`` is the address inside the
    document, ``trade`` the name of the trade it belongs to, if one is known. ``fix`` is what
    `lint --fix` does about it.
    """

    code: str
    severity: Severity
    message: str
    location: Location
    path: Path = ()
    hint: str | None = None
    trade: str | None = None
    fix: Fix | None = None

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """File and line order, then code: the order every report uses."""
        place = self.location
        return (place.file, place.line, place.column, self.code, self.message)


MOST = 50
"""Findings of one kind in one file that anybody reads."""


def shortened(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings in file and line order, the first of each kind in each file.

    What is left out is counted in a last finding of its kind, where the first of them stands.
    """
    kept: list[Finding] = []
    seen: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], Finding] = {}
    for finding in sorted(findings, key=lambda finding: finding.sort_key):
        kind = (finding.location.file, finding.code)
        seen[kind] += 1
        if seen[kind] <= MOST:
            kept.append(finding)
        else:
            worst = first.setdefault(kind, finding)
            if finding.severity is Severity.ERROR and worst.severity is not Severity.ERROR:
                first[kind] = finding
    kept += [_rest(finding, seen[kind] - MOST) for kind, finding in first.items()]
    return tuple(sorted(kept, key=lambda finding: finding.sort_key))


def _rest(first: Finding, count: int) -> Finding:
    more = f"{count:,} more of {first.code} in this file are left out"
    return Finding(
        first.code, first.severity, more, first.location, hint="correct the others first"
    )
