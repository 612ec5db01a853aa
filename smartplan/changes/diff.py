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

from smartplan.diagnostics import Location, Path, format_path
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
from smartplan.trade.model import FROZEN_STEPS, LiveTrade, Scalar, Side, Trade


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs: ``before`` is live, ``after`` what the plan says.

    ``before_unknown``: the service never echoes the field. ``location`` is the plan's line.
    """

    path: Path
    before: Scalar
    after: Scalar
    widens_risk: bool = False
    before_unknown: bool = False
    location: Location | None = None


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
    """

    immutable: tuple[FieldChange, ...]
    groups: tuple[GroupDiff, ...]
    kept: frozenset[Path]
    digests: Digests
    entry_too_late: bool = False

    def overwritten(self, own: Digests) -> "TradeDiff":
        """The same, with everything that was moved on the exchange put back as the plan says."""
        groups = tuple(replace(group, cause=Cause.PLAN) for group in self.groups)
        moved = any(group.cause is not Cause.PLAN for group in self.groups)
        return replace(self, groups=groups, kept=frozenset(), digests=own) if moved else self

    def of(self, *causes: Cause) -> tuple[FieldChange, ...]:
        """The changes of these causes, in field order."""
        return tuple(c for group in self.groups if group.cause in causes for c in group.changes)


def diff(
    desired: Trade, live: LiveTrade, applied: Digests | None, journal: Applied | None = None
) -> TradeDiff:
    """Compare; ``applied`` are the marker's digests, None for a trade that is being adopted.

    Where the ``journal`` knows what the marker means, causes are told field by field.
    """
    wanted, actual = group_fields(desired), group_fields(live.trade)
    own = digests(desired)
    before = applied if applied is not None else own
    found: list[GroupDiff] = []
    after = list(own)
    entry_too_late = False
    kept: set[Path] = set()
    for index, group in enumerate(Group):
        masked = set(_masked(group, desired, live))
        seen = _in_terms_of(wanted[group], actual[group])
        if group is Group.ENTRY and live.entered:
            entry_too_late = own[index] != before[index]
            after[index] = before[index]
        result = _compare(group, wanted[group], seen, masked, own[index], before[index])
        kept |= {path for path in (STOP_TRIGGER, STOP_LIMIT) if path in masked}
        if result is not None:
            result = _by_field(result, before[index], (journal or {}).get(group.value))
            changes = tuple(_with_risk(change, desired.side) for change in result.changes)
            found.append(GroupDiff(group, result.cause, changes))
            if result.cause is not Cause.PLAN:
                after[index] = before[index]
    return TradeDiff(
        immutable=tuple(
            _differences(immutable_fields(desired), immutable_fields(live.trade), set())
        ),
        groups=tuple(found),
        kept=frozenset(kept),
        digests=(after[0], after[1], after[2], after[3]),
        entry_too_late=entry_too_late,
    )


def _compare(
    group: Group, wanted: Fields, seen: Fields, masked: set[Path], own: str, applied: str
) -> GroupDiff | None:
    if group is Group.HIDDEN and not seen:
        return _compare_unseen(wanted, own, applied)
    changes = tuple(_differences(wanted, seen, masked))
    if own == applied:
        return GroupDiff(group, Cause.DRIFT, changes) if changes else None
    unmoved = {path: value for path, value in seen.items() if path not in masked}
    unmoved |= {path: wanted[path] for path in masked if path in wanted}
    if digest(unmoved) == applied:
        return GroupDiff(group, Cause.PLAN, changes) if changes else None
    if masked and not changes:
        # The plan may have changed just what the service moved itself: never lost in silence.
        changes = tuple(_differences(wanted, seen, masked - _moved_stop(masked)))
    return GroupDiff(group, Cause.CONFLICT, changes) if changes else None


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


def _compare_unseen(wanted: Fields, own: str, applied: str) -> GroupDiff | None:
    """The service echoes no trailing percent of a stop loss: only the marker knows it."""
    if own == applied or not wanted:
        return None
    change = FieldChange(STOP_TRAILING, None, wanted[STOP_TRAILING], before_unknown=True)
    return GroupDiff(Group.HIDDEN, Cause.PLAN, (change,))


def _moved_stop(masked: set[Path]) -> set[Path]:
    return {path for path in masked if path in {STOP_TRIGGER, STOP_LIMIT}}


def _masked(group: Group, desired: Trade, live: LiveTrade) -> Iterator[Path]:
    """The paths of a group that must not be compared."""
    if group is Group.ENTRY and live.entered:
        # After the fill these are averages after commission; the trigger has done its work.
        entry = {**group_fields(desired)[group], **group_fields(live.trade)[group]}
        yield from (path for path in entry if path[0] == "position")
    elif group is Group.TAKE_PROFIT:
        fields = {**group_fields(desired)[group], **group_fields(live.trade)[group]}
        for index, step in enumerate(live.trade.take_profit):
            if step.status in FROZEN_STEPS:
                yield from (path for path in fields if path[:3] == step_path(index))
            elif step.trailing is not None and step.trailing.percent is None:
                yield (*step_path(index), "trailing", "percent")
            if live.entered and step.percent is None:
                # A percent target becomes a price once the trailing entry has filled.
                yield (*step_path(index), "price", "percent")
    elif group is Group.STOP_LOSS and live.entered:
        yield from _moved_by_the_service(desired, live)


def _moved_by_the_service(desired: Trade, live: LiveTrade) -> Iterator[Path]:
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


def _with_risk(change: FieldChange, side: Side) -> FieldChange:
    if not _widens(change.path, change.before, change.after, side):
        return change
    return replace(change, widens_risk=True)


_ALWAYS_SAFER_ON: frozenset[Path] = frozenset(
    {("stop_loss", "enabled"), ("take_profit", "enabled"), ("stop_loss", "breakeven")}
)
_RISKIER_WHEN_MORE: frozenset[Path] = frozenset(
    {
        ("position", "units", "value"),
        ("leverage", "value"),
        ("stop_loss", "timeout", "value"),
        STOP_PERCENT,
        STOP_TRAILING,
    }
)


def _widens(path: Path, before: Scalar, after: Scalar, side: Side) -> bool:
    if path in _ALWAYS_SAFER_ON:
        return before is True and after is not True
    if path == ("leverage", "enabled"):
        return after is True
    if path == ("stop_loss", "order_type"):
        return after == "limit"
    if path == ("stop_loss", "conditional", "trailing", "enabled"):
        return after is False
    earlier, later = _amount(before), _amount(after)
    if path in _RISKIER_WHEN_MORE:
        return later is not None and (earlier is None or later > earlier)
    if path in {STOP_TRIGGER, STOP_LIMIT}:
        if earlier is None or later is None:
            return False
        return (later - earlier) * side.sign < 0
    return False


def _amount(value: Scalar) -> Decimal | None:
    return Decimal(value) if isinstance(value, Decimal | int) else None
