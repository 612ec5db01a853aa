"""What reconciling is given: what the plans want, what exists, what is known and allowed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from smartplan.api.entities import Rates
from smartplan.changes.exposure import Assess
from smartplan.diagnostics import command
from smartplan.state.store import KnownTrade
from smartplan.trade.listed import Unreadable
from smartplan.trade.model import LiveTrade, Trade
from smartplan.trade.parse import PlannedTrade


@dataclass(frozen=True, slots=True)
class View:
    """What the exchange holds: complete lists, and the market where it was asked for.

    ``active`` are the open trades, ``ended`` the others since the workspace began. ``market`` has
    the rates by (account id, pair) of what has something to do; None before they are asked for.
    ``unreadable`` are the rows that nobody can read, in either list.
    """

    active: Sequence[LiveTrade]
    ended: Sequence[LiveTrade] = ()
    market: Mapping[tuple[int, str], Rates] | None = None
    unreadable: Sequence[Unreadable] = ()


@dataclass(frozen=True, slots=True)
class Desired:
    """What the plans want.

    ``known`` are all names of the workspace, also of plans that were not selected: their trades
    are no orphans.
    """

    trades: Sequence[PlannedTrade]
    plans: int
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Memory:
    """What the journal knows, by name and round: live trades, and creates nobody knows about.

    ``unknown`` has what was to be opened, where the journal can still say it.
    """

    trades: Mapping[tuple[str, int], KnownTrade] = field(default_factory=dict)
    unknown: Mapping[tuple[str, int], Trade | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user allows by name: each lifts one block for one trade, never all of them.

    ``prune`` acts on the orphans' own on_remove; closing one needs its name in ``confirm_close``.
    """

    overwrite_drift: frozenset[str] = frozenset()
    replace: frozenset[str] = frozenset()
    allow_lookalike: frozenset[str] = frozenset()
    prune: bool = False
    confirm_close: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose trades are looked at, when, what is known and allowed, and how risk is told."""

    workspace: str
    environment: str
    accounts: Mapping[str, int]
    now: datetime
    assess: Assess
    since: date | None = None
    memory: Memory = Memory()
    choices: Choices = Choices()

    def command(self, words: str) -> str:
        """A command line for the ways out of what is blocked."""
        return command(words, self.environment)
