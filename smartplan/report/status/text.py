"""Plans beside their live trades as a table, the worst first."""

from collections.abc import Iterator

from smartplan.changes.status import Row, WorkspaceStatus
from smartplan.document.scalars import number_text
from smartplan.report.appearance import Look, Palette, Style
from smartplan.report.changes.text import unreadable_line
from smartplan.report.figures import NONE, UNKNOWN, change, position_profit, quoted, service_figures
from smartplan.report.foreign_text import clean
from smartplan.report.outlook_text import heat_lines, scenario_lines
from smartplan.report.risk_text import risk_line
from smartplan.report.status import StatusReport
from smartplan.report.table import columns
from smartplan.report.words import counted, environment_text
from smartplan.times import utc_text

_HEAD = ("NAME", "ID", "PAIR", "SIDE", "STATUS", "FILLED", "HELD", "ENTRY", "LAST",
         "NEXT TARGET", "STOP", "P/L")  # fmt: skip


def render(report: StatusReport, look: Look) -> str:
    """Where and when, a line a trade, and what is wrong below it."""
    watched, palette = report.watched, look.palette
    environment = environment_text(watched.environment, palette)
    when = f"{utc_text(watched.at)} UTC"
    head = f"{environment} · {clean(report.service)} · workspace {watched.workspace} · {when}"
    body = [*_body(watched, palette, full=look.full_risk), ""]
    if look.full_risk:
        body += heat_lines(watched.risks, report.equity)
    return "\n".join([head, "", *body, _summary(watched, palette)]) + "\n"


def _body(watched: WorkspaceStatus, palette: Palette, *, full: bool) -> Iterator[str]:
    if watched.rows:
        yield from _table(watched, palette, full=full)
    else:
        yield "no plans, and no trades of this workspace"
    yield from map(unreadable_line, watched.unreadable)


def _table(watched: WorkspaceStatus, palette: Palette, *, full: bool) -> Iterator[str]:
    heading, *lines = columns([_HEAD, *(_cells(row) for row in watched.rows)])
    yield f"  {palette.paint(heading, Style.BOLD)}"
    for row, line in zip(watched.rows, lines, strict=True):
        yield f"{_sign(row, palette)} {_tinted(row, line, palette)}"
        yield from _beside(row)
        if full and row.risk is not None:
            yield f"    {clean(risk_line(row.risk))}"
            yield from (f"        {clean(line)}" for line in scenario_lines(row.risk))
        for danger in row.dangers:
            yield palette.paint(f"    ⚠ {clean(danger)}", Style.BOLD, Style.RED)


def _beside(row: Row) -> Iterator[str]:
    """The service's own figures of a position with a margin, and why money is unknown."""
    stands = row.stands
    if stands is None:
        return
    if stands.unknown:
        yield f"    money {UNKNOWN}: {clean(stands.unknown)}"
    if stands.margin or stands.liquidation:
        shown = (f"{title} {text}" for title, text in service_figures(stands, row.quote))
        yield f"    {clean(' · '.join(shown))}"


def _cells(row: Row) -> tuple[str, ...]:
    stands = row.stands
    name = row.name if row.planned else f"{row.name} (in no plan)"
    number = f"#{row.trade_id}" if row.trade_id is not None else NONE
    first = (name, number, row.pair, row.side, row.status)
    if stands is None:
        filled = f"0/{number_text(row.units)}" if row.trade_id is None else NONE
        return (*first, filled, *(NONE,) * 6)
    return (
        *first,
        f"{number_text(stands.filled)}/{number_text(row.units)}",
        number_text(stands.remaining),
        quoted(stands.entry),
        quoted(stands.last),
        f"{quoted(stands.target)} ({change(stands.target_distance)})" if stands.target else NONE,
        f"{quoted(stands.stop)} ({change(stands.stop_distance)})" if stands.stop else NONE,
        position_profit(stands, row.quote),
    )


def _sign(row: Row, palette: Palette) -> str:
    return palette.paint("!", Style.BOLD, Style.RED) if row.dangers else " "


def _tinted(row: Row, line: str, palette: Palette) -> str:
    shown = row.stands.profit if row.stands is not None else None
    if shown is None or not shown.volume:
        return line
    return palette.paint(line, Style.GREEN if shown.volume > 0 else Style.RED)


def _summary(watched: WorkspaceStatus, palette: Palette) -> str:
    wrong = sum(bool(row.dangers) for row in watched.rows)
    open_ = sum(row.holds for row in watched.rows)
    others = f", {watched.foreign} other open on these accounts" if watched.foreign else ""
    line = f"{counted(len(watched.rows), 'trade')}, {open_} with an open position{others}"
    if not wrong:
        return f"{line}. Nothing is unprotected."
    return f"{line}. " + palette.paint(
        f"{wrong} {'needs' if wrong == 1 else 'need'} you.", Style.BOLD, Style.RED
    )
