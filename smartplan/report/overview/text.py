"""The report for people at a terminal: the risk table, a ladder per trade, the diff."""

from decimal import Decimal

from smartplan.report import SIMULATION, drawings, figures
from smartplan.report.appearance import Look
from smartplan.report.figures import UNKNOWN
from smartplan.report.folds import fold
from smartplan.report.foreign_text import clean
from smartplan.report.outlook_text import heat_lines, scenario_lines
from smartplan.report.overview import Overview, Shown
from smartplan.report.risk_text import away_text, change_line, equity_text, total_line, unknown
from smartplan.report.table import columns, fitted
from smartplan.report.trade_text import trade_line
from smartplan.report.words import counted, environment_text
from smartplan.trade.risk import Risk

RISK_COLUMNS = (
    "trade", "pair", "side", "entry", "notional", "margin", "loss at stop", "of equity",
    "R:R net", "R:R gross", "break-even", "liquidation", "away",
)  # fmt: skip
FIGURES = frozenset(range(3, len(RISK_COLUMNS)))
SPARE = tuple(
    RISK_COLUMNS.index(title)
    for title in ("away", "R:R gross", "of equity", "margin", "break-even", "liquidation", "side",
                  "notional", "pair", "entry")
)  # fmt: skip
"""What a narrow terminal does without, the first first."""


def render(overview: Overview, look: Look) -> str:
    """Risks, totals, trades, what apply would do, the simulation."""
    rows = [RISK_COLUMNS, *risk_rows(overview)]
    risks = fitted(rows, look.columns, SPARE, right=FIGURES) or columns(rows, right=FIGURES)
    lines = [heading(overview), "", *risks, ""]
    lines += [total_line(total, overview.equity) for total in overview.totals]
    lines += heat_lines(overview.risks, overview.equity)
    for shown in overview.trades:
        lines += ["", f"{clean(shown.name)}  {clean(shown.trade.pair)}  {trade_line(shown.trade)}"]
        lines += [f"    {line}" for line in drawings.ladder(shown.levels, look.characters)]
        lines += [f"    {line}" for line in scenario_lines(shown.risk)]
        lines += [f"    {line}" for line in remarks(shown, overview)]
    lines += ["", *diff_lines(overview)]
    if overview.simulation is not None:
        lines += ["", SIMULATION.render(overview.simulation, "text", look).rstrip()]
    return fold("\n".join(lines) + "\n", look.columns)


def remarks(shown: Shown, overview: Overview) -> list[str]:
    """What an update does to the risk, and why figures are not known."""
    moved = change_line(*shown.update, overview.equity) if shown.update is not None else ""
    updated = [f"update: {moved}"] if moved else []
    return [clean(line) for line in (*updated, *unknown(shown.risk))]


def heading(overview: Overview) -> str:
    """``sandbox · embedded exchange · workspace desk · 3 trades in 2 plans``."""
    count = f"{counted(len(overview.trades), 'trade')} in {counted(overview.plans, 'plan')}"
    environment = environment_text(overview.environment)
    return clean(f"{environment} · {overview.service} · workspace {overview.workspace} · {count}")


def assumption(overview: Overview) -> str:
    """What the figures rest on."""
    costs = figures.costs_text((shown.risk for shown in overview.trades), overview.fee)
    return f"{costs}; a trailing target counted at its worst close"


def diff_lines(overview: Overview) -> list[str]:
    """What apply would do, or why that is not known."""
    if overview.diff is None:
        return [f"offline: {clean(overview.offline)}"]
    return [clean(line) for line in overview.diff.rstrip("\n").split("\n")]


def risk_rows(overview: Overview) -> list[list[str]]:
    """A row per trade under ``RISK_COLUMNS``."""
    return [_risk_row(shown, overview.equity.get(shown.risk.quote)) for shown in overview.trades]


def _risk_row(shown: Shown, equity: Decimal | None) -> list[str]:
    risk, trade = shown.risk, shown.trade
    quote = risk.quote
    return [
        shown.name,
        trade.pair,
        trade.side.value,
        _price(risk, "reference", risk.reference),
        _money(risk, "notional", risk.notional),
        _money(risk, "margin", risk.margin),
        UNKNOWN if risk.loss_at_stop is None else f"{figures.loss(risk.loss_at_stop)} {quote}",
        equity_text(risk.loss_at_stop, equity) or figures.NONE,
        UNKNOWN if risk.reward_risk is None else figures.ratio(risk.reward_risk),
        UNKNOWN if risk.reward_risk_gross is None else figures.ratio(risk.reward_risk_gross),
        _careful(risk, "break_even", risk.break_even),
        _careful(risk, "liquidation", risk.liquidation),
        away_text(risk) or figures.NONE,
    ]


def _missing(risk: Risk, name: str) -> str:
    """A figure that is not known, or one that means nothing for this trade."""
    return UNKNOWN if name in risk.unknown else figures.NONE


def _price(risk: Risk, name: str, value: Decimal | None) -> str:
    return figures.price(value) if value is not None else _missing(risk, name)


def _careful(risk: Risk, name: str, value: Decimal | None) -> str:
    if value is None:
        return _missing(risk, name)
    return figures.careful_price(value, risk.side)


def _money(risk: Risk, name: str, value: Decimal | None) -> str:
    return f"{figures.money(value)} {risk.quote}" if value is not None else _missing(risk, name)
