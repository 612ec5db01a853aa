"""No trade of the plan's round exists: not wanted, too late, held back, or opened; pure."""

from collections.abc import Mapping
from datetime import datetime
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from smartplan.api.entities import Rates
from smartplan.changes.changeset import (
    Action,
    ActionTarget,
    Adopt,
    Blocked,
    Create,
    Finished,
    Unchanged,
    Why,
)
from smartplan.changes.diff.trade_diff import diff
from smartplan.changes.exposure import live_risk
from smartplan.changes.reconcile.inputs import Scope
from smartplan.changes.reconcile.matching import Matching, owner_of, target_of
from smartplan.diagnostics import format_path
from smartplan.trade.bodies import Json, create_body
from smartplan.trade.fields import digests, value_text
from smartplan.trade.listing import Unreadable, may_be_of
from smartplan.trade.marker import mentions, note_for
from smartplan.trade.model import Expect, LiveTrade, State, Trade
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.position import remaining


def target_for(planned: PlannedTrade) -> ActionTarget:
    """The target of an action on a trade that is not live."""
    trade = planned.trade
    return ActionTarget(
        name=planned.name,
        round=planned.lifecycle.round,
        pair=trade.pair,
        account_id=trade.account_id,
    )


def body_of(planned: PlannedTrade, workspace: str) -> Mapping[str, Json]:
    """The create body, with the marker in its note."""
    return create_body(planned.asked, note_for(planned, workspace, digests(planned.trade)))


def _size_of(trade: Trade) -> tuple[object, ...]:
    return (trade.account_id, trade.pair, trade.side, trade.position.units)


def unresolved(of: ActionTarget, name: str, scope: Scope) -> Blocked:
    """Nothing is opened while an earlier create, under this name or the former, may show up."""
    whose = f" of {name}" if name != of.name else ""
    return Blocked(
        of,
        f"an earlier create{whose} has no known outcome: it may still appear on the exchange",
        ways_out=(
            f"look again: {scope.command(f'resolve {name} --wait')}",
            f"it is there: {scope.command(f'resolve {name} --adopt ID')}",
            f"it is not there: {scope.command(f'resolve {name} --not-created --reason TEXT')}",
        ),
        why=Why.UNKNOWN,
    )


def left_open(name: str, live: LiveTrade, scope: Scope) -> Blocked:
    """It is over, or about to be, and what it holds has no exits: nothing is opened beside it."""
    of = target_of(name, live)
    held = f"{value_text(remaining(live))} {live.trade.base}"
    return Blocked(
        of,
        f"#{live.id} is {live.status} and {held} of it is held: a position is open without exits",
        ways_out=(
            "close it on the exchange's own page",
            f"it is seen to: {scope.command(f'forget {live.id}')}",
            f"open the next round beside it: --allow-lookalike {name}",
        ),
        why=Why.EXCHANGE,
        left=True,
    )


def unread(planned: PlannedTrade, row: Unreadable) -> Blocked:
    """Its live trade is listed, but nobody can read it: nothing is known, so nothing is done."""
    round_ = row.marker.round if row.marker is not None else planned.lifecycle.round
    of = replace(target_for(planned), round=round_, trade_id=row.id, status=row.status)
    return Blocked(
        of,
        f"{row.called} is this trade, but cannot be read: {row.why}",
        ways_out=("look at it on the exchange's own page; nothing is done to it from here",),
        why=Why.EXCHANGE,
    )


def expired(planned: PlannedTrade, now: datetime) -> bool:
    """Whether ``valid_until`` has passed."""
    until = planned.lifecycle.valid_until
    return until is not None and until <= now


class CreateDecision(Struct, frozen=True):
    """Decides for plans without a live trade; ``planned`` are all names of the workspace."""

    matching: Matching
    scope: Scope
    planned: frozenset[str]

    def adoption(self, planned: PlannedTrade, live: LiveTrade) -> Action:
        """Take over an open trade, if it is what the plan says and free."""
        of = replace(target_of(planned.name, live), round=planned.lifecycle.round)
        if refused := self._not_adoptable(planned, live):
            return Blocked(of, f"adopt: #{live.id} {refused}", ways_out=("correct the id",))
        note = note_for(planned, self.scope.workspace, digests(planned.trade))
        risk = live_risk(live, self.scope.assess, planned)
        return Adopt(of, note, planned.trade, risk)

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

    def decide(self, planned: PlannedTrade) -> Action:
        """No trade of this round exists: not wanted, too late, held back, or to be created."""
        of = target_for(planned)
        state = planned.lifecycle.state
        if planned.lifecycle.adopt is not None:
            return Blocked(
                of,
                f"adopt: #{planned.lifecycle.adopt} is no open trade on these accounts",
                ways_out=("correct the id, or remove `lifecycle.adopt` to open a new trade",),
            )
        if state is not State.OPEN:
            return Unchanged(of, f"state: {state.value}, and nothing is open")
        if expired(planned, self.scope.now):
            return Finished(of, "valid_until has passed: it is not opened any more")
        twin = look_alike(self.matching, self.scope.workspace, planned.name, planned.trade)
        if planned.name not in self.scope.choices.allow_lookalike:
            if twin is not None:
                return self._held_back(planned, twin)
            if (row := unreadable_double(self.matching, planned.trade)) is not None:
                return self._perhaps(planned, row)
        if name := self._pending_twin(planned):
            return unresolved(of, name, self.scope)
        rates = self.scope.prices(planned.trade)
        if reason := _unexpected(planned.lifecycle.expect, rates):
            ways_out = ("wait for the market, or change `lifecycle.expect`",)
            return Blocked(of, reason, ways_out=ways_out)
        risk = self.scope.assess(planned.trade, planned, rates=rates)
        return Create(of, planned.trade, body_of(planned, self.scope.workspace), risk)

    def _held_back(self, planned: PlannedTrade, twin: LiveTrade) -> Blocked:
        it_is, marker = f"it is this trade: `lifecycle: {{adopt: {twin.id}}}`", twin.marker
        if marker is not None and twin.is_of(self.scope.workspace):
            it_is = f"it is this trade: `lifecycle: {{renamed_from: {marker.name}}}`"
        elif marker is not None:
            it_is = f"the workspace was renamed: set it back to `{marker.workspace}`"
        owner = f" ({owner_of(twin)})" if marker is not None else ""
        has = "has the same account, pair, side and units"
        if mentions(twin.trade.note, self.scope.workspace, planned.name):
            has = "has what is left of its marker in an edited note"
        return Blocked(
            target_of(planned.name, twin),
            f"open #{twin.id}{owner} {has}: is it this trade?",
            ways_out=(it_is, f"it is another: --allow-lookalike {planned.name}"),
        )

    def _perhaps(self, planned: PlannedTrade, row: Unreadable) -> Blocked:
        return Blocked(
            target_for(planned),
            f"{row.called} cannot be read ({row.why}), and may be this trade",
            ways_out=(
                "look at it on the exchange's own page",
                f"it is another: --allow-lookalike {planned.name}",
            ),
            why=Why.EXCHANGE,
        )

    def _pending_twin(self, planned: PlannedTrade) -> str | None:
        """The name, in no plan any more, of an unknown create that would open the same."""
        for (name, _), asked in self.scope.memory.unknown.items():
            if asked is None or name in self.planned:
                continue
            if _size_of(asked) == _size_of(planned.trade):
                return name
        return None


def _unexpected(expect: Expect | None, rates: Rates | None) -> str:
    if expect is None:
        return ""
    last = rates.last if rates is not None else None
    if last is None:
        return "no market price is known to hold against `lifecycle.expect`"
    away = abs(last - expect.price) / expect.price * 100
    if away <= expect.within:
        return ""
    return (
        f"the market is at {value_text(last)}, {away:.2f} % from the expected "
        f"{value_text(expect.price)} (within {value_text(expect.within)} %)"
    )


def look_alike(matching: Matching, workspace: str, name: str, trade: Trade) -> LiveTrade | None:
    """An open trade nobody claims that ``trade`` would double.

    Renamed files, stripped notes, what somebody opened by hand, and the same name under the marker
    of another workspace: a workspace that was renamed. What is left of a marker in a note that was
    edited counts whatever else is different.
    """
    others = matching.foreign
    unclaimed = [live for live in others if live.marker is None]
    for live in unclaimed:
        if mentions(live.trade.note, workspace, name):
            return live
    orphans = (live for orphan in matching.orphaned() for live in matching.active(orphan))
    namesakes = (live for live in others if live.marker and live.marker.name == name)
    for live in chain(unclaimed, orphans, namesakes):
        if (
            live.trade.account_id == trade.account_id
            and live.trade.pair == trade.pair
            and live.trade.side is trade.side
            and _same_size(live, trade)
        ):
            return live
    return None


def _same_size(live: LiveTrade, trade: Trade) -> bool:
    ordered, units = trade.position.units, live.trade.position.units
    return units == ordered or (live.entered and may_be_of(ordered, units))


def unreadable_double(matching: Matching, trade: Trade) -> Unreadable | None:
    """The row that ``trade`` may be over again: nothing it says is to the contrary."""
    return next((row for row in matching.unreadable if row.may_double(trade)), None)
