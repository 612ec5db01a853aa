"""What a changeset as a whole puts at risk, as Markdown lines."""

from collections.abc import Iterator, Sequence

from smartplan.changes.changeset import (
    BrokenRail,
    Changeset,
    Opens,
    Orphan,
    Update,
)
from smartplan.changes.diff.field_change import WIDENS
from smartplan.changes.guard_rails import open_risks
from smartplan.report import figures
from smartplan.report.action_text import LEVELS
from smartplan.report.changes import ReportContext
from smartplan.report.markdown import escape
from smartplan.report.outlook_text import heat_lines
from smartplan.report.risk_text import total_line
from smartplan.report.words import counted
from smartplan.trade.heat import totals

_LISTED = 20
_LONGEST = 600


def risk_lines(changeset: Changeset, setting: ReportContext) -> list[str]:
    """Opened, changed and total risk per currency, what widens it, orphans, guard rails."""
    return [
        *_opened(changeset, setting),
        *_changed(changeset),
        *_total(changeset, setting),
        *_orphans(changeset),
        *_rails(changeset),
    ]


def _opened(changeset: Changeset, setting: ReportContext) -> Iterator[str]:
    opening = [a for a in changeset.actions if isinstance(a, Opens)]
    costs = figures.costs_text((action.risk for action in opening), setting.fee)
    for total in totals({action.of.name: action.risk for action in opening}):
        quote = escape(total.quote)
        yield (
            f"**opens {counted(total.trades, 'trade')}**: notional {figures.money(total.notional)}"
            f" {quote}, loss at stop {figures.loss(total.loss_at_stop)} {quote}"
            f" ({costs})"
        )
        if total.unbounded:
            yield f"⚠️ no loss at stop is known for {_names(total.unbounded)}"


def _changed(changeset: Changeset) -> Iterator[str]:
    updates = [a for a in changeset.actions if isinstance(a, Update)]
    befores = {t.quote: t for t in totals({a.of.name: a.risk_before for a in updates})}
    for after in totals({action.of.name: action.risk_after for action in updates}):
        before = befores.get(after.quote)
        was = f"{figures.loss(before.loss_at_stop)} → " if before is not None else ""
        yield (
            f"**changes {counted(after.trades, 'trade')}**: loss at stop"
            f" {was}{figures.loss(after.loss_at_stop)} {escape(after.quote)}"
        )
        if after.unbounded:
            yield f"⚠️ no loss at stop is known for {_names(after.unbounded)}"
    widening = [a.of.name for a in updates if a.widens_risk]
    if widening:
        yield f"**{WIDENS}**: {_names(widening)}"


def _total(changeset: Changeset, setting: ReportContext) -> Iterator[str]:
    for total in totals(open_risks(changeset)):
        yield escape(total_line(total, setting.equity)[:_LONGEST])
    yield from map(escape, heat_lines(open_risks(changeset), setting.equity))


def _orphans(changeset: Changeset) -> Iterator[str]:
    open_ones = [a.of.name for a in changeset.actions if isinstance(a, Orphan) and a.entered]
    if open_ones:
        yield f"⚠️ **in no plan, with an open position**: {_names(open_ones)}"


def _rails(changeset: Changeset) -> Iterator[str]:
    for rail in changeset.broken_rails[:_LISTED]:
        yield f"⚠️ {_rail(rail)}"
    if len(changeset.broken_rails) > _LISTED:
        rest = changeset.broken_rails[_LISTED:]
        stopping = sum(rail.level in {"soft", "hard"} for rail in rest)
        yield f"… and {counted(len(rest), 'more guard rail')}, {stopping} of them stopping"


def _rail(rail: BrokenRail) -> str:
    of = f"{rail.name}: " if rail.name else ""
    said = escape(f"{of}{rail.message}"[:_LONGEST])
    return f"{said} ({escape(rail.rule)}: {LEVELS[rail.level]})"


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(map(escape, names[:_LISTED]))
    return shown if len(names) <= _LISTED else f"{shown} and {len(names) - _LISTED} more"
