"""Where an exchange takes a leveraged position away: an estimate, for isolated margin alone.

A position of Q at the entry E with leverage L rests on the margin ``Q·E/L``. It is taken away where
what is left of that is no more than the maintenance margin, which is asked for at the price of that
moment: with the maintenance rate m and the fee f of closing, both fractions of the notional,

    long    Q·E/L + Q·(P − E) = Q·P·(m + f)    →    P = E·(1 − 1/L) / (1 − (m + f))
    short   Q·E/L + Q·(E − P) = Q·P·(m + f)    →    P = E·(1 + 1/L) / (1 + (m + f))

Prices quote per base. Inverse contracts are the same in the reciprocal of the price, with the sides
exchanged (``trade.contract``). Of cross margin nothing is estimated: the whole account stands for
the position.

The rate is the exchange's and differs by pair and by size. It comes, in this order, from what
``[risk.maintenance]`` says, from the position's own liquidation price, from the exchange's leverage
data; else it is assumed, and ``Maintenance.source`` says so. Assumed is 2.5 %, or half of the
initial margin where that is less: an exchange that grants the leverage L asks for 1/L at the start
and, as a rule, for half of that later. (0.5 %, which is often taken, is too little for nine in ten
symbols: it shows a liquidation farther away than it is.)

To follow a trade through prices, as a simulation does (``workflow.reconciliation`` has
``maintenance_of`` and ``costs_of``, which ask the settings)::

    rate = MaintenanceRates.of_settings(settings).of(trade)
    found = liquidation_of(trade, entry=average, fee=fee, maintenance=rate, contract=contract)
    if found.price is not None and reaches(trade.side, low if long else high, found.price):
        loss = margin_of(trade, units=units, entry=average, contract=contract)

``found.price`` is ``None`` where nothing is liquidated (no leverage, a long of 1× or less) and
where nobody can say: then ``found.unknown`` has the reason. What a liquidated position loses is
its margin.
"""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from typing import Literal

from msgspec import Struct, field

from smartplan.settings import Settings
from smartplan.trade.contract import BASE_UNITS, UNKNOWN_SIZE, Contract
from smartplan.trade.model import LiveTrade, Side, Trade
from smartplan.trade.rounding import exact
from smartplan.trade.wire import decimal_or_none, table

MaintenanceSource = Literal["settings", "position", "exchange", "max_leverage", "assumed"]
MOST_ASSUMED = Decimal("0.025")
"""The maintenance rate where nothing says one, unless the leverage allows for less."""
CROSS = "cross margin: it depends on the whole account"
NO_VALUE = "the leverage has no value"


class Maintenance(Struct, frozen=True):
    """A maintenance margin rate, as a fraction of the notional, and who says so.

    ``max_leverage``: it is half of the initial margin at the highest leverage of the pair.
    """

    rate: Decimal
    source: MaintenanceSource = "settings"

    @property
    def stated(self) -> bool:
        """Whether somebody states it; else it is inferred or assumed."""
        return self.source in {"settings", "position", "exchange"}


class Liquidation(Struct, frozen=True):
    """A liquidation price, with the rate it rests on; ``unknown`` says why there is none."""

    price: Decimal | None
    maintenance: Maintenance | None = None
    unknown: str = ""


class MaintenanceRates(Struct, frozen=True):
    """What is said of maintenance rates: by alias, pair or ``alias/PAIR``, ``""`` for all."""

    stated: Mapping[str, Decimal] = field(default_factory=dict)
    aliases: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of_settings(cls, settings: Settings) -> "MaintenanceRates":
        """What ``[risk.maintenance]`` says, for the accounts of the environment."""
        aliases: dict[int, str] = {}
        for alias, number in settings.accounts.items():
            aliases.setdefault(number, alias)
        return cls(settings.risk.maintenance, aliases)

    @exact
    def of(
        self,
        trade: Trade,
        *,
        shown: Decimal | None = None,
        listed: Decimal | None = None,
        most: Decimal | None = None,
    ) -> Maintenance:
        """The rate of a trade.

        ``shown`` is what its position's own liquidation price comes to (``rate_shown``), ``listed``
        the rate in the exchange's leverage data, ``most`` the highest leverage there.
        """
        alias = self.aliases.get(trade.account_id, "")
        names = (f"{alias}/{trade.pair}", trade.pair, alias, "")
        said = next((self.stated[name] for name in names if name in self.stated), None)
        if said is not None:
            return Maintenance(said)
        if shown is not None:
            return Maintenance(shown, "position")
        if listed is not None:
            return Maintenance(listed, "exchange")
        if most is not None and most > 0:
            return Maintenance(1 / (2 * most), "max_leverage")
        leverage = trade.leverage.value if trade.leverage is not None else None
        return assumed(leverage)


NOTHING_STATED = MaintenanceRates()
"""No settings."""


@exact
def assumed(leverage: Decimal | None) -> Maintenance:
    """The rate that is taken where nothing says one."""
    half = 1 / (2 * leverage) if leverage is not None and leverage > 0 else MOST_ASSUMED
    return Maintenance(min(half, MOST_ASSUMED), "assumed")


@exact
def liquidation_estimate(
    side: Side, *, entry: Decimal, leverage: Decimal, fee: Decimal, maintenance: Decimal
) -> Decimal:
    """The formula for a linear contract; inexact digits go towards the entry.

    ``fee`` and ``maintenance`` are fractions. Of a long of 1× and less it is 0 or below.
    """
    if leverage <= 0:
        raise ValueError("leverage must be above 0")
    sign = side.sign
    with localcontext() as context:
        context.rounding = ROUND_CEILING if side is Side.LONG else ROUND_FLOOR
        return (entry - sign * entry / leverage) / (1 - sign * (maintenance + fee))


@exact
def liquidation_of(
    trade: Trade,
    *,
    entry: Decimal,
    fee: Decimal,
    maintenance: Maintenance,
    contract: Contract = BASE_UNITS,
) -> Liquidation:
    """Where a trade that was entered at ``entry`` is liquidated; ``fee`` is that of closing.

    Without leverage there is no price, and no reason.
    """
    leverage, why = trade.leverage, unknown_because(trade, contract)
    if leverage is None or leverage.value is None or why:
        return Liquidation(None, unknown=why)
    found = liquidation_estimate(
        contract.side(trade.side),
        entry=contract.price(entry),
        leverage=leverage.value,
        fee=fee,
        maintenance=maintenance.rate,
    )
    return Liquidation(contract.price(found) if found > 0 else None, maintenance)


def unknown_because(trade: Trade, contract: Contract = BASE_UNITS) -> str:
    """Why nobody can say where a trade is liquidated; empty where somebody can."""
    leverage = trade.leverage
    if leverage is None:
        return ""
    if leverage.type == "cross":
        return CROSS
    if leverage.value is None or leverage.value <= 0:
        return NO_VALUE
    return "" if contract.known else UNKNOWN_SIZE


@exact
def margin_of(
    trade: Trade, *, units: Decimal, entry: Decimal, contract: Contract = BASE_UNITS
) -> Decimal | None:
    """What a position of ``units`` rests on, in quote currency (of inverse contracts in the coin).

    ``None`` without leverage, without its value, and of contracts of unknown size.
    """
    leverage = trade.leverage
    if leverage is None or not leverage.value or not contract.known:
        return None
    return contract.value(units, entry) / leverage.value


def reaches(side: Side, price: Decimal, liquidation: Decimal) -> bool:
    """Whether a price is at the liquidation, or beyond it."""
    return price <= liquidation if side is Side.LONG else price >= liquidation


def liquidation_shown(live: LiveTrade) -> Decimal | None:
    """``data.liquidation_price`` of an entity; ``None`` where it has none above 0."""
    price = decimal_or_none((table(live.raw.get("data")) or {}).get("liquidation_price"))
    return price if price is not None and price > 0 else None


@exact
def rate_shown(
    live: LiveTrade, *, entry: Decimal | None, fee: Decimal, contract: Contract = BASE_UNITS
) -> Decimal | None:
    """The maintenance rate that an entity's own liquidation price comes to.

    ``None`` where it has none, for cross margin, and where it follows another formula: below 0, or
    more than the initial margin.
    """
    price, leverage = liquidation_shown(live), live.trade.leverage
    isolated = leverage is not None and leverage.type == "isolated"
    if price is None or not entry or not isolated or leverage is None or not leverage.value:
        return None
    sign = contract.side(live.trade.side).sign
    start, end = contract.price(entry), contract.price(price)
    rate = sign * (1 - start * (1 - sign / leverage.value) / end) - fee
    return rate if 0 <= rate < 1 / leverage.value else None
