"""Desired × live → changeset; pure.

The matching table of docs/lifecycle.md, a method a row. Only a complete scan of the live trades
may be passed in: "not found" means "does not exist" here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

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
    Replace,
    Target,
    Unchanged,
    Why,
)
from smartplan.changes.inputs import Desired, Scope, View
from smartplan.changes.matching import Matching, owner_of, target_of
from smartplan.changes.revise import SETTLING, Revision, note_for
from smartplan.state.store import KnownTrade
from smartplan.trade.bodies import Json, create_body
from smartplan.trade.fields import Applied, digests, value_text
from smartplan.trade.model import PATCHABLE, LiveTrade, OnRemove, State
from smartplan.trade.parse import PlannedTrade


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
        actions=(*actions, *map(rows.orphaned, matching.orphans())),
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
            yield self._duplicate(planned, found)
        elif found:
            yield from self._open(planned, found[0])
        elif ended := self.matching.ended(planned.name, lifecycle.round):
            yield _finished(planned, ended)
        elif lifecycle.adopt is not None and self.matching.by_id(lifecycle.adopt):
            yield self._adoption(planned, lifecycle.adopt)
        elif known := self._known(planned):
            yield self._without_marker(planned, known)
        elif (planned.name, lifecycle.round) in self.scope.memory.unknown:
            yield _unresolved(planned)
        else:
            yield self._absent(planned)

    def _known(self, planned: PlannedTrade) -> KnownTrade | None:
        return self.scope.memory.trades.get((planned.name, planned.lifecycle.round))

    def _open(self, planned: PlannedTrade, live: LiveTrade) -> Iterator[Action]:
        marker, known = live.marker, self._known(planned)
        if marker is None or marker.round != planned.lifecycle.round:
            yield self._another_round(planned, live, marker.round if marker is not None else 0)
        elif known is not None and known.trade_id not in {live.id, planned.lifecycle.adopt}:
            yield Blocked(
                target_of(planned.name, live),
                f"#{live.id} carries its marker, but the trade that was opened is "
                f"#{known.trade_id}: a copy made on the exchange?",
                ways_out=(
                    "take the marker off the copy's note",
                    f"or go on with the copy: `lifecycle: {{adopt: {live.id}}}`",
                ),
                why=Why.EXCHANGE,
            )
        elif planned.lifecycle.state is not State.OPEN:
            yield self._end(planned, live, f"state: {planned.lifecycle.state.value}")
        elif self._expired(planned) and not live.entered:
            yield self._end(planned, live, "valid_until has passed")
        else:
            yield from Revision(
                planned,
                live,
                marker,
                self.scope.workspace,
                journal=_applied(known),
                overwrite=planned.name in self.scope.choices.overwrite_drift,
            ).actions(self.scope.assess)

    def _duplicate(self, planned: PlannedTrade, found: list[LiveTrade]) -> Blocked:
        ids = ", ".join(f"#{live.id}" for live in found)
        known = self._known(planned)
        ours = known.trade_id if known is not None else planned.lifecycle.adopt
        way = "end all but one on the exchange, or take the marker off the others' notes"
        if ours in {live.id for live in found}:
            way = (
                f"#{ours} is the one we opened: end the others, or take the marker off their notes"
            )
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
        if live.entered:
            way = "end the open round first: something of it is filled"
            return Blocked(of, reason, ways_out=(way,))
        if planned.name not in self.scope.choices.replace:
            way = f"give the open one up, nothing of it is filled: --replace {planned.name}"
            return Blocked(of, reason, ways_out=(way,))
        if live.status not in PATCHABLE:
            return Blocked(of, f"{reason}, and its status is {live.status}", ways_out=_LATER)
        return Replace(
            replace(of, round=planned.lifecycle.round),
            planned.trade,
            self._body(planned),
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
        of = replace(_target(planned), trade_id=number, status=known.ended)
        if known.ended is not None:
            return Finished(of, failed=known.ended == "failed")
        return Blocked(
            of,
            f"missing: #{number} was opened by us, and the exchange does not list it",
            ways_out=(
                "look for it on the exchange; it is not opened again by itself",
                f"to trade it again: raise `lifecycle.round`, or `smartplan forget {planned.name}`",
            ),
            why=Why.EXCHANGE,
        )

    def orphaned(self, orphan: Orphan) -> Action:
        """What pruning does to an orphan: what its own marker says, closing only when named."""
        choices = self.scope.choices
        of, reason = orphan.of, f"its entry left the plans, on_remove: {orphan.on_remove.value}"
        if not choices.prune or orphan.on_remove is OnRemove.KEEP or of.status not in PATCHABLE:
            return orphan
        if not orphan.entered:
            return Cancel(of, reason)
        if orphan.on_remove is OnRemove.CANCEL:
            return Blocked(
                of,
                f"{reason}, but something is filled: cancelling drops its exits, not its position",
                ways_out=(f"put it back into a plan, or `smartplan trade close {of.name}`",),
            )
        if of.name not in choices.confirm_close:
            way = f"close its position at market: --prune --confirm-close {of.name}"
            return Blocked(of, reason, ways_out=(way,))
        return Close(of, reason)

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
        assert live is not None  # noqa: S101  # the caller looked
        of = replace(target_of(planned.name, live), round=planned.lifecycle.round)
        if live.marker is not None and owner_of(live) != f"{self.scope.workspace}/{planned.name}":
            return Blocked(of, f"adopt: #{trade_id} belongs to {owner_of(live)}")
        note = note_for(planned, self.scope.workspace, digests(planned.trade))
        return Adopt(of, note, planned.trade)

    def _absent(self, planned: PlannedTrade) -> Action:
        """No trade of this round exists: not wanted, too late, held back, or to be created."""
        of = _target(planned)
        state = planned.lifecycle.state
        if planned.lifecycle.adopt is not None:
            return Blocked(
                of,
                f"adopt: #{planned.lifecycle.adopt} is no open trade on these accounts",
                ways_out=("correct the id, or remove `lifecycle.adopt` to open a new trade",),
            )
        if state is not State.OPEN:
            return Unchanged(of, f"state: {state.value}, and nothing is open")
        if self._expired(planned):
            return Finished(of, "valid_until has passed: it is not opened any more")
        twin = self.matching.look_alike(planned.trade)
        if twin is not None and planned.name not in self.scope.choices.allow_lookalike:
            return self._held_back(planned, twin)
        if reason := self._unexpected(planned):
            ways_out = ("wait for the market, or change `lifecycle.expect`",)
            return Blocked(of, reason, ways_out=ways_out)
        risk = self.scope.assess(planned.trade, planned)
        return Create(of, planned.trade, self._body(planned), risk)

    def _body(self, planned: PlannedTrade) -> Mapping[str, Json]:
        note = note_for(planned, self.scope.workspace, digests(planned.trade))
        return create_body(planned.trade, note)

    def _held_back(self, planned: PlannedTrade, twin: LiveTrade) -> Blocked:
        it_is = f"it is this trade: `lifecycle: {{adopt: {twin.id}}}`"
        if twin.marker is not None:
            it_is = f"it is this trade: `lifecycle: {{renamed_from: {twin.marker.name}}}`"
        return Blocked(
            target_of(planned.name, twin),
            f"open #{twin.id} has the same account, pair, side and units: is it the same trade?",
            ways_out=(it_is, f"it is another: --allow-lookalike {planned.name}"),
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
    return Target(
        name=planned.name,
        round=planned.lifecycle.round,
        pair=trade.pair,
        account_id=trade.account_id,
    )


def _finished(planned: PlannedTrade, ended: LiveTrade) -> Finished:
    of = replace(target_of(planned.name, ended), round=planned.lifecycle.round)
    return Finished(of, ended.error or "", ended.status == "failed")


def _unresolved(planned: PlannedTrade) -> Blocked:
    name = planned.name
    return Blocked(
        _target(planned),
        "an earlier create has no known outcome: it may still appear on the exchange",
        ways_out=(
            f"look again: `smartplan resolve {name} --wait`",
            f"it is there: `smartplan resolve {name} --adopt ID`",
            f"it is not there: `smartplan resolve {name} --not-created --reason TEXT`",
        ),
        why=Why.UNKNOWN,
    )


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
