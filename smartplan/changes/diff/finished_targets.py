"""Targets that are over: what the plan says of them too late, and what is left for the others."""

from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal

from msgspec import Struct

from smartplan.changes.diff.field_change import FieldChange
from smartplan.diagnostics import Location, Path, format_path
from smartplan.document.scalars import number_text, percent_text
from smartplan.trade.fields import value_text
from smartplan.trade.model import FROZEN_STEPS, LiveTrade, TakeProfitStep, Trade
from smartplan.trade.rounding import exact

Locate = Callable[[Path], Location]

ENTRY_TOO_LATE = "the entry is filled: the plan's new entry comes too late"
_FILLED = frozenset({"finished", "panic_sold"})
_WORDS = {"finished": "filled", "panic_sold": "closed", "failed": "failed"}
_WHOLE = Decimal(100)


class Remainder(Struct, frozen=True):
    """What a plan gives to the targets that are open, and what is left for them, in percent.

    ``over`` are the targets that are over, by their index. ``shifted``: the plan seems to have left
    one out, so that its targets would be taken for others.
    """

    over: dict[int, TakeProfitStep]
    given: Decimal
    left: Decimal
    shifted: bool


@exact
def misfit(
    desired: Trade, live: LiveTrade, late: Sequence[FieldChange], *, certain: bool = True
) -> Remainder | None:
    """The remainder, where the plan's open targets would leave a part of it without one.

    Or sell more than there is, or be taken for others: a target that is over and says otherwise
    may be another one, unless it is ``certain`` what was applied. A plan without any target says
    so itself, and widens risk.
    """
    listed = live.trade.take_profit
    over = {i: step for i, step in enumerate(listed) if step.status in FROZEN_STEPS}
    if not over or not desired.take_profit:
        return None
    changed, still_open = _of_targets(late), [s for i, s in enumerate(listed) if i not in over]
    given = _sum(step for i, step in enumerate(desired.take_profit) if i not in over)
    left = _WHOLE - _sum(over.values())
    # After a step was cancelled the live volumes need not add up to 100 (35 + 35 was seen).
    unfilled = _WHOLE - _sum(step for step in over.values() if step.status in _FILLED)
    fits = given in {left, unfilled} or (given == _sum(still_open) and not changed)
    shifted = bool(changed) and (not certain or _shifted(desired.take_profit, listed, over))
    return None if fits and not shifted else Remainder(over, given, left, fits and shifted)


def _shifted(
    planned: Sequence[TakeProfitStep], listed: Sequence[TakeProfitStep], over: Collection[int]
) -> bool:
    """Whether a target stands where one that is over was, or that one where it stands."""

    def prices(steps: Sequence[TakeProfitStep], *, ended: bool) -> set[Decimal | None]:
        return {s.price for i, s in enumerate(steps) if (i in over) is ended} - {None}

    return (
        len(planned) != len(listed)
        or bool(prices(planned, ended=True) & prices(listed, ended=False))
        or bool(prices(planned, ended=False) & prices(listed, ended=True))
    )


def _sum(steps: Iterable[TakeProfitStep]) -> Decimal:
    return sum((step.volume for step in steps), Decimal(0))


@exact
def why_not(found: Remainder) -> str:
    """What is over, what the plan asks of the rest, and why it cannot be."""
    over = ", ".join(
        f"{_called(index, step)} ({percent_text(step.volume)})"
        for index, step in found.over.items()
    )
    if found.shifted:
        return f"{over}: the plan has another in its place, so its open targets cannot be told"
    given, left = number_text(found.given), number_text(found.left)
    reason = f"{over}: the plan gives the others {given} %, but {left} % are left"
    bare = found.left - found.given
    return f"{reason}, so {percent_text(bare)} would have no target" if bare > 0 else reason


def way_out(found: Remainder, late: Sequence[FieldChange], desired: Trade, locate: Locate) -> str:
    """What makes the plan whole again, and lint clean."""
    left = number_text(found.left)
    ways = [
        f"put target {index + 1} back into the plan with its {percent_text(step.volume)}"
        for index, step in found.over.items()
        if index >= len(desired.take_profit)
    ]
    for index, changes in _of_targets(late).items():
        place = _place(locate, changes[0].path)
        back = f"put target {index + 1} back as it was"
        if len(changes) == 1:
            back = f"put {value_text(changes[0].before)} back for target {index + 1}"
        ways.append(f"{back} ({place})")
    rest = f"share the {left} % that are left among the others" if found.left else "drop the others"
    return ", and ".join([", ".join(ways), rest] if ways else [rest])


def too_late(late: Sequence[FieldChange], live: LiveTrade, locate: Locate) -> str:
    """Changes of the plan that nothing can come of, in words; empty where there are none."""
    parts = [ENTRY_TOO_LATE] if any(change.path[0] == "position" for change in late) else []
    for index, changes in _of_targets(late).items():
        listed = ", ".join(
            f"{format_path(change.path[3:])} {value_text(change.before)} → "
            f"{value_text(change.after)}"
            for change in changes
        )
        one = len(changes) == 1
        back = value_text(changes[0].before) + " back" if one else "it back as it was"
        place = _place(locate, changes[0].path)
        target = _called(index, live.trade.take_profit[index])
        parts.append(
            f"{target}: {listed} {'comes' if one else 'come'} too late (put {back}: {place})"
        )
    return "; ".join(parts)


def _called(index: int, step: TakeProfitStep) -> str:
    return f"target {index + 1} is {_WORDS.get(step.status or '', 'cancelled')}"


def _of_targets(late: Sequence[FieldChange]) -> dict[int, list[FieldChange]]:
    """The changes of each target, by its index."""
    found: dict[int, list[FieldChange]] = {}
    for change in late:
        if change.path[0] == "take_profit":
            found.setdefault(int(str(change.path[2])), []).append(change)
    return found


def _place(locate: Locate, path: Path) -> str:
    where = locate(path)
    return f"{where.file}:{where.line}"
