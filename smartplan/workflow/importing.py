"""Import: live trades to a plan whose diff shows adoptions and not one field change."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from smartplan.diagnostics import Finding, Severity
from smartplan.document.scalars import Node
from smartplan.document.yaml_writer import yaml_text
from smartplan.errors import Rejected
from smartplan.settings import Settings
from smartplan.text import invisible_character
from smartplan.trade.marker import mentions_marker, room_for_note
from smartplan.trade.model import LiveTrade
from smartplan.trade.plan_entry import adopting_entry, orphan_entry
from smartplan.workflow import sources, values
from smartplan.workflow.lint_plans import PlanSet, check
from smartplan.workflow.live_trades import open_here
from smartplan.workflow.session import Session
from smartplan.workflow.sources import STDIN, Inputs

_LEVELS = 3
"""``trades``, a trade, and its groups stand as blocks; what is below fits on a line."""

_AS_IT_IS = "the live trade is so"
_EXCUSES: Mapping[str, str] = {
    "SP301": "a step has gone from the live trade",
    "SP304": "the entry has filled",
    "SP305": "the exchange does not say its percent",
    "SP308": "a step has gone from the live trade",
    "SP401": "the position is open",
    "SP402": "locks in profit",
    "SP403": "locks in profit",
    "SP405": _AS_IT_IS,
    "SP504": _AS_IT_IS,
}
"""What is wrong in a plan that opens a trade and may be right on one that is open already."""

_ONLY_WHEN_ENTERED = frozenset({"SP304", "SP401", "SP402", "SP403"})


class LeftOut(Struct, frozen=True):
    """A live trade that is not in the plan, and why; one without an id has none here either."""

    trade_id: int | None
    reason: str


class Imported(Struct, frozen=True):
    """The plan's text and names; ``excused`` are the errors that its ignore comments name.

    ``remaining`` are errors no comment may take away: guard rails of the workspace.
    """

    text: str
    names: tuple[str, ...]
    excused: tuple[Finding, ...] = ()
    remaining: tuple[Finding, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def import_trades(ids: Sequence[int], session: Session, working: Path) -> Imported:
    """The named trades as a plan; what cannot be one is left out with its reason."""
    lives: list[LiveTrade] = []
    missing: list[LeftOut] = []
    for trade_id in dict.fromkeys(ids):
        try:
            lives.append(session.client.get(trade_id))
        except Rejected as error:
            missing.append(LeftOut(trade_id, str(error)))
    return plan_of(lives, session, working, missing)


def import_active(session: Session, working: Path) -> Imported:
    """Every open trade on this environment's accounts that nobody manages yet."""
    matching, _ = open_here(session)
    opened = {live.id: name for name, live in matching.ours() if live.marker is None}
    left_out = [LeftOut(row.id, f"it cannot be read: {row.why}") for row in matching.unreadable]
    left_out += [LeftOut(number, _lost(name, number)) for number, name in opened.items()]
    free = (live for live in matching.foreign if live.marker is None and live.id not in opened)
    return plan_of(free, session, working, left_out)


def _lost(name: str, trade_id: int) -> str:
    adopt = f"`lifecycle: {{adopt: {trade_id}}}` in its plan puts it back"
    return f"it was opened as {name}, and its note has lost our marker: {adopt}"


def plan_of(
    lives: Iterable[LiveTrade],
    session: Session,
    working: Path,
    left_out: Iterable[LeftOut] = (),
) -> Imported:
    """The plan of these live trades, judged by our own lint."""
    plan = _Plan(session, working)
    return plan.written(lives, list(left_out))


class _Plan(Struct, frozen=True):
    session: Session
    working: Path

    def written(self, lives: Iterable[LiveTrade], left_out: list[LeftOut]) -> Imported:
        taken = check(self._workspace(), self.session.now()).known
        chosen: dict[str, LiveTrade] = {}
        for live in lives:
            name = _name_of(live, self.session.settings.workspace)
            reason = self._refusal(live, name, taken)
            if reason:
                left_out.append(LeftOut(live.id, reason))
            else:
                chosen[name] = live
        while True:
            text = self._text(chosen)
            errors = self._errors(text)
            unreadable = {e.trade: e for e in errors if e.trade in chosen and _unreadable(e)}
            if not unreadable:
                break
            for name, error in unreadable.items():
                live = chosen.pop(str(name))
                left_out.append(LeftOut(live.id, f"no plan can say it: {error.message}"))
        excused = tuple(error for error in errors if error.code in _EXCUSES)
        remaining = tuple(error for error in errors if error.code not in _EXCUSES)
        noted = _with_comments(text, excused, chosen)
        return Imported(noted, tuple(chosen), excused, remaining, tuple(left_out))

    def _refusal(self, live: LiveTrade, name: str, taken: Iterable[str]) -> str:
        settings, marker = self.session.settings, live.marker
        round_ = marker.round if marker is not None else 1
        if live.terminal:
            return f"it is over ({live.status})"
        if settings.alias_of(live.trade.account_id) is None:
            number = live.trade.account_id
            return f"smartplan.toml lists no account {number} for {settings.environment}"
        if name in taken:
            return f"a plan of this workspace has the name {name} already"
        if marker is not None and marker.workspace != settings.workspace:
            return f"it belongs to {marker.workspace}/{marker.name}"
        if character := invisible_character(live.trade.pair):
            return f"its pair holds U+{ord(character):04X}, which does not show"
        if mentions_marker(live.trade.note):
            return "its note holds what reads as a marker"
        room = room_for_note(settings.workspace, name, round_)
        if len(_note_of(live)) > room:
            return f"its note leaves no room for our marker: shorten it to {room} characters"
        return ""

    def _text(self, chosen: Mapping[str, LiveTrade]) -> str:
        trades: dict[str, Node] = {}
        for name, live in chosen.items():
            alias = self.session.settings.alias_of(live.trade.account_id) or ""
            make = adopting_entry if live.marker is None else orphan_entry
            trades[name] = make(live, alias, _note_of(live))
        head = f"# Open trades of the environment {self.session.settings.environment}, imported.\n"
        return head + yaml_text({"trades": trades}, blocks=_LEVELS)

    def _errors(self, text: str) -> list[Finding]:
        checked = check(self._workspace(text), self.session.now())
        lines = text.split("\n")
        return [_named(f, lines) for f in checked.findings if f.severity is Severity.ERROR]

    def _workspace(self, text: str | None = None) -> PlanSet:
        settings: Settings = self.session.settings
        inputs = Inputs(stdin=(text or "").encode)
        shown = sources.shown_from(self.working)
        given = values.read(inputs, settings, self.working, shown)
        files = () if text is None else (STDIN,)
        return PlanSet(settings, inputs, self.working, files, given)


def _named(error: Finding, lines: Sequence[str]) -> Finding:
    """The finding with the trade in whose lines it stands, where it is about the text."""
    if error.trade is not None:
        return error
    above = reversed(lines[: error.location.line])
    names = (match[1] for line in above if (match := _NAME_LINE.match(line)))
    return replace(error, trade=next(names, None))


_NAME_LINE = re.compile(r" {2}([a-z0-9][a-z0-9-]*):")
"""Where a trade begins in what ``yaml_text`` writes."""


def _note_of(live: LiveTrade) -> str:
    """The user's text on one line, without what does not show: a plan holds no other (SP103)."""
    shown = (" " * c.isspace() if invisible_character(c) else c for c in live.trade.note)
    return "".join(shown).strip()


def _name_of(live: LiveTrade, workspace: str) -> str:
    """Its own by the marker, else base, quote and id: ``btc-usdt-31247949``."""
    if live.marker is not None and live.marker.workspace == workspace:
        return live.marker.name
    number = str(live.id)
    pair = f"{live.trade.base}-{live.trade.quote}".lower()
    words = re.sub(r"[^a-z0-9]+", "-", pair).strip("-")[: 39 - len(number)].strip("-")
    return f"{words or 'trade'}-{number}"


def _unreadable(error: Finding) -> bool:
    """Guard rails (SP6) are binding too, but what breaks them is a plan all the same."""
    from smartplan.lint.registry import is_binding

    return is_binding(error) and not error.code.startswith("SP6")


def _with_comments(text: str, excused: Iterable[Finding], chosen: Mapping[str, LiveTrade]) -> str:
    """The ignore comments at the ends of the lines they are about."""
    lines = text.split("\n")
    at: dict[int, dict[str, str]] = defaultdict(dict)
    for error in excused:
        live = chosen.get(error.trade or "")
        entered = live is not None and live.entered
        right = entered or error.code not in _ONLY_WHEN_ENTERED
        at[error.location.line][error.code] = _EXCUSES[error.code] if right else _AS_IT_IS
    for line, reasons in at.items():
        listed = "; ".join(dict.fromkeys(reasons.values()))
        lines[line - 1] += f"  # smartplan: ignore[{','.join(sorted(reasons))}] {listed}"
    return "\n".join(lines)
