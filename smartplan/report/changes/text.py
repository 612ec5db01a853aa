"""A changeset and its outcomes for people: where, what, at what risk, and the way out."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from smartplan.changes.changeset import (
    Action,
    Adopt,
    Blocked,
    BrokenRail,
    Cancel,
    Changeset,
    Close,
    Create,
    Finished,
    Opens,
    Orphan,
    Replace,
    SetNote,
    Unchanged,
    Update,
    summary,
)
from smartplan.changes.diff.field_change import WIDENS, FieldChange
from smartplan.changes.execute.outcomes import Outcome, Result
from smartplan.changes.guard_rails import open_risks
from smartplan.diagnostics import format_path
from smartplan.report import figures
from smartplan.report.action_text import (
    LEVELS,
    arrow,
    done,
    phrase,
    place,
    sign,
    told_changes,
)
from smartplan.report.appearance import UNPAINTED, Look, Palette, Style
from smartplan.report.changes import ChangesReport, ReportContext
from smartplan.report.folds import fold
from smartplan.report.foreign_text import clean, width
from smartplan.report.outlook_text import heat_lines, scenario_lines
from smartplan.report.risk_text import change_line, risk_line, total_line
from smartplan.report.unreadable_text import unreadable_line
from smartplan.report.words import counted, environment_text
from smartplan.trade.heat import totals
from smartplan.trade.risk import Risk

_INDENT = "    "
_MOST_ALIKE = 20
"""Trades that need nothing, for the same reason, with a line each; more of them share one."""


def render(report: ChangesReport, look: Look) -> str:
    """What would be or was done, or what moved; a line for each outcome at the end."""
    palette = look.palette
    if report.kind != "drift":
        done = [outcome_line(outcome, look.colour) for outcome in report.outcomes]
        aside = dict.fromkeys(report.overridden, report.reason)
        shown = diff_text(report.changeset, report.setting, palette, aside, full=look.full_risk)
        return fold(shown + "".join(f"{x}\n" for x in done), look.columns)
    lines = [where(report.changeset, report.setting, palette), ""]
    if report.moved:
        lines += [*_Blocks(report.content, report.setting, palette).lines(), ""]
    return fold("\n".join([*lines, report.line]) + "\n", look.columns)


def diff_text(
    changeset: Changeset,
    setting: ReportContext,
    palette: Palette = UNPAINTED,
    aside: Mapping[BrokenRail, str] = {},  # nobody changes it
    *,
    full: bool = False,
) -> str:
    """The diff: where, one block per trade, the frozen summary line; ``full``: all of its risk.

    ``aside`` are the guard rails that were overridden, and why.
    """
    blocks = _Blocks(changeset, setting, palette, aside, full=full)
    told = list(blocks.lines())
    last = [*blocks.totals(), *blocks.assumptions(), summary(changeset)]
    lines = [where(changeset, setting, palette), "", *told, "", *last]
    return "\n".join(lines) + "\n"


def where(changeset: Changeset, setting: ReportContext, palette: Palette) -> str:
    """The first line of every output: on the sandbox no money moves, on ``real`` it does."""
    used = {action.of.account_id for action in changeset.actions}
    accounts = [pair for pair in changeset.accounts if pair[1] in used] or list(changeset.accounts)
    if len(accounts) == 1:
        alias, number = accounts[0]
        listed = f"account {alias} ({number}, {setting.service})"
    else:
        listed = "accounts " + ", ".join(f"{alias} ({number})" for alias, number in accounts)
        listed += f", {setting.service}"
    environment = environment_text(changeset.environment, palette)
    trades = counted(changeset.trades, "trade")
    plans = counted(changeset.plans, "plan")
    work = f"workspace {changeset.workspace} · {trades} in {plans}"
    return f"{environment} · {clean(listed)} · {work}"


def rail_line(rail: BrokenRail, palette: Palette, reason: str | None = None) -> str:
    """A guard rail that would be broken, and what that means; or why it was overridden."""
    style = Style.YELLOW if rail.level == "warn" else Style.RED
    of = f"{rail.name}: " if rail.name else ""
    mark = palette.paint("⚠", Style.BOLD, style)
    means = LEVELS[rail.level] if reason is None else f"overridden, {clean(reason)}"
    return f"{mark} {clean(of + rail.message)} ({rail.rule}: {means})"


class _Blocks:
    def __init__(
        self,
        changeset: Changeset,
        setting: ReportContext,
        palette: Palette,
        aside: Mapping[BrokenRail, str] = {},  # nobody changes it
        *,
        full: bool = False,
    ) -> None:
        self._aside = aside
        self._full = full
        self._changeset = changeset
        self._setting = setting
        self._palette = palette
        names = [width(action.of.name) for action in changeset.actions]
        self._names = min(max(names, default=0), 40)

    def lines(self) -> Iterator[str]:
        alike = Counter(map(_nothing_to_do, self._changeset.actions))
        grouped = {said: count for said, count in alike.items() if said and count > _MOST_ALIKE}
        for action in self._changeset.actions:
            if _nothing_to_do(action) not in grouped:
                yield from self._block(action)
        for (mark, words), number in grouped.items():
            yield f"{self._palette.paint(mark, Style.BOLD, Style.DIM)} {number} trades  {words}"
        for rail in self._changeset.broken_rails:
            yield rail_line(rail, self._palette, self._aside.get(rail))
        if self._changeset.foreign:
            count = counted(self._changeset.foreign, "other open trade")
            yield f"  {count} on these accounts, not managed by this workspace"
        yield from map(unreadable_line, self._changeset.unreadable)

    def assumptions(self) -> Iterator[str]:
        """What the figures rest on, once, where there are any."""
        told = [*filter(None, map(self._told, self._changeset.actions))]
        if told:
            costs = figures.costs_text(told, self._setting.fee)
            yield f"Risk with {costs}, trailing at its worst close."

    def _told(self, action: Action) -> Risk | None:
        """The risk whose figures are shown of it."""
        match action:
            case Create() | Replace():
                return action.risk
            case Update():
                moved = change_line(action.risk_before, action.risk_after)
                return action.risk_after if moved or self._full else None
            case Unchanged() | Adopt() if self._full:
                return action.risk
            case _:
                return None

    def totals(self) -> Iterator[str]:
        """What is at risk once it is applied, per quote currency; one trade says it itself."""
        risks = open_risks(self._changeset)
        for total in totals(risks) if len(risks) > 1 else ():
            yield total_line(total, self._setting.equity)
        if self._full:
            yield from heat_lines(risks, self._setting.equity)

    def _outlook(self, risk: Risk) -> Iterator[str]:
        """On demand: how it may end."""
        for line in scenario_lines(risk) if self._full else ():
            yield f"{_INDENT}{_INDENT}{clean(line)}"

    def _figures(self, risk: Risk) -> str:
        return risk_line(risk, self._setting.equity)

    def _block(self, action: Action) -> Iterator[str]:
        yield self._first(action)
        match action:
            case Create() | Replace():
                yield f"{_INDENT}{self._figures(action.risk)}"
                yield from self._outlook(action.risk)
            case Update():
                yield from self._changes(action.changes)
                yield from self._risk(action)
                yield from self._outlook(action.risk_after)
            case Unchanged() | Adopt() if self._full and action.risk is not None:
                yield f"{_INDENT}{self._figures(action.risk)}"
                yield from self._outlook(action.risk)
            case SetNote():
                yield from self._changes(action.changes)
            case Blocked():
                yield from self._changes(told_changes(action))
                for way in action.ways_out:
                    yield f"{_INDENT}{clean(way)}"
            case _:
                return

    def _first(self, action: Action) -> str:
        of = action.of
        painted = self._palette.paint(sign(action), Style.BOLD, _style(action))
        opening = isinstance(action, Opens)
        which = of.pair if opening or of.trade_id is None else f"#{of.trade_id}"
        parts = [clean(of.name).ljust(self._names), clean(which), phrase(action)]
        return f"{painted} " + "  ".join(part for part in parts if part)

    def _changes(self, changes: Sequence[FieldChange]) -> Iterator[str]:
        fields = [format_path(change.path) for change in changes]
        arrows = [arrow(change) for change in changes]
        widest = (max(map(width, fields), default=0), max(map(width, arrows), default=0))
        for change, name, moved in zip(changes, fields, arrows, strict=True):
            line = f"{_INDENT}{name.ljust(widest[0])}    {moved.ljust(widest[1])}    "
            warning = self._palette.paint(WIDENS, Style.BOLD, Style.RED)
            at = place(change)
            yield f"{line}{at}   {warning}" if change.widens_risk else f"{line}{at}".rstrip()

    def _risk(self, action: Update) -> Iterator[str]:
        moved = change_line(action.risk_before, action.risk_after, self._setting.equity)
        if moved:
            yield f"{_INDENT}{moved}"


def _nothing_to_do(action: Action) -> tuple[str, str] | None:
    """Sign and words of a trade that is as it should be, or over."""
    if isinstance(action, Unchanged) or (isinstance(action, Finished) and not action.failed):
        return sign(action), phrase(action)
    return None


def _style(action: Action) -> Style:
    match action:
        case Create():
            return Style.GREEN
        case Adopt():
            return Style.CYAN
        case Unchanged():
            return Style.DIM
        case Finished():
            return Style.RED if action.failed else Style.DIM
        case Blocked():
            return Style.RED
        case Orphan():
            return Style.RED if action.entered else Style.YELLOW
        case Replace() | Update() | SetNote() | Cancel() | Close():
            return Style.YELLOW
        case _:
            assert_never(action)


_OUTCOMES = {
    Result.DONE: ("✓", Style.GREEN),
    Result.FAILED: ("✗", Style.RED),
    Result.UNKNOWN: ("?", Style.RED),
    Result.SKIPPED: ("-", Style.DIM),
}


def outcome_line(outcome: Outcome, colour: bool = False) -> str:
    """``✓ btc-swing  #31247951 created``, or what went wrong."""
    mark, style = _OUTCOMES[outcome.result]
    if outcome.result is not Result.SKIPPED:
        mark = Palette(colour).paint(mark, Style.BOLD, style)
    number = f"#{outcome.trade_id} " if outcome.trade_id is not None else ""
    return f"{mark} {clean(outcome.action.of.name)}  {number}{done(outcome)}"
