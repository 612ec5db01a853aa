"""A track record for people: groups with n, then each trade; within 80 columns."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from smartplan.changes.track_record import (
    ENOUGH_TRADES,
    MOVERS,
    ClosedTrade,
    Mover,
    TradeGroup,
)
from smartplan.report import figures
from smartplan.report.appearance import Look, Palette, Style
from smartplan.report.foreign_text import clean, width
from smartplan.report.stats import TITLES, StatsReport
from smartplan.report.table import columns
from smartplan.report.words import counted, environment_text
from smartplan.times import utc_text

_GROUP_HEAD = ("n", "WON", "P/L", "MEAN", "BEST", "WORST", "SLIP")
_TRADE_HEAD = ("TRADE", "PAIR", "CLOSED", "P/L", "R", "SLIP", "MOVED")
_WITH_CANDLES = ("TRADE", "CLOSED", "P/L", "R", "SLIP", "MOVED", "MAE", "MFE")
_NUMBERS = frozenset(range(1, 8))
_WORDS = frozenset({"TRADE", "PAIR", "CLOSED", "MOVED"})
_LONGEST = 14
_LETTERS: Mapping[Mover, str] = {"plan": "P", "by hand": "H", "elsewhere": "E"}


def render(report: StatsReport, look: Look) -> str:
    """Where and when, the groups, the trades, what moved them, what is not known."""
    record, palette = report.record, look.palette
    head = [environment_text(record.environment, palette), clean(report.service)]
    head += [f"workspace {record.workspace}", f"{utc_text(record.at)} UTC"]
    lines = [" · ".join(head), ""]
    if not record.trades:
        open_ = f"; {counted(record.open, 'trade')} still open" if record.open else ""
        return "\n".join([*lines, f"no trade that had a position is over{open_}"]) + "\n"
    lines += [*_groups(report, palette), "", *_trades(report, palette), "", *_notes(report)]
    return "\n".join(lines) + "\n"


def _groups(report: StatsReport, palette: Palette) -> Iterator[str]:
    rows: list[tuple[str, ...]] = []
    titles: dict[int, str] = {}
    told = ""
    for group in report.groups:
        if group.by and group.by != told:
            told = group.by
            titles[len(rows)] = TITLES[group.by]
        rows.append((_shortened(group.key), *_figures(group)))
    heading, *drawn = columns([("", *_GROUP_HEAD), *rows], right=_NUMBERS)
    yield palette.paint(heading, Style.BOLD)
    for place, line in enumerate(drawn):
        if place in titles:
            yield palette.paint(titles[place], Style.BOLD)
        yield line


def _figures(group: TradeGroup) -> tuple[str, ...]:
    percent = group.won_percent
    won = f"{group.won}/{group.n}" if percent is None else figures.percent(percent, ROUND_FLOOR)
    rs = group.rs
    return (
        str(group.n),
        won,
        f"{figures.amount(group.profit, signed=True)} {group.quote}",
        _r(group.mean_r),
        _r(max(rs, default=None)),
        _r(min(rs, default=None)),
        _r(group.mean_slippage, ROUND_CEILING),
    )


def _trades(report: StatsReport, palette: Palette) -> Iterator[str]:
    candles = report.record.candles
    head = _WITH_CANDLES if candles else _TRADE_HEAD
    rows = [_trade(trade, candles=candles) for trade in report.record.trades]
    right = frozenset(place for place, title in enumerate(head) if title not in _WORDS)
    heading, *drawn = columns([head, *rows], right=right)
    yield palette.paint(heading, Style.BOLD)
    yield from drawn


def _trade(trade: ClosedTrade, *, candles: bool) -> tuple[str, ...]:
    profit = figures.UNKNOWN
    if trade.profit is not None:
        profit = f"{figures.amount(trade.profit, signed=True)} {trade.quote}"
    closed = f"{trade.closed:%m-%d}" if trade.closed is not None else figures.NONE
    told = (closed, profit, _r(trade.r), _r(trade.slippage, ROUND_CEILING), _moved(trade))
    if not candles:
        return (_shortened(trade.name), _shortened(trade.pair), *told)
    reach = (_r(_in_r(trade, trade.adverse)), _r(_in_r(trade, trade.favourable)))
    return (_shortened(trade.name), *told, *reach)


def _in_r(trade: ClosedTrade, money: Decimal | None) -> Decimal | None:
    risk = trade.risk
    return money / risk if money is not None and risk is not None and risk > 0 else None


def _moved(trade: ClosedTrade) -> str:
    """``P1 H2``: who has moved its orders, and how often."""
    told = [
        f"{letter}{trade.moved[who]}" for who, letter in _LETTERS.items() if trade.moved.get(who)
    ]
    return " ".join(told) or figures.NONE


def _moved_what(trades: Iterable[ClosedTrade]) -> str:
    """``by hand stop 2, funds 1; elsewhere targets 1``."""
    times = Counter((move.who, move.what) for trade in trades for move in trade.moves)
    told = []
    for who in MOVERS:
        whats = [f"{what} {count}" for (by, what), count in sorted(times.items()) if by == who]
        if whats:
            told.append(f"{'by a plan' if who == 'plan' else who} {', '.join(whats)}")
    return "; ".join(told)


def _notes(report: StatsReport) -> Iterator[str]:
    record = report.record
    yield f"{counted(len(record.trades), 'trade')} over, {record.open} open."
    yield "R: P/L per planned loss at the stop, as are MEAN, BEST, WORST."
    yield "SLIP: what fills cost beyond the plan, in R."
    lacking = [trade for trade in record.trades if trade.r is None]
    if lacking:
        why = "nothing in the journal, or no stop that loses"
        yield f"No R for {len(lacking)} of them: {why}."
    if any(group.won_percent is None for group in report.groups):
        yield f"No percentages of fewer than {ENOUGH_TRADES} trades."
    if record.candles:
        yield "MAE, MFE: the worst and the best open P/L, in R."
    if moved := _moved_what(record.trades):
        yield "MOVED: P by a plan, H by hand, E elsewhere, to where nobody of ours had put it:"
        yield f"  {moved}."


def _r(value: Decimal | None, rounding: str = ROUND_FLOOR) -> str:
    if value is None:
        return figures.NONE
    text = figures.ratio(value, rounding)
    return f"+{text}" if value > 0 else text


def _shortened(text: str) -> str:
    cleaned = clean(text)
    while width(cleaned) > _LONGEST:
        cleaned = cleaned.removesuffix("…")[:-1] + "…"
    return cleaned
