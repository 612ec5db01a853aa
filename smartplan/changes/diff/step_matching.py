"""Which take profit step of a live trade is which step of the plan; pure.

By the ids that the journal knows of what was last applied, else by what the steps said then, else
by position. The service may list steps in another order, and leave out those that are over.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import cast

from msgspec.structs import replace

from smartplan.diagnostics import format_path
from smartplan.trade.fields import AppliedFields, Group, digest_of, digests, step_path
from smartplan.trade.model import (
    FROZEN_STEPS,
    LiveTrade,
    OrderType,
    PriceType,
    TakeProfitStep,
    Trade,
    Trailing,
)
from smartplan.trade.rounding import exact
from smartplan.trade.wire import decimal_or_none

STEP_IDS = "step_ids"
"""The journal's key for the ids of the steps as last applied: id by index, beside the groups."""

StepIds = Sequence[int | None]
"""The id of each step of a plan; None where it is new or not known."""


def aligned(
    live: LiveTrade, desired: Trade, applied: str, journal: AppliedFields | None
) -> LiveTrade:
    """The live trade with its steps where the plan has them.

    ``applied`` is the marker's digest of the take profit. A step that is listed no more is over
    where so much of the position is closed. Where nothing can be told, everything stays as listed.
    """
    steps: Iterable[TakeProfitStep] | None = None
    listed = live.trade.take_profit
    if ids := _journaled(applied, journal):
        steps = _by_id(live, ids, (journal or {}).get(Group.TAKE_PROFIT.value, {}))
    elif digests(desired)[1] == applied:
        steps = _by_content(desired.take_profit, listed)
    elif written := _written(applied, journal):
        steps = _by_content(written, listed)
    if steps is None:
        return live
    return replace(live, trade=replace(live.trade, take_profit=tuple(steps)))


def ids_of(trade: Trade, answer: LiveTrade, known: StepIds = ()) -> dict[str, str]:
    """The ids of a trade's steps by index, from the answer to what applied them.

    ``known`` are those of steps that went on. Empty where any of them cannot be told.
    """
    ids = [*known, *[None] * len(trade.take_profit)][: len(trade.take_profit)]
    new = [step for step, number in zip(trade.take_profit, ids, strict=True) if number is None]
    fresh = [step for step in answer.trade.take_profit if step.id not in set(ids)]
    if new:
        found = _by_content(new, fresh) if len(new) == len(fresh) else None
        given = iter(step.id for step in found or ())
        ids = [next(given, None) if number is None else number for number in ids]
    if None in ids:
        return {}
    return {str(index): str(number) for index, number in enumerate(ids)}


def _journaled(applied: str, journal: AppliedFields | None) -> list[int]:
    """The ids of the steps that the marker speaks of, in the order of the plan."""
    known = (journal or {}).get(STEP_IDS, {})
    if not known or digest_of((journal or {}).get(Group.TAKE_PROFIT.value, {})) != applied:
        return []
    ids: Mapping[int, int] = {int(index): int(number) for index, number in known.items()}
    return [ids[index] for index in sorted(ids)]


def _by_id(
    live: LiveTrade, ids: Sequence[int], written: Mapping[str, str]
) -> list[TakeProfitStep] | None:
    listed = {step.id: step for step in live.trade.take_profit}
    ended = [
        index
        for index, number in enumerate(ids)
        if number not in listed or listed[number].status == "finished"
    ]
    if not listed.keys() >= set(ids) and not _closed_by(ended, live, written):
        return None  # somebody took a step away: nothing has closed what it would have
    added = [step for step in live.trade.take_profit if step.id not in set(ids)]
    steps = enumerate(ids)
    return [*(listed.get(n) or _over(n, _volume(i, written)) for i, n in steps), *added]


@exact
def _closed_by(steps: Iterable[int], live: LiveTrade, written: Mapping[str, str]) -> bool:
    """Whether so much is closed as these steps order; lots are floored: a little less will do."""
    ordered = sum((_volume(index, written) for index in steps), Decimal(0))
    return live.closed_amount > 0 and live.closed_amount * 110 >= ordered * live.entered_amount


def _written(applied: str, journal: AppliedFields | None) -> list[TakeProfitStep]:
    """The steps that the marker speaks of, as the journal has them."""
    texts = (journal or {}).get(Group.TAKE_PROFIT.value, {})
    found: list[TakeProfitStep] = []
    while digest_of(texts) == applied:
        at = f"{format_path(step_path(len(found)))}."
        step = {key.removeprefix(at): text for key, text in texts.items() if key.startswith(at)}
        if not step:
            break
        found.append(_read(step))
    return found


def _read(texts: Mapping[str, str]) -> TakeProfitStep:
    trails = texts.get("trailing.enabled") == "true"
    return TakeProfitStep(
        order_type=cast("OrderType", texts.get("order_type")),
        price_type=cast("PriceType", texts.get("price.type")),
        volume=decimal_or_none(texts.get("volume")) or Decimal(0),
        price=decimal_or_none(texts.get("price.value")),
        percent=decimal_or_none(texts.get("price.percent")),
        trailing=Trailing(decimal_or_none(texts.get("trailing.percent"))) if trails else None,
    )


def _volume(index: int, written: Mapping[str, str]) -> Decimal:
    text = written.get(format_path((*step_path(index), "volume")))
    return decimal_or_none(text) or Decimal(0)


def _over(number: int, volume: Decimal) -> TakeProfitStep:
    """In the place of a step that is listed no more; its status and volume are looked at."""
    return TakeProfitStep(
        order_type="market", price_type="bid", volume=volume, id=number, status="finished"
    )


def _by_content(
    wanted: Sequence[TakeProfitStep], listed: Sequence[TakeProfitStep]
) -> list[TakeProfitStep] | None:
    """Each step beside one that says the same, open ones first; the others in their order."""
    left = list(listed)
    found: list[TakeProfitStep | None] = []
    for index, step in enumerate(wanted):
        here = listed[index] if index < len(listed) else None
        alike = [other for other in left if _says_the_same(step, other)]
        alike.sort(key=lambda other: (other.status in FROZEN_STEPS, other is not here))
        found.append(alike[0] if alike else None)
        if alike:
            left.remove(alike[0])
    if found.count(None) > len(left):
        return None
    rest = iter(left)
    ordered = [step if step is not None else next(rest) for step in found]
    return [*ordered, *rest]


def _says_the_same(wanted: TakeProfitStep, live: TakeProfitStep) -> bool:
    mine, its = wanted.trailing, live.trailing
    percents = (None, mine.percent if mine is not None else None)
    priced = live.percent == wanted.percent if wanted.price is None else live.price == wanted.price
    return (
        priced
        and (wanted.order_type, wanted.price_type) == (live.order_type, live.price_type)
        and wanted.volume == live.volume
        and (mine is None) == (its is None)
        and (its is None or its.percent in percents)
    )
