"""Our own schema keywords (``x-…``), judged the same in every engine; editors ignore them.

* ``x-decimal: positive|signed``: at most 20 digits before and 18 after the point
* ``x-whole``: a whole number; ``8.0`` is one
* ``x-volumes-sum: 100``: the volumes of the steps add up to exactly that
* ``x-trailing-last``: only the last step trails
* ``x-timestamp``: an existing moment, with its time zone, of a year that UTC has, too

The others judge nothing; they say what a branch of the schema means to its readers:

* ``x-code``, ``x-message``: the rule that a branch is, and its reason in words
* ``x-called``: what a mapping is called in messages, where its path does not say it
* ``x-misplaced``: the hint for a key of a trade that stands here
* ``x-also``: other names by which people call a key; ``x-words``: other words for its values
* ``x-alone``: the key, by its path, that a lone ``switch`` or ``amount`` was meant for
* ``x-nearest``: how the nearest legal text is found; ``x-hint``: a hint by the type of the value
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Context, Decimal
from functools import cache

from msgspec import Struct

from smartplan.diagnostics import Fix, Path, Rewrite
from smartplan.document.scalars import number_text, written_decimals
from smartplan.trade.parse import parse_time
from smartplan.trade.wire import is_on

MAX_INTEGER_DIGITS = 20
MAX_DECIMALS = 18
_TOO_LARGE = 10**MAX_INTEGER_DIGITS
_EXACT = Context(prec=60)

_DECIMAL = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"
_MOMENT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?)?"
)


class Flaw(Struct, frozen=True):
    """What a keyword objects to; ``path`` is relative to the judged value.

    ``code`` is given where one keyword serves several rules; ``fix`` counts from the value, too.
    """

    message: str
    hint: str | None = None
    path: Path = ()
    code: str | None = None
    fix: Fix | None = None


def read_decimal(value: object) -> Decimal | None:
    """The number that a scalar of a plan stands for, quoted or not; ``None`` if it is none."""
    if isinstance(value, str):
        return Decimal(value) if re.fullmatch(_DECIMAL, value) else None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else None


def decimals(number: Decimal) -> int:
    """How many digits stand behind the point, without trailing zeros."""
    return len(number_text(number).partition(".")[2])


def nearest(number: Decimal, places: int) -> str:
    """The number rounded to so many decimals, as it would be written."""
    return number_text(number.quantize(Decimal(1).scaleb(-places), context=_EXACT))


def _decimal(sign: object, value: object) -> Iterable[Flaw]:
    if type(value) is int and 0 < value < _TOO_LARGE:
        return ()
    number = read_decimal(value)
    if number is None or (number > 0 and _plainly_in_bounds(number)):
        return ()
    return _decimal_flaws(sign, number)


def _plainly_in_bounds(number: Decimal) -> bool:
    return written_decimals(number) <= MAX_DECIMALS and number.adjusted() < MAX_INTEGER_DIGITS


def _decimal_flaws(sign: object, number: Decimal) -> Iterator[Flaw]:
    if sign == "positive" and number <= 0:
        yield Flaw(f"`{number_text(number)}` is not above zero")
    elif number.adjusted() >= MAX_INTEGER_DIGITS:
        yield Flaw(f"more than {MAX_INTEGER_DIGITS} digits before the point")
    elif decimals(number) > MAX_DECIMALS:
        yield Flaw(
            f"more than {MAX_DECIMALS} decimals",
            f"the nearest with 8 is `{nearest(number, 8)}`",
            code="SP006",
        )


def _whole(_: object, value: object) -> Iterator[Flaw]:
    if isinstance(value, Decimal) and value % 1:
        yield Flaw(f"`{value}` is no whole number")


def _volumes_sum(total: object, steps: object) -> Iterable[Flaw]:
    if not isinstance(steps, list) or not steps or not isinstance(total, int):
        return ()
    given, volumes = Decimal(), []
    for step in steps:
        volume = read_decimal(step.get("volume")) if isinstance(step, dict) else None
        if volume is None:
            return ()
        volumes.append(volume)
        given = _EXACT.add(given, volume)
    return () if given == total else (_wrong_sum(total, given, volumes),)


def _wrong_sum(total: int, given: Decimal, volumes: Sequence[Decimal]) -> Flaw:
    missing = _EXACT.subtract(Decimal(total), given)
    listed = " + ".join(number_text(volume) for volume in volumes)
    verdict = "is missing" if missing > 0 else "too much"
    last = _EXACT.add(volumes[-1], missing)
    rounded = 0 < last <= total and _by_rounding(volumes, missing)
    return Flaw(
        f"the volumes add up to {number_text(given)} ({listed}): "
        f"{number_text(missing.copy_abs())} {verdict}",
        f"for instance, make the last `volume: {number_text(last)}`" if 0 < last <= total else None,
        fix=Rewrite((len(volumes) - 1, "volume"), last) if rounded else None,
    )


def _by_rounding(volumes: Sequence[Decimal], missing: Decimal) -> bool:
    """Whether so much can be missing because each volume was rounded to the decimals it has."""
    places = max(decimals(volume) for volume in volumes)
    half = Decimal(5).scaleb(-places - 1)
    return len(volumes) > 1 and missing.copy_abs() < _EXACT.multiply(half, Decimal(len(volumes)))


def _trailing_last(_: object, steps: object) -> Iterator[Flaw]:
    if not isinstance(steps, list):
        return
    for index, step in enumerate(steps[:-1]):
        trailing = step.get("trailing") if isinstance(step, dict) else None
        if isinstance(trailing, dict) and is_on(trailing.get("enabled")):
            yield Flaw(
                f"step {index + 1} of {len(steps)} trails, but only the last one can",
                "move it to the end, or drop its trailing",
                (index, "trailing"),
            )


def _timestamp(_: object, value: object) -> Iterator[Flaw]:
    if not isinstance(value, str):
        return
    match = re.fullmatch(_MOMENT, value)
    try:
        moment = datetime.fromisoformat(value) if match else None
    except ValueError:
        moment = None
    if match is None or moment is None:
        yield Flaw(f"`{value}` is no date and time", "write it like 2026-12-31T00:00:00Z")
    elif match["zone"] is None:
        yield Flaw(f"`{value}` has no time zone", f"for UTC write {moment.isoformat()}Z")
    elif parse_time(value) is None:
        yield Flaw(f"`{value}` lies beyond the calendar, in UTC", "write a year that will come")


@cache
def ecma(pattern: str) -> re.Pattern[str]:
    """A schema's pattern: Python's ``$`` lets a line break through, ECMA's does not."""
    return re.compile(re.sub(r"\$$", r"\\Z", pattern), re.ASCII)


Judge = Callable[[object, object], Iterable[Flaw]]
"""The keyword's argument and the value to the flaws found."""

KEYWORDS: dict[str, Judge] = {
    "x-decimal": _decimal,
    "x-whole": _whole,
    "x-volumes-sum": _volumes_sum,
    "x-trailing-last": _trailing_last,
    "x-timestamp": _timestamp,
}

OF_LISTS = frozenset({"x-volumes-sum", "x-trailing-last"})
"""Those that judge items beside each other, and name what they object to themselves."""
