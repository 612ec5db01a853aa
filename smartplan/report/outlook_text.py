"""How a trade may end, and what trades put at risk together on good and bad days, as lines.

Losses are rounded up and gains down; what is shown on demand stands under what is always shown.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from smartplan.document.scalars import number_text, percent_text
from smartplan.report import figures
from smartplan.report.foreign_text import clean
from smartplan.report.risk_text import Equity, equity_text, rate_text
from smartplan.report.table import columns
from smartplan.trade.heat import Heat, heat
from smartplan.trade.risk import Risk
from smartplan.trade.scenarios import Scenario

SCENARIO_COLUMNS = ("if it ends", "P/L", "in R", "needed")
HEAT_COLUMNS = (
    "at risk", "trades", "held", "waiting", "of equity", "locked in", "realised", "stops missed by",
)  # fmt: skip
_LONGEST = 300


def scenario_rows(risk: Risk) -> list[tuple[str, ...]]:
    """A row per end of the trade under ``SCENARIO_COLUMNS``; none where nothing can be told.

    The last column is how often the end has to come about, against the first stop every other
    time, for the trades to break even.
    """
    ends = risk.scenarios
    return [(_named(end, ends), *_worth(end, risk.quote)) for end in ends]


def scenario_lines(risk: Risk) -> list[str]:
    """The same as aligned lines, under their titles."""
    rows = scenario_rows(risk)
    table = columns([SCENARIO_COLUMNS, *rows]) if rows else []
    return [*table, *scenario_notes(risk)]


def scenario_notes(risk: Risk) -> Iterator[str]:
    """What else is on demand: what is held and won, bad fills of the stop, funding, the rate."""
    if risk.held is not None:
        realised = f", realised {_signed(risk.realised)} {risk.quote}" if risk.realised else ""
        yield f"held {number_text(risk.held)}{realised}"
    if risk.stress:
        yield f"stop missed by {_stress(risk.stress)} {risk.quote}"
    if risk.funding is not None:
        yield f"{figures.funding(risk.funding, risk.quote)} each 8 hours"
    if risk.maintenance is not None:
        yield f"liquidation counted with {rate_text(risk.maintenance)}"


def _named(end: Scenario, ends: tuple[Scenario, ...]) -> str:
    if not end.reached:
        first = next((other.reached[0] for other in ends if other.reached), None)
        return f"stop before TP{first}" if first is not None else "stop"
    first, last = end.reached[0], end.reached[-1]
    hit = f"TP{first}" if first == last else f"TP{first}–{last}"
    if end.then is None:
        return f"all targets ({hit})" if first != last else hit
    return f"{hit}, then {'break-even' if end.then == 'break_even' else 'the stop'}"


def _worth(end: Scenario, quote: str) -> tuple[str, str, str]:
    needed = figures.percent(end.needed, ROUND_CEILING) if end.needed is not None else figures.NONE
    ratio = f"{_signed_ratio(end.r)} R" if end.r is not None else figures.NONE
    return f"{figures.result(end.profit)} {quote}", ratio, needed


def _signed_ratio(value: Decimal) -> str:
    text = figures.ratio(value)
    return f"+{text}" if value > 0 else text


def _signed(value: Decimal | None) -> str:
    return figures.amount(value, signed=True)


def _stress(stress: Iterable[tuple[Decimal, Decimal]]) -> str:
    """``1 %: 80.10 · 5 %: 120.30``; a gain has a plus."""
    told = []
    for percent, loss in stress:
        shown = figures.loss(loss) if loss >= 0 else f"+{figures.gain(-loss)}"
        told.append(f"{percent_text(percent)}: {shown}")
    return " · ".join(told)


def heat_lines(risks: Mapping[str, Risk], equity: Equity) -> list[str]:
    """Two lines per currency and direction: what is at risk, and what missed stops cost."""
    return [clean(line)[:_LONGEST] for one in heat(risks) for line in _heat(one, equity)]


def _heat(one: Heat, equity: Equity) -> Iterator[str]:
    whole = equity.get(one.quote)
    share = equity_text(one.at_risk, whole)
    parts = [
        f"at the stops {figures.loss(one.at_risk)}" + (f" ({share} of equity)" if share else "")
    ]
    if one.held and one.waiting:
        parts.append(f"{figures.loss(one.held)} held, {figures.loss(one.waiting)} waiting")
    else:
        parts.append("all waiting" if one.waiting or not one.held else "all held")
    if one.locked_in:
        parts.append(f"locked in {figures.gain(one.locked_in)}")
    if one.realised:
        parts.append(f"realised {_signed(one.realised)}")
    if one.funding:
        parts.append(f"{figures.funding(one.funding)} each 8 hours")
    if one.unbounded:
        parts.append(f"without the unknown loss of {', '.join(one.unbounded)}")
    yield f"Heat {one.quote} {one.side}: {' · '.join(parts)}"
    if one.stress:
        worst = one.stress[-1][1]
        share = equity_text(worst, whole)
        of = f" ({share} of equity)" if share else ""
        yield f"Stress {one.quote} {one.side}: every stop missed by {_stress(one.stress)}{of}"


def heat_rows(risks: Mapping[str, Risk], equity: Equity) -> list[tuple[str, ...]]:
    """A row per currency and direction under ``HEAT_COLUMNS``."""
    return [_heat_row(one, equity) for one in heat(risks)]


def _heat_row(one: Heat, equity: Equity) -> tuple[str, ...]:
    return (
        f"{one.quote} {one.side}",
        str(one.trades),
        figures.loss(one.held),
        figures.loss(one.waiting),
        equity_text(one.at_risk, equity.get(one.quote)) or figures.NONE,
        figures.money(one.locked_in, ROUND_FLOOR),
        _signed(one.realised),
        _stress(one.stress) or figures.NONE,
    )
