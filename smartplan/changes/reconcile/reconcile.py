"""Desired × live → changeset; pure, but for the prices it asks its scope for.

The matching table of docs/lifecycle.md, a method a row. Only a complete scan of the live trades
may be passed in: "not found" means "does not exist" here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from smartplan.changes.changeset import (
    Action,
    ActionTarget,
    Adopt,
    Blocked,
    Cancel,
    Changeset,
    Close,
    Finished,
    Orphan,
    Replace,
    SetNote,
    Unchanged,
    Why,
)
from smartplan.changes.diff.step_matching import aligned
from smartplan.changes.diff.trade_diff import says_the_same
from smartplan.changes.exposure import staying, unreadable_risk
from smartplan.changes.reconcile.create import (
    CreateDecision,
    body_of,
    expired,
    left_open,
    target_for,
    unread,
    unresolved,
)
from smartplan.changes.reconcile.inputs import Desired, MarketView, Scope
from smartplan.changes.reconcile.matching import Matching, orphan_of, owner_of, target_of
from smartplan.changes.reconcile.prune import pruned
from smartplan.changes.reconcile.renames import Renames
from smartplan.changes.reconcile.resolution import (
    Absent,
    Copy,
    Duplicate,
    Ended,
    Missing,
    Open,
    Stripped,
    Unknown,
)
from smartplan.state.store import KnownTrade
from smartplan.trade.listing import Unreadable
from smartplan.trade.model import (
    BEING_CANCELLED,
    BEING_CLOSED,
    PATCHABLE,
    SETTLING,
    LiveTrade,
    Marker,
    State,
)
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.position import left_a_position, remaining
from smartplan.trade.risk import Risk


def reconcile(desired: Desired, view: MarketView, scope: Scope) -> Changeset:
    """What must be done, in plan order."""
    names = desired.known | {trade.name for trade in desired.trades}
    matching = Matching(scope.workspace, scope.accounts.values(), view, scope.memory, names)
    renames = Renames(desired.trades, matching, names)
    former = renames.taken_over()
    matching.claim(former)
    rows = _Rows(matching, renames, scope, names)
    decided = [action for trade in desired.trades for action in rows.decide(trade)]
    actions = sorted(_one_claim_each(decided), key=lambda action: isinstance(action, Orphan))
    adopted = {action.of.trade_id for action in actions if isinstance(action, Adopt)}
    orphans = (orphan for orphan in rows.orphans() if orphan.of.trade_id not in adopted)
    actions = [*actions, *rows.left_behind(former), *map(rows.orphaned, orphans)]
    foreign = {live.id for live in matching.foreign}
    return Changeset(
        workspace=scope.workspace,
        environment=scope.environment,
        accounts=tuple(sorted(scope.accounts.items())),
        trades=len(desired.trades),
        plans=desired.plans,
        actions=tuple(actions),
        foreign=len(foreign - {action.of.trade_id for action in actions}),
        unreadable=matching.unreadable,
        staying=tuple(rows.staying(actions)),
    )


class _Rows(Struct, frozen=True):
    matching: Matching
    renames: Renames
    scope: Scope
    planned: frozenset[str]

    def decide(self, planned: PlannedTrade) -> Iterator[Action]:
        """The actions for one plan."""
        held = self.renames.held(planned.name)
        if held is not None:
            reason, way = held
            yield Blocked(target_for(planned), reason, ways_out=(way,))
            return
        lifecycle, name = planned.lifecycle, self.renames.former(planned.name) or planned.name
        found = self.matching.resolve(name, lifecycle.round, lifecycle.adopt)
        match found:
            case Open(live=live, known=known):
                yield from self._open(planned, live, known)
                beside = (other for other in self.matching.active(name) if other is not live)
                yield from (orphan_of(name, other) for other in beside)
            case Copy():
                yield _copy(planned, found)
            case Duplicate():
                yield _duplicate(planned, found)
            case Unreadable():
                yield unread(planned, found)
            case Ended(live=live) if live is not None and left_a_position(live):
                yield left_open(planned.name, live, self.scope)
            case Ended():
                yield _finished(planned, found)
            case Stripped() | Missing() | Unknown() | Absent():
                yield self._unclaimed(planned, name, found)
            case _:
                assert_never(found)

    def _unclaimed(
        self, planned: PlannedTrade, name: str, found: Stripped | Missing | Unknown | Absent
    ) -> Action:
        """No note claims it: what the person names, else what the journal knows."""
        opening = CreateDecision(self.matching, self.scope, self.planned)
        adopt = planned.lifecycle.adopt
        if adopt is not None and (live := self.matching.by_id(adopt)) is not None:
            return opening.adoption(planned, live)
        match found:
            case Stripped():
                return _stripped(planned, found, self.scope)
            case Missing(known=known):
                return _missing(planned, known, self.scope)
            case Unknown():
                return unresolved(target_for(planned), name, self.scope)
            case Absent():
                return self._still_held(planned, name) or opening.decide(planned)
            case _:
                assert_never(found)

    def _still_held(self, planned: PlannedTrade, name: str) -> Blocked | None:
        """Nothing is opened beside what an earlier round still holds."""
        if planned.name in self.scope.choices.allow_lookalike:
            return None
        left = (*self.matching.left(name), *self.matching.left(planned.name))
        return left_open(planned.name, left[0], self.scope) if left else None

    def _open(
        self, planned: PlannedTrade, live: LiveTrade, known: KnownTrade | None
    ) -> Iterator[Action]:
        marker = live.marker
        if marker is None or marker.round != planned.lifecycle.round:
            yield self._another_round(planned, live, marker.round if marker is not None else 0)
        elif planned.lifecycle.state is not State.OPEN:
            yield self._end(planned, live, f"state: {planned.lifecycle.state.value}")
        elif expired(planned, self.scope.now) and not live.may_hold:
            yield self._end(planned, live, "valid_until has passed")
        else:
            yield from self._updated(planned, live, marker, known)

    def _updated(
        self, planned: PlannedTrade, live: LiveTrade, marker: Marker, known: KnownTrade | None
    ) -> Iterator[Action]:
        from smartplan.changes.reconcile.update import UpdateDecision, applied_by

        journal = applied_by(known)
        if not says_the_same(planned.trade, live):
            live = aligned(live, planned.trade, marker.digests[1], journal)
        yield from UpdateDecision(
            planned,
            live,
            marker,
            self.scope.workspace,
            journal=journal,
            overwrite=planned.name in self.scope.choices.overwrite_drift,
        ).actions(self.scope.assess, self.scope.prices)

    def _another_round(self, planned: PlannedTrade, live: LiveTrade, open_round: int) -> Action:
        """A higher round of the plan may take the place of an unfilled trade, when asked to."""
        of = target_of(planned.name, live)
        reason = f"round {open_round} is still open, the plan says {planned.lifecycle.round}"
        if planned.lifecycle.round < open_round:
            return Blocked(of, reason, ways_out=("set `lifecycle.round` to the open one",))
        if live.may_hold:
            way = "end the open round first: something of it is filled"
            return Blocked(of, reason, ways_out=(way,))
        if planned.name not in self.scope.choices.replace:
            way = f"give the open one up, nothing of it is filled: --replace {planned.name}"
            return Blocked(of, reason, ways_out=(way,))
        if any(name == planned.name for name, _ in self.scope.memory.unknown):
            return unresolved(target_for(planned), planned.name, self.scope)
        if (held := self._still_held(planned, planned.name)) is not None:
            return held
        if live.status not in PATCHABLE:
            return Blocked(of, f"{reason}, and its status is {live.status}", ways_out=_LATER)
        return Replace(
            replace(of, round=planned.lifecycle.round),
            planned.trade,
            body_of(planned, self.scope.workspace),
            self.scope.assess(planned.trade, planned, rates=self.scope.prices(planned.trade)),
        )

    def orphans(self) -> Iterator[Orphan]:
        """Ours by the marker, in no plan."""
        for name in self.matching.orphaned():
            for live in self.matching.active(name):
                yield orphan_of(name, live)

    def staying(self, actions: Iterable[Action]) -> Iterator[tuple[str, Risk]]:
        """What no action speaks for: the others that are open, as they stand."""
        silent = SetNote | Finished | Blocked | Orphan
        told = {action.of.trade_id for action in actions if not isinstance(action, silent)}
        lives = (live for _, live in self.matching.ours())
        yield from staying(lives, told, self.scope.memory.unknown, self.scope.assess)
        unread = filter(self.matching.name_of, self.matching.unreadable)
        yield from map(unreadable_risk, unread)

    def left_behind(self, former: frozenset[str]) -> Iterator[Blocked]:
        """What has left the plans: creates of unknown outcome, and positions without exits."""
        for (name, round_), asked in self.scope.memory.unknown.items():
            if name not in self.planned | former:
                pair, account = (asked.pair, asked.account_id) if asked else ("", 0)
                of = ActionTarget(name=name, round=round_, pair=pair, account_id=account)
                yield unresolved(of, name, self.scope)
        for name, live in self.matching.all_left():
            if name not in self.planned | former:
                yield left_open(name, live, self.scope)

    def orphaned(self, orphan: Orphan) -> Action:
        """What becomes of an orphan; our own is only the one that the journal opened."""
        of = orphan.of
        twins = tuple(live.id for live in self.matching.active(of.name))
        known = self.scope.memory.trades.get((of.name, of.round))
        return pruned(orphan, twins, known, self.scope)

    def _end(self, planned: PlannedTrade, live: LiveTrade, reason: str) -> Action:
        """Cancel what has not begun, close what has; never leave a position without exits."""
        of = target_of(planned.name, live)
        if live.status.startswith(BEING_CANCELLED) and live.entered and remaining(live) > 0:
            return left_open(planned.name, live, self.scope)
        if live.status.startswith((BEING_CANCELLED, BEING_CLOSED)):
            return Unchanged(of, f"the exchange is working on it ({live.status})")
        if live.status not in PATCHABLE | SETTLING:
            return Blocked(of, f"{reason}, but its status is {live.status}", ways_out=_LATER)
        if not live.may_hold:
            return Cancel(of, f"{reason}; nothing is filled")
        if planned.lifecycle.state is State.CLOSED:
            return Close(of, reason)
        return Blocked(
            of,
            f"{reason}, but something is filled: cancelling drops its exits, not its position",
            ways_out=("close it at market: `lifecycle: {state: closed}`",),
        )


_LATER = ("diff again in a moment",)


def _copy(planned: PlannedTrade, found: Copy) -> Blocked:
    live = found.live
    return Blocked(
        target_of(planned.name, live),
        f"#{live.id} carries its marker, but the trade that was opened is "
        f"#{found.known.trade_id}: a copy made on the exchange?",
        ways_out=(
            "take the marker off the copy's note",
            f"or go on with the copy: `lifecycle: {{adopt: {live.id}}}`",
        ),
        why=Why.EXCHANGE,
    )


def _duplicate(planned: PlannedTrade, found: Duplicate) -> Blocked:
    lives = found.lives
    ids = ", ".join(f"#{live.id}" for live in lives)
    ours = found.known if found.known is not None else planned.lifecycle.adopt
    way = f"say which one: `lifecycle: {{adopt: {lives[0].id}}}`, or end the others"
    if ours in {live.id for live in lives}:
        others = "end the others, or take the marker off their notes"
        way = f"#{ours} is the one we opened: {others}"
    return Blocked(
        target_of(planned.name, lives[0]),
        f"duplicate: {len(lives)} open trades carry its marker ({ids})",
        ways_out=(way,),
        why=Why.EXCHANGE,
    )


def _stripped(planned: PlannedTrade, found: Stripped, scope: Scope) -> Blocked:
    """The journal opened a trade that no note claims any more; it is never opened again."""
    live, owner = found.live, owner_of(found.live)
    lost = f"now says {owner}" if owner else "has lost our marker"
    give_up = f"to manage it no more: {scope.command(f'forget {found.known.identity.name}')}"
    put_back = f"put it back: `lifecycle: {{adopt: {live.id}}}`"
    return Blocked(
        target_of(planned.name, live),
        f"its note was edited: #{live.id} {lost}",
        ways_out=(give_up,) if owner else (put_back, give_up),
        why=Why.EXCHANGE,
    )


def _missing(planned: PlannedTrade, known: KnownTrade, scope: Scope) -> Blocked:
    return Blocked(
        replace(target_for(planned), trade_id=known.trade_id),
        f"missing: #{known.trade_id} was opened by us, and the exchange does not list it",
        ways_out=(
            "look for it on the exchange; it is not opened again by itself",
            "to trade it again: raise `lifecycle.round`, or "
            + scope.command(f"forget {known.identity.name}"),
        ),
        why=Why.EXCHANGE,
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


def _finished(planned: PlannedTrade, found: Ended) -> Finished:
    of, live = target_for(planned), found.live
    if live is not None:
        of = replace(target_of(planned.name, live), round=of.round)
        return Finished(of, live.error or "", live.status == "failed")
    of = replace(of, trade_id=found.trade_id, status=found.status)
    return Finished(of, failed=found.status == "failed")
