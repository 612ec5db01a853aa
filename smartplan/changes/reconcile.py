"""Desired × live → changeset; pure.

The matching table of docs/lifecycle.md, a method a row. Only a complete scan of the live trades
may be passed in: "not found" means "does not exist" here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
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
    Orphan,
    Target,
    Unchanged,
)
from smartplan.changes.diff import diff
from smartplan.changes.matching import Matching, owner_of, target_of
from smartplan.changes.revise import SETTLING, Assess, note_for, revise
from smartplan.diagnostics import format_path
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
    since: date | None = None


def reconcile(desired: Desired, view: View, scope: Scope) -> Changeset:
    """What must be done, in plan order."""
    names = {trade.name for trade in desired.trades}
    matching = Matching(
        scope.workspace, scope.accounts.values(), view.active, view.ended, desired.known | names
    )
    rows = _Rows(matching, view, scope, planned=desired.known | names)
    matching.claim(filter(None, map(rows.former_name, desired.trades)))
    decided = [action for trade in desired.trades for action in rows.decide(trade)]
    actions = sorted(_one_claim_each(decided), key=lambda action: isinstance(action, Orphan))
    adopted = {action.of.trade_id for action in actions if isinstance(action, Adopt)}
    orphans = (orphan for orphan in matching.orphans() if orphan.of.trade_id not in adopted)
    return Changeset(
        workspace=scope.workspace,
        environment=scope.environment,
        accounts=tuple(sorted(scope.accounts.items())),
        trades=len(desired.trades),
        plans=desired.plans,
        actions=(*actions, *orphans),
        foreign=matching.foreign,
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    matching: Matching
    view: View
    scope: Scope
    planned: frozenset[str]

    def former_name(self, planned: PlannedTrade) -> str | None:
        """``renamed_from``, until a live trade goes by the new name."""
        old, name = planned.lifecycle.renamed_from, planned.name
        goes_by_it = self.matching.active(name) or self.matching.ended(
            name, planned.lifecycle.round
        )
        return None if goes_by_it or old == name else old

    def decide(self, planned: PlannedTrade) -> Iterator[Action]:
        """The actions for one plan."""
        former = self.former_name(planned)
        if former is not None and former in self.planned:
            yield _still_planned(planned, former)
            return
        lifecycle, name = planned.lifecycle, former or planned.name
        found = self.matching.active(name)
        meant = [live for live in found if live.id == lifecycle.adopt] or found
        if len(meant) > 1:
            yield _duplicate(planned, meant)
        elif meant:
            yield from self._open(planned, meant[0])
            yield from (Orphan(target_of(name, x), x.entered) for x in found if x is not meant[0])
        elif ended := self.matching.ended(name, lifecycle.round):
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
        if live.status.startswith(("cancellation_", "panic_sell_")):
            return Unchanged(of, f"the exchange is working on it ({live.status})")
        if live.status not in PATCHABLE | SETTLING:
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
        if refused := self._not_adoptable(planned, live):
            return Blocked(of, f"adopt: #{trade_id} {refused}", ways_out=("correct the id",))
        return Adopt(of, note_for(planned, self.scope.workspace, digests(planned.trade)))

    def _not_adoptable(self, planned: PlannedTrade, live: LiveTrade) -> str:
        marker, since = live.marker, self.scope.since
        if marker is not None and (
            marker.workspace != self.scope.workspace or marker.name in self.planned
        ):
            return f"belongs to {owner_of(live)}"
        if differ := diff(planned.trade, live, None).immutable:
            listed = ", ".join(
                f"{format_path(c.path)} {value_text(c.before)}, not {value_text(c.after)}"
                for c in differ
            )
            return f"is another trade: {listed}"
        if since is not None and (live.created_at or "")[:10] < since.isoformat():
            return (
                f"was opened on {(live.created_at or 'an unknown day')[:10]}, before `since` in "
                "smartplan.toml: once ended it would be forgotten, and opened again"
            )
        return ""

    def _absent(self, planned: PlannedTrade) -> Action:
        """No trade of this round exists: not wanted, too late, held back, or to be created."""
        of = _target(planned)
        state = planned.lifecycle.state
        if state is not State.OPEN:
            return Unchanged(of, f"state: {state.value}, and nothing is open")
        if self._expired(planned):
            return Finished(of, "valid_until has passed: it is not opened any more")
        if twin := self.matching.look_alike(planned.name, planned.trade):
            return self._held_back(planned, twin)
        if reason := self._unexpected(planned):
            ways_out = ("wait for the market, or change `lifecycle.expect`",)
            return Blocked(of, reason, ways_out=ways_out)
        note = note_for(planned, self.scope.workspace, digests(planned.trade))
        body = create_body(planned.trade, note)
        return Create(of, planned.trade, body, self.scope.assess(planned.trade, planned))

    def _held_back(self, planned: PlannedTrade, twin: LiveTrade) -> Blocked:
        it_is, marker = f"it is this trade: `lifecycle: {{adopt: {twin.id}}}`", twin.marker
        if marker is not None and marker.workspace == self.scope.workspace:
            it_is = f"it is this trade: `lifecycle: {{renamed_from: {marker.name}}}`"
        elif marker is not None:
            it_is = f"the workspace was renamed: set it back to `{marker.workspace}`"
        owner = f" ({owner_of(twin)})" if marker is not None else ""
        return Blocked(
            target_of(planned.name, twin),
            f"open #{twin.id}{owner} has the same account, pair, side and units: is it this trade?",
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


def _still_planned(planned: PlannedTrade, former: str) -> Blocked:
    return Blocked(
        _target(planned),
        f"renamed_from: {former}, but the plans still have a trade {former}",
        ways_out=(f"take {former} out of its plan, or remove `lifecycle.renamed_from`",),
    )


def _one_claim_each(actions: Iterable[Action]) -> Iterator[Action]:
    """Two trades of the plans that claim one live trade: neither gets it."""
    listed = tuple(actions)
    claims: dict[int, dict[str, None]] = defaultdict(dict)
    for action in listed:
        if action.of.trade_id is not None and not isinstance(action, Finished | Blocked | Orphan):
            claims[action.of.trade_id][action.of.name] = None
    for action in listed:
        names = claims.get(action.of.trade_id or 0, {})
        if len(names) > 1 and action.of.name in names:
            reason = f"#{action.of.trade_id} is claimed by {' and '.join(names)}"
            yield Blocked(action.of, reason, ways_out=("leave it to one of them",))
        else:
            yield action


def _duplicate(planned: PlannedTrade, found: list[LiveTrade]) -> Blocked:
    ids = ", ".join(f"#{live.id}" for live in found)
    return Blocked(
        target_of(planned.name, found[0]),
        f"{len(found)} open trades carry its marker: {ids}",
        ways_out=(
            f"say which one: `lifecycle: {{adopt: {found[0].id}}}`",
            "or end the others on the exchange",
        ),
    )
