"""What a template may cost: every value is paid for where it is gone through, nested ones whole.

A value that holds another one twice doubles with each level and takes next to no memory: what goes
through it (comparing, sorting, writing it as text) would never end. So whoever goes through a value
pays for it first, as if nothing in it were shared.
"""

from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from decimal import Decimal
from itertools import chain
from types import NoneType
from typing import Any

from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext
from jinja2.utils import Namespace

from smartplan.document.expressions import TOO_LARGE, kind_of

MAX_WORK = 4_000_000
"""Parts of the template evaluated, items and characters handled: a bound on time and memory that
does not depend on a clock."""
CHARACTERS = 8
"""How many characters weigh as much as an item of a list."""
NODE = 4
"""What a value inside another one weighs where both are gone through."""
MAX_NESTING = 64
KEY_DIGITS = 18
"""Of a number that is a key; larger ones can be chosen so that they all hash alike."""

_SCALARS = frozenset({int, Decimal, bool, NoneType})
_SIZED = (list, tuple, dict, range, KeysView, ValuesView, ItemsView)


class Budget:
    """The work one rendering may do. Every method raises ``SecurityError`` beyond it."""

    def __init__(self) -> None:
        self._work = 0

    def spend(self, work: int) -> None:
        """Refuse templates that would run without end, or fill the memory."""
        self._work += work
        if self._work > MAX_WORK:
            raise SecurityError("the template does too much: fewer loop passes, shorter lists")

    def note(self, work: int) -> None:
        """Count work that whoever spends next answers for: here nobody could raise."""
        self._work += work

    def surface(self, value: Any, factor: int = 1) -> Any:
        """The value itself, once its own length is accounted for."""
        if isinstance(value, str):
            self.spend(1 + len(value) // CHARACTERS)
        elif isinstance(value, _SIZED):
            self.spend(1 + len(value) * factor)
        return value

    def each(self, value: Any) -> Any:
        """The value itself, once a pass over its items is accounted for."""
        if isinstance(value, (str, *_SIZED)):
            self.spend(1 + len(value))
        return value

    def whole(self, value: Any) -> Any:
        """The value itself, once all that is in it is accounted for."""
        if type(value) in _SCALARS:
            self.spend(1)
        elif isinstance(value, str):
            self.spend(1 + len(value) // CHARACTERS)
        else:
            self._go_through(value)
        return value

    def _go_through(self, value: object) -> None:
        level: list[tuple[object, int]] = [(value, 1)]
        while level:
            within, depth = level.pop()
            if depth > MAX_NESTING:
                raise SecurityError(TOO_LARGE)
            length, parts = _parts(within)
            self.spend(1 + length * NODE)
            for part in parts:
                if isinstance(part, str):
                    self.spend(len(part) // CHARACTERS)
                elif type(part) not in _SCALARS:
                    level.append((part, depth + 1))

    def key(self, value: Any) -> Any:
        """The value itself, if it can be a key of a mapping."""
        if isinstance(value, str):
            self.spend(1 + len(value) // CHARACTERS)
        elif type(value) not in _SCALARS:
            raise SecurityError(f"a key must be a text or a number, not {kind_of(value)}")
        elif value and _digits(value) > KEY_DIGITS:
            raise SecurityError(f"a key of more than {KEY_DIGITS} digits")
        return value

    def paying(
        self, function: Callable[..., Any], pay: Callable[[Any], Any], factor: int = 1
    ) -> Callable[..., Any]:
        """``function``, each argument of which is paid for by ``pay``.

        What it would compute item by item, as somebody asks, it computes at once.
        """

        def call(*args: Any, **kwargs: Any) -> Any:
            self.spend(factor)
            for argument in (*args, *kwargs.values()):
                pay(argument)
                if factor > 1:
                    self.surface(argument, factor)
            result = function(*args, **kwargs)
            if isinstance(result, Iterator):
                return list(self._counted(result))
            return self.surface(result, factor)

        # As `wraps` does, of which nothing else is asked, at a third of its price.
        call.__dict__.update(getattr(function, "__dict__", {}), __wrapped__=function)
        return call

    def _counted(self, items: Iterator[Any]) -> Iterator[Any]:
        for item in items:
            self.spend(1)
            yield item


_Function = Callable[..., Any]


class PaidFunctions(Mapping[str, _Function]):
    """What templates call by name, made to be paid for when one first asks: few ask for many.

    Of ``groups`` each has its own way to ``pay``, and its factor; the later ones win.
    """

    def __init__(
        self,
        budget: Budget,
        *groups: tuple[Mapping[str, Any], Callable[[Any], Any], int],
        free: Mapping[str, _Function] | None = None,
    ) -> None:
        self._budget = budget
        self._groups = groups
        self._asked = dict(free or {})

    def __getitem__(self, name: str) -> _Function:
        if name not in self._asked:
            for functions, pay, factor in reversed(self._groups):
                if name in functions:
                    self._asked[name] = self._budget.paying(functions[name], pay, factor)
                    break
        return self._asked[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*chain(*(group[0] for group in self._groups)), *self._asked)))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _parts(value: object) -> tuple[int, Iterator[object]]:
    """How many values stand directly in ``value``, and these."""
    if isinstance(value, Namespace):
        value = object.__getattribute__(value, "_Namespace__attrs")
    if isinstance(value, dict):
        return 2 * len(value), _keys_and_values(value)
    if isinstance(value, _SIZED):
        return len(value), iter(value)
    if isinstance(value, LoopContext):
        raise SecurityError("`loop` is no value: use its fields")
    return 0, iter(())


def _keys_and_values(mapping: Mapping[object, object]) -> Iterator[object]:
    yield from mapping.keys()
    yield from mapping.values()


def _digits(number: int | Decimal) -> int:
    if isinstance(number, Decimal):
        return len(number.as_tuple().digits)
    return number.bit_length() * 3 // 10
