"""What a changeset as a whole puts at risk, as Markdown lines."""

from collections.abc import Iterable, Iterator
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

from smartplan.changes.changeset import Changeset, Create, Orphan, Railed, Replace, Update
from smartplan.document.scalars import number_text
from smartplan.report.markdown import escape
from smartplan.report.phrases import WIDENS, counted
from smartplan.report.risk_text import money_text
from smartplan.trade.risk import Risk

_LISTED = 30
_LEVELS = {"warn": "warning", "soft": "stops unless overridden", "hard": "stops"}


def risk_lines(changeset: Changeset, fee: Decimal) -> list[str]:
    """Opened and changed risk per currency, what widens it, positions in no plan, guard rails."""
    return [
        *_opened(changeset, fee),
        *_changed(changeset),
        *_orphans(changeset),
        *_rails(changeset),
    ]


def _opened(changeset: Changeset, fee: Decimal) -> Iterator[str]:
    opening = [a for a in changeset.actions if isinstance(a, Create | Replace)]
    for quote in sorted({action.risk.quote for action in opening}):
        named = [(a.of.name, a.risk) for a in opening if a.risk.quote == quote]
        notional = _sum(risk.notional for _, risk in named)
        shown = f"notional {money_text(notional, ROUND_HALF_EVEN)} {escape(quote)}"
        loss, unknown = _losses(named)
        yield (
            f"**opens {counted(len(named), 'trade')}**: {shown}, loss at stop {loss}"
            f" {escape(quote)} (fees {number_text(fee * 100)} % each way)"
        )
        if unknown:
            yield f"⚠️ no loss at stop is known for {_listed(unknown)}"


def _losses(named: Iterable[tuple[str, Risk]]) -> tuple[str, list[str]]:
    """The sum, rounded up, and the trades that are not in it."""
    listed = list(named)
    total = _sum(risk.loss_at_stop for _, risk in listed)
    return money_text(total, ROUND_CEILING), [n for n, r in listed if r.loss_at_stop is None]


def _sum(figures: Iterable[Decimal | None]) -> Decimal:
    return sum((figure for figure in figures if figure is not None), Decimal(0))


def _changed(changeset: Changeset) -> Iterator[str]:
    updates = [a for a in changeset.actions if isinstance(a, Update)]
    for quote in sorted({action.risk_after.quote for action in updates}):
        of_quote = [a for a in updates if a.risk_after.quote == quote]
        before, _ = _losses((a.of.name, a.risk_before) for a in of_quote)
        after, unknown = _losses((a.of.name, a.risk_after) for a in of_quote)
        yield (
            f"**changes {counted(len(of_quote), 'trade')}**: loss at stop {before} → {after}"
            f" {escape(quote)}"
        )
        if unknown:
            yield f"⚠️ no loss at stop is known for {_listed(unknown)}"
    widening = [a.of.name for a in updates if any(c.widens_risk for c in a.changes)]
    if widening:
        yield f"**{WIDENS}**: {_listed(widening)}"


def _orphans(changeset: Changeset) -> Iterator[str]:
    open_ones = [a.of.name for a in changeset.actions if isinstance(a, Orphan) and a.entered]
    if open_ones:
        yield f"⚠️ **in no plan, with an open position**: {_listed(open_ones)}"


def _rails(changeset: Changeset) -> Iterator[str]:
    for rail in changeset.railed[:_LISTED]:
        yield f"⚠️ {_rail(rail)}"
    if len(changeset.railed) > _LISTED:
        rest = changeset.railed[_LISTED:]
        stopping = sum(rail.level != "warn" for rail in rest)
        yield f"… and {counted(len(rest), 'more guard rail')}, {stopping} of them stopping"


def _rail(rail: Railed) -> str:
    of = f"{rail.name}: " if rail.name else ""
    return f"{escape(of + rail.message)} ({escape(rail.rule)}: {_LEVELS[rail.level]})"


def _listed(names: list[str]) -> str:
    shown = ", ".join(map(escape, names[:_LISTED]))
    return shown if len(names) <= _LISTED else f"{shown} and {len(names) - _LISTED} more"
