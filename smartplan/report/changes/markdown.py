"""A changeset as a comment on a pull request: what matters first, and never too long for GitHub.

What does not fit is dropped in this order: details of single trades, then rows of the table; never
the summary, the risk or what is blocked.
"""

from collections.abc import Iterable, Iterator, Sequence

from smartplan import __version__
from smartplan.changes.changeset import (
    KINDS,
    Action,
    Blocked,
    Create,
    Finished,
    Mutation,
    Opens,
    Orphan,
    Replace,
    SetNote,
    Unchanged,
    Update,
    summary,
)
from smartplan.changes.decisions import FILE_NAME, Decisions
from smartplan.changes.diff.field_change import WIDENS
from smartplan.changes.execute.outcomes import Outcome, Result
from smartplan.diagnostics import format_path
from smartplan.report.action_text import (
    STAYS,
    arrow,
    done,
    overridden_line,
    phrase,
    place,
    sign,
    told_changes,
)
from smartplan.report.appearance import UNPAINTED, Look
from smartplan.report.changes import ChangesReport
from smartplan.report.changes.risk import risk_lines
from smartplan.report.changes.text import where
from smartplan.report.envelope import json_text
from smartplan.report.markdown import (
    COMMENT_LIMIT,
    code,
    escape,
    escape_html,
    fenced,
    table_head,
    table_row,
)
from smartplan.report.outlook_text import SCENARIO_COLUMNS, scenario_rows
from smartplan.report.risk_text import Equity, change_line, risk_line
from smartplan.report.unreadable_text import unreadable_line
from smartplan.report.words import counted
from smartplan.times import utc_text
from smartplan.trade.risk import Risk

_RESERVE = 600
"""Kept free for the sentences that say what was left out."""
_LONGEST_REASON = 300
_TROUBLED = 60
_UNREADABLE = 5
_RESULTS = {
    Result.DONE: "done",
    Result.FAILED: "failed",
    Result.UNKNOWN: "of unknown outcome",
    Result.SKIPPED: "not tried",
}


def render(report: ChangesReport, _look: Look) -> str:
    """The whole comment, its hidden marker first, so that a bot finds it again."""
    head, foot = list(_head(report)), list(_foot(report))
    equity = report.setting.equity
    room = COMMENT_LIMIT - _RESERVE - _size(head) - _size(foot)
    blocked = _blocked(report.content.blocked, room)
    room -= _size(blocked)
    acting = [a for a in report.content.actions if _has_row(a)]
    ids = {o.action.of.name: o.trade_id for o in report.outcomes}
    rows, room = _fitting(
        (_row(action, ids.get(action.of.name), equity) for action in acting), room, first=_TABLE
    )
    if unlisted := len(acting) - max(len(rows) - len(_TABLE), 0):
        rows.append(f"\n… and {counted(unlisted, 'more trade')}")
    whole = [text for action in acting if (text := _details(action, equity))]
    details, _ = _fitting(whole, room)
    left_out = len(whole) - len(details)
    if left_out:
        details.append(f"Details of {counted(left_out, 'trade')} are left out: too long for here.")
    table = ["\n".join(rows)] if rows else []
    return "\n\n".join([*head, *blocked, *table, *details, *foot]) + "\n"


def marker(report: ChangesReport) -> str:
    """The first line: the same for every run of a kind in a workspace and environment."""
    changeset = report.changeset
    return f"<!-- smartplan:{report.kind} {changeset.workspace}/{changeset.environment} -->"


def _size(parts: Iterable[str]) -> int:
    return sum(len(part) + 2 for part in parts)


def _fitting(
    parts: Iterable[str], room: int, *, first: Sequence[str] = ()
) -> tuple[list[str], int]:
    """As many parts as there is room for, in their order; what is left of the room."""
    taken = list(first)
    room -= _size(first)
    for part in parts:
        if len(part) + 2 > room:
            break
        taken.append(part)
        room -= len(part) + 2
    return ([], room) if len(taken) == len(first) else (taken, room)


def _head(report: ChangesReport) -> Iterator[str]:
    changeset = report.changeset
    yield marker(report)
    yield f"### smartplan {report.kind}"
    yield f"**{escape(where(changeset, report.setting, UNPAINTED))}**"
    yield escape(report.line)
    if report.kind == "apply":
        yield from _applied(report)
    risk = risk_lines(report.content, report.setting)
    if risk:
        yield "\n".join(f"- {line}" for line in risk)
    if report.content.count(Orphan):
        yield f"⚠️ {STAYS}"
    if rows := report.changeset.unreadable:
        named = "; ".join(unreadable_line(row).strip() for row in rows[:_UNREADABLE])
        trouble = f"{counted(len(rows), 'listed trade')} cannot be read. {named}"
        yield f"⚠️ {escape(_short(trouble))}"


def _applied(report: ChangesReport) -> Iterator[str]:
    results = [outcome.result for outcome in report.outcomes]
    counts = [f"{results.count(result)} {word}" for result, word in _RESULTS.items()]
    if report.outcomes:
        yield f"**{', '.join(counts)}**"
    elif report.changeset.mutations:
        yield "No outcome is known here: `smartplan history` says what was sent."
    if report.after is not None:
        yield "Now: " + escape(summary(report.after).removeprefix("Changes: "))
    elif report.outcomes:
        yield "**Not verified**: the exchange could not be read again."
    if report.overridden:
        yield f"⚠️ {escape(_short(overridden_line(report.overridden, report.reason)))}"
    troubled = [outcome for outcome in report.outcomes if outcome.result is not Result.DONE]
    if troubled:
        yield "\n".join(map(_outcome, troubled[:_TROUBLED]))
    if len(troubled) > _TROUBLED:
        yield f"… and {counted(len(troubled) - _TROUBLED, 'more trade')}"


def _outcome(outcome: Outcome) -> str:
    live = f" {code(f'#{outcome.trade_id}')}" if outcome.trade_id is not None else ""
    return f"- **{escape(outcome.action.of.name)}**{live}: {escape(_short(done(outcome)))}"


def _foot(report: ChangesReport) -> Iterator[str]:
    facts = [f"changes id {code(report.changes_id)}"]
    if report.commit:
        facts.append(f"commit {code(report.commit[:12])}")
    if report.expires is not None:
        facts.append(f"saved, may be applied until {utc_text(report.expires)}Z")
    facts.append(f"smartplan {escape(__version__)}")
    yield " · ".join(facts)
    if report.open_decisions is not None:
        yield from _review(report, report.open_decisions)
    if report.next_command:
        yield f"Next: {code(report.next_command)}"


def _review(report: ChangesReport, left: Decisions) -> Iterator[str]:
    """What comes next where nobody types a command: a file to be reviewed, or a merge."""
    if report.decided is not None and report.decided.any:
        yield f"Decided in {code(FILE_NAME)}:\n\n{fenced(report.decided.written(), 'yaml')}"
    if left.any:
        lead = f"To have what is blocked or stopped done all the same, add {code(FILE_NAME)}"
        yield f"{lead} to this change; the next diff takes it in:"
        yield fenced(left.written(), "yaml")
    if left.override:
        yield "Next: that file, or plans that keep the guard rails. Until then apply refuses."
    elif report.changeset.mutations:
        does = f"apply does exactly {code(report.changes_id)}, once a reviewer has agreed"
        yield f"Next: merge. Then the diff is made again, and {does}."


def _has_row(action: Action) -> bool:
    """Whether it has a row: what is unchanged or over is only counted, what is blocked is above."""
    if isinstance(action, Finished):
        return action.failed
    return not isinstance(action, Unchanged | Blocked)


_TABLE = [table_head(("", "trade", "live", "what", "risk"))]


def _row(action: Action, trade_id: int | None, equity: Equity) -> str:
    of = action.of
    number = trade_id or of.trade_id
    live = code(f"#{number}") if number is not None else escape(of.pair)
    cells = [_sign(action), f"**{escape(of.name)}**", live, _what(action), _risk(action, equity)]
    return table_row(cells)


def _sign(action: Action) -> str:
    return code(sign(action))


def _what(action: Action) -> str:
    if isinstance(action, Update | SetNote):
        moved = "; ".join(f"{format_path(c.path)} {arrow(c)}" for c in action.changes)
        return escape(_short(moved))
    text = escape(_short(phrase(action)))
    return f"**{KINDS[type(action)]}** {text}" if isinstance(action, Mutation) else text


def _risk(action: Action, equity: Equity) -> str:
    match action:
        case Create() | Replace():
            return escape(risk_line(action.risk, equity))
        case Update():
            widens = any(change.widens_risk for change in action.changes)
            moved = change_line(action.risk_before, action.risk_after, equity, whole=False)
            return " ".join([*([f"**{WIDENS}**"] if widens else ()), escape(moved)]).strip()
        case _:
            return ""


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]} …"


def _details(action: Action, equity: Equity) -> str:
    body = "\n".join(_detail_lines(action, equity))
    if not body:
        return ""
    title = f"{sign(action)} {action.of.name}  {action.of.pair}"
    return f"<details><summary>{escape_html(title)}</summary>\n\n{body}\n\n</details>"


def _detail_lines(action: Action, equity: Equity) -> Iterator[str]:
    if isinstance(action, Opens):
        yield f"{escape(phrase(action))}\n\n{escape(risk_line(action.risk, equity))}\n"
        yield from _outlook(action.risk)
        yield ""
        # ASCII, and every line of it begins with a space or a bracket: nothing ends the block.
        yield fenced(json_text(action.body).rstrip(), "json")
    elif isinstance(action, Update | SetNote):
        yield from _changes(action)
    if isinstance(action, Update):
        moved = change_line(action.risk_before, action.risk_after, equity)
        if moved:
            yield f"\n{escape(moved)}"
        yield ""
        yield from _outlook(action.risk_after)


def _outlook(risk: Risk) -> Iterator[str]:
    """How it may end, as a table."""
    if rows := scenario_rows(risk):
        yield table_head(SCENARIO_COLUMNS, right=(1, 2, 3))
        yield from (table_row([escape(cell) for cell in row]) for row in rows)


def _changes(action: Update | SetNote) -> Iterator[str]:
    if action.changes:
        yield table_head(("field", "change", "plan", ""))
    for change in action.changes:
        at = code(place(change)) if place(change) else ""
        widens = f"**{WIDENS}**" if change.widens_risk else ""
        field = escape(format_path(change.path))
        yield table_row((field, escape(arrow(change)), at, widens))


def _blocked(blocked: Sequence[Blocked], room: int) -> list[str]:
    """Every one of them: whole, else a line each, else their names."""
    if not blocked:
        return []
    title = f"#### ❗ {counted(len(blocked), 'trade')} blocked"
    for drawn in (_blocked_whole, _blocked_line, _blocked_name):
        parts = [title, "\n".join(map(drawn, blocked))]
        if _size(parts) <= room:
            return parts
    names, _ = _fitting(map(_blocked_name, blocked), room - len(title) - 40)
    return [title, "\n".join(names), f"… and {counted(len(blocked) - len(names), 'more trade')}"]


def _blocked_whole(action: Blocked) -> str:
    lines = [_blocked_line(action)]
    for change in told_changes(action):
        at = f" {code(place(change))}" if place(change) else ""
        lines.append(f"  - {escape(format_path(change.path))}: {escape(arrow(change))}{at}")
    return "\n".join([*lines, *(f"  - {escape(way)}" for way in action.ways_out)])


def _blocked_line(action: Blocked) -> str:
    live = f" {code(f'#{action.of.trade_id}')}" if action.of.trade_id is not None else ""
    return f"- **{escape(action.of.name)}**{live}: {escape(_short(action.reason))}"


def _blocked_name(action: Blocked) -> str:
    return f"- {escape(action.of.name)}"
