"""Desired × live → changeset; pure.

The matching table of docs/lifecycle.md, a method a row. Only a complete scan of the live trades
may be passed in: "not found" means "does not exist" here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

from msgspec.structs import replace

from smartplan.changes.absent import (
    Absent,
    body_of,
    expired,
    target_for,
    unread,
    unresolved,
)
from smartplan.changes.changeset import (
    Action,
    Adopt,
    Blocked,
    Cancel,
    Changeset,
    Close,
    Finished,
    Orphan,
    Replace,
    SetNote,
    Target,
    Unchanged,
    Why,
)
from smartplan.changes.diff import says_the_same
from smartplan.changes.exposure import staying, unreadable_risk
from smartplan.changes.hidden import Hidden
from smartplan.changes.inputs import Desired, Scope, View
from smartplan.changes.matching import Matching, orphan_of, target_of
from smartplan.changes.pruning import pruned
from smartplan.changes.revise import Revision
from smartplan.changes.steps import aligned
from smartplan.state.store import KnownTrade
from smartplan.trade.fields import Applied
from smartplan.trade.model import PATCHABLE, SETTLING, LiveTrade, Marker, State
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.risk import Risk


def reconcile(desired: Desired, view: View, scope: Scope) -> Changeset:
    """What must be done, in plan order."""
    names = desired.known | {trade.name for trade in desired.trades}
    matching = Matching(scope.workspace, scope.accounts.values(), view.active, view.ended, names)
    hidden = Hidden.of(view, scope.workspace, scope.memory)
    rows = _Rows(matching, view, scope, names, hidden)
    former = frozenset(filter(None, map(rows.former_name, desired.trades)))
    matching.claim(former)
    decided = [action for trade in desired.trades for action in rows.decide(trade)]
    actions = sorted(_one_claim_each(decided), key=lambda action: isinstance(action, Orphan))
    adopted = {action.of.trade_id for action in actions if isinstance(action, Adopt)}
    orphans = (orphan for orphan in matching.orphans() if orphan.of.trade_id not in adopted)
    actions = [*actions, *rows.left_behind(former), *map(rows.orphaned, orphans)]
    return Changeset(
        workspace=scope.workspace,
        environment=scope.environment,
        accounts=tuple(sorted(scope.accounts.items())),
        trades=len(desired.trades),
        plans=desired.plans,
        actions=tuple(actions),
        foreign=len(matching.foreign - {action.of.trade_id for action in actions}),
        unreadable=hidden.shown,
        staying=tuple(rows.staying(actions)),
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    matching: Matching
    view: View
    scope: Scope
    planned: frozenset[str]
    hidden: Hidden

    @property
    def unknown(self) -> frozenset[str]:
        """Names with a create that nobody knows the outcome of."""
        return frozenset(name for name, _ in self.scope.memory.unknown)

    @property
    def _absent(self) -> Absent:
        return Absent(self.matching, self.view, self.scope, self.planned, self.hidden)

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
        if row := self.hidden.open(planned.name) or self.hidden.open(name):
            yield unread(planned, row)
        elif len(meant) > 1:
            yield self._duplicate(planned, meant)
        elif meant:
            yield from self._open(planned, meant[0])
            yield from (orphan_of(name, live) for live in found if live is not meant[0])
        elif ended := self.matching.ended(name, lifecycle.round):
            yield _finished(planned, ended)
        elif over := self.hidden.ended(name, lifecycle.round):
            of = replace(target_for(planned), trade_id=over.id, status=over.status)
            yield Finished(of, failed=over.status == "failed")
        elif lifecycle.adopt is not None and self.matching.by_id(lifecycle.adopt):
            yield self._absent.adoption(planned, lifecycle.adopt)
        elif known := self.scope.memory.trades.get((name, lifecycle.round)):
            yield self._without_marker(planned, known)
        elif name in self.unknown:
            # In whatever round: raising it must not open a second position.
            yield unresolved(target_for(planned), name, self.scope)
        else:
            yield self._absent.absent(planned)

    def _opened(self, live: LiveTrade) -> KnownTrade | None:
        """What the journal knows under the marker of a live trade, whatever the plan's round."""
        marker = live.marker
        return self.scope.memory.trades.get((marker.name, marker.round)) if marker else None

    def _open(self, planned: PlannedTrade, live: LiveTrade) -> Iterator[Action]:
        marker, known = live.marker, self._opened(live)
        if known is not None and known.trade_id not in {live.id, planned.lifecycle.adopt}:
            yield _copy(planned, live, known)
        elif marker is None or marker.round != planned.lifecycle.round:
            yield self._another_round(planned, live, marker.round if marker is not None else 0)
        elif planned.lifecycle.state is not State.OPEN:
            yield self._end(planned, live, f"state: {planned.lifecycle.state.value}")
        elif expired(planned, self.scope.now) and not live.may_hold:
            yield self._end(planned, live, "valid_until has passed")
        else:
            yield from self._revised(planned, live, marker, known)

    def _revised(
        self, planned: PlannedTrade, live: LiveTrade, marker: Marker, known: KnownTrade | None
    ) -> Iterator[Action]:
        journal = _applied(known)
        if not says_the_same(planned.trade, live):
            live = aligned(live, planned.trade, marker.digests[1], journal)
        yield from Revision(
            planned,
            live,
            marker,
            self.scope.workspace,
            journal=journal,
            overwrite=planned.name in self.scope.choices.overwrite_drift,
            tick=self._tick(planned),
        ).actions(self.scope.assess)

    def _tick(self, planned: PlannedTrade) -> Decimal | None:
        rates = (self.view.market or {}).get((planned.trade.account_id, planned.trade.pair))
        return rates.limits.price_step if rates is not None else None

    def _duplicate(self, planned: PlannedTrade, found: list[LiveTrade]) -> Blocked:
        ids = ", ".join(f"#{live.id}" for live in found)
        known = self.scope.memory.trades.get((planned.name, planned.lifecycle.round))
        ours = known.trade_id if known is not None else planned.lifecycle.adopt
        way = f"say which one: `lifecycle: {{adopt: {found[0].id}}}`, or end the others"
        if ours in {live.id for live in found}:
            others = "end the others, or take the marker off their notes"
            way = f"#{ours} is the one we opened: {others}"
        return Blocked(
            target_of(planned.name, found[0]),
            f"duplicate: {len(found)} open trades carry its marker ({ids})",
            ways_out=(way,),
            why=Why.EXCHANGE,
        )

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
        if planned.name in self.unknown:
            return unresolved(target_for(planned), planned.name, self.scope)
        if live.status not in PATCHABLE:
            return Blocked(of, f"{reason}, and its status is {live.status}", ways_out=_LATER)
        return Replace(
            replace(of, round=planned.lifecycle.round),
            planned.trade,
            body_of(planned, self.scope.workspace),
            self.scope.assess(planned.trade, planned),
        )

    def _without_marker(self, planned: PlannedTrade, known: KnownTrade) -> Action:
        """The journal opened a trade that no note claims any more; it is never opened again."""
        number = known.trade_id
        live = self.matching.by_id(number)
        if live is not None:
            return Blocked(
                target_of(planned.name, live),
                f"its note was edited: #{number} has lost our marker",
                ways_out=(f"put it back: `lifecycle: {{adopt: {number}}}`",),
                why=Why.EXCHANGE,
            )
        if ended := self.matching.ended_by_id(number):
            return _finished(planned, ended)
        of = replace(target_for(planned), trade_id=number, status=known.ended)
        if known.ended is not None:
            return Finished(of, failed=known.ended == "failed")
        return Blocked(
            of,
            f"missing: #{number} was opened by us, and the exchange does not list it",
            ways_out=(
                "look for it on the exchange; it is not opened again by itself",
                "to trade it again: raise `lifecycle.round`, or "
                + self.scope.command(f"forget {planned.name}"),
            ),
            why=Why.EXCHANGE,
        )

    def staying(self, actions: Iterable[Action]) -> Iterator[tuple[str, Risk]]:
        """What no action speaks for: the others that are open, as they stand."""
        silent = SetNote | Finished | Blocked | Orphan
        told = {action.of.trade_id for action in actions if not isinstance(action, silent)}
        known = (self.matching.by_id(trade.trade_id) for trade in self.scope.memory.trades.values())
        stripped = {live.id: live for live in known if live is not None and live.marker is None}
        lives = chain(self.matching.managed(), stripped.values())
        yield from staying(lives, told, self.scope.memory.unknown, self.scope.assess)
        yield from map(unreadable_risk, filter(self.hidden.name_of, self.hidden.shown))

    def left_behind(self, former: frozenset[str]) -> Iterator[Blocked]:
        """Creates with an unknown outcome whose entries have left the plans."""
        for (name, round_), asked in self.scope.memory.unknown.items():
            if name not in self.planned | former:
                pair, account = (asked.pair, asked.account_id) if asked else ("", 0)
                of = Target(name=name, round=round_, pair=pair, account_id=account)
                yield unresolved(of, name, self.scope)

    def orphaned(self, orphan: Orphan) -> Action:
        """What becomes of an orphan; our own is only the one that the journal opened."""
        of = orphan.of
        twins = tuple(live.id for live in self.matching.active(of.name))
        known = self.scope.memory.trades.get((of.name, of.round))
        return pruned(orphan, twins, known, self.scope)

    def _end(self, planned: PlannedTrade, live: LiveTrade, reason: str) -> Action:
        """Cancel what has not begun, close what has; never leave a position without exits."""
        of = target_of(planned.name, live)
        if live.status.startswith(("cancellation_", "panic_sell_")):
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


def _copy(planned: PlannedTrade, live: LiveTrade, known: KnownTrade) -> Blocked:
    return Blocked(
        target_of(planned.name, live),
        f"#{live.id} carries its marker, but the trade that was opened is "
        f"#{known.trade_id}: a copy made on the exchange?",
        ways_out=(
            "take the marker off the copy's note",
            f"or go on with the copy: `lifecycle: {{adopt: {live.id}}}`",
        ),
        why=Why.EXCHANGE,
    )


def _still_planned(planned: PlannedTrade, former: str) -> Blocked:
    return Blocked(
        target_for(planned),
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


def _finished(planned: PlannedTrade, ended: LiveTrade) -> Finished:
    of = replace(target_of(planned.name, ended), round=planned.lifecycle.round)
    return Finished(of, ended.error or "", ended.status == "failed")


def _applied(known: KnownTrade | None) -> Applied | None:
    """The journal's canonical fields; what another version wrote is not understood."""
    if known is None or known.applied is None:
        return None
    groups = known.applied.items()
    if not all(isinstance(fields, Mapping) for _, fields in groups):
        return None
    return {
        group: {str(path): str(value) for path, value in fields.items()}
        for group, fields in groups
        if isinstance(fields, Mapping)
    }
