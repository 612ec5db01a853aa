"""What reconciling is given: what the plans want, what exists, what is known and allowed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct, field

from smartplan.api.entities import Rates
from smartplan.changes.exposure import Assess
from smartplan.diagnostics import command
from smartplan.state.store import KnownTrade
from smartplan.trade.listing import Unreadable
from smartplan.trade.model import LiveTrade, Trade
from smartplan.trade.parse import PlannedTrade

Prices = Callable[[Trade], Rates | None]
"""Where the rates and limits of a trade's pair come from, when they are needed; None: unknown."""


class MarketView(Struct, frozen=True):
    """What the exchange holds: complete lists.

    ``active`` are the open trades, ``ended`` the others since the workspace began. ``unreadable``
    are the rows that nobody can read, in either list. Lists lag: a trade of ``ended`` may be open.
    """

    active: Sequence[LiveTrade]
    ended: Sequence[LiveTrade] = ()
    unreadable: Sequence[Unreadable] = ()

    @property
    def by_id(self) -> dict[int, LiveTrade]:
        """Every trade of both lists; one that is in both as the list of open ones has it."""
        return {live.id: live for live in (*self.ended, *self.active)}


class Desired(Struct, frozen=True):
    """What the plans want.

    ``known`` are all names of the workspace, also of plans that were not selected: their trades
    are no orphans.
    """

    trades: Sequence[PlannedTrade]
    plans: int
    known: frozenset[str] = frozenset()


class Memory(Struct, frozen=True):
    """What the journal knows, by name and round: live trades, and creates nobody knows about.

    ``unknown`` has what was to be opened, where the journal can still say it.
    """

    trades: Mapping[tuple[str, int], KnownTrade] = field(default_factory=dict)
    unknown: Mapping[tuple[str, int], Trade | None] = field(default_factory=dict)


class Choices(Struct, frozen=True):
    """What the user allows by name: each lifts one block for one trade, never all of them.

    ``prune`` acts on the orphans' own on_remove; closing one needs its name in ``confirm_close``.
    """

    overwrite_drift: frozenset[str] = frozenset()
    replace: frozenset[str] = frozenset()
    allow_lookalike: frozenset[str] = frozenset()
    prune: bool = False
    confirm_close: frozenset[str] = frozenset()


def _unpriced(_: Trade) -> None:
    """No market is known."""


class Scope(Struct, frozen=True):
    """Whose trades are looked at, when, what is known and allowed, and how risk is told.

    ``prices`` are asked for of what is to be sent, and of nothing else.
    """

    workspace: str
    environment: str
    accounts: Mapping[str, int]
    now: datetime
    assess: Assess
    since: date | None = None
    memory: Memory = Memory()
    choices: Choices = Choices()
    prices: Prices = _unpriced

    def command(self, words: str) -> str:
        """A command line for the ways out of what is blocked."""
        return command(words, self.environment)
