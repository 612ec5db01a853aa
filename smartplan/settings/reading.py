"""What ``settings.keys`` says of a key, held against what a file says under it."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any, assert_never

from msgspec import Struct

from smartplan.settings.keys import (
    DAY,
    FEE,
    PERCENT,
    Choice,
    Codes,
    Day,
    Each,
    FeeRate,
    Flag,
    Kind,
    Limited,
    Money,
    Number,
    PerAccount,
    Section,
    Strictness,
    Switch,
    Text,
    Texts,
    Whole,
)
from smartplan.settings.toml import TomlValue


class Share(Struct, frozen=True):
    """Percent of the equity."""

    percent: Decimal


class MakerTaker(Struct, frozen=True):
    """The fees of an account as fractions: of orders that wait, and of those that take."""

    maker: Decimal
    taker: Decimal


ALL_ACCOUNTS = ""
"""The name in a table per account of what holds for every one that is not named."""


class Rail(Struct, frozen=True):
    """A guard rail as it stands in ``[policy]``; without a level it is off."""

    level: Strictness | None
    limit: Decimal | int | tuple[str, ...] | Mapping[str, Decimal] | Share | None = None


def read(kind: Kind, entry: TomlValue) -> Any:  # noqa: C901  # one line for each kind
    """The value of an entry, of its kind; of a section what is there. Raises ``UsageError``."""
    match kind:
        case Section():
            return _section(kind, entry)
        case Each():
            if kind.listed and isinstance(entry.value, list):
                return {name: {} for name in _texts(Texts(), entry)}
            return {key: read(kind.kind, below) for key, below in entry.items()}
        case FeeRate():
            return _fee(entry)
        case PerAccount():
            return _per_account(kind, entry)
        case Text():
            return _text(kind, entry)
        case Choice():
            return choice(kind, entry)
        case Day():
            return _day(entry)
        case Flag():
            if not isinstance(entry.value, bool):
                raise entry.wrong("must be true or false")
            return entry.value
        case Number():
            return _number(kind, entry)
        case Whole():
            return _whole(kind, entry)
        case Texts():
            return _texts(kind, entry)
        case Codes():
            return _texts(Texts(), entry)
        case Money():
            return _money(entry)
        case Switch():
            return _switch(kind, entry)
        case Limited():
            return _limited(kind, entry)
        case _:
            assert_never(kind)


def meant(word: str, known: Iterable[str]) -> str:
    """The hint at what somebody may have meant by ``word``, or at all there is."""
    import difflib

    known = tuple(known)
    near = difflib.get_close_matches(word, known, 1)
    return f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}"


def _section(kind: Section, entry: TomlValue) -> dict[str, Any]:
    kinds = {key.name: key.kind for key in kind.keys}
    for key, below in entry.items():
        if key not in kinds:
            raise below.wrong(kind.stranger, meant(key, kinds))
    return {key: read(kinds[key], below) for key, below in entry.items()}


_SIDES_OF_A_FEE = frozenset(MakerTaker.__struct_fields__)


def _fee(entry: TomlValue) -> MakerTaker:
    if not isinstance(entry.value, dict):
        both = _number(FEE, entry)
        return MakerTaker(both, both)
    for key, below in entry.items():
        if key not in _SIDES_OF_A_FEE:
            raise below.wrong("is no part of a fee", meant(key, sorted(_SIDES_OF_A_FEE)))
    if missing := sorted(_SIDES_OF_A_FEE - entry.value.keys()):
        raise entry.wrong(f"names no {missing[0]}", "{maker = 0.0002, taker = 0.0005}")
    maker, taker = (_number(FEE, entry.at(side)) for side in ("maker", "taker"))
    return MakerTaker(maker, taker)


def _per_account(kind: PerAccount, entry: TomlValue) -> dict[str, Any]:
    """By name; one for all of them under ``ALL_ACCOUNTS``."""
    value = entry.value
    sides = _SIDES_OF_A_FEE if isinstance(kind.kind, FeeRate) else frozenset()
    if not isinstance(value, dict) or value.keys() & sides:
        return {ALL_ACCOUNTS: read(kind.kind, entry)}
    return {name: read(kind.kind, below) for name, below in entry.items()}


def _text(kind: Text, entry: TomlValue) -> str:
    if not isinstance(entry.value, str):
        raise entry.wrong("must be text")
    for form in kind.forms:
        if not re.fullmatch(form.pattern, entry.value, re.ASCII):
            raise entry.wrong(form.wrong, form.hint)
    return entry.value


def choice(kind: Choice, entry: TomlValue) -> str:
    """One of the words. Raises ``UsageError``."""
    for word in kind.words:
        if entry.value == word:
            return word
    said = str(entry.value).strip().lower()
    hint = f"write `{said}`" if said in kind.words else None
    raise entry.wrong(f"must be {', '.join(kind.words[:-1])} or {kind.words[-1]}", hint)


def _day(entry: TomlValue) -> date:
    value = entry.value
    if isinstance(value, str) and re.fullmatch(DAY, value, re.ASCII):
        with suppress(ValueError):
            value = date.fromisoformat(value)
    if isinstance(value, datetime) or not isinstance(value, date):
        raise entry.wrong("must be a date such as 2026-11-22")
    return value


def _number(kind: Number, entry: TomlValue) -> Decimal:
    if isinstance(entry.value, bool) or not isinstance(entry.value, int | Decimal):
        raise entry.wrong("must be a number", _without_quotes(entry.value))
    number = Decimal(entry.value)
    if not number.is_finite() or number < 0:
        raise entry.wrong("must be a finite number, not below 0")
    if kind.positive and number == 0:
        raise entry.wrong("must be above 0")
    if kind.below is not None and number >= kind.below:
        raise entry.wrong(kind.wrong)
    return number


def _whole(kind: Whole, entry: TomlValue) -> int:
    value = entry.value
    if isinstance(value, Decimal) and value.is_finite() and abs(value) <= kind.most:
        value = int(value) if value == int(value) else value
    if isinstance(value, bool) or not isinstance(value, int):
        raise entry.wrong(kind.wrong, _without_quotes(value))
    if not kind.least <= value <= kind.most:
        raise entry.wrong(kind.wrong)
    return value


def _without_quotes(value: object) -> str | None:
    """The number that a text most likely is; a percentage as a fraction."""
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(%?)\s*", str(value), re.ASCII)
    if found is None or not isinstance(value, str):
        return None
    if found[2]:
        return f"as a fraction, {found[1]} % is {(Decimal(found[1]) / 100).normalize():f}"
    return f"write {found[1]}, without quotes"


def _texts(kind: Texts, entry: TomlValue) -> tuple[str, ...]:
    value = entry.value
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise entry.wrong(kind.wrong, kind.hint)
    for text in value:
        if kind.each is not None and not re.fullmatch(kind.each.pattern, text):
            raise entry.wrong(f"has `{text}`, which {kind.each.wrong}", kind.each.hint)
    return tuple(value)


def _money(entry: TomlValue) -> Mapping[str, Decimal] | Share:
    example = 'for example {USDT = 1000}, or "2%"'
    if isinstance(entry.value, str):
        if not re.fullmatch(PERCENT, entry.value):
            raise entry.wrong(f"is `{entry.value}`", example)
        return Share(Decimal(entry.value.rstrip(" %")))
    if not isinstance(entry.value, dict) or not entry.value:
        raise entry.wrong("must be an amount per quote currency", example)
    return {quote: _number(Number(), below) for quote, below in entry.items()}


def _switch(kind: Switch, entry: TomlValue) -> Rail:
    if isinstance(entry.value, bool):
        return Rail(kind.on if entry.value else None)
    return Rail(_level(entry, "true, false or a level"))


def _limited(kind: Limited, entry: TomlValue) -> Rail:
    value = entry.value
    if isinstance(value, dict) and "limit" not in value and not isinstance(kind.limit, Money):
        raise entry.wrong("names no limit", '{limit = LIMIT, level = "soft"}')
    if not isinstance(value, dict) or "limit" not in value:
        return Rail(Strictness.SOFT, read(kind.limit, entry))
    extra = sorted(value.keys() - {"limit", "level"})
    if extra:
        raise entry.at(extra[0]).wrong("is unknown here", "it takes limit and level")
    level = _level(entry.at("level"), "a level") if "level" in value else Strictness.SOFT
    return Rail(level, read(kind.limit, entry.at("limit")))


def _level(entry: TomlValue, expected: str) -> Strictness:
    for level in Strictness:
        if entry.value == level.value:
            return level
    raise entry.wrong(f"must be {expected}", f"the levels are {', '.join(Strictness)}")
