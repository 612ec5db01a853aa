"""Times as price files write them, to microseconds since 1970."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal

from smartplan.errors import UsageError

EARLIEST = 100_000_000
"""Smaller whole numbers are no epoch time: 20260101 is a date in a form that says no zone."""
_UNITS = ((10**11, "s", 10**6), (10**14, "ms", 10**3), (10**17, "µs", 1))
"""Whole numbers below each bound count in that unit: as seconds they would mean the year 5138."""
_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})", re.ASCII)
_EPOCH = re.compile(r"[0-9]{9,19}(\.[0-9]{1,9})?", re.ASCII)
_HALF_DAY = "%Y-%m-%d %I-%p"


class NoZoneError(ValueError):
    """A local time, and nobody said where."""


def read_zone(text: str) -> tzinfo:
    """A time zone by its name or its distance from UTC. Raises ``UsageError``."""
    if text.upper() in {"UTC", "Z"}:
        return UTC
    offset = _OFFSET.fullmatch(text)
    if offset is not None:
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        if ahead < timedelta(hours=24):
            return timezone(-ahead if offset[1] == "-" else ahead)
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise UsageError(
            f"{text} is no known time zone", hint="for example UTC, +02:00 or Europe/Berlin"
        ) from None


def unit_of(cell: str) -> str:
    """What a time counts in: ``s``, ``ms``, ``µs``, ``ns``, or nothing where it is written out."""
    if not _EPOCH.fullmatch(cell.strip()):
        return ""
    number = Decimal(cell)
    return next((name for bound, name, _ in _UNITS if number < bound), "ns")


def microseconds(cells: Sequence[str], zone: tzinfo | None) -> list[int]:
    """Each time; raises ``NoZoneError`` for a local one without a zone, and ``ValueError``."""
    try:
        numbers = list(map(int, cells))
    except ValueError:
        return _written_out(cells) or [_moment(cell.strip(), zone) for cell in cells]
    least, most = min(numbers), max(numbers)
    if not "".join(cells).replace(" ", "").isdigit() or least < EARLIEST:
        raise ValueError
    for bound, _, factor in _UNITS:
        if most < bound and least >= bound // 1000:
            return [number * factor for number in numbers]
    return list(map(_of_epoch, numbers))


def _written_out(cells: Sequence[str]) -> list[int] | None:
    """Times that all are in the usual form and name their zone, else ``None``."""
    try:
        moments = list(map(datetime.fromisoformat, cells))
    except ValueError:
        return None
    if None in {moment.tzinfo for moment in moments}:
        return None
    return [round(seconds * 1_000_000) for seconds in map(datetime.timestamp, moments)]


def _of_epoch(number: int) -> int:
    if number < EARLIEST:
        raise ValueError
    return next((number * factor for bound, _, factor in _UNITS if number < bound), number // 1000)


def _moment(cell: str, zone: tzinfo | None) -> int:
    if _EPOCH.fullmatch(cell):
        return _of_fraction(Decimal(cell))
    moment = _written(cell)
    if moment.tzinfo is None:
        if zone is None:
            raise NoZoneError
        moment = moment.replace(tzinfo=zone)
    return round(moment.timestamp() * 1_000_000)


def _of_fraction(number: Decimal) -> int:
    if number < EARLIEST:
        raise ValueError
    factor = next((Decimal(factor) for bound, _, factor in _UNITS if number < bound), None)
    return int(number * factor) if factor is not None else int(number / 1000)


def _written(cell: str) -> datetime:
    forms: tuple[Callable[[str], datetime], ...] = (datetime.fromisoformat, _in_half_days)
    for form in forms:
        try:
            return form(cell)
        except ValueError:
            continue
    raise ValueError(cell)


def _in_half_days(cell: str) -> datetime:
    """``2020-07-01 03-PM``, as CryptoDataDownload once wrote hours."""
    return datetime.strptime(cell, _HALF_DAY)  # noqa: DTZ007  # its zone is seen to by the caller
