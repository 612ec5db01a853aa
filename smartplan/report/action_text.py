"""Actions in words, the same in every format: a sign, a short phrase, field changes."""

from collections.abc import Mapping, Sequence
from typing import assert_never

from msgspec.structs import replace

from smartplan.changes.changeset import (
    KINDS,
    Action,
    Adopt,
    Blocked,
    BrokenRail,
    Cancel,
    Close,
    Create,
    Finished,
    Orphan,
    Replace,
    SetNote,
    Unchanged,
    Update,
    Why,
)
from smartplan.changes.diff.field_change import FieldChange
from smartplan.changes.execute.outcomes import Outcome, Result
from smartplan.diagnostics import Path, format_path
from smartplan.report.foreign_text import clean
from smartplan.report.trade_text import trade_line
from smartplan.report.words import counted
from smartplan.trade.fields import value_text

STAYS = (
    "Taking an entry out of Git, or reverting the commit that added it, does not close its"
    " position."
)

_DONE = {
    Create: "created",
    Replace: "created in place of the earlier round",
    Update: "updated",
    SetNote: "note set",
    Adopt: "adopted",
    Cancel: "cancelled",
    Close: "closing at market",
}


SIGNS: Mapping[str, str] = {
    "create": "+",
    "replace": "±",
    "update": "~",
    "set_note": "~",
    "adopt": "→",
    "cancel": "-",
    "close": "-",
}
"""One character for each kind of action that changes something."""
WORDS: Mapping[str, str] = {
    "update": "update",
    "set_note": "note",
    "adopt": "adopt: its note gets our marker, nothing else changes",
    "cancel": "cancel",
    "close": "CLOSE at market",
}
"""What is done, of each kind that opens nothing."""


def sign(action: Action) -> str:
    """One character that stands for the action."""
    match action:
        case Finished():
            if action.failed:
                return "✗"
            return "✓" if _went_well(action) else "–"
        case Orphan():
            return "⚠" if action.entered else "?"
        case Unchanged():
            return "="
        case Blocked():
            return "!"
        case _:
            return SIGNS[KINDS[type(action)]]


def _went_well(action: Finished) -> bool:
    """A stop-out, a sale by hand and a cancelled entry are over, and no success."""
    return action.of.trade_id is None or action.of.status == "finished"


def phrase(action: Action) -> str:
    """What is done and why, in cleaned words."""
    return clean(_phrase(action))


def _phrase(action: Action) -> str:
    match action:
        case Create():
            return trade_line(action.trade)
        case Replace():
            giving_up = f"cancel #{action.of.trade_id}, then open round {action.of.round}:"
            return f"{giving_up} {trade_line(action.trade)}"
        case Update():
            return ": ".join(filter(None, (action.of.status, action.reason)))
        case SetNote():
            return WORDS["set_note"]
        case Adopt():
            return WORDS["adopt"]
        case Cancel():
            return f"{WORDS['cancel']} ({action.reason})"
        case Close():
            return f"{WORDS['close']} ({action.reason})"
        case Unchanged():
            return f"unchanged: {action.reason}" if action.reason else "unchanged"
        case Finished():
            return _finished(action)
        case Blocked():
            return f"blocked: {action.reason}"
        case Orphan():
            position = ", with an OPEN POSITION" if action.entered else ""
            end = f"`trade {'close' if action.entered else 'cancel'} {action.of.name}` ends it"
            return f"in no plan{position} ({action.of.status}): it goes on as it is; {end}"
        case _:
            assert_never(action)


def _finished(action: Finished) -> str:
    if action.failed:
        return f"FAILED on the exchange: {action.reason or 'the exchange gives no reason'}"
    if action.of.trade_id is None:
        return action.reason
    return f"{action.of.status} (raise `lifecycle.round` to trade it again)"


def told_changes(action: Blocked) -> tuple[FieldChange, ...]:
    """The changes that its reason does not tell; those of the exchange as they happened."""
    if action.why is Why.PLAN:
        return action.changes
    return tuple(map(_as_it_happened, action.changes)) if len(action.changes) > 1 else ()


def _as_it_happened(change: FieldChange) -> FieldChange:
    """From what the plan says to what the exchange has."""
    return replace(change, before=change.after, after=change.before, widens_risk=False)


def arrow(change: FieldChange) -> str:
    """``55000 → 56000``."""
    before = "unknown" if change.before_unknown else value_text(change.before)
    return clean(f"{before or '(empty)'} → {value_text(change.after) or '(empty)'}")


def kept_text(name: str, path: Path, was: str, says: str, where: str) -> str:
    """``btc-swing: stop_loss….value 55000 → 57000 in plans/btc-swing.yaml:16``."""
    words = f"{was or '(nothing)'} → {says or '(nothing)'}"
    return clean(f"{name}: {format_path(path)} {words} in {where}")


def unkept_text(name: str, path: Path, says: str, reason: str) -> str:
    """A field whose value on the exchange could not be written into the plan, and why."""
    return clean(f"{name}: {format_path(path)} is not kept ({says or '(nothing)'}): {reason}")


def place(change: FieldChange) -> str:
    """The plan's line, where one is known."""
    where = change.location
    return clean(f"{where.file}:{where.line}") if where is not None else ""


def done(outcome: Outcome) -> str:
    """What became of an action, in cleaned words."""
    message = clean(outcome.message)
    match outcome.result:
        case Result.DONE:
            return _DONE[type(outcome.action)] + (f" ({message})" if message else "")
        case Result.FAILED:
            return f"failed: {message}"
        case Result.UNKNOWN:
            return f"OUTCOME UNKNOWN: {message}"
        case Result.SKIPPED:
            return message
        case _:
            assert_never(outcome.result)


LEVELS = {
    "warn": "warning",
    "ask": "asked about, refused under a bare --yes",
    "soft": "stops unless overridden",
    "hard": "stops",
}
"""What each level of a guard rail does, in words."""


def overridden_line(rails: Sequence[BrokenRail], reason: str) -> str:
    """``2 guard rails overridden (max_notional for btc, max_creates): agreed with the desk``."""
    listed = [rail.rule + (f" for {rail.name}" if rail.name else "") for rail in rails]
    return clean(f"{counted(len(rails), 'guard rail')} overridden ({', '.join(listed)}): {reason}")
