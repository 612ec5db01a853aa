"""The journal as a trading log: orders, fills, exits and moved stops, whose doing each was."""

from collections.abc import Iterator

from smartplan.changes.trading_log import LogEntry
from smartplan.document.scalars import number_text
from smartplan.report.appearance import Look, Palette, Style
from smartplan.report.figures import NONE, profit, quoted
from smartplan.report.folds import fold
from smartplan.report.foreign_text import clean
from smartplan.report.history import HistoryReport
from smartplan.report.table import columns
from smartplan.report.trade_text import stop_text, trade_line, volume_text
from smartplan.times import utc_text
from smartplan.trade.model import Trade

TOLD_AS = {
    "create": "opened",
    "update": "changed",
    "set_note": "note set",
    "cancel": "cancelled",
    "close": "closed at market",
    "add_funds": "funds added",
    "reduce_funds": "funds reduced",
    "force_start": "entered at market",
    "force_process": "looked at again",
    "close_order": "a target closed at market",
    "cancel_order": "an order cancelled",
    "override": "guard rail set aside",
    "done": "adopted",
    "forget": "no longer managed",
    "reset": "the sandbox was emptied",
    "finished": "finished",
    "stop_loss_finished": "STOPPED OUT",
    "panic_sold": "sold at market",
    "cancelled": "ended, cancelled",
    "failed": "FAILED",
}
_LOSS, _WIN = frozenset({"stop_loss_finished", "failed"}), frozenset({"target", "finished"})


def render(report: HistoryReport, look: Look) -> str:
    """One line for what happened: when, which trade, whose doing, what."""
    if not report.events:
        return "The journal is empty.\n"
    palette = look.palette
    rows = [_cells(entry) for entry in report.log]
    lines = [
        _painted(line, entry, palette)
        for line, entry in zip(columns(rows), report.log, strict=True)
    ]
    if report.missing:
        lines += ["", f"without fills and exits: {clean(report.missing)}"]
    return fold("".join(f"{line}\n" for line in lines), look.columns)


def _cells(entry: LogEntry) -> tuple[str, ...]:
    at = f"{utc_text(entry.at)}Z" if entry.at is not None else NONE
    number = f"#{entry.trade_id}" if entry.trade_id is not None else ""
    said = " · ".join(part for part in (_what(entry), *_more(entry)) if part)
    return (at, entry.name or NONE, number, entry.by, said)


def _what(entry: LogEntry) -> str:
    word = TOLD_AS.get(entry.action, entry.action.replace("_", " "))
    if entry.action == "target":
        word = f"target {entry.step} reached"
    if entry.units is not None:
        word += f" {number_text(entry.units)}"
    if entry.price is not None:
        word += f" @ {quoted(entry.price)}"
    if entry.result:
        word = f"{word}: {entry.result.upper()}"
    return word


def _more(entry: LogEntry) -> Iterator[str]:
    if entry.action == "create" and entry.after is not None:
        yield f"{entry.after.pair} {trade_line(entry.after)}"
    if entry.action == "update" and entry.after is not None:
        yield ", ".join(_moved(entry.before, entry.after))
    if entry.profit is not None:
        yield profit(entry.profit, entry.after.quote if entry.after is not None else "")
    if entry.text:
        yield entry.text


def _moved(before: Trade | None, after: Trade) -> Iterator[str]:
    """What an update moved; where nobody knows what was, what is now."""
    for name, is_now in _levels(after).items():
        was = _levels(before).get(name) if before is not None else None
        if before is None and name in _ECHOED:
            continue
        if before is None or was != is_now:
            yield f"{name} {was} → {is_now}" if was else f"{name} {is_now}"
    if before is not None:
        yield from (f"{name} gone" for name in _levels(before) if name not in _levels(after))


_ECHOED = frozenset({"units", "entry"})
"""What every update repeats: a change only where it is known what was."""


def _levels(trade: Trade) -> dict[str, str]:
    position, stop = trade.position, trade.stop_loss
    found = {"units": number_text(position.units)}
    if position.price is not None:
        found["entry"] = number_text(position.price)
    for number, step in enumerate(trade.take_profit, 1):
        at = f"{number_text(step.price)} × " if step.price is not None else ""
        found[f"target {number}"] = at + volume_text(step)
    if stop is not None:
        found["stop"] = stop_text(stop)
    return found


def _painted(line: str, entry: LogEntry, palette: Palette) -> str:
    if entry.result or entry.action in _LOSS:
        return palette.paint(line, Style.RED)
    return palette.paint(line, Style.GREEN) if entry.action in _WIN else line
