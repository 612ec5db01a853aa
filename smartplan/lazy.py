"""What comes along with a library and is hardly ever used: made when it is, or left out.

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


@contextmanager
def left_out(*modules: str) -> Iterator[None]:
    """Have ``import`` of these fail inside, as where they are not installed.

    For libraries that try, and do as well without. What is imported already stays.
    """
    hidden = [name for name in modules if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # as the import system does
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


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
