"""Variants of a plan: what ``--sweep`` and ``--grid`` say, and a trade with it in place."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from math import prod
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from smartplan.errors import UsageError
from smartplan.trade.model import Expect, Lifecycle, StopLoss, TakeProfitStep, Trade, Trailing
from smartplan.trade.profit import HUNDRED
from smartplan.trade.risk import reference_price
from smartplan.trade.rounding import exact

MOST = 100_000
_NAME = re.compile(r"entry|stop|tp[0-9]*|trail", re.ASCII)
_VALUE = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,12})?%?", re.ASCII)
_RANGE = re.compile(r"(?P<first>[^/]+?)\.\.(?P<last>[^/]+)/(?P<step>.+)")
DIGITS = 10
"""Significant digits of a price that was computed, where no price step is given."""
WAY_OUT = "for example --sweep stop=1%..5%/0.5% --sweep tp=2%,4%,8%"


class Distance(Struct, frozen=True):
    """A figure: a price, or percent of the entry."""

    value: Decimal
    percent: bool

    def __str__(self) -> str:
        return f"{self.value.normalize():f}{'%' if self.percent else ''}"


Variant = tuple[tuple[str, Distance], ...]
"""What is other than in the plan, by name; nothing is the plan itself."""
AS_PLANNED: Variant = ()


def variants_of(sweeps: Sequence[str], grid: Path | None) -> list[Variant]:
    """Each combination of the sweeps, with each row of the grid. Raises ``UsageError``."""
    axes = [_axis(text) for text in sweeps]
    names = [name for name, _ in axes]
    rows = list(_grid(grid)) if grid is not None else [AS_PLANNED]
    names += [name for name, _ in rows[0]] if rows else []
    if len(names) != len(set(names)):
        raise UsageError(f"each name is varied once: {', '.join(names)}")
    count = len(rows) * prod(len(values) for _, values in axes)
    if count > MOST:
        raise UsageError(f"{count:,} variants are more than {MOST:,}", hint="take larger steps")
    swept = product(*([(name, value) for value in values] for name, values in axes))
    return [(*some, *row) for some in swept for row in rows]


def _axis(text: str) -> tuple[str, list[Distance]]:
    name, separator, said = text.partition("=")
    if not separator or not _NAME.fullmatch(name):
        raise UsageError(f"--sweep {text}: entry, stop, tp, tp1 … or trail is varied", hint=WAY_OUT)
    ranged = _RANGE.fullmatch(said)
    if ranged is None:
        listed = [_distance(part, f"--sweep {text}") for part in said.split(",")]
        if len({one.percent for one in listed}) > 1:
            raise UsageError(
                f"--sweep {text}: some are prices, some percents",
                hint="all of one kind; a decimal has a point: 0.5%",
            )
        return name, listed
    first, last, step = (_distance(part, f"--sweep {text}") for part in ranged.groups())
    return name, list(_steps(first, last, step, text))


def _steps(first: Distance, last: Distance, step: Distance, text: str) -> Iterator[Distance]:
    alike = first.percent == last.percent == step.percent
    if not alike or step.value <= 0 or last.value < first.value:
        raise UsageError(
            f"--sweep {text}: from less to more in steps above 0, all percents or all prices",
            hint=WAY_OUT,
        )
    count = int((last.value - first.value) / step.value) + 1
    if count > MOST:
        raise UsageError(f"--sweep {text}: {count:,} steps are too many")
    for number in range(count):
        yield Distance(first.value + number * step.value, first.percent)


def _distance(text: str, where: str) -> Distance:
    text = text.strip()
    if not _VALUE.fullmatch(text) or not (text.endswith("%") or Decimal(text)):
        raise UsageError(f"{where}: `{text}` is no price and no percent", hint=WAY_OUT)
    return Distance(Decimal(text.rstrip("%")), text.endswith("%"))


def _grid(file: Path) -> Iterator[Variant]:
    try:
        rows = list(csv.reader(file.read_text("utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{file}: cannot be read: {getattr(error, 'strerror', error)}") from None
    head = [name.strip() for name in rows[0]] if rows else []
    if not head or not all(map(_NAME.fullmatch, head)):
        raise UsageError(
            f"{file}:1: its first line must name what is varied: entry, stop, tp, tp1 …, trail"
        )
    for line, row in enumerate(rows[1:], 2):
        if not row:
            continue
        if len(row) != len(head):
            raise UsageError(f"{file}:{line}: {len(row)} columns, the first line has {len(head)}")
        cells = zip(head, row, strict=True)
        yield tuple((name, _distance(cell, f"{file}:{line}")) for name, cell in cells)


@exact
def varied(trade: Trade, variant: Variant, market: Decimal, step: Decimal) -> Trade:
    """The trade with the variant in place, where ``market`` is the price at its start.

    Percents count from the entry, ``entry`` itself from the plan's. Raises ``UsageError``.
    """
    said: Mapping[str, Distance] = dict(variant)
    if "entry" in said:
        trade = _entered_at(trade, said["entry"], step)
    conditional = trade.position.conditional
    trails = conditional is not None and conditional.trailing is not None
    entry = None if trails else reference_price(trade) or market
    for name, distance in variant:
        if name == "stop":
            stop = _stopped_at(trade, distance, entry, step)
            trade = replace(trade, stop_loss=stop)
        elif name == "trail":
            trade = _trailed_by(trade, distance)
        elif name.startswith("tp"):
            trade = _targeted_at(trade, name, distance, entry, step)
    return trade


def _entered_at(trade: Trade, distance: Distance, step: Decimal) -> Trade:
    position, planned = trade.position, reference_price(trade)
    if planned is None:
        raise UsageError("--sweep entry: the plan enters at the market")
    away = distance.value / HUNDRED
    price = rounded(planned * (1 + away), step) if distance.percent else distance.value
    if position.conditional is not None:
        moved = replace(position.conditional, price=price)
        position = replace(position, conditional=moved)
    if position.price is not None:
        position = replace(position, price=price)
    return replace(trade, position=position)


def _stopped_at(trade: Trade, distance: Distance, entry: Decimal | None, step: Decimal) -> StopLoss:
    stop = trade.stop_loss or StopLoss(order_type="market", price_type=trade.side.closes_at)
    if distance.percent and entry is None:
        return replace(stop, trigger=None, percent=distance.value)
    trigger = _from_entry(distance, entry, -trade.side.sign, step)
    limit = stop.price
    if limit is not None and stop.trigger is not None:
        limit += trigger - stop.trigger
    return replace(stop, trigger=trigger, percent=None, price=limit)


def _targeted_at(
    trade: Trade, name: str, distance: Distance, entry: Decimal | None, step: Decimal
) -> Trade:
    steps = list(trade.take_profit)
    if name == "tp" and len(steps) > 1:
        raise UsageError(f"--sweep tp: the plan has {len(steps)} targets", hint="say tp1, tp2 …")
    if not steps and name in {"tp", "tp1"}:
        steps = [
            TakeProfitStep(order_type="limit", price_type=trade.side.closes_at, volume=HUNDRED)
        ]
    number = int(name[2:] or 1)
    if not 0 < number <= len(steps):
        raise UsageError(f"--sweep {name}: the plan has {len(steps)} targets")
    target = steps[number - 1]
    if distance.percent and entry is None:
        steps[number - 1] = replace(target, price=None, percent=distance.value)
    else:
        price = _from_entry(distance, entry, trade.side.sign, step)
        steps[number - 1] = replace(target, price=price, percent=None)
    return replace(trade, take_profit=tuple(steps))


def _trailed_by(trade: Trade, distance: Distance) -> Trade:
    if not trade.take_profit:
        raise UsageError("--sweep trail: the plan has no target")
    trailing = Trailing(abs(distance.value)) if distance.value else None
    last = replace(trade.take_profit[-1], trailing=trailing, order_type="market")
    return replace(trade, take_profit=(*trade.take_profit[:-1], last))


def _from_entry(distance: Distance, entry: Decimal | None, sign: int, step: Decimal) -> Decimal:
    if not distance.percent or entry is None:
        return distance.value
    return rounded(entry * (1 + sign * distance.value / HUNDRED), step)


@exact
def moved_along(trade: Trade, factor: Decimal, step: Decimal) -> Trade:
    """The trade with every price of it multiplied: as far from another market as it was."""

    def there(price: Decimal | None) -> Decimal | None:
        return None if price is None else rounded(price * factor, step)

    position, stop = trade.position, trade.stop_loss
    conditional = position.conditional
    if conditional is not None:
        conditional = replace(conditional, price=rounded(conditional.price * factor, step))
    if stop is not None:
        stop = replace(stop, trigger=there(stop.trigger), price=there(stop.price))
    return replace(
        trade,
        position=replace(position, price=there(position.price), conditional=conditional),
        take_profit=tuple(replace(one, price=there(one.price)) for one in trade.take_profit),
        stop_loss=stop,
    )


@exact
def expected_along(lifecycle: Lifecycle, factor: Decimal) -> Lifecycle:
    """The same of the price that a plan expects."""
    expect = lifecycle.expect
    if expect is None:
        return lifecycle
    return replace(lifecycle, expect=Expect(price=expect.price * factor, within=expect.within))


def rounded(price: Decimal, step: Decimal) -> Decimal:
    """On the price step, else with as many digits as an exchange would take."""
    if step:
        return (price / step).to_integral_value() * step
    if not price:
        return price
    exact_enough = price.quantize(Decimal(1).scaleb(price.adjusted() - DIGITS + 1))
    return Decimal(f"{exact_enough.normalize():f}")
