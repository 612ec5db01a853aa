"""Plans beside their live trades as a table, the worst first."""

from collections.abc import Iterable, Iterator, Sequence

from smartplan.changes.status import Row, WorkspaceStatus
from smartplan.document.scalars import number_text
from smartplan.report.appearance import Look, Palette, Style
from smartplan.report.figures import NONE, UNKNOWN, position_profit, quoted, service_figures
from smartplan.report.folds import folded
from smartplan.report.foreign_text import clean
from smartplan.report.outlook_text import heat_lines, scenario_lines
from smartplan.report.position_text import next_text, stop_text
from smartplan.report.risk_text import risk_line
from smartplan.report.status import StatusReport
from smartplan.report.table import fitted
from smartplan.report.unreadable_text import unreadable_line
from smartplan.report.words import counted, environment_text
from smartplan.times import utc_text

_HEAD = ("NAME", "ID", "PAIR", "SIDE", "STATUS", "FILLED", "HELD", "ENTRY", "LAST", "NEXT", "STOP",
         "P/L")  # fmt: skip
_SPARE = tuple(_HEAD.index(title) for title in ("HELD", "FILLED", "SIDE", "ID", "ENTRY", "LAST",
                                                "PAIR"))  # fmt: skip
"""What a narrow terminal does without, the first first."""
_MARK = 2
"""Columns that the sign of a danger takes."""


def render(report: StatusReport, look: Look) -> str:
    """Where and when, a line a trade, and what is wrong below it.

    In so many lines as there are, the head and the worst trades stay in view.
    """
    watched, palette = report.watched, look.palette
    environment = environment_text(watched.environment, palette)
    when = f"{utc_text(watched.at)} UTC"
    where = f"{environment} · {clean(report.service)} · workspace {watched.workspace} · {when}"
    head = [where, ""]
    heat = heat_lines(watched.risks, report.equity) if look.full_risk else ()
    end = ["", *heat, _summary(watched, palette)]
    if look.columns is not None:
        head, end = ([x for y in part for x in folded(y, look.columns)] for part in (head, end))
    room = None if look.lines is None else look.lines - len(head) - len(end) - 1
    return "\n".join([*head, *_body(watched, look, room), *end]) + "\n"


def _body(watched: WorkspaceStatus, look: Look, room: int | None) -> Iterator[str]:
    if watched.rows:
        heading, blocks = _table(watched, look)
        yield from heading
        yield from _in_view(blocks, None if room is None else room - len(heading))
    else:
        yield "no plans, and no trades of this workspace"
    yield from map(unreadable_line, watched.unreadable)


def _in_view(blocks: Sequence[Sequence[str]], room: int | None) -> Iterator[str]:
    """As many trades, the worst first, as there is room for."""
    left = sum(map(len, blocks)) if room is None else room
    for number, block in enumerate(blocks):
        last = number == len(blocks) - 1
        if len(block) > left - (0 if last else 1):
            yield f"  … and {counted(len(blocks) - number, 'more trade')}"
            return
        left -= len(block)
        yield from block


def _table(watched: WorkspaceStatus, look: Look) -> tuple[list[str], list[list[str]]]:
    """The heading, and the lines of each trade."""
    palette, most = look.palette, look.columns
    rows = [_HEAD, *map(_cells, watched.rows)]
    lines = fitted(rows, None if most is None else most - _MARK, _SPARE)
    shown = [[line] for line in lines[1:]] if lines is not None else map(_stacked, watched.rows)
    blocks = [
        [
            f"{_sign(row, palette)} {_tinted(row, first, palette)}",
            *(_in_columns([*more, *_beside(row), *_outlook(row, look)], most)),
            *(palette.paint(line, Style.BOLD, Style.RED) for line in _dangers(row, most)),
        ]
        for row, (first, *more) in zip(watched.rows, shown, strict=True)
    ]
    heading = [] if lines is None else [f"  {palette.paint(lines[0], Style.BOLD)}"]
    return heading, blocks


def _outlook(row: Row, look: Look) -> Iterator[str]:
    """On demand: what is at risk, and how it may end."""
    if look.full_risk and row.risk is not None:
        yield f"    {clean(risk_line(row.risk))}"
        yield from (f"        {clean(line)}" for line in scenario_lines(row.risk))


def _in_columns(lines: Iterable[str], most: int | None) -> Iterator[str]:
    for line in lines:
        yield from [line] if most is None else folded(line, most)


def _dangers(row: Row, most: int | None) -> Iterator[str]:
    return _in_columns((f"    ⚠ {clean(danger)}" for danger in row.dangers), most)


def _stacked(row: Row) -> list[str]:
    """A trade in several lines, where the columns do not fit beside each other."""
    cells = dict(zip(_HEAD, map(clean, _cells(row)), strict=True))
    first = [cells[title] for title in ("NAME", "STATUS", "P/L") if cells[title] != NONE]
    more = [cells["PAIR"]] if cells["PAIR"] else []
    more += [f"{title.lower()} {cells[title]}" for title in ("NEXT", "STOP", "LAST")
             if cells[title] != NONE]  # fmt: skip
    return ["  ".join(first), f"    {' · '.join(more)}"]


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
        next_text(stands),
        stop_text(stands),
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
