"""The to-do list as data: actions, and the changeset that holds them.

Actions say what and why; they decide nothing and draw nothing.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import UnionType
from typing import assert_never, get_args

from msgspec import Struct

from smartplan.changes.diff.field_change import FieldChange
from smartplan.diagnostics import Path
from smartplan.trade.bodies import Json
from smartplan.trade.fields import AppliedFields
from smartplan.trade.listing import Unreadable
from smartplan.trade.model import LiveTrade, OnRemove, Trade
from smartplan.trade.risk import Risk


class ActionTarget(Struct, frozen=True, kw_only=True):
    """The trade an action is about, and the live trade if there is one.

    ``fingerprint`` stands for everything the decision was taken on; it differs when the live
    trade has moved since. It is empty where nothing is to be done.
    """

    name: str
    round: int
    pair: str
    account_id: int
    trade_id: int | None = None
    status: str | None = None
    fingerprint: str = ""


class Create(Struct, frozen=True):
    """Open it: POST ``body``, once."""

    of: ActionTarget
    trade: Trade
    body: Mapping[str, Json]
    risk: Risk


class Replace(Struct, frozen=True):
    """An unfilled earlier round gives way: cancel it, see that nothing filled, POST ``body``."""

    of: ActionTarget
    trade: Trade
    body: Mapping[str, Json]
    risk: Risk


class Update(Struct, frozen=True):
    """PATCH ``body``, then refresh the marker with ``note``; ``trade`` is what is then applied.

    ``after`` is the live trade once that is done, its steps in the order of the plan. ``held``: its
    entry has filled.
    ``step_ids`` are the ids of its steps that go on, None for a new one. ``reason`` says what
    cannot come of it, and ``applied`` are its fields without that; None: all of them.
    """

    of: ActionTarget
    changes: tuple[FieldChange, ...]
    trade: Trade
    after: Trade
    held: bool
    body: Mapping[str, Json]
    note: str
    risk_before: Risk
    risk_after: Risk
    step_ids: tuple[int | None, ...] = ()
    reason: str = ""
    applied: AppliedFields | None = None

    @property
    def widens_risk(self) -> bool:
        """Whether the trade may lose more afterwards."""
        return any(change.widens_risk for change in self.changes)

    def concerns(self, path: Path) -> bool:
        """Whether it bears on a field. What it leaves alone was taken by the exchange long ago."""
        # Everything is counted from the entry; a step is an order of its own.
        return any(
            change.path[0] == "position"
            or change.path[:3] == path[:3]
            or change.path[0] == path[0] != "take_profit"
            for change in self.changes
        )


class SetNote(Struct, frozen=True):
    """Set the note: the user's text, the name or the marker changed.

    ``applied`` are the fields that a renewed marker stands for; None: it stays as it was.
    """

    of: ActionTarget
    changes: tuple[FieldChange, ...]
    note: str
    applied: AppliedFields | None = None


class Adopt(Struct, frozen=True):
    """Put our marker on a live trade and change nothing else; ``trade`` is what the plan says."""

    of: ActionTarget
    note: str
    trade: Trade
    risk: Risk | None = None


class Cancel(Struct, frozen=True):
    """DELETE: nothing of it is filled."""

    of: ActionTarget
    reason: str


class Close(Struct, frozen=True):
    """Close the position at market."""

    of: ActionTarget
    reason: str


class Unchanged(Struct, frozen=True):
    """Nothing to do; ``reason`` where that needs a word, ``risk`` where something is open."""

    of: ActionTarget
    reason: str = ""
    risk: Risk | None = None


class Finished(Struct, frozen=True):
    """Over for good. ``failed`` carries the service's error, and is never shown as a success."""

    of: ActionTarget
    reason: str = ""
    failed: bool = False


class Why(StrEnum):
    """What stands in the way: what the plan asks, what the exchange shows, what nobody knows."""

    PLAN = "plan"
    EXCHANGE = "exchange"
    UNKNOWN = "unknown"


class Blocked(Struct, frozen=True):
    """We will not touch it; ``ways_out`` are sentences that say what the user can do.

    ``left``: it was cancelled, or failed, and a position is open without exits. ``live`` is the
    trade as the exchange has it, its steps in the order of the plan, where fields of it moved.
    """

    of: ActionTarget
    reason: str
    changes: tuple[FieldChange, ...] = ()
    ways_out: tuple[str, ...] = ()
    why: Why = Why.PLAN
    left: bool = False
    live: LiveTrade | None = None


class Orphan(Struct, frozen=True):
    """Ours by its marker, in no plan; it goes on as it is unless it is pruned."""

    of: ActionTarget
    entered: bool
    on_remove: OnRemove


Opens = Create | Replace
"""May open a position."""
Sends = Opens | Update
"""Sends a trade, or parts of one: what guard rails and the exchange's limits are about."""
Marks = SetNote | Adopt
"""Changes what is written on a trade, and nothing of the trade."""
Ends = Cancel | Close
Mutation = Sends | Marks | Ends
Action = Mutation | Unchanged | Finished | Blocked | Orphan


KINDS: Mapping[type[Mutation], str] = {
    Close: "close",
    Cancel: "cancel",
    Update: "update",
    SetNote: "set_note",
    Adopt: "adopt",
    Create: "create",
    Replace: "replace",
}
"""What each is called in the journal, in a saved changeset and in JSON."""
LONGEST_LIFE = timedelta(hours=24)
"""How long at most a saved changeset can be applied."""
OPENING = frozenset(KINDS[kind] for kind in get_args(Opens))
"""Kinds of intents that may open a position: unknown ones are never taken for "not done"."""
_RANKS = {
    "close": 0,
    "cancel": 1,
    "update": 3,
    "set_note": 4,
    "adopt": 4,
    "create": 5,
    "replace": 5,
}


def rank(action: Mutation) -> int:
    """The order of acting: what reduces risk runs first, what opens positions last."""
    changes = action.changes if isinstance(action, Update) else ()
    return rank_of(KINDS[type(action)], any(change.path[0] == "stop_loss" for change in changes))


def rank_of(kind: str, moves_stop: bool) -> int:
    """The same, of an action by its kind; one that moves a stop goes before other updates."""
    return _RANKS[kind] - (kind == "update" and moves_stop)


def payload(action: Mutation) -> Mapping[str, Json] | None:
    """What the requests of an action carry, for the journal and for reports."""
    match action:
        case Create() | Replace():
            return action.body
        case Update():
            return {"patch": dict(action.body), "note": action.note}
        case SetNote() | Adopt():
            return {"note": action.note}
        case Cancel() | Close():
            return None
        case _:
            assert_never(action)


class BrokenRail(Struct, frozen=True):
    """A guard rail that applying would break; ``name`` is the trade, None for all of them.

    ``level``: warn, ask (not under a bare ``--yes``), soft (``--override RULE[:NAME] --reason
    TEXT``) or hard.
    """

    name: str | None
    rule: str
    level: str
    message: str


class Changeset(Struct, frozen=True):
    """Every trade of the plans with what is to be done, and the orphans beside them.

    ``actions`` stand in plan order, orphans last; ``foreign`` counts live trades on these accounts
    without a marker of this workspace that no action is about; ``broken_rails`` are the guard rails
    that applying would break; ``unreadable`` are listed rows that nobody can read; ``staying`` is
    the risk, by name, of open trades of ours that stay as they are: blocked, orphaned, not
    selected, or perhaps created by a request nobody knows the end of.
    """

    workspace: str
    environment: str
    accounts: tuple[tuple[str, int], ...]
    trades: int
    plans: int
    actions: tuple[Action, ...]
    foreign: int = 0
    broken_rails: tuple[BrokenRail, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    staying: tuple[tuple[str, Risk], ...] = ()

    @property
    def mutations(self) -> tuple[Mutation, ...]:
        """What changes something, in the order of acting."""
        acting = [a for a in self.actions if isinstance(a, Mutation)]
        return tuple(sorted(acting, key=rank))

    @property
    def blocked(self) -> tuple[Blocked, ...]:
        """What we will not touch."""
        return tuple(action for action in self.actions if isinstance(action, Blocked))

    def count(self, *kinds: type[Action] | UnionType) -> int:
        """How many actions are of these kinds."""
        return sum(isinstance(action, kinds) for action in self.actions)


def sending(changeset: Changeset) -> tuple[Sends, ...]:
    """The actions that send a trade, or parts of one, to the exchange."""
    return tuple(a for a in changeset.actions if isinstance(a, Sends))


def summary(changeset: Changeset) -> str:
    """The frozen last line of every diff and apply: a public interface."""
    count = changeset.count
    kinds = Counter(KINDS[type(action)] for action in changeset.mutations)
    return (
        f"{mutation_counts(kinds)} "
        f"{count(Unchanged)} unchanged, {count(Finished)} finished, {count(Blocked)} blocked."
    )


def mutation_counts(kinds: Mapping[str, int]) -> str:
    """What so many actions of each kind come to; a replacement cancels and creates."""

    def number(*names: str) -> int:
        return sum(kinds.get(name, 0) for name in names)

    return (
        f"Changes: {number('create', 'replace')} to create, {number('update', 'set_note')} to "
        f"update, {number('adopt')} to adopt, {number('cancel', 'replace')} to cancel, "
        f"{number('close')} to close."
    )
