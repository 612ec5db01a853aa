"""Who made a group differ, and what the plan changes too late; pure.

The marker's digest tells a change of the plan from a change made on the exchange. What was applied
last is known from the journal, or from the live fields where they are the ones of the digest.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct

from smartplan.changes.diff.comparable_fields import TARGETS_ON, GroupSides
from smartplan.changes.diff.field_change import FieldChange
from smartplan.diagnostics import Path, format_path
from smartplan.trade.fields import (
    STOP_TRAILING,
    Fields,
    Group,
    digest_of,
    value_text,
)

Texts = Mapping[str, str]
"""The fields of a group as the journal keeps them."""


class Cause(StrEnum):
    """Who made a group differ."""

    PLAN = "plan change"
    DRIFT = "drift"
    CONFLICT = "conflict"


class GroupDiff(Struct, frozen=True):
    """The differences of one group, and who made them.

    ``whole`` are all of the group, whoever made them: what a PATCH of the group would change.
    ``certain``: it is known what was applied last, and so who made them.
    """

    group: Group
    cause: Cause
    changes: tuple[FieldChange, ...]
    whole: tuple[FieldChange, ...]
    certain: bool = True


class Attribution(Struct, frozen=True):
    """``late`` are changes of the plan to what is over. ``own`` are its fields without them.

    ``settles`` is the group's digest once the plan is applied; ``was`` what was applied last, where
    that is known.
    """

    found: GroupDiff | None
    own: Texts
    settles: str
    was: Texts | None = None
    late: tuple[FieldChange, ...] = ()


def judge(view: GroupSides, applied: str, journal: Texts | None) -> Attribution:
    """Compare a group; ``applied`` is its digest in the marker.

    The ``journal`` counts only where it holds the fields of that digest.
    """
    own = _texts(view.wanted)
    mine = digest_of(own)
    if view.group is Group.HIDDEN and not (view.wanted and view.actual):
        return Attribution(_unseen(view, mine, applied), own, mine)
    if mine == applied:
        return Attribution(_found(view.group, Cause.DRIFT, view.changes), own, mine, own)
    known = journal is not None and digest_of(journal) == applied
    was = journal if known else _reconstructed(view, applied)
    if was is None:
        return _in_doubt(view, own, applied)
    heads = _over_heads(view)
    kept = {address: text for address, text in was.items() if _within(address, heads)}
    own = {a: text for a, text in own.items() if not _within(a, heads)} | kept
    found, late = _by_field(view, was), tuple(_late(view, was, heads))
    return Attribution(found, own, digest_of(own), was, late)


def _found(group: Group, cause: Cause, changes: tuple[FieldChange, ...]) -> GroupDiff | None:
    return GroupDiff(group, cause, changes, changes) if changes else None


def _texts(fields: Fields) -> dict[str, str]:
    return {format_path(path): value_text(value) for path, value in fields.items()}


def _unseen(view: GroupSides, own: str, applied: str) -> GroupDiff | None:
    """The service echoes no trailing percent of a stop loss: only the marker knows it.

    A trailing that is switched off shows in the group of the stop loss.
    """
    if own == applied or not view.wanted:
        return None
    unknown = STOP_TRAILING in view.moved
    change = FieldChange(STOP_TRAILING, None, view.wanted[STOP_TRAILING], before_unknown=unknown)
    return _found(Group.HIDDEN, Cause.PLAN, (change,))


def _reconstructed(view: GroupSides, applied: str) -> Texts | None:
    """What was applied, if the exchange has changed nothing since: the digest tells.

    What is over stands in the plan as it was applied, or on the exchange as it was.
    """
    seen = view.seen
    shown = {path: value for path, value in seen.items() if path not in view.over}
    shown |= {path: view.wanted[path] for path in view.moved if path in view.wanted}
    for source in (view.wanted, seen):
        texts = _texts(shown | {path: source[path] for path in view.over if path in source})
        if digest_of(texts) == applied:
            return texts
    return None


def _in_doubt(view: GroupSides, own: Texts, applied: str) -> Attribution:
    """Nobody knows what was applied: everything that differs may be of the exchange."""
    in_full, heads = view.in_full, _over_heads(view)
    whole = view.changes or tuple(c for c in in_full if c.path not in view.over)
    late = tuple(c for c in in_full if _within(format_path(c.path), heads))
    if not whole:
        return Attribution(None, own, applied if late else digest_of(own), late=late)
    if view.group is Group.ENTRY:
        late = ()  # after the fill these are averages: they do not say what the plan has changed
    certain = not view.over | view.moved
    found = GroupDiff(view.group, Cause.CONFLICT, whole, whole, certain)
    return Attribution(found, own, digest_of(own), late=late)


def _by_field(view: GroupSides, was: Texts) -> GroupDiff | None:
    """The cause field by field; what the service moves is looked at where the plan changed it."""
    by_cause: dict[Cause, list[FieldChange]] = {cause: [] for cause in Cause}
    whole: list[FieldChange] = []
    for change in view.changes:
        text = was.get(format_path(change.path), value_text(None))
        planned, moved = value_text(change.after) != text, value_text(change.before) != text
        lost = tuple(_lost(view, was, change)) if planned else ()
        conflict = planned and (moved or lost)
        cause = Cause.CONFLICT if conflict else Cause.PLAN if planned else Cause.DRIFT
        by_cause[cause] += (change, *lost)
        whole += (change, *lost)
    touched = tuple(_touched(view, was, {change.path for change in whole}))
    by_cause[Cause.CONFLICT] += touched
    for cause in (Cause.CONFLICT, Cause.DRIFT, Cause.PLAN):
        if found := tuple(by_cause[cause]):
            certain = all(change.before is not None for change in touched)
            return GroupDiff(view.group, cause, found, (*whole, *touched), certain)
    return None


def _lost(view: GroupSides, was: Texts, change: FieldChange) -> Iterator[FieldChange]:
    """What the exchange has changed inside that which the plan switches off."""
    if change.path[-1] != "enabled" or change.after is not False:
        return
    inside = len(change.path) - 1
    for path, value in view.actual.items():
        if path[:inside] != change.path[:inside] or path in {change.path, *view.over, *view.moved}:
            continue
        # A percent that the service has turned into a price was not changed by anybody.
        converted = path[-1] == "value" and format_path((*path[:-1], "percent")) in was
        if was.get(format_path(path), value_text(None)) != value_text(value) and not converted:
            yield FieldChange(path, value, None)


def _touched(view: GroupSides, was: Texts, told: Iterable[Path]) -> Iterator[FieldChange]:
    """The plan has changed just what the service moved itself: never lost in silence."""
    parents = {path[:-1] for path in view.moved if _asks_anew(view, path, was)}
    left_out = {*told, *view.over}
    for change in view.in_full if parents else ():
        if change.path[:-1] in parents and change.path not in left_out:
            yield change


def _asks_anew(view: GroupSides, path: Path, was: Texts) -> bool:
    return value_text(view.wanted.get(path)) != was.get(format_path(path), value_text(None))


def _over_heads(view: GroupSides) -> frozenset[str]:
    """The addresses under which all is over, of what the plan still has: a target, the entry."""
    heads = {
        path[:1] if path[0] == "position" else path[:3] for path in view.over if path in view.wanted
    }
    return frozenset(format_path(head) for head in heads - {TARGETS_ON})


def _within(address: str, heads: Iterable[str]) -> bool:
    return any(address == head or address.startswith(f"{head}.") for head in heads)


def _late(view: GroupSides, was: Texts, heads: Iterable[str]) -> Iterator[FieldChange]:
    """From what was applied to what the plan says now."""
    for path in (*view.wanted, *(path for path in view.actual if path not in view.wanted)):
        address = format_path(path)
        before, after = was.get(address, value_text(None)), value_text(view.wanted.get(path))
        if before != after and _within(address, heads):
            yield FieldChange(path, before, after)
