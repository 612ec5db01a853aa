"""A changeset and its outcomes for people: where, what, at what risk, and the way out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import assert_never

from smartplan.changes.apply import Outcome
from smartplan.changes.changeset import (
    Action,
    Adopt,
    Blocked,
    Cancel,
    Changeset,
    Close,
    Create,
    Finished,
    Orphan,
    Railed,
    Replace,
    SetNote,
    Target,
    Unchanged,
    Update,
    summary,
)
from smartplan.changes.field_change import FieldChange
from smartplan.changes.rails import open_risks
from smartplan.changes.sending import Result
from smartplan.diagnostics import format_path
from smartplan.document.scalars import number_text
from smartplan.report.clean import clean, width
from smartplan.report.palette import Palette, Style
from smartplan.report.risk_text import Equity, risk_line, total_line
from smartplan.report.trade_text import trade_line
from smartplan.trade.fields import value_text
from smartplan.trade.risk import Risk, totals

WIDENS = "⚠ widens risk"
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Setting:
    """What surrounds a changeset: the service it was read from, and what its risk assumes.

    ``equity`` is per quote currency, as far as it is set.
    """

    service: str
    fee: Decimal
    colour: bool = False
    equity: Equity = field(default_factory=dict)


def diff_text(changeset: Changeset, setting: Setting) -> str:
    """The diff: where, one block per trade, the frozen summary line."""
    palette = Palette(setting.colour)
    drawing = _Drawing(changeset, setting, palette)
    last = [*drawing.totals(), summary(changeset)]
    lines = [where(changeset, setting, palette), "", *drawing.lines(), "", *last]
    return "\n".join(lines) + "\n"


def drift_text(moved: Changeset, setting: Setting) -> str:
    """What moved on the exchange, and a last line that counts it."""
    palette = Palette(setting.colour)
    drawn = _Drawing(moved, setting, palette).lines()
    number = moved.count(Blocked)
    orphans = moved.count(Orphan)
    last = f"Drift: {_count(number, 'trade')} moved, {_count(orphans, 'trade')} in no plan."
    return "\n".join([where(moved, setting, palette), "", *drawn, "", last]) + "\n"


def where(changeset: Changeset, setting: Setting, palette: Palette) -> str:
    """The first line of every output: on the sandbox no money moves, on ``real`` it does."""
    used = {action.of.account_id for action in changeset.actions}
    accounts = [pair for pair in changeset.accounts if pair[1] in used] or list(changeset.accounts)
    if len(accounts) == 1:
        alias, number = accounts[0]
        listed = f"account {alias} ({number}, {setting.service})"
    else:
        listed = "accounts " + ", ".join(f"{alias} ({number})" for alias, number in accounts)
        listed += f", {setting.service}"
    environment = changeset.environment
    if environment == "real":
        environment = palette.paint("real · REAL MONEY", Style.BOLD, Style.RED)
    trades = _count(changeset.trades, "trade")
    plans = _count(changeset.plans, "plan")
    place = f"workspace {changeset.workspace} · {trades} in {plans}"
    return f"{environment} · {clean(listed)} · {place}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class _Drawing:
    def __init__(self, changeset: Changeset, setting: Setting, palette: Palette) -> None:
        self._changeset = changeset
        self._setting = setting
        self._palette = palette
        fee = number_text(setting.fee * 100)
        self._assumption = f"(fees {fee} % each way; trailing counted at its worst close)"
        names = [width(action.of.name) for action in changeset.actions]
        self._names = min(max(names, default=0), 40)

    def lines(self) -> Iterator[str]:
        for action in self._changeset.actions:
            yield from self._block(action)
        for rail in self._changeset.railed:
            yield self._rail(rail)
        if self._changeset.foreign:
            count = _count(self._changeset.foreign, "other open trade")
            yield f"  {count} on these accounts, not managed by this workspace"

    def totals(self) -> Iterator[str]:
        """What is at risk once it is applied, per quote currency; one trade says it itself."""
        risks = open_risks(self._changeset.actions)
        for total in totals(risks) if len(risks) > 1 else ():
            yield total_line(total, self._setting.equity)

    def _figures(self, risk: Risk) -> str:
        return risk_line(risk, self._setting.equity)

    def _rail(self, rail: Railed) -> str:
        style = Style.YELLOW if rail.level == "warn" else Style.RED
        of = f"{rail.name}: " if rail.name else ""
        kind = {"warn": "warning", "soft": "stops unless overridden", "hard": "stops"}[rail.level]
        sign = self._palette.paint("⚠", Style.BOLD, style)
        return f"{sign} {clean(of + rail.message)} ({rail.rule}: {kind})"

    def _block(self, action: Action) -> Iterator[str]:
        match action:
            case Create():
                line = trade_line(action.trade)
                yield self._head("+", action.of, Style.GREEN, action.of.pair, line)
                yield f"{_INDENT}{self._figures(action.risk)}   {self._assumption}"
            case Replace():
                giving_up = f"cancel #{action.of.trade_id}, then open round {action.of.round}:"
                line = f"{giving_up} {trade_line(action.trade)}"
                yield self._head("±", action.of, Style.YELLOW, action.of.pair, line)
                yield f"{_INDENT}{self._figures(action.risk)}   {self._assumption}"
            case Update():
                yield self._live("~", action.of, Style.YELLOW, action.of.status or "")
                yield from self._changes(action.changes)
                yield from self._risk(action)
            case SetNote():
                yield self._live("~", action.of, Style.YELLOW, "note")
                yield from self._changes(action.changes)
            case Adopt():
                adopting = "adopt: its note gets our marker, nothing else changes"
                yield self._live("→", action.of, Style.CYAN, adopting)
            case Cancel():
                yield self._live("-", action.of, Style.YELLOW, f"cancel ({action.reason})")
            case Close():
                yield self._live("-", action.of, Style.YELLOW, f"CLOSE at market ({action.reason})")
            case Unchanged():
                yield self._live("=", action.of, Style.DIM, _because("unchanged", action.reason))
            case Finished():
                yield self._finished(action)
            case Blocked():
                yield from self._blocked(action)
            case Orphan():
                yield self._orphan(action)
            case _:
                assert_never(action)

    def _head(self, sign: str, of: Target, style: Style, *parts: str) -> str:
        painted = self._palette.paint(sign, Style.BOLD, style)
        shown = (clean(part) for part in parts if part)
        return "  ".join([f"{painted} {clean(of.name).ljust(self._names)}", *shown])

    def _live(self, sign: str, of: Target, style: Style, text: str) -> str:
        return self._head(sign, of, style, f"#{of.trade_id}" if of.trade_id else of.pair, text)

    def _changes(self, changes: Sequence[FieldChange]) -> Iterator[str]:
        fields = [format_path(change.path) for change in changes]
        arrows = [_arrow(change) for change in changes]
        widest = (max(map(width, fields), default=0), max(map(width, arrows), default=0))
        for change, name, arrow in zip(changes, fields, arrows, strict=True):
            line = f"{_INDENT}{name.ljust(widest[0])}    {arrow.ljust(widest[1])}    "
            warning = self._palette.paint(WIDENS, Style.BOLD, Style.RED)
            place = _place(change)
            yield f"{line}{place}   {warning}" if change.widens_risk else f"{line}{place}".rstrip()

    def _risk(self, action: Update) -> Iterator[str]:
        before, after = self._figures(action.risk_before), self._figures(action.risk_after)
        if before != after:
            yield f"{_INDENT}before: {before}"
            yield f"{_INDENT}after:  {after}   {self._assumption}"

    def _finished(self, action: Finished) -> str:
        if action.failed:
            error = action.reason or "the exchange gives no reason"
            return self._live("✗", action.of, Style.RED, f"FAILED on the exchange: {error}")
        if action.of.trade_id is None:
            return self._live("✓", action.of, Style.DIM, action.reason)
        sign = "–" if action.of.status == "cancelled" else "✓"
        again = "raise `lifecycle.round` to trade it again"
        return self._live(sign, action.of, Style.DIM, f"{action.of.status} ({again})")

    def _blocked(self, action: Blocked) -> Iterator[str]:
        yield self._live("!", action.of, Style.RED, f"blocked: {action.reason}")
        yield from self._changes(action.changes)
        for way in action.ways_out:
            yield f"{_INDENT}{clean(way)}"

    def _orphan(self, action: Orphan) -> str:
        if action.entered:
            text = f"in no plan, with an OPEN POSITION ({action.of.status}): it goes on as it is"
            return self._live("⚠", action.of, Style.RED, text)
        text = f"in no plan ({action.of.status}): it goes on as it is"
        return self._live("?", action.of, Style.YELLOW, text)


def _because(what: str, reason: str) -> str:
    return f"{what}: {reason}" if reason else what


def _arrow(change: FieldChange) -> str:
    before = "unknown" if change.before_unknown else value_text(change.before)
    return clean(f"{before or '(empty)'} → {value_text(change.after) or '(empty)'}")


def _place(change: FieldChange) -> str:
    place = change.location
    return f"{place.file}:{place.line}" if place is not None else ""


_DONE = {
    Create: "created",
    Replace: "created in place of the earlier round",
    Update: "updated",
    SetNote: "note set",
    Adopt: "adopted",
    Cancel: "cancelled",
    Close: "closing at market",
}


def outcome_line(outcome: Outcome, colour: bool = False) -> str:
    """``✓ btc-swing  #31247951 created``, or what went wrong."""
    palette = Palette(colour)
    name = clean(outcome.action.of.name)
    number = f"#{outcome.trade_id} " if outcome.trade_id is not None else ""
    match outcome.result:
        case Result.DONE:
            sign = palette.paint("✓", Style.BOLD, Style.GREEN)
            note = f" ({clean(outcome.message)})" if outcome.message else ""
            return f"{sign} {name}  {number}{_DONE[type(outcome.action)]}{note}"
        case Result.FAILED:
            sign = palette.paint("✗", Style.BOLD, Style.RED)
            return f"{sign} {name}  {number}failed: {clean(outcome.message)}"
        case Result.UNKNOWN:
            sign = palette.paint("?", Style.BOLD, Style.RED)
            return f"{sign} {name}  {number}OUTCOME UNKNOWN: {clean(outcome.message)}"
        case Result.SKIPPED:
            return f"- {name}  {number}{clean(outcome.message)}"
        case _:
            assert_never(outcome.result)
