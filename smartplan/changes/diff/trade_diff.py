"""Desired and live, field by field; pure.

The marker's digests tell a change of the plan from a change made on the exchange.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace
from msgspec.structs import replace as replace_in

from smartplan.changes.diff.attribution import Cause, GroupDiff, judge
from smartplan.changes.diff.comparable_fields import differences, sides_of
from smartplan.changes.diff.field_change import FieldChange, with_risk
from smartplan.diagnostics import Path
from smartplan.trade.fields import (
    AppliedFields,
    Digests,
    Group,
    digest_of,
    digests,
    immutable_fields,
)
from smartplan.trade.model import LiveTrade, Side, Trade


class TradeDiff(Struct, frozen=True):
    """All differences between a plan's trade and its live trade.

    ``kept`` are fields the service moved itself: a PATCH sends them back as they are.
    ``digests`` are what the marker should say once every plan change is applied, ``applied`` what
    the journal should. ``own`` are the plan's fields, less the changes that come too ``late``: of
    a filled entry or target, which nothing can come of.
    ``tick`` is what prices that percents become are rounded to.
    """

    immutable: tuple[FieldChange, ...]
    groups: tuple[GroupDiff, ...]
    kept: frozenset[Path]
    digests: Digests
    own: AppliedFields = {}
    applied: AppliedFields = {}
    late: tuple[FieldChange, ...] = ()
    tick: Decimal | None = None

    def overwritten(self) -> "TradeDiff":
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
            digest_of(self.own[group.value]) if group in moved else marked
            for group, marked in zip(Group, self.digests, strict=True)
        ]
        return replace_in(
            self,
            groups=tuple(
                replace(group, cause=Cause.PLAN, changes=group.whole) for group in self.groups
            ),
            kept=frozenset(path for path in self.kept if path[:-1] not in shown),
            digests=(settled[0], settled[1], settled[2], settled[3]),
            applied=self.own,
        )

    def of(self, *causes: Cause) -> tuple[FieldChange, ...]:
        """The changes of these causes, in field order."""
        return tuple(c for group in self.groups if group.cause in causes for c in group.changes)

    def certain(self, changes: Iterable[FieldChange]) -> bool:
        """Whether it is known who made these changes."""
        told = {change.path for change in changes}
        return all(g.certain for g in self.groups if any(c.path in told for c in g.whole))


def diff(
    desired: Trade,
    live: LiveTrade,
    applied: Digests | None,
    journal: AppliedFields | None = None,
    tick: Decimal | None = None,
) -> TradeDiff:
    """Compare; ``applied`` are the marker's digests, None for a trade that is being adopted.

    Where the ``journal`` knows what the marker means, causes are told field by field.
    """
    own = digests(desired)
    before = applied if applied is not None else own
    if own == before and says_the_same(desired, live):
        return TradeDiff((), (), frozenset(), own, tick=tick)
    sides = sides_of(desired, live, tick)
    attributions = {
        group: judge(sides[group], marked, (journal or {}).get(group.value))
        for group, marked in zip(Group, before, strict=True)
    }
    found = {
        group: attribution.found for group, attribution in attributions.items() if attribution.found
    }
    _bind_stop(found)
    held = {group for group in found if found[group].cause is not Cause.PLAN}
    settled = [
        marked if group in held else attributions[group].settles
        for group, marked in zip(Group, before, strict=True)
    ]
    return TradeDiff(
        immutable=tuple(differences(immutable_fields(desired), immutable_fields(live.trade))),
        groups=tuple(_told_risk(found, desired.side)),
        kept=frozenset(path for view in sides.values() for path in view.moved),
        digests=(settled[0], settled[1], settled[2], settled[3]),
        own={group.value: attribution.own for group, attribution in attributions.items()},
        applied={
            group.value: attribution.was if group in held and attribution.was else attribution.own
            for group, attribution in attributions.items()
        },
        late=tuple(change for attribution in attributions.values() for change in attribution.late),
        tick=tick,
    )


def _told_risk(found: Mapping[Group, GroupDiff], side: Side) -> Iterator[GroupDiff]:
    """The groups, with the changes that widen risk flagged as such."""
    told = {c.path: c for c in with_risk((c for g in found.values() for c in g.whole), side)}
    for group in found.values():
        changes, whole = ((told[c.path] for c in part) for part in (group.changes, group.whole))
        yield replace(group, changes=tuple(changes), whole=tuple(whole))


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
