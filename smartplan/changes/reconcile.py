"""Desired × live → changeset; pure.

The matching table of docs/lifecycle.md, a method a row. Only a complete scan of the live trades
may be passed in: "not found" means "does not exist" here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from smartplan.changes.changeset import (
    Action,
    Adopt,
    Blocked,
    Cancel,
    Changeset,
    Close,
    Create,
    Finished,
    Target,
    Unchanged,
)
from smartplan.changes.matching import Matching, owner_of, target_of
from smartplan.changes.revise import SETTLING, Assess, note_for, revise
from smartplan.trade.bodies import create_body
from smartplan.trade.fields import digests, value_text
from smartplan.trade.model import PATCHABLE, LiveTrade, State
from smartplan.trade.parse import PlannedTrade


@dataclass(frozen=True, slots=True)
class View:
    """What the exchange holds: complete lists, and the market where it was asked for.

    ``active`` are the open trades, ``ended`` the others since the workspace began. ``last`` is the
    last price by (account id, pair), for plans that ``expect`` one.
    """

    active: Sequence[LiveTrade]
    ended: Sequence[LiveTrade] = ()
    last: Mapping[tuple[int, str], Decimal] = field(default_factory=dict)


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
class Scope:
    """Whose trades are looked at, when, and how risk is told."""

    workspace: str
    environment: str
    accounts: Mapping[str, int]
    now: datetime
    assess: Assess


def reconcile(desired: Desired, view: View, scope: Scope) -> Changeset:
    """What must be done, in plan order."""
    names = {trade.name for trade in desired.trades}
    renamed = {t.lifecycle.renamed_from for t in desired.trades if t.lifecycle.renamed_from}
    matching = Matching(
        scope.workspace,
        scope.accounts.values(),
        view.active,
        view.ended,
        desired.known | names | renamed,
    )
    rows = _Rows(matching, view, scope)
    actions = [action for trade in desired.trades for action in rows.decide(trade)]
    return Changeset(
        workspace=scope.workspace,
        environment=scope.environment,
        accounts=tuple(sorted(scope.accounts.items())),
        trades=len(desired.trades),
        plans=desired.plans,
        actions=(*actions, *matching.orphans()),
        foreign=matching.foreign,
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    matching: Matching
    view: View
    scope: Scope

    def decide(self, planned: PlannedTrade) -> Iterator[Action]:
        """The actions for one plan."""
        lifecycle = planned.lifecycle
        found = self.matching.active(planned.name)
        if not found and lifecycle.renamed_from is not None:
            found = self.matching.active(lifecycle.renamed_from)
        if len(found) > 1:
            yield _duplicate(planned, found)
        elif found:
            yield from self._open(planned, found[0])
        elif ended := self.matching.ended(planned.name, lifecycle.round):
            failed = ended.status == "failed"
            yield Finished(target_of(planned.name, ended), ended.error or "", failed)
        elif lifecycle.adopt is not None:
            yield self._adoption(planned, lifecycle.adopt)
        else:
            yield self._absent(planned)

    def _open(self, planned: PlannedTrade, live: LiveTrade) -> Iterator[Action]:
        marker = live.marker
        if marker is None or marker.round != planned.lifecycle.round:
            number = marker.round if marker is not None else "?"
            yield Blocked(
                target_of(planned.name, live),
                f"round {number} is still open, the plan says {planned.lifecycle.round}",
                ways_out=("end the open round first, or set `lifecycle.round` back",),
            )
        elif planned.lifecycle.state is not State.OPEN:
            yield self._end(planned, live, f"state: {planned.lifecycle.state.value}")
        elif self._expired(planned) and not live.entered:
            yield self._end(planned, live, "valid_until has passed")
        else:
            yield from revise(planned, live, marker, self.scope.workspace, self.scope.assess)

    def _end(self, planned: PlannedTrade, live: LiveTrade, reason: str) -> Action:
        """Cancel what has not begun, close what has; never leave a position without exits."""
        of = target_of(planned.name, live)
        if live.status in SETTLING or live.status.startswith(("cancellation_", "panic_sell_")):
            return Unchanged(of, f"the exchange is working on it ({live.status})")
        if live.status not in PATCHABLE:
            return Blocked(of, f"{reason}, but its status is {live.status}", ways_out=_LATER)
        if not live.entered:
            return Cancel(of, f"{reason}; nothing is filled")
        if planned.lifecycle.state is State.CLOSED:
            return Close(of, reason)
        return Blocked(
            of,
            f"{reason}, but something is filled: cancelling drops its exits, not its position",
            ways_out=("close it at market: `lifecycle: {state: closed}`",),
        )

    def _expired(self, planned: PlannedTrade) -> bool:
        until = planned.lifecycle.valid_until
        return until is not None and until <= self.scope.now

    def _adoption(self, planned: PlannedTrade, trade_id: int) -> Action:
        live = self.matching.by_id(trade_id)
        if live is None:
            return Blocked(
                _target(planned),
                f"adopt: #{trade_id} is no open trade on these accounts",
                ways_out=("correct the id, or remove `lifecycle.adopt` to open a new trade",),
            )
        of = target_of(planned.name, live)
        if live.marker is not None:
            return Blocked(of, f"adopt: #{trade_id} belongs to {owner_of(live)}")
        return Adopt(of, note_for(planned, self.scope.workspace, digests(planned.trade)))

    def _absent(self, planned: PlannedTrade) -> Action:
        """No trade of this round exists: not wanted, too late, held back, or to be created."""
        of = _target(planned)
        state = planned.lifecycle.state
        if state is not State.OPEN:
            return Unchanged(of, f"state: {state.value}, and nothing is open")
        if self._expired(planned):
            return Finished(of, "valid_until has passed: it is not opened any more")
        if twin := self.matching.look_alike(planned.trade):
            return self._held_back(planned, twin)
        if reason := self._unexpected(planned):
            ways_out = ("wait for the market, or change `lifecycle.expect`",)
            return Blocked(of, reason, ways_out=ways_out)
        note = note_for(planned, self.scope.workspace, digests(planned.trade))
        body = create_body(planned.trade, note)
        return Create(of, planned.trade, body, self.scope.assess(planned.trade, planned))

    def _held_back(self, planned: PlannedTrade, twin: LiveTrade) -> Blocked:
        it_is = f"it is this trade: `lifecycle: {{adopt: {twin.id}}}`"
        if twin.marker is not None:
            it_is = f"it is this trade: `lifecycle: {{renamed_from: {twin.marker.name}}}`"
        return Blocked(
            target_of(planned.name, twin),
            f"open #{twin.id} has the same account, pair, side and units: is it the same trade?",
            ways_out=(it_is, "it is another: make the units differ, if only by one lot"),
        )

    def _unexpected(self, planned: PlannedTrade) -> str:
        expect, trade = planned.lifecycle.expect, planned.trade
        if expect is None:
            return ""
        last = self.view.last.get((trade.account_id, trade.pair))
        if last is None:
            return "no market price is known to hold against `lifecycle.expect`"
        away = abs(last - expect.price) / expect.price * 100
        if away <= expect.within:
            return ""
        return (
            f"the market is at {value_text(last)}, {away:.2f} % from the expected "
            f"{value_text(expect.price)} (within {value_text(expect.within)} %)"
        )


_LATER = ("diff again in a moment",)


def _target(planned: PlannedTrade) -> Target:
    trade = planned.trade
    return Target(name=planned.name, pair=trade.pair, account_id=trade.account_id)


def _duplicate(planned: PlannedTrade, found: list[LiveTrade]) -> Blocked:
    ids = ", ".join(f"#{live.id}" for live in found)
    return Blocked(
        target_of(planned.name, found[0]),
        f"{len(found)} open trades carry its marker: {ids}",
        ways_out=("keep one: end the others on the exchange, or take the marker off their notes",),
    )
