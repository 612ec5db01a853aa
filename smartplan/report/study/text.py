"""What many starts of a plan, and its variants, come to: for people, in 80 columns."""

from collections.abc import Iterator, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from smartplan.document.scalars import percent_text
from smartplan.report import figures
from smartplan.report.appearance import Look, Style
from smartplan.report.foreign_text import clean
from smartplan.report.simulation.text import prices_line
from smartplan.report.table import columns
from smartplan.report.words import counted
from smartplan.simulation.prices import PriceHistory
from smartplan.simulation.statistics import Bin, Statistics, histogram
from smartplan.simulation.study import Found, Study, TradeStudy, VariantResult
from smartplan.simulation.variants import Variant
from smartplan.times import utc_text
from smartplan.trade.rounding import exact

ROWS = 20
BAR = 32
SHARE = Decimal("0.1")


def render(study: Study, look: Look) -> str:
    """The prices, a block per trade, what was left out."""
    lines = [prices_line(history, _days(history)) for history in study.histories.values()]
    for trade in study.trades:
        lines += ["", *_block(study, trade, look)]
    lines += ["", *assumed(study)]
    for name, reason in study.left_out.items():
        lines += ["", f"{name}: not simulated, {clean(reason)}"]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def assumed(study: Study) -> tuple[str, str]:
    """How it was counted, in two lines."""
    every = study.walking.every
    started = f"started every {counted(every, 'row')}" if every else "started once"
    moved = ", its prices move along with the market" if study.walking.anchor is not None else ""
    return f"{started}{moved}", "the worst way through each candle · R: net / loss at the stop"


def _days(history: PriceHistory) -> str:
    return f"{history.start:%Y-%m-%d} to {history.end:%Y-%m-%d}"


def _block(study: Study, trade: TradeStudy, look: Look) -> Iterator[str]:
    best = trade.results[0]
    yield look.palette.paint(clean(trade.subject.name), Style.BOLD) + f"  {clean(trade.pair)}"
    for line in figures.simulated_with(trade.costs, trade.liquidation_unknown):
        yield f"  {line}"
    if trade.varied:
        yield from _table(study, trade)
        yield ""
        chosen = "best of the past" if best.held_out is not None else "best"
        yield f"  {chosen}: {chosen_text(best)}"
    if best.held_out is not None:
        yield from _found("held out", best.held_out, trade, look)
        yield from _found("the past it was chosen in", best.past, trade, look)
    else:
        yield from _found("", best.past, trade, look)


def variant_text(variant: Variant) -> str:
    """``stop=2% tp=4%``."""
    return " ".join(f"{name}={distance}" for name, distance in variant) or "as planned"


def chosen_text(best: VariantResult) -> str:
    """The best variant; where nobody knows their money there is none."""
    unknown = best.past.worst.unknown
    return f"{figures.UNKNOWN} (the money is unknown)" if unknown else variant_text(best.variant)


def _table(study: Study, trade: TradeStudy) -> list[str]:
    """Out of sample first; at most so many rows as fit a screen."""
    names = [name for name, _ in trade.results[0].variant]
    held_out = study.walking.holdout is not None
    head = [*names, *(HELD_OUT if held_out else PAST)]
    rows = [row_of(result) for result in trade.results[:ROWS]]
    right = frozenset(range(len(head)))
    lines = [f"  {line}" for line in columns([head, *rows], right=right)]
    left = len(trade.results) - ROWS
    if left > 0:
        lines.append(f"  … and {left:,} more variants: --format csv has all")
    return lines


PAST = ("n", "filled", "win", "mean R", "median", "worst", "DD R", "net")
HELD_OUT = ("n after", "mean R", "worst", "DD R", "n before", "mean R", "DD R")


def row_of(result: VariantResult) -> list[str]:
    """A row under the names of what varies, and ``PAST`` or ``HELD_OUT``."""
    values = [str(distance) for _, distance in result.variant]
    past = result.past.worst
    if result.held_out is None:
        return [
            *values, str(past.n), str(past.filled), share(past.win_rate), ratio(past.expectancy),
            ratio(past.median_r), ratio(past.worst_r), fall(past.drawdown_r), _net(past),
        ]  # fmt: skip
    after = result.held_out.worst
    return [
        *values, str(after.filled), ratio(after.expectancy), ratio(after.worst_r),
        fall(after.drawdown_r), str(past.filled), ratio(past.expectancy), fall(past.drawdown_r),
    ]  # fmt: skip


def _net(found: Statistics) -> str:
    return figures.UNKNOWN if found.unknown else figures.result(found.net)


def _found(title: str, found: Found, trade: TradeStudy, look: Look) -> Iterator[str]:
    yield ""
    span = f"{utc_text(found.start)} to {utc_text(found.end)} UTC"
    yield f"  {title}: {span}" if title else f"  {span}"
    shown = (
        [("worst", found.worst), ("best", found.best)] if look.every_path else [("", found.worst)]
    )
    for path, statistics in shown:
        if path:
            yield f"  path: {path}"
        yield from (f"    {line}" for line in lines_of(statistics, trade.subject.trade.quote))
    yield from (f"    {line}" for line in _histogram(histogram(found.samples), look))


def lines_of(found: Statistics, quote: str) -> Iterator[str]:
    """The figures in words, each beside how many trades it is of."""
    yield " · ".join(_outcomes(found))
    if not found.filled:
        return
    if found.liquidated:
        yield f"{found.liquidated} of {found.filled} liquidated, by an estimate of where"
    if found.filled > 1:
        yield f"{found.overlapping} of {found.filled} began while an earlier one was open"
    if found.unknown:
        why, _, way_out = found.unknown.partition(": ")
        yield f"the money is unknown: {why}"
        yield way_out
        return
    needed = share(found.needed_rate, ROUND_CEILING)
    yield (
        f"win rate {share(found.win_rate)} of {found.filled}, needed {needed} · "
        f"profit factor {ratio(found.profit_factor)}"
    )
    yield (
        f"mean R {ratio(found.expectancy)} of {found.with_r} · median {ratio(found.median_r)} · "
        f"worst {ratio(found.worst_r)} · best {ratio(found.best_r)}"
    )
    yield (
        f"net {figures.result(found.net)} {quote} of {found.filled} · "
        f"drawdown {figures.loss(found.drawdown)} {quote} ({fall(found.drawdown_r)} R)"
    )
    held = f"in the market {share(found.exposure, ROUND_HALF_EVEN)} of the time"
    yield f"longest losing run {found.losing_run} of {found.filled} · {held}"


def _outcomes(found: Statistics) -> Iterator[str]:
    yield f"n {found.n} starts · {found.filled} filled"
    if not found.unknown:
        yield f"{found.wins} won · {found.losses} lost"
    yield f"{found.still_open} still open at the end"


def _histogram(bins: Sequence[Bin], look: Look) -> Iterator[str]:
    most = max((one.trades for one in bins), default=0)
    if not most:
        return
    yield ""
    yield "R from  trades"
    for one in bins:
        bar = look.characters.bar * -(-one.trades * BAR // most)
        yield f"{ratio(one.low):>6}  {one.trades:>6}  {bar}"


@exact
def share(value: Decimal | None, rounding: str = ROUND_FLOOR) -> str:
    """A fraction in percent, with one decimal, rounded down."""
    if value is None:
        return figures.NONE
    return percent_text((value * 100).quantize(SHARE, rounding))


def ratio(value: Decimal | None) -> str:
    """R, and what is counted in it."""
    return figures.NONE if value is None else figures.ratio(value)


def fall(value: Decimal | None) -> str:
    """A drawdown in R, rounded up."""
    return figures.NONE if value is None else figures.ratio(value, ROUND_CEILING)
