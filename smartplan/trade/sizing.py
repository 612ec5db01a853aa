"""How much to trade and where: size from risk, splits of volumes and units, price ladders."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from smartplan.document.scalars import number_text
from smartplan.trade.contract import BASE_UNITS, Contract
from smartplan.trade.model import Side
from smartplan.trade.profit import HUNDRED, Fees, loss_per_unit
from smartplan.trade.rounding import exact, floor_to_step

LadderKind = Literal["linear", "geometric"]

HUNDREDTH = Decimal("0.01")


@exact
def size_from_risk(
    side: Side,
    *,
    equity: Decimal,
    percent: Decimal,
    entry: Decimal,
    stop: Decimal,
    lot: Decimal,
    fees: Fees,
    contract: Contract = BASE_UNITS,
    most: Decimal | None = None,
) -> Decimal:
    """The most units, in whole lots, that lose no more than ``percent`` of equity at the stop.

    Nor are they worth more than ``most``. Money is in quote currency, of inverse contracts in the
    coin; prices are those that are paid, slippage included. Raises ``ValueError`` where the
    stop loses nothing, or the size of a contract is unknown: no size follows from the risk.
    """
    loss = contract.amount(Decimal(1)) * loss_per_unit(
        contract.side(side),
        entry=contract.price(entry),
        stop=contract.price(stop),
        fees=contract.fees(fees),
    )
    if loss <= 0:
        raise ValueError(
            f"a {side} from {number_text(entry)} loses nothing at the stop {number_text(stop)}"
        )
    if lot <= 0:
        raise ValueError(f"a lot must be above 0, not {number_text(lot)}")
    lots = equity * percent / HUNDRED // (loss * lot)
    if most is not None:
        lots = min(lots, most // contract.value(lot, entry))
    return lots * lot


@exact
def split_volumes(weights: Sequence[Decimal], granularity: Decimal = HUNDREDTH) -> list[Decimal]:
    """Percents in proportion to the weights that add up to exactly 100.

    Largest remainder: what rounding down to the granularity leaves goes to the largest remainders,
    the lower index first.
    """
    if not weights or any(weight <= 0 for weight in weights):
        raise ValueError("volumes need at least one weight, each above 0")
    if granularity <= 0 or HUNDRED % granularity:
        raise ValueError(f"the granularity {number_text(granularity)} does not divide 100")
    total = sum(weights, Decimal(0))
    parts = HUNDRED / granularity
    shares = [divmod(weight * parts, total) for weight in weights]
    missing = int(parts - sum((whole for whole, _ in shares), Decimal(0)))
    by_remainder = sorted(range(len(shares)), key=lambda index: -shares[index][1])
    raised = set(by_remainder[:missing])
    return [(whole + (index in raised)) * granularity for index, (whole, _) in enumerate(shares)]


@exact
def split_units(units: Decimal, volumes: Sequence[Decimal], lot: Decimal) -> list[Decimal]:
    """Units per step in whole lots; what rounding down leaves goes to the first step.

    That is what the service did in its own example (14.91 at 50/25/25 became 8/3/3).
    """
    if not volumes:
        return []
    steps = [floor_to_step(units * volume / HUNDRED, lot) for volume in volumes]
    whole = floor_to_step(units * sum(volumes, Decimal(0)) / HUNDRED, lot)
    steps[0] += whole - sum(steps, Decimal(0))
    return steps


@exact
def ladder(first: Decimal, last: Decimal, count: int, kind: LadderKind = "linear") -> list[Decimal]:
    """``count`` prices from ``first`` to ``last``, at equal distances or (geometric) ratios."""
    if count < 1:
        raise ValueError("a ladder needs at least one price")
    if first <= 0 or last <= 0:
        raise ValueError("the prices of a ladder must be above 0")
    if count == 1:
        return [first]
    between = range(1, count - 1)
    if kind == "linear":
        rungs = [first + (last - first) * index / (count - 1) for index in between]
    else:
        ratio = (last / first) ** (Decimal(1) / (count - 1))  # one root: it takes its time
        rungs = [first * ratio**index for index in between]
    return [first, *rungs, last]


@exact
def r_ladder(entry: Decimal, stop: Decimal, multiples: Sequence[Decimal]) -> list[Decimal]:
    """Prices at multiples of the risk, away from the stop: a stop below the entry means a long."""
    if entry == stop:
        raise ValueError("entry and stop are the same: there is no risk to multiply")
    return [entry + multiple * (entry - stop) for multiple in multiples]
