"""What a simulation found, for people."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from smartplan.document.scalars import number_text, percent_text
from smartplan.report import drawings, figures
from smartplan.report.appearance import Look, Palette, Style
from smartplan.report.foreign_text import clean
from smartplan.report.levels import Level, levels
from smartplan.report.table import columns
from smartplan.report.trade_text import trade_line
from smartplan.report.words import counted
from smartplan.simulation.prices import PriceHistory
from smartplan.simulation.result import (
    FILLS,
    Ending,
    Happened,
    PricePath,
    Run,
    SimulatedTrade,
    Simulation,
    StepResult,
    Total,
    excursions,
)
from smartplan.times import utc_text
from smartplan.trade.risk import Risk

EVENT_COLUMNS = ("UTC", "status", "event", "price", "units", "realised", "stop now")
EVENT_FIGURES = frozenset({3, 4, 5, 6})
STOP_TRAILED = "stop_trailed"
_WORDS = {
    "take_profit_filled": "take profit {step} filled",
    "trailing_activated": "TP{step} trails",
}
_STYLES = {
    Ending.TAKE_PROFIT: Style.GREEN,
    Ending.STOP_LOSS: Style.RED,
    Ending.LIQUIDATED: Style.RED,
    Ending.OPEN: Style.YELLOW,
}


def render(simulation: Simulation, look: Look) -> str:
    """The prices, one block per trade, what was left out, the totals."""
    palette = look.palette
    lines = [prices_line(history, _span(history)) for history in simulation.histories.values()]
    for simulated in simulation.trades:
        history = simulation.histories[simulated.trade.pair]
        lines += ["", *_block(simulated, history, look, palette)]
    for name, reason in simulation.left_out.items():
        lines += ["", f"{name}: not simulated, {clean(reason)}"]
    lines += ["", *map(simulation_total, simulation.totals)]
    return "\n".join(lines) + "\n"


def prices_line(history: PriceHistory, span: str) -> str:
    """What was gone through: the pair, how many rows of which file, and from when to when."""
    count = counted(history.rows, "candle" if history.candles else "tick")
    return clean(f"{history.pair} · {count} of {history.file} · {span}")


def _span(history: PriceHistory) -> str:
    return f"{utc_text(history.start)} to {utc_text(history.end)} UTC"


def _block(
    simulated: SimulatedTrade, history: PriceHistory, look: Look, palette: Palette
) -> Iterator[str]:
    trade = simulated.trade
    name = palette.paint(clean(simulated.name), Style.BOLD)
    yield f"{name}  {clean(trade.pair)}  {trade_line(trade)}"
    for line in figures.simulated_with(simulated.costs, simulated.liquidation_unknown):
        yield f"  {line}"
    for run in look.runs(simulated):
        if look.every_path and len(simulated.runs) > 1:
            yield f"  path: {run.path}"
        yield from _run(simulated, run, palette)
    yield f"  {path_sensitivity(simulated)}"
    yield ""
    yield from (f"    {line}".rstrip() for line in _chart(simulated, history, look))


def path_sensitivity(simulated: SimulatedTrade) -> str:
    """Whether the result depends on the way prices took inside the candles, and how much."""
    return f"path: {_sensitivity(simulated)}"


def _sensitivity(simulated: SimulatedTrade) -> str:
    runs, quote = simulated.runs, simulated.trade.quote
    if runs[0].path is PricePath.TICKS:
        return "ticks are taken as they are"
    if runs[0].unknown:
        return f"the money is unknown: {runs[0].unknown}"
    if simulated.path_dependent:
        results = (f"{run.path} {_result(run.net)} {quote} ({run.ending})" for run in runs)
        said = f"it DEPENDS on the way prices took inside the candles: {', '.join(results)}"
    elif simulated.depends_on_timing:
        return "the stop waits, and candles do not tell for how long prices stood: see smaller ones"
    else:
        said = "the result is the same whichever way prices took inside the candles"
    return f"{said}; not all ways were followed, there were too many" if simulated.thinned else said


def _run(simulated: SimulatedTrade, run: Run, palette: Palette) -> Iterator[str]:
    quote = simulated.trade.quote
    ending = palette.paint(run.ending, Style.BOLD, _STYLES.get(run.ending, Style.DIM))
    if run.note:
        yield f"  {ending} · {clean(run.note)}"
        return
    yield f"  {ending} · " + " · ".join(summary(run, quote))
    yield from (f"  {line}" for line in _caveats(simulated, run))
    if run.events:
        yield ""
        rows = columns([EVENT_COLUMNS, *event_rows(run)], right=EVENT_FIGURES)
        yield from (f"    {line}" for line in rows)
    if run.steps:
        yield ""
        yield from (f"    {line}" for line in _step_table(run))
    yield ""


def _result(value: Decimal | None) -> str:
    """``?`` for the money of contracts of unknown size."""
    return figures.UNKNOWN if value is None else figures.result(value)


def summary(run: Run, quote: str) -> Iterator[str]:
    """``net +4.5 USDT (+4.5 %, 0.90 R)``, ``fees 0 USDT``, ``in trade 4 min``."""
    shares = []
    if run.percent is not None:
        shares.append(figures.signed_percent(run.percent))
    if run.r_multiple is not None:
        shares.append(f"{figures.ratio(run.r_multiple)} R")
    of = f" ({', '.join(shares)})" if shares else ""
    yield f"net {_result(run.net)} {quote}{of}"
    paid = figures.UNKNOWN if run.fees is None else figures.loss(run.fees)
    yield f"fees {paid} {quote}"
    if run.funding is not None:
        yield figures.funding(run.funding, quote)
    if run.time_in_trade is not None:
        yield f"in trade {figures.duration(run.time_in_trade)}"


def _caveats(simulated: SimulatedTrade, run: Run) -> Iterator[str]:
    far = excursions(run, simulated.trade)
    if far is not None:
        adverse, favourable = far
        yield (
            f"MAE {figures.signed_percent(adverse.percent)} at {figures.price(adverse.price)} · "
            f"MFE {figures.signed_percent(favourable.percent)} at {figures.price(favourable.price)}"
        )
    if run.unknown:
        yield f"net, fees and P/L unknown ({run.unknown})"
    if run.liquidated_at is not None:
        yield (
            f"liquidated at {figures.price(run.liquidated_at)}, which is an estimate: "
            "what was left of the margin is lost"
        )
    if run.open_units:
        realised = f"realised {_result(run.realised)} {simulated.trade.quote}"
        yield f"{number_text(run.open_units)} units still open, at the last price; {realised}"
    if run.dust:
        yield f"{number_text(run.dust)} units are left, too few to be sold: counted as nothing"
    if run.unprotected_since is not None:
        since = utc_text(run.unprotected_since)
        yield f"UNPROTECTED since {since}: the limit stop has not filled"


def event_words(event: Happened) -> str:
    """``take profit 1 filled``."""
    return _WORDS.get(event.event, event.event.replace("_", " ")).format(step=event.step)


def event_rows(run: Run) -> list[list[str]]:
    """The rows under ``EVENT_COLUMNS``; of moves of the stop that follow each other the last."""
    return [
        [
            utc_text(event.time),
            event.status,
            event_words(event) + (f" {count} ×" if count > 1 else ""),
            figures.quoted(event.price) if event.price is not None else "",
            number_text(event.units) if event.units is not None else "",
            _result(event.realised),
            figures.price(event.stop) if event.stop is not None else "-",
        ]
        for event, count in _together(run.events)
    ]


def _together(events: Sequence[Happened]) -> Iterator[tuple[Happened, int]]:
    for kind, group in groupby(events, key=attrgetter("event")):
        alike = list(group)
        if kind == STOP_TRAILED:
            yield alike[-1], len(alike)
        else:
            yield from ((event, 1) for event in alike)


def _step_table(run: Run) -> list[str]:
    head = ["step", "volume", "planned", "filled", "status"]
    rows = [
        [
            f"TP{step.number}",
            percent_text(step.volume),
            _planned(step),
            _filled(step),
            step.status,
        ]
        for step in run.steps
    ]
    return columns([head, *rows], right=frozenset({1}))


def _planned(step: StepResult) -> str:
    shown = number_text(step.planned_units) if step.planned_units is not None else "?"
    at = figures.price(step.planned_price) if step.planned_price is not None else "?"
    return f"{shown} @ {at}"


def _filled(step: StepResult) -> str:
    if step.filled_price is None:
        return "0"
    return f"{number_text(step.filled_units)} @ {figures.price(step.filled_price)}"


def _chart(simulated: SimulatedTrade, history: PriceHistory, look: Look) -> list[str]:
    return drawings.chart(history.bars, drawn(simulated), look.characters)


def drawn(simulated: SimulatedTrade) -> drawings.Drawn:
    """What is drawn over the prices: levels, fills, the stop as it moved; of the worst way."""
    run = simulated.worst
    return drawings.Drawn(drawn_levels(simulated), fills(run), stop_track(run))


def tone(run: Run) -> str:
    """The style of what was won or lost on a page."""
    net = run.net or 0
    return "win" if net > 0 else "lose" if net < 0 else "dim"


def fills(run: Run) -> list[tuple[datetime, Decimal, str]]:
    """What is marked in a chart: when, at which price, and in words."""
    return [
        (event.time, event.price, event_words(event))
        for event in run.events
        if event.event in FILLS and event.price is not None
    ]


def stop_track(run: Run) -> list[tuple[datetime, Decimal | None]]:
    """Where the stop stood from when on, if it moved; ``None`` from when there was none."""
    track: list[tuple[datetime, Decimal | None]] = []
    for event in run.events:
        if run.entered_at is None or event.time < run.entered_at:
            continue
        if not track or track[-1][1] != event.stop:
            track.append((event.time, event.stop))
    return track if len({stop for _, stop in track if stop is not None}) > 1 else []


def drawn_levels(simulated: SimulatedTrade) -> list[Level]:
    """Entry (where it was filled, else where it was planned), targets and stop."""
    entry = simulated.worst.entry
    reference = Risk(quote=simulated.trade.quote, reference=entry, paid=entry)
    return levels(simulated.trade, reference)


def simulation_total(total: Total) -> str:
    """``Total USDT: 2 trades · net -4 · fees 0 · peak exposure 310 at … UTC``."""
    none = len(total.unsized) == total.trades
    parts = [
        f"Total {total.quote}: {counted(total.trades, 'trade')}",
        f"net {_result(None if none else total.net)}",
        f"fees {figures.UNKNOWN if none else figures.loss(total.fees)}",
    ]
    if total.funding is not None:
        parts.append(figures.funding(total.funding))
    if total.peak_at is not None:
        at = utc_text(total.peak_at)
        parts.append(f"peak exposure {figures.loss(total.peak_exposure)} at {at} UTC")
    if total.unsized:
        parts.append(f"without the unknown money of {', '.join(total.unsized)}")
    return clean(" · ".join(parts))
