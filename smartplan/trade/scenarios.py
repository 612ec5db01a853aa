"""How a trade may end, step by step, and what each end comes to.

The mean of the targets hides that what happens after the first one changes the payoff: the stop
may move to break-even there, and then the trade can no longer lose what it could at first. So each
end is told: stopped before any target, after each of them, and all targets reached.

With the loss L at the first stop and the gain G of an end, it has to come about with the
probability ``L / (L + G)`` for the trade to break even, if every other time ends at the first stop.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from smartplan.trade.model import Side
from smartplan.trade.profit import HUNDRED, Holding, r_multiple
from smartplan.trade.rounding import exact

Then = Literal["stop", "break_even"]
_NOTHING, _WHOLE = Decimal(0), Decimal(1)


class Exit(Struct, frozen=True):
    """Where a part of a position is closed, as P/L is linear in it, and the fee fraction of it.

    ``share`` is the part of what is held, from 0 to 1; ``number`` that of the target, from 1.
    """

    price: Decimal
    fee: Decimal
    share: Decimal = _WHOLE
    number: int = 0


class Scenario(Struct, frozen=True, kw_only=True):
    """One end: the targets that were reached, and what closes the rest; ``None``: nothing is left.

    ``profit`` is P/L after costs (in the unit of the holding; a trade's are in money), ``r`` in
    units of the loss at the first stop, ``needed`` the percentage of trades that must end so for
    the rest to be paid. Both are ``None`` where the first stop loses nothing or is not known;
    ``needed`` too of an end that gains nothing.
    """

    reached: tuple[int, ...]
    then: Then | None
    profit: Decimal
    r: Decimal | None = None
    needed: Decimal | None = None


@exact
def scenarios(
    side: Side,
    holding: Holding,
    targets: Sequence[Exit],
    *,
    stop: Exit | None,
    moved: Exit | None = None,
    money: Decimal = _WHOLE,
) -> tuple[Scenario, ...]:
    """Every end, the worst first as a rule; ``moved`` is the stop once a target has filled.

    Without a ``stop`` that is known, the one where every target is reached. ``money`` is what one
    unit of P/L is worth.
    """
    loss = -holding.profit(side, stop.price, stop.fee) if stop is not None else None
    told = _ends(side, holding, targets, stop, moved)
    return tuple(_worth(reached, then, gain, loss, money) for reached, then, gain in told)


def _ends(
    side: Side,
    holding: Holding,
    targets: Sequence[Exit],
    stop: Exit | None,
    moved: Exit | None,
) -> Iterator[tuple[tuple[int, ...], Then | None, Decimal]]:
    left, banked = _WHOLE, _NOTHING
    reached: tuple[int, ...] = ()
    closing, then = stop, "stop"
    for place, target in enumerate(targets):
        if closing is not None:
            yield reached, _word(then), banked + left * _at(side, holding, closing)
        banked += target.share * _at(side, holding, target)
        left -= target.share
        reached = (*reached, target.number)
        if moved is not None and place == 0:
            closing, then = moved, "break_even"
    if not targets:
        if stop is not None:
            yield (), "stop", _at(side, holding, stop)
    elif left <= 0:
        yield reached, None, banked
    elif closing is not None:
        yield reached, _word(then), banked + left * _at(side, holding, closing)


def _word(then: str) -> Then:
    return "break_even" if then == "break_even" else "stop"


def _at(side: Side, holding: Holding, exit_: Exit) -> Decimal:
    return holding.profit(side, exit_.price, exit_.fee)


def _worth(
    reached: tuple[int, ...], then: Then | None, gain: Decimal, loss: Decimal | None, money: Decimal
) -> Scenario:
    needed = None
    if loss is not None and loss > 0 and gain > 0:
        needed = loss / (loss + gain) * HUNDRED
    return Scenario(
        reached=reached,
        then=then,
        profit=gain * money,
        r=r_multiple(gain, loss),
        needed=needed,
    )
