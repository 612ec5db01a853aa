"""A trade as flat fields under the keys of the plan: what is compared, digested and shown.

Groups are compared, blocked and digested on their own: a moved stop loss does not hold up a change
of the take profit. ``hidden`` is what the service never echoes.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cache

from msgspec.json import encode

from smartplan.diagnostics import Path, format_path
from smartplan.document.scalars import number_text
from smartplan.trade.model import Conditional, Leverage, Scalar, Trade, Trailing

Fields = dict[Path, Scalar]


class Group(StrEnum):
    """The groups of fields, in the order of the marker's digests."""

    ENTRY = "entry"
    TAKE_PROFIT = "take_profit"
    STOP_LOSS = "stop_loss"
    HIDDEN = "hidden"


Digests = tuple[str, str, str, str]

STOP_TRIGGER: Path = ("stop_loss", "conditional", "price", "value")
STOP_PERCENT: Path = ("stop_loss", "conditional", "price", "percent")
STOP_LIMIT: Path = ("stop_loss", "price", "value")
STOP_TRAILING: Path = ("stop_loss", "conditional", "trailing", "percent")


def step_path(index: int) -> Path:
    """The address of a take profit step."""
    return ("take_profit", "steps", index)


def immutable_fields(trade: Trade) -> Fields:
    """What no PATCH can change (smart trade v2 update: these are no parameters)."""
    return {
        ("account_id",): trade.account_id,
        ("pair",): trade.pair,
        ("instant",): trade.instant,
        ("skip_enter_step",): trade.skip_enter_step,
        ("position", "type"): trade.position.type,
        ("position", "order_type"): trade.position.order_type,
    }


def group_fields(trade: Trade) -> dict[Group, Fields]:
    """Every field that a PATCH can change, by group, in their order."""
    return {group: dict(fields(trade)) for group, fields in _OF_GROUP.items()}


def digest_of(texts: Mapping[str, str]) -> str:
    """4 hex digits over the canonical form of fields as text.

    The canonical form is compact JSON of sorted pairs; addresses and values are printable ASCII.
    """
    return _digest_of(texts.items())


def digests(trade: Trade) -> Digests:
    """The marker's digests of a trade as it is applied."""
    entry, take_profit, stop_loss, hidden = (
        _digest_of([(_ADDRESSES[path], value_text(value)) for path, value in fields(trade)])
        for fields in _OF_GROUP.values()
    )
    return (entry, take_profit, stop_loss, hidden)


class _Addresses(dict[Path, str]):
    """Paths as text: all trades have the same few, and a lookup is what a diff does most."""

    def __missing__(self, path: Path) -> str:
        self[path] = format_path(path)
        return self[path]


_ADDRESSES = _Addresses()


def _digest_of(pairs: Iterable[tuple[str, str]]) -> str:
    return hashlib.sha256(encode(sorted(pairs))).hexdigest()[:4]


AppliedFields = Mapping[str, Mapping[str, str]]
"""A trade's fields as last applied: text by address, by group."""


def applied_form(trade: Trade) -> dict[str, dict[str, str]]:
    """What the journal keeps of a trade as it is applied."""
    return {
        group.value: {format_path(path): value_text(value) for path, value in fields.items()}
        for group, fields in group_fields(trade).items()
    }


def value_text(value: Scalar) -> str:
    """A field's value for digests and for people: numbers plain, booleans as in YAML."""
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return number_text(value)
    if value is None:
        return "none"
    if value is True or value is False:
        return "true" if value else "false"
    return number_text(value)


def _entry(trade: Trade) -> Iterator[tuple[Path, Scalar]]:
    position = trade.position
    yield ("position", "units", "value"), position.units
    if position.price is not None:
        yield ("position", "price", "value"), position.price
    if position.conditional is not None:
        yield from _conditional(position.conditional)
    yield from _leverage(trade.leverage)


def _conditional(conditional: Conditional) -> Iterator[tuple[Path, Scalar]]:
    at: Path = ("position", "conditional")
    yield (*at, "price", "value"), conditional.price
    yield (*at, "price", "type"), conditional.price_type
    yield (*at, "order_type"), conditional.order_type
    yield from _trailing((*at, "trailing"), conditional.trailing)


def _leverage(leverage: Leverage | None) -> Iterator[tuple[Path, Scalar]]:
    yield ("leverage", "enabled"), leverage is not None
    if leverage is not None:
        yield ("leverage", "type"), leverage.type
        if leverage.value is not None:
            yield ("leverage", "value"), leverage.value


def _take_profit(trade: Trade) -> Iterator[tuple[Path, Scalar]]:
    yield ("take_profit", "enabled"), bool(trade.take_profit)
    for index, step in enumerate(trade.take_profit):
        order_type, price, percent, price_type, volume, trailing = _addresses_of_step(index)
        yield order_type, step.order_type
        if step.price is not None:
            yield price, step.price
        if step.percent is not None:
            yield percent, step.percent
        yield price_type, step.price_type
        yield volume, step.volume
        yield from _trailing(trailing, step.trailing)


@cache
def _addresses_of_step(index: int) -> tuple[Path, Path, Path, Path, Path, Path]:
    at = step_path(index)
    return (
        (*at, "order_type"),
        (*at, "price", "value"),
        (*at, "price", "percent"),
        (*at, "price", "type"),
        (*at, "volume"),
        (*at, "trailing"),
    )


def _stop_loss(trade: Trade) -> Iterator[tuple[Path, Scalar]]:
    stop = trade.stop_loss
    yield ("stop_loss", "enabled"), stop is not None
    if stop is None:
        return
    yield ("stop_loss", "order_type"), stop.order_type
    if stop.price is not None:
        yield STOP_LIMIT, stop.price
    if stop.trigger is not None:
        yield STOP_TRIGGER, stop.trigger
    if stop.percent is not None:
        yield STOP_PERCENT, stop.percent
    yield ("stop_loss", "conditional", "price", "type"), stop.price_type
    yield ("stop_loss", "conditional", "trailing", "enabled"), stop.trailing is not None
    if stop.timeout is not None:
        yield ("stop_loss", "timeout", "value"), stop.timeout
    yield ("stop_loss", "breakeven"), stop.breakeven


def _trailing(at: Path, trailing: Trailing | None) -> Iterator[tuple[Path, Scalar]]:
    yield (*at, "enabled"), trailing is not None
    if trailing is not None and trailing.percent is not None:
        yield (*at, "percent"), trailing.percent


def _hidden(trade: Trade) -> Iterator[tuple[Path, Scalar]]:
    trailing = trade.stop_loss.trailing if trade.stop_loss else None
    if trailing is not None and trailing.percent is not None:
        yield STOP_TRAILING, trailing.percent


_OF_GROUP: Mapping[Group, Callable[[Trade], Iterable[tuple[Path, Scalar]]]] = {
    Group.ENTRY: _entry,
    Group.TAKE_PROFIT: _take_profit,
    Group.STOP_LOSS: _stop_loss,
    Group.HIDDEN: _hidden,
}
