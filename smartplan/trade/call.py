"""How a template calls a function of ours: what is wrong with its arguments, in its own words."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inspect import Parameter


def misuse(
    function: Callable[..., object],
    args: Sequence[object],
    kwargs: Mapping[str, object],
    *,
    filtering: bool = False,
) -> str | None:
    """Which argument is missing or too many, and how it is called; ``None`` where none is.

    ``filtering``: the first argument stands before the function, as that of a filter.
    """
    from inspect import signature

    shape = signature(function)
    try:
        shape.bind(*args, **kwargs)
    except TypeError:
        wrong = _wrong(shape.parameters, len(args), kwargs)
        return f"{wrong}; it is {_form(function.__name__, shape.parameters, filtering=filtering)}"
    return None


def _wrong(known: "Mapping[str, Parameter]", count: int, named: Mapping[str, object]) -> str:
    placed = [*known][:count]
    if unknown := [name for name in named if name not in known]:
        return f"it has no argument `{unknown[0]}`"
    if count > len(known):
        return f"{count} arguments are too many"
    if twice := [name for name in named if name in placed]:
        return f"`{twice[0]}` is given twice"
    given = {*placed, *named}
    missing = [n for n, one in known.items() if one.default is one.empty and n not in given]
    return f"{', '.join(f'`{name}`' for name in missing)} {'are' if missing[1:] else 'is'} missing"


def _form(name: str, known: "Mapping[str, Parameter]", *, filtering: bool) -> str:
    """``ladder(a, b, n, kind='linear')``, or ``x | lot(step)``."""
    words = [
        one.name if one.default is one.empty else f"{one.name}={_default(one.default)}"
        for one in known.values()
    ]
    return f"`x | {name}({', '.join(words[1:])})`" if filtering else f"`{name}({', '.join(words)})`"


def _default(value: object) -> str:
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, Decimal) else repr(value)
