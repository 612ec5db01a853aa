"""A saved changeset for people, drawn from what would be sent and from nothing else."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from smartplan.changes.changeset import OPENING, mutation_counts
from smartplan.changes.diff.field_change import WIDENS
from smartplan.changes.saved import SavedChangeset
from smartplan.changes.saved_actions import SavedAct
from smartplan.report.action_text import SIGNS, WORDS
from smartplan.report.foreign_text import clean
from smartplan.report.outlook_text import heat_lines, scenario_lines
from smartplan.report.risk_text import Equity, risk_line
from smartplan.report.trade_text import trade_line
from smartplan.report.words import counted, environment_text
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.risk import Risk

_INDENT = "    "


def saved_text(
    saved: SavedChangeset,
    acts: Sequence[SavedAct],
    trades: Sequence[PlannedTrade],
    assess: Callable[[PlannedTrade], Risk],
    equity: Equity | None = None,
) -> str:
    """Where, each action, and what they come to. Figures are those of the plans themselves.

    With the ``equity``, how what is opened may end, and what all of that puts at risk.
    """
    planned = {trade.name: trade for trade in trades}
    accounts = ", ".join(f"{alias} ({number})" for alias, number in sorted(saved.accounts.items()))
    trades_in = f"{counted(len(trades), 'trade')} in {counted(len(saved.inputs), 'plan')}"
    place = f"{environment_text(saved.environment)} · accounts {clean(accounts)}"
    lines = [f"{place} · workspace {clean(saved.workspace)} · {trades_in}", ""]
    opened = {act.name: assess(planned[act.name]) for act in acts if act.action in OPENING}
    for act in acts:
        lines += _act(act, planned, opened.get(act.name), full=equity is not None)
    kinds = Counter(act.action for act in acts)
    heat = heat_lines(opened, equity) if equity is not None else []
    return "\n".join([*lines, *[""] * bool(acts), *heat, mutation_counts(kinds)]) + "\n"


def _act(
    act: SavedAct, planned: Mapping[str, PlannedTrade], risk: Risk | None, *, full: bool
) -> Iterator[str]:
    """``risk`` is that of what is opened."""
    which = act.pair if act.action == "create" else f"#{act.trade_id}"
    words = trade_line(planned[act.name].trade) if risk is not None else WORDS[act.action]
    if act.action == "replace":
        words = f"cancel it, then open round {act.round}: {words}"
    yield clean(f"{SIGNS[act.action]} {act.name}  {which}  {words}")
    if risk is not None:
        yield f"{_INDENT}{risk_line(risk)}"
        yield from (
            f"{_INDENT * 2}{clean(line)}" for line in (scenario_lines(risk) if full else ())
        )
    for path, before, after in act.changes:
        mark = f"   {WIDENS}" if path in act.widens else ""
        yield f"{_INDENT}{clean(f'{path}    {before} → {after}')}{mark}"
