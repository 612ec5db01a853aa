"""One group of fields of both sides, and what of it can be compared; pure.

A field is compared only where both sides can mean the same: what the service replaces by averages,
moves itself, or does not echo is left out (API facts: entity, "what makes naive diffs lie").
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from smartplan.changes.diff.field_change import FieldChange
from smartplan.diagnostics import Path
from smartplan.trade.exits import stop_trigger, target_price
from smartplan.trade.fields import (
    STOP_LIMIT,
    STOP_PERCENT,
    STOP_TRAILING,
    STOP_TRIGGER,
    Fields,
    Group,
    group_fields,
    step_path,
)
from smartplan.trade.model import FROZEN_STEPS, LiveTrade, StopLoss, Trade
from smartplan.trade.position import average_entry
from smartplan.trade.rounding import PriceRole, round_price


def in_prices(desired: Trade, live: LiveTrade, tick: Decimal | None = None) -> Trade:
    """The desired trade as a PATCH of ``live`` has to say it, on the pair's ``tick``.

    The service takes percents only until a trailing entry has filled, and shows prices from then
    on.
    """
    entry, side, stop = average_entry(live), live.trade.side, desired.stop_loss
    if not live.entered or entry is None:
        return desired

    def rounded(price: Decimal | None, role: PriceRole) -> Decimal | None:
        if price is None or tick is None or tick <= 0:
            return price
        return round_price(price, tick, role=role, side=side)

    steps = (
        step
        if step.percent is None
        else replace(step, price=rounded(target_price(side, step, entry), "tp"), percent=None)
        for step in desired.take_profit
    )
    if stop is not None and stop.percent is not None:
        trigger = rounded(stop_trigger(side, stop, entry), "sl")
        stop = replace(stop, trigger=trigger, percent=None)
    return replace(desired, take_profit=tuple(steps), stop_loss=stop)


TARGETS_ON: Path = ("take_profit", "enabled")
"""What a plan and an exchange whose targets are all over may say differently."""


class GroupSides(Struct, frozen=True):
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

    @property
    def seen(self) -> Fields:
        """The live fields in the plan's own representation."""
        return _in_terms_of(self.wanted, self.actual)

    @property
    def changes(self) -> tuple[FieldChange, ...]:
        """What can be compared, and differs."""
        return tuple(differences(self.wanted, self.seen, self.over | self.moved))

    @property
    def in_full(self) -> tuple[FieldChange, ...]:
        """All that differs, in the prices that a PATCH would say."""
        return tuple(differences(self.in_prices, _in_terms_of(self.in_prices, self.actual)))


def sides_of(desired: Trade, live: LiveTrade, tick: Decimal | None) -> dict[Group, GroupSides]:
    """Both sides by group; ``tick`` is what prices that percents become are rounded to."""
    wanted, actual = group_fields(desired), group_fields(live.trade)
    priced = group_fields(in_prices(desired, live, tick))
    over, moved = frozenset(_over(desired, live)), frozenset(_moved(desired, live))
    return {
        group: GroupSides(
            group,
            wanted[group],
            priced[group],
            actual[group],
            over & {*wanted[group], *actual[group]},
            moved & {*wanted[group], *actual[group]},
        )
        for group in Group
    }


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
    if not desired.take_profit and len(ended) == len(live.trade.take_profit):
        yield TARGETS_ON


def _moved(desired: Trade, live: LiveTrade) -> Iterator[Path]:
    leverage = live.trade.leverage
    if leverage is not None and leverage.type is None:
        yield ("leverage", "type")
    if leverage is not None and leverage.value is None:
        yield ("leverage", "value")
    stop = live.trade.stop_loss
    if stop is not None and stop.trailing is not None and _percent_unsaid(desired, stop):
        yield STOP_TRAILING
    for index, step in enumerate(live.trade.take_profit):
        if step.trailing is not None and step.trailing.percent is None:
            yield (*step_path(index), "trailing", "percent")
        if live.entered and step.percent is None:
            # A percent target becomes a price once the trailing entry has filled.
            yield (*step_path(index), "price", "percent")
    if live.entered:
        yield from _moved_stop(desired, live)


def _percent_unsaid(desired: Trade, stop: StopLoss) -> bool:
    """Whether the exchange or the plan leaves the percent of a trailing stop out: both may."""
    wanted = desired.stop_loss.trailing if desired.stop_loss is not None else None
    shown = stop.trailing
    return (shown is not None and shown.percent is None) or (
        wanted is not None and wanted.percent is None
    )


def _moved_stop(desired: Trade, live: LiveTrade) -> Iterator[Path]:
    stop = live.trade.stop_loss
    if stop is None:
        return
    wanted = desired.stop_loss or stop
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


def differences(
    wanted: Fields, seen: Fields, masked: AbstractSet[Path] = frozenset()
) -> Iterator[FieldChange]:
    """From what is seen to what is wanted, in field order, but for what is masked."""
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
