"""The report as one HTML page that loads nothing: styles and drawings are inside, no script."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from smartplan.report import canvas, curves
from smartplan.report.appearance import Look
from smartplan.report.figures import further_costs
from smartplan.report.foreign_text import clean
from smartplan.report.outlook_text import (
    HEAT_COLUMNS,
    SCENARIO_COLUMNS,
    heat_rows,
    scenario_notes,
    scenario_rows,
)
from smartplan.report.overview import Overview, Shown
from smartplan.report.overview.text import (
    FIGURES,
    RISK_COLUMNS,
    assumption,
    diff_lines,
    heading,
    remarks,
    risk_rows,
)
from smartplan.report.page import page
from smartplan.report.risk_text import total_line
from smartplan.report.simulation.text import (
    EVENT_COLUMNS,
    EVENT_FIGURES,
    drawn,
    event_rows,
    path_sensitivity,
    simulation_total,
    summary,
    tone,
)
from smartplan.report.trade_text import trade_line
from smartplan.simulation.prices import PriceHistory
from smartplan.simulation.result import SimulatedTrade

TEMPLATE = "overview.html.j2"
STYLE = ("smartplan.report.overview", "overview.css")


class _Card(Struct, frozen=True):
    name: str
    pair: str
    line: str
    ladder: canvas.Ladder | None
    reasons: tuple[str, ...]
    ends: list[tuple[str, ...]]
    beside: tuple[str, ...]


class _TotalItem(Struct, frozen=True):
    line: str
    quote: str
    equity: curves.Curve | None
    exposure: curves.Curve | None


class _Item(Struct, frozen=True):
    name: str
    ending: str
    tone: str
    summary: str
    costs: str
    sensitivity: str
    chart: canvas.Chart
    rows: list[list[str]]
    head: tuple[str, ...] = EVENT_COLUMNS
    figures: frozenset[int] = EVENT_FIGURES


def render(overview: Overview, _look: Look) -> str:
    """The whole page. Everything that others wrote is escaped; the CSP allows our style alone."""
    return page(
        "smartplan.report.overview",
        TEMPLATE,
        (STYLE,),
        overview=overview,
        heading=heading(overview),
        assumption=assumption(overview),
        risk_rows=risk_rows(overview),
        risk_columns=RISK_COLUMNS,
        risk_figures=FIGURES,
        totals=[total_line(total, overview.equity) for total in overview.totals],
        heat_rows=heat_rows(overview.risks, overview.equity),
        heat_columns=HEAT_COLUMNS,
        heat_figures=frozenset(range(1, len(HEAT_COLUMNS))),
        scenario_columns=SCENARIO_COLUMNS,
        scenario_figures=frozenset((1, 2, 3)),
        cards=[_card(shown, overview) for shown in overview.trades],
        diff="\n".join(diff_lines(overview)),
        simulations=list(_items(overview)),
        simulation_totals=list(_totals(overview)),
        left_out=_left_out(overview),
    )


def _card(shown: Shown, overview: Overview) -> _Card:
    return _Card(
        clean(shown.name),
        clean(shown.trade.pair),
        trade_line(shown.trade),
        canvas.ladder(shown.levels),
        tuple(remarks(shown, overview)),
        scenario_rows(shown.risk),
        tuple(map(clean, scenario_notes(shown.risk))),
    )


def _totals(overview: Overview) -> Iterator[_TotalItem]:
    simulation = overview.simulation
    if simulation is None or not simulation.totals:
        return
    start = min(history.start for history in simulation.histories.values())
    end = max(history.end for history in simulation.histories.values())
    for total in simulation.totals:
        equity, exposure = (
            curves.money([(start, Decimal(0)), *points], end)
            for points in (total.equity, total.exposure)
        )
        yield _TotalItem(simulation_total(total), total.quote, equity, exposure)


def _items(overview: Overview) -> Iterator[_Item]:
    if overview.simulation is None:
        return
    for simulated in overview.simulation.trades:
        yield _item(simulated, overview.simulation.histories[simulated.trade.pair])


def _item(simulated: SimulatedTrade, history: PriceHistory) -> _Item:
    run = simulated.worst
    return _Item(
        name=clean(simulated.name),
        ending=run.ending.value.replace("_", " "),
        tone=tone(run),
        summary=clean(run.note) or " · ".join(summary(run, simulated.trade.quote)),
        costs=further_costs(simulated.costs),
        sensitivity=path_sensitivity(simulated),
        chart=canvas.chart(history.bars, drawn(simulated)),
        rows=event_rows(run),
    )


def _left_out(overview: Overview) -> list[str]:
    missing = overview.simulation.left_out if overview.simulation is not None else {}
    return [clean(f"{name}: not simulated, {reason}") for name, reason in missing.items()]
