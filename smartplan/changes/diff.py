"""Desired and live, field by field; pure.

A field is compared only where both sides can mean the same: what the service replaces by averages,
moves itself, or does not echo is left out (API facts: entity, "what makes naive diffs lie").
The marker's digests tell a change of the plan from a change made on the exchange.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from msgspec.structs import replace as replace_in

from smartplan.changes.field_change import FieldChange, with_risk
from smartplan.changes.percents import in_prices
from smartplan.diagnostics import Path, format_path
from smartplan.trade.fields import (
    STOP_LIMIT,
    STOP_PERCENT,
    STOP_TRAILING,
    STOP_TRIGGER,
    Applied,
    Digests,
    Fields,
    Group,
    digest,
    digest_of,
    digests,
    group_fields,
    immutable_fields,
    step_path,
    value_text,
)
from smartplan.trade.model import FROZEN_STEPS, LiveTrade, Trade


class Cause(StrEnum):
    """Who made a group differ."""

    PLAN = "plan change"
    DRIFT = "drift"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class GroupDiff:
    """The differences of one group, and who made them."""

    group: Group
    cause: Cause
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class TradeDiff:
    """All differences between a plan's trade and its live trade.

    ``kept`` are fields the service moved itself: a PATCH sends them back as they are.
    ``digests`` are what the marker should say once every plan change is applied.
    ``entry_too_late``: the plan changed its entry after it had filled; nothing can come of that.
    ``tick`` is what prices that percents become are rounded to.
    """

    immutable: tuple[FieldChange, ...]
    groups: tuple[GroupDiff, ...]
    kept: frozenset[Path]
    digests: Digests
    entry_too_late: bool = False
    tick: Decimal | None = None

    def overwritten(self, own: Digests) -> "TradeDiff":
        """The same, with everything that is shown as moved put back as the plan says.

        What the service moved itself is put back only where it is shown.
        """
        moved = {group.group for group in self.groups if group.cause is not Cause.PLAN}
        shown = {
            change.path[:-1]
            for group in self.groups
            for change in group.changes
            if group.group in moved and change.path[-1] in {"value", "percent"}
        }
        settled = [
            mine if group in moved else marked
            for group, mine, marked in zip(Group, own, self.digests, strict=True)
        ]
        return replace(
            self,
            groups=tuple(replace(group, cause=Cause.PLAN) for group in self.groups),
            kept=frozenset(path for path in self.kept if path[:-1] not in shown),
            digests=(settled[0], settled[1], settled[2], settled[3]),
        )

    def of(self, *causes: Cause) -> tuple[FieldChange, ...]:
        """The changes of these causes, in field order."""
        return tuple(c for group in self.groups if group.cause in causes for c in group.changes)


def diff(
    desired: Trade,
    live: LiveTrade,
    applied: Digests | None,
    journal: Applied | None = None,
    tick: Decimal | None = None,
) -> TradeDiff:
    """Compare; ``applied`` are the marker's digests, None for a trade that is being adopted.

    Where the ``journal`` knows what the marker means, causes are told field by field.
    """
    own = digests(desired)
    before = applied if applied is not None else own
    if own == before and says_the_same(desired, live):
        return TradeDiff((), (), frozenset(), own, tick=tick)
    views = _views(desired, live, tick)
    found = {
        group: _by_field(compared, marked, (journal or {}).get(group.value))
        for group, mine, marked in zip(Group, own, before, strict=True)
        if (compared := _compare(views[group], mine, marked)) is not None
    }
    _bind_stop(found)
    changes = with_risk((c for group in found.values() for c in group.changes), desired.side)
    by_path = {change.path: change for change in changes}
    settled = [
        marked if group in found and found[group].cause is not Cause.PLAN else mine
        for group, mine, marked in zip(Group, own, before, strict=True)
    ]
    too_late = live.entered and own[0] != before[0] and Group.ENTRY not in found
    if too_late:
        settled[0] = before[0]
    return TradeDiff(
        immutable=tuple(_differences(immutable_fields(desired), immutable_fields(live.trade))),
        groups=tuple(
            replace(group, changes=tuple(by_path[change.path] for change in group.changes))
            for group in found.values()
        ),
        kept=frozenset(path for view in views.values() for path in view.moved),
        digests=(settled[0], settled[1], settled[2], settled[3]),
        entry_too_late=too_late,
        tick=tick,
    )


def says_the_same(desired: Trade, live: LiveTrade) -> bool:
    """Whether a live trade is its plan to the letter, notes aside: most are, and it is quick."""
    steps = (replace_in(s, id=None, status=None, editable=True) for s in live.trade.take_profit)
    return desired == replace_in(live.trade, take_profit=tuple(steps), note=desired.note)


def _bind_stop(found: dict[Group, GroupDiff]) -> None:
    """A PATCH sends the stop loss whole: its hidden field is held up by what holds up the rest."""
    stop, hidden = found.get(Group.STOP_LOSS), found.get(Group.HIDDEN)
    if stop is not None and hidden is not None and stop.cause is not hidden.cause:
        for group in (stop, hidden):
            found[group.group] = replace(group, cause=Cause.CONFLICT)


@dataclass(frozen=True, slots=True)
class _View:
    """One group of both sides. ``wanted`` is the plan's, ``in_prices`` what a PATCH would say.

    ``over``: nothing can come of a change any more. ``moved``: the service's own doing, or never
    echoed; it is looked at only when the plan has changed it.
    """

    group: Group
    wanted: Fields
    in_prices: Fields
    actual: Fields
    over: frozenset[Path]
    moved: frozenset[Path]


def _views(desired: Trade, live: LiveTrade, tick: Decimal | None) -> dict[Group, _View]:
    wanted, actual = group_fields(desired), group_fields(live.trade)
    priced = group_fields(in_prices(desired, live, tick))
    over, moved = frozenset(_over(desired, live)), frozenset(_moved(desired, live))
    return {
        group: _View(
            group,
            wanted[group],
            priced[group],
            actual[group],
            over & {*wanted[group], *actual[group]},
            moved & {*wanted[group], *actual[group]},
        )
        for group in Group
    }


def _compare(view: _View, own: str, applied: str) -> GroupDiff | None:
    if view.group is Group.HIDDEN and not (view.wanted and view.actual):
        return _compare_unseen(view, own, applied)
    masked = view.over | view.moved
    seen = _in_terms_of(view.wanted, view.actual)
    changes = tuple(_differences(view.wanted, seen, masked))
    if own == applied:
        return GroupDiff(view.group, Cause.DRIFT, changes) if changes else None
    unmoved = {path: value for path, value in seen.items() if path not in masked}
    unmoved |= {path: view.wanted[path] for path in masked if path in view.wanted}
    if changes and digest(unmoved) == applied:
        return GroupDiff(view.group, Cause.PLAN, changes)
    if not changes and digest(unmoved) != applied:
        # The plan may have changed just what the service moved itself: never lost in silence.
        seen = _in_terms_of(view.in_prices, view.actual)
        changes = tuple(_differences(view.in_prices, seen, view.over))
    return GroupDiff(view.group, Cause.CONFLICT, changes) if changes else None


def _by_field(found: GroupDiff, applied: str, journal: Mapping[str, str] | None) -> GroupDiff:
    """Sharpen a group's cause with its fields as last applied, if they are those of the marker."""
    if journal is None or digest_of(journal) != applied or found.group is Group.HIDDEN:
        return found
    by_cause: dict[Cause, list[FieldChange]] = {cause: [] for cause in Cause}
    for change in found.changes:
        was = journal.get(format_path(change.path), value_text(None))
        planned, moved = value_text(change.after) != was, value_text(change.before) != was
        cause = Cause.CONFLICT if planned and moved else Cause.PLAN if planned else Cause.DRIFT
        by_cause[cause].append(change)
    for cause in (Cause.CONFLICT, Cause.DRIFT):
        if by_cause[cause]:
            return GroupDiff(found.group, cause, tuple(by_cause[cause]))
    return found


def _compare_unseen(view: _View, own: str, applied: str) -> GroupDiff | None:
    """The service echoes no trailing percent of a stop loss: only the marker knows it.

    A trailing that is switched off shows in the group of the stop loss.
    """
    if own == applied or not view.wanted:
        return None
    unknown = STOP_TRAILING in view.moved
    change = FieldChange(STOP_TRAILING, None, view.wanted[STOP_TRAILING], before_unknown=unknown)
    return GroupDiff(Group.HIDDEN, Cause.PLAN, (change,))


def _over(desired: Trade, live: LiveTrade) -> Iterator[Path]:
    if live.entered:
        # After the fill these are averages after commission; the trigger has done its work.
        entry = {**group_fields(desired)[Group.ENTRY], **group_fields(live.trade)[Group.ENTRY]}
        yield from (path for path in entry if path[0] == "position")
    targets = {
        **group_fields(desired)[Group.TAKE_PROFIT],
        **group_fields(live.trade)[Group.TAKE_PROFIT],
    }
    ended = {
        step_path(index)
        for index, step in enumerate(live.trade.take_profit)
        if step.status in FROZEN_STEPS
    }
    yield from (path for path in targets if path[:3] in ended)


def _moved(desired: Trade, live: LiveTrade) -> Iterator[Path]:
    leverage = live.trade.leverage
    if leverage is not None and leverage.type is None:
        yield ("leverage", "type")
    if leverage is not None and leverage.value is None:
        yield ("leverage", "value")
    stop = live.trade.stop_loss
    if stop is not None and stop.trailing is not None and stop.trailing.percent is None:
        yield STOP_TRAILING
    for index, step in enumerate(live.trade.take_profit):
        if step.trailing is not None and step.trailing.percent is None:
            yield (*step_path(index), "trailing", "percent")
        if live.entered and step.percent is None:
            # A percent target becomes a price once the trailing entry has filled.
            yield (*step_path(index), "price", "percent")
    if live.entered:
        yield from _moved_stop(desired, live)


def _moved_stop(desired: Trade, live: LiveTrade) -> Iterator[Path]:
    wanted, stop = desired.stop_loss, live.trade.stop_loss
    if wanted is None or stop is None:
        return
    first_target_hit = any(step.status == "finished" for step in live.trade.take_profit)
    to_breakeven = wanted.breakeven and stop.breakeven and first_target_hit
    trailing = wanted.trailing is not None and stop.trailing is not None
    if to_breakeven or trailing:
        yield from (STOP_TRIGGER, STOP_LIMIT)
    if wanted.percent is not None and (stop.percent is None or to_breakeven or trailing):
        yield STOP_PERCENT


def _in_terms_of(wanted: Fields, actual: Fields) -> Fields:
    """Live fields in the plan's own representation: value *or* percent, never both."""
    seen = dict(actual)
    for path in actual:
        if path[-1] not in {"value", "percent"} or path[-2] != "price":
            continue
        other = (*path[:-1], "percent" if path[-1] == "value" else "value")
        if path not in wanted and other in wanted and (other in actual or path[-1] == "value"):
            del seen[path]
    return seen


def _differences(
    wanted: Fields, seen: Fields, masked: AbstractSet[Path] = frozenset()
) -> Iterator[FieldChange]:
    for path in (*wanted, *(path for path in seen if path not in wanted)):
        before, after = seen.get(path), wanted.get(path)
        if path in masked or before == after:
            continue
        if after is None and _switched_off(path, wanted):
            continue
        yield FieldChange(path, before, after)


def _switched_off(path: Path, wanted: Fields) -> bool:
    """Inside a group that the plan disables, ``enabled: true → false`` says it all."""
    return any(wanted.get((*path[:end], "enabled")) is False for end in range(1, len(path)))
