"""A saved changeset for people, drawn from what would be sent and from nothing else."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from smartplan.changes.changeset import OPENING, mutation_counts
from smartplan.changes.diff.field_change import WIDENS
from smartplan.changes.saved import SavedChangeset
from smartplan.changes.saved_actions import SavedAct
from smartplan.report.action_text import SIGNS, WORDS
from smartplan.report.foreign_text import clean
from smartplan.report.risk_text import risk_line
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
) -> str:
    """Where, each action, and what they come to. Figures are those of the plans themselves."""
    planned = {trade.name: trade for trade in trades}
    accounts = ", ".join(f"{alias} ({number})" for alias, number in sorted(saved.accounts.items()))
    trades_in = f"{counted(len(trades), 'trade')} in {counted(len(saved.inputs), 'plan')}"
    place = f"{environment_text(saved.environment)} · accounts {clean(accounts)}"
    lines = [f"{place} · workspace {clean(saved.workspace)} · {trades_in}", ""]
    for act in acts:
        lines += _act(act, planned, assess)
    kinds = Counter(act.action for act in acts)
    return "\n".join([*lines, *[""] * bool(acts), mutation_counts(kinds)]) + "\n"


def _act(
    act: SavedAct, planned: Mapping[str, PlannedTrade], assess: Callable[[PlannedTrade], Risk]
) -> Iterator[str]:
    opening = act.action in OPENING
    which = act.pair if act.action == "create" else f"#{act.trade_id}"
    words = trade_line(planned[act.name].trade) if opening else WORDS[act.action]
    if act.action == "replace":
        words = f"cancel it, then open round {act.round}: {words}"
    yield clean(f"{SIGNS[act.action]} {act.name}  {which}  {words}")
    if opening:
        yield f"{_INDENT}{risk_line(assess(planned[act.name]))}"
    for path, before, after in act.changes:
        mark = f"   {WIDENS}" if path in act.widens else ""
        yield f"{_INDENT}{clean(f'{path}    {before} → {after}')}{mark}"
