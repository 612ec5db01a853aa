"""What writing ``markets.lock.json`` came to: what is new, what moved, what is gone."""

from collections.abc import Iterator, Sequence

from smartplan.report.figures import plain
from smartplan.report.foreign_text import clean
from smartplan.report.words import counted
from smartplan.trade.market_lock import TermChange

Places = Sequence[tuple[str, str]]
"""Alias and pair."""


def locked_text(
    file: str, pairs: int, new: Places, moved: Sequence[TermChange], gone: Places
) -> str:
    """A line for each, and what was written at the end."""
    lines = [*_lines(new, moved, gone), f"wrote {file}: {counted(pairs, 'pair')}"]
    if not (new or moved or gone):
        lines[-1] += ", nothing moved"
    return "".join(f"{clean(line)}\n" for line in lines)


def _lines(new: Places, moved: Sequence[TermChange], gone: Places) -> Iterator[str]:
    yield from (f"+ {alias}  {pair}" for alias, pair in new)
    for change in moved:
        arrow = f"{plain(change.before)} → {plain(change.after)}"
        yield f"~ {change.alias}  {change.pair}  {change.term}  {arrow}"
    yield from (f"- {alias}  {pair}  is traded no more" for alias, pair in gone)
