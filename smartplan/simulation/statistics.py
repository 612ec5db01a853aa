"""What many simulated trades come to: never one number without how many it is of.

Money is in quote currency after fees, R is net over the loss at the stop as of the entry. Shares
are fractions of 1. Only filled trades count, and those without a stop have no R.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from itertools import groupby
from statistics import median
from typing import NamedTuple

from msgspec import Struct

from smartplan.trade.contract import WAY_OUT
from smartplan.trade.rounding import exact

ZERO = Decimal(0)
WIDTHS = tuple(map(Decimal, ("0.25", "0.5", "1", "2", "5", "10", "25", "100", "1000")))
MOST_BINS = 16


class Sample(NamedTuple):
    """One start of a plan: how it ended, what it brought, ``r`` in units of its risk."""

    start: datetime
    ending: str
    entered_at: datetime | None
    ended_at: datetime | None
    net: Decimal | None
    r: Decimal | None

    @property
    def filled(self) -> bool:
        """Whether there was a position."""
        return self.entered_at is not None


class CurvePoint(NamedTuple):
    """What had been earned by a time, in money and in R."""

    time: datetime
    net: Decimal
    r: Decimal


class Bin(NamedTuple):
    """How many trades ended from ``low`` R to below ``high`` R."""

    low: Decimal
    high: Decimal
    trades: int


class Statistics(Struct, frozen=True, kw_only=True):
    """The figures of ``n`` starts. ``None`` is what cannot be said of them.

    - ``win_rate``: wins / filled; ``needed_rate``: mean loss / (mean win + mean loss), at which
      neither is earned nor lost.
    - ``expectancy``: mean R; ``mean``: mean net; ``median_r``, ``worst_r``, ``best_r``; ``with_r``
      says of how many.
    - ``profit_factor``: sum of wins / sum of losses.
    - ``losing_run``: losses one after the other, as they ended.
    - ``drawdown`` and ``drawdown_r``: the deepest fall of the curve below what it had been.
    - ``exposure``: the share of the time in which a position was open.
    - ``overlapping``: how many were entered while an earlier one was open; they went through the
      same prices, and say less than others.
    """

    n: int
    filled: int
    wins: int
    losses: int
    still_open: int
    with_r: int
    net: Decimal
    win_rate: Decimal | None
    needed_rate: Decimal | None
    mean: Decimal | None
    expectancy: Decimal | None
    median_r: Decimal | None
    worst_r: Decimal | None
    best_r: Decimal | None
    profit_factor: Decimal | None
    losing_run: int
    drawdown: Decimal
    drawdown_r: Decimal | None
    exposure: Decimal
    overlapping: int
    unknown: str = ""


@exact
def statistics_of(samples: Sequence[Sample], span: timedelta) -> Statistics:
    """The figures of samples that were taken from prices of a span."""
    filled = _in_order(samples)
    nets = [sample.net for sample in filled if sample.net is not None]
    rs = [sample.r for sample in filled if sample.r is not None]
    wins, losses = [net for net in nets if net > 0], [net for net in nets if net < 0]
    won, lost = sum(wins, ZERO), -sum(losses, ZERO)
    points = curve(samples)
    return Statistics(
        n=len(samples),
        filled=len(filled),
        wins=len(wins),
        losses=len(losses),
        still_open=sum(sample.ending == "open" for sample in filled),
        with_r=len(rs),
        net=won - lost,
        win_rate=_ratio(Decimal(len(wins)), Decimal(len(nets))),
        needed_rate=_needed(wins, losses),
        mean=_mean(nets),
        expectancy=_mean(rs),
        median_r=median(rs) if rs else None,
        worst_r=min(rs, default=None),
        best_r=max(rs, default=None),
        profit_factor=_ratio(won, lost),
        losing_run=_longest_losing_run(nets),
        drawdown=_drawdown(point.net for point in points),
        drawdown_r=_drawdown(point.r for point in points) if rs else None,
        exposure=_exposure(filled, span),
        overlapping=_overlapping(filled),
        unknown="" if len(nets) == len(filled) else WAY_OUT,
    )


@exact
def curve(samples: Sequence[Sample]) -> list[CurvePoint]:
    """What was earned, each time a trade ended."""
    net = r = ZERO
    points = []
    for sample in _in_order(samples):
        net, r = net + (sample.net or ZERO), r + (sample.r or ZERO)
        if sample.ended_at is not None:
            points.append(CurvePoint(sample.ended_at, net, r))
    return points


def open_positions(samples: Iterable[Sample]) -> list[tuple[datetime, int]]:
    """How many were open at once from each moment on; what ends as another begins counts along."""
    spans = _spans(sample for sample in samples if sample.filled)
    steps = [(entered, 1) for entered, _ in spans] + [(ended, -1) for _, ended in spans]
    found, now = [], 0
    for time, step in sorted(steps, key=lambda one: (one[0], -one[1])):
        now += step
        found.append((time, now))
    return found


@exact
def histogram(samples: Iterable[Sample]) -> list[Bin]:
    """How often which R: bins of one width that leave no trade out."""
    rs = [sample.r for sample in samples if sample.r is not None and sample.filled]
    if not rs:
        return []
    width = next((w for w in WIDTHS if (max(rs) - min(rs)) / w < MOST_BINS - 1), WIDTHS[-1])
    first = (min(rs) / width).to_integral_value(ROUND_FLOOR)
    places = [int((r / width).to_integral_value(ROUND_FLOOR) - first) for r in rs]
    return [
        Bin((first + at) * width, (first + at + 1) * width, places.count(at))
        for at in range(max(places) + 1)
    ]


def _in_order(samples: Iterable[Sample]) -> list[Sample]:
    """Filled trades as they ended."""
    filled = [sample for sample in samples if sample.filled]
    return sorted(filled, key=lambda sample: (sample.ended_at or sample.start, sample.start))


def _mean(values: Sequence[Decimal]) -> Decimal | None:
    return sum(values, ZERO) / len(values) if values else None


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole else None


def _needed(wins: Sequence[Decimal], losses: Sequence[Decimal]) -> Decimal | None:
    won, lost = _mean(wins), _mean(losses)
    return -lost / (won - lost) if won is not None and lost is not None else None


def _longest_losing_run(nets: Iterable[Decimal]) -> int:
    runs = ((lost, len(list(group))) for lost, group in groupby(nets, lambda net: net < 0))
    return max((length for lost, length in runs if lost), default=0)


def _drawdown(values: Iterable[Decimal]) -> Decimal:
    highest = deepest = ZERO
    for value in values:
        highest = max(highest, value)
        deepest = max(deepest, highest - value)
    return deepest


def _spans(filled: Iterable[Sample]) -> list[tuple[datetime, datetime]]:
    """From when to when each position was open, in order."""
    return sorted((s.entered_at, s.ended_at) for s in filled if s.entered_at and s.ended_at)


def _overlapping(filled: Iterable[Sample]) -> int:
    found, until = 0, None
    for entered, ended in _spans(filled):
        found += until is not None and entered < until
        until = ended if until is None else max(until, ended)
    return found


def _exposure(filled: Iterable[Sample], span: timedelta) -> Decimal:
    """Positions that overlap count once."""
    held, until = timedelta(), None
    for entered, ended in _spans(filled):
        start = entered if until is None else max(entered, until)
        if ended > start:
            held += ended - start
            until = ended
    micro = timedelta(microseconds=1)
    return Decimal(held // micro) / Decimal(span // micro) if span else ZERO
