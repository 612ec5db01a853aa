"""A study as one HTML page that loads nothing: curves, histogram, heat map, the variants."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from smartplan.report import canvas, curves
from smartplan.report.appearance import Look
from smartplan.report.figures import further_costs
from smartplan.report.foreign_text import clean
from smartplan.report.page import page
from smartplan.report.simulation.text import drawn, summary, tone
from smartplan.report.study.text import HELD_OUT, PAST, assumed, lines_of, row_of, variant_text
from smartplan.simulation.statistics import curve, histogram, open_positions
from smartplan.simulation.study import Found, ShownStart, Study, TradeStudy
from smartplan.times import utc_text

STYLES = (("smartplan.report.overview", "overview.css"), ("smartplan.report.study", "study.css"))
ROWS = 100


class _Section(Struct, frozen=True):
    """A part of the history: its figures and what is drawn of them."""

    title: str
    lines: tuple[str, ...]
    equity: curves.Curve | None
    drawdown: curves.Curve | None
    exposure: curves.Curve | None
    columns: list[curves.Column]


class _StartItem(Struct, frozen=True):
    """A start with its chart."""

    title: str
    ending: str
    tone: str
    summary: str
    chart: canvas.Chart


class _StudyCard(Struct, frozen=True):
    name: str
    pair: str
    costs: str
    chosen: str
    sections: list[_Section]
    starts: list[_StartItem]
    heat: curves.HeatMap | None
    head: list[str]
    rows: list[list[str]]
    left: int


def render(study: Study, _look: Look) -> str:
    """The whole page. Everything that others wrote is escaped."""
    return page(
        "smartplan.report.study",
        "study.html.j2",
        STYLES,
        assumed=" · ".join(assumed(study)),
        prices=[
            clean(f"{h.pair} · {h.rows:,} rows of {h.file} · {_span(h.start, h.end)}")
            for h in study.histories.values()
        ],
        cards=[_card(study, trade) for trade in study.trades],
        left_out=[clean(f"{name}: not simulated, {why}") for name, why in study.left_out.items()],
        held_out=study.walking.holdout is not None,
    )


def _span(start: datetime, end: datetime) -> str:
    return f"{utc_text(start)} to {utc_text(end)} UTC"


def _card(study: Study, trade: TradeStudy) -> _StudyCard:
    best, held_out = trade.results[0], study.walking.holdout is not None
    names = [name for name, _ in best.variant]
    return _StudyCard(
        name=clean(trade.subject.name),
        pair=clean(trade.pair),
        costs=further_costs(trade.costs),
        chosen=variant_text(best.variant),
        sections=list(_sections(trade)),
        starts=[_start(one) for one in trade.shown],
        heat=curves.heat_map(trade.results, held_out=held_out),
        head=[*names, *(HELD_OUT if held_out else PAST)] if trade.varied else [],
        rows=[row_of(result) for result in trade.results[:ROWS]] if trade.varied else [],
        left=max(len(trade.results) - ROWS, 0),
    )


def _sections(trade: TradeStudy) -> Iterator[_Section]:
    best = trade.results[0]
    if best.held_out is not None:
        yield _section("Held out", best.held_out, trade)
        yield _section("The past it was chosen in", best.past, trade)
    else:
        yield _section("All of it", best.past, trade)


def _start(shown: ShownStart) -> _StartItem:
    simulated, run = shown.simulated, shown.simulated.worst
    return _StartItem(
        title=f"{shown.place.capitalize()} start: {utc_text(shown.sample.start)} UTC",
        ending=run.ending.value.replace("_", " "),
        tone=tone(run),
        summary=" · ".join(summary(run, simulated.trade.quote)),
        chart=canvas.chart(shown.bars, drawn(simulated)),
    )


def _section(title: str, found: Found, trade: TradeStudy) -> _Section:
    points = curve(found.samples)
    return _Section(
        f"{title}: {_span(found.start, found.end)}",
        tuple(lines_of(found.worst, trade.subject.trade.quote)),
        curves.equity(points, found.start, found.end),
        curves.drawdown(points, found.start, found.end),
        curves.exposure(open_positions(found.samples), found.start, found.end),
        curves.columns_of(histogram(found.samples)),
    )
