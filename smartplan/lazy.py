"""Regular expressions that come with a library and are hardly ever used: compiled when they are.

What a command costs before it does anything is mostly what it imports; see
docs/decisions/0024-what-a-start-pays-for.md for what this saves.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_compile = re.compile


@contextmanager
def patterns_put_off(*modules: str) -> Iterator[None]:
    """Have the regular expressions that these modules compile inside compiled at their first use.

    They must call methods of them and do nothing else, as ``re.sub(compiled, …)`` would be.
    """

    def compiled(pattern: str, flags: int = 0) -> object:
        by = sys._getframe(1).f_globals["__name__"]
        return _Pattern(pattern, flags) if by in modules else _compile(pattern, flags)

    re.compile = compiled  # type: ignore[assignment]
    try:
        yield
    finally:
        re.compile = _compile


class _Pattern:
    """Stands for a compiled expression."""

    __slots__ = ("_compiled", "_flags", "_pattern")

    def __init__(self, pattern: str, flags: int) -> None:
        self._pattern, self._flags = pattern, flags
        self._compiled: re.Pattern[str] | None = None

    def __getattr__(self, name: str) -> object:
        if self._compiled is None:
            self._compiled = _compile(self._pattern, self._flags)
        return getattr(self._compiled, name)
