"""What a trade costs, wins and loses: prices quote per base, units in base, money in quote.

Fees are fractions (0.001 is 0.1 %). Two models: ``base`` takes the entry fee of a long out of what
is bought (spot: what the live entity shows), ``quote`` adds it to what is paid (linear futures).
"""

from collections.abc import Callable, Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from msgspec import Struct
from msgspec.structs import replace

from smartplan.document.scalars import number_text
from smartplan.settings import FeeModel
from smartplan.trade.model import Side
from smartplan.trade.rounding import exact, rounding

HUNDRED = Decimal(100)
CENT = Decimal("0.01")
_UPWARDS, _DOWNWARDS = rounding(ROUND_CEILING), rounding(ROUND_FLOOR)


class Fees(Struct, frozen=True):
    """The fee fractions paid at entry and exit, and how the entry fee is taken."""

    entry: Decimal
    exit: Decimal
    model: FeeModel = "base"

    def __post_init__(self) -> None:
        for fee in (self.entry, self.exit):
            if not 0 <= fee < 1:
                raise ValueError(f"a fee is a fraction from 0 to below 1, not {number_text(fee)}")

    @classmethod
    def each_way(cls, fee: Decimal, model: FeeModel = "base") -> "Fees":
        """The same fee at entry and exit."""
        return cls(fee, fee, model)

    def without_entry(self) -> "Fees":
        """For a position that is already held: only the exit costs."""
        return replace(self, entry=Decimal(0))


class Holding(Struct, frozen=True):
    """What P/L follows from: U units in hand (a short: owed) and C paid (a short: received).

    ``amount`` is U, ``cost`` is C, ``worth`` what was ordered at its price. Of an order of Q at E
    with the entry fee f, a fraction, U and C are

        long, base    U = Q·(1 − f)    C = Q·E           (spot: taken out of what is bought)
        long, quote   U = Q            C = Q·E·(1 + f)   (linear futures: paid beside it)
        short         U = Q            C = Q·E·(1 − f)

    and closing at P with the exit fee g wins ``U·P·(1 − g) − C``, a short ``C − U·P·(1 + g)``.
    Holdings of one trade add up. Whoever computes with them does it under ``rounding.exact``.
    """

    amount: Decimal
    cost: Decimal
    worth: Decimal

    @classmethod
    def ordered(
        cls, side: Side, units: Decimal, price: Decimal, fee: Decimal, model: FeeModel
    ) -> "Holding":
        """An order that fills whole at ``price``."""
        worth = units * price
        if side is Side.LONG and model == "base":
            return cls(units * (1 - fee), worth, worth)
        return cls(units, worth * (1 + side.sign * fee), worth)

    @classmethod
    def owned(cls, units: Decimal, price: Decimal) -> "Holding":
        """What is in hand already, and has cost ``price`` a unit with all commissions."""
        worth = units * price
        return cls(units, worth, worth)

    def plus(self, other: "Holding") -> "Holding":
        """Both together."""
        return Holding(self.amount + other.amount, self.cost + other.cost, self.worth + other.worth)

    def profit(self, side: Side, close: Decimal, fee: Decimal) -> Decimal:
        """P/L of closing all of it at ``close``; ``fee`` is the fraction paid for that."""
        sign = side.sign
        return sign * (self.amount * close * (1 - sign * fee) - self.cost)

    def break_even(self, side: Side, fee: Decimal) -> Decimal:
        """Where closing neither wins nor loses, inexact digits towards the gain."""
        towards_gain = _UPWARDS if side is Side.LONG else _DOWNWARDS
        return towards_gain.divide(self.cost, self.amount * (1 - side.sign * fee))


class HeldPart(Struct, frozen=True, kw_only=True):
    """What of a live trade is held.

    ``units`` are entered − closed, of ``entered``. ``cost`` is the price of a unit with its
    commission, to the last digit; ``None``: the entity does not say. ``waiting`` are the units of
    the entry that are not filled yet, ``commission`` the live fee as a fraction, ``realised`` the
    P/L of what is closed, ``None`` where nothing is or it is unknown.
    """

    units: Decimal
    cost: Decimal | None
    entered: Decimal | None = None
    waiting: Decimal = Decimal(0)
    commission: Decimal | None = None
    realised: Decimal | None = None


class ShownProfit(Struct, frozen=True):
    """P/L as the service shows it: in quote currency, and in percent with two decimals.

    Of inverse contracts it is in the coin. ``percent`` is ``None`` where the service names none.
    """

    volume: Decimal
    percent: Decimal | None


@exact
# A26
def profit(side: Side, *, entry: Decimal, close: Decimal, units: Decimal, fees: Fees) -> Decimal:
    """P/L after fees of ``units`` ordered at ``entry`` and closed at ``close``."""
    return units * _profit_per_unit(side, entry, fees)(close)


@exact
def loss_per_unit(side: Side, *, entry: Decimal, stop: Decimal, fees: Fees) -> Decimal:
    """What one ordered unit loses after fees when it is closed at the stop; negative is a gain."""
    return -_profit_per_unit(side, entry, fees)(stop)


@exact
def break_even(side: Side, *, entry: Decimal, fees: Fees) -> Decimal:
    """The price at which closing neither wins nor loses, inexact digits towards the gain."""
    unit = Holding.ordered(side, Decimal(1), entry, fees.entry, fees.model)
    return unit.break_even(side, fees.exit)


@exact
def mean_target(targets: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """The mean of ``(price, volume)`` targets, weighted by volume (any unit)."""
    total = weighted = Decimal(0)
    for price, volume in targets:
        total += volume
        weighted += price * volume
    if total <= 0:
        raise ValueError("targets need a volume above 0")
    return weighted / total


@exact
def reward_risk_gross(
    side: Side, *, entry: Decimal, stop: Decimal, target: Decimal
) -> Decimal | None:
    """Reward per unit of risk before fees; ``None`` where the stop loses nothing."""
    return r_multiple(side.sign * (target - entry), side.sign * (entry - stop))


@exact
def reward_risk_net(
    side: Side, *, entry: Decimal, stop: Decimal, target: Decimal, fees: Fees
) -> Decimal | None:
    """Reward per unit of risk after fees; ``None`` where the stop loses nothing."""
    profit_at = _profit_per_unit(side, entry, fees)
    return r_multiple(profit_at(target), -profit_at(stop))


@exact
def shown_profit(
    side: Side,
    *,
    entered_amount: Decimal,
    entered_total: Decimal,
    price: Decimal,
    commission: Decimal,
    closed_amount: Decimal = Decimal(0),
    closed_total: Decimal = Decimal(0),
) -> ShownProfit:
    """P/L of a live trade as the service computes it; ``price`` is the bid (short: the ask).

    What is closed already counts with what it brought (inferred: the recorded answers are whole).
    """
    sign, open_amount = side.sign, entered_amount - closed_amount
    value = open_amount * price * (1 - sign * commission) + closed_total
    volume = sign * (value - entered_total)
    percent = volume / entered_total * HUNDRED if entered_total else Decimal(0)
    return ShownProfit(volume, percent.quantize(CENT))


@exact
def cost_of(units: Decimal, *, entered_amount: Decimal, entered_total: Decimal) -> Decimal:
    """What a part of a position has cost (a short: brought), at the average of the whole."""
    return entered_total * units / entered_amount if entered_amount else Decimal(0)


@exact
def realised_profit(
    side: Side,
    *,
    entered_amount: Decimal,
    entered_total: Decimal,
    closed_amount: Decimal,
    closed_total: Decimal,
) -> Decimal:
    """P/L of the part that is closed."""
    cost = cost_of(closed_amount, entered_amount=entered_amount, entered_total=entered_total)
    return side.sign * (closed_total - cost)


@exact
def percent_gained(side: Side, entry: Decimal, price: Decimal) -> Decimal:
    """How far a price is from the entry in favour of the position, in percent of the entry."""
    return side.sign * (price - entry) / entry * HUNDRED


@exact
def in_percent(part: Decimal, whole: Decimal | None) -> Decimal | None:
    """A part of a whole in percent; ``None`` where that is not known or nothing."""
    return part / whole * HUNDRED if whole else None


@exact
def r_multiple(profit: Decimal, risk: Decimal | None) -> Decimal | None:
    """P/L per unit of risk; ``None`` where the risk is unknown or nothing."""
    return profit / risk if risk is not None and risk > 0 else None


def _profit_per_unit(side: Side, entry: Decimal, fees: Fees) -> Callable[[Decimal], Decimal]:
    """P/L after fees of one ordered unit, as a function of the price it is closed at."""
    unit = Holding.ordered(side, Decimal(1), entry, fees.entry, fees.model)
    return lambda close: unit.profit(side, close, fees.exit)
