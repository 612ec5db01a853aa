"""Pairs as a table."""

from smartplan.document.scalars import number_text
from smartplan.report.appearance import Look, Style
from smartplan.report.figures import NONE, plain, quoted
from smartplan.report.foreign_text import clean
from smartplan.report.markets import MarketRow, MarketsReport
from smartplan.report.table import columns, fitted
from smartplan.report.words import environment_text

_HEAD = ("ACCOUNT", "PAIR", "LAST", "TICK", "LOT", "MINIMUM")
_NUMBERS = frozenset({2, 3, 4, 5})
_SPARE = (2,)


def render(report: MarketsReport, look: Look) -> str:
    """Where, a line a pair, and what was left out."""
    palette = look.palette
    lines = [f"{environment_text(report.environment, palette)} · {clean(report.service)}", ""]
    if report.rows:
        cells = [_HEAD, *map(_cells, report.rows)]
        table = fitted(cells, look.columns, _SPARE, right=_NUMBERS)
        head, *rows = table or columns(cells, right=_NUMBERS)
        lines += [palette.paint(head, Style.BOLD), *rows]
    else:
        lines.append(f"no pair has {report.query} in its name" if report.query else "no pairs")
    if report.more:
        lines += ["", f"{report.more} more: narrow it (`smartplan markets BTC`), or raise --limit"]
    lines += [f"{alias}: the service names no market of it" for alias in report.unknown]
    return "".join(f"{line}\n" for line in lines)


def _cells(row: MarketRow) -> tuple[str, ...]:
    quote = row.pair.partition("_")[0]
    least = NONE if row.least is None else f"{number_text(row.least)} {quote}"
    last = quoted(row.ticker.last)
    return (row.alias, row.pair, last, plain(row.terms.tick), plain(row.terms.lot), least)
