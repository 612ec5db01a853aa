"""What trading on an account costs, and what a price becomes by it.

Fees are fractions of what is traded (0.001 is 0.1 %): limit orders wait in the book and pay the
maker's, market orders and stops take out of it and pay the taker's. Slippage is in percent of the
price, against the order; funding in percent of the notional, each 8 hours of a perpetual, from
longs to shorts.
"""

import re
from datetime import timedelta
from decimal import Decimal

from msgspec import Struct

from smartplan.document.scalars import number_text
from smartplan.settings import FeeModel, RiskSettings, Settings
from smartplan.trade.contract import Contract
from smartplan.trade.exits import percent_away
from smartplan.trade.model import Side, Trade
from smartplan.trade.profit import HUNDRED

NOTHING = Decimal(0)
FUNDED_EACH = timedelta(hours=8)
"""The time that a funding rate is for."""
_DATED = re.compile(r".+[_-][0-9]{6}")
"""``ETH_ETHUSD_240628``: a future with a last day is no perpetual, and pays no funding."""


class Costs(Struct, frozen=True, kw_only=True):
    """The fees of an account and how they are taken, its slippage, its funding if that counts."""

    maker: Decimal
    taker: Decimal
    model: FeeModel = "base"
    slippage: Decimal = NOTHING
    funding: Decimal | None = None

    def __post_init__(self) -> None:
        for fee in (self.maker, self.taker):
            if not 0 <= fee < 1:
                raise ValueError(f"a fee is a fraction from 0 to below 1, not {number_text(fee)}")

    @classmethod
    def one(cls, fee: Decimal, model: FeeModel = "base") -> "Costs":
        """The same fee for every order, and nothing else."""
        return cls(maker=fee, taker=fee, model=model)

    @classmethod
    def of_account(cls, settings: Settings, account_id: int, model: FeeModel) -> "Costs":
        """What ``[risk]`` says of an account of the environment."""
        return cls.of_alias(settings.risk, settings.alias_of(account_id), model)

    @classmethod
    def of_alias(cls, risk: RiskSettings, alias: str | None, model: FeeModel) -> "Costs":
        """The same, of an account by its alias; ``None`` for one that has none."""
        fees = risk.fees_of(alias)
        return cls(
            maker=fees.maker,
            taker=fees.taker,
            model=model,
            slippage=risk.slippage_of(alias),
            funding=risk.funding_of(alias),
        )

    def fee(self, *, waits: bool) -> Decimal:
        """The fee of an order: the maker's where it ``waits`` at its limit."""
        return self.maker if waits else self.taker

    def bought(self, side: Side, price: Decimal) -> Decimal:
        """What a market order that opens a position at ``price`` pays."""
        return percent_away(price, side.sign * self.slippage) if self.slippage else price

    def left(self, side: Side, price: Decimal) -> Decimal:
        """What a market order that closes one at ``price`` is paid."""
        return percent_away(price, -side.sign * self.slippage) if self.slippage else price

    def funding_on(self, side: Side, notional: Decimal) -> Decimal | None:
        """What a perpetual pays each 8 hours, below 0 what it is paid; ``None``: not counted."""
        return None if self.funding is None else side.sign * notional * self.funding / HUNDRED


def enters_at_market(trade: Trade) -> bool:
    """Whether the order of the entry is a market order; what is held already has none."""
    position = trade.position
    if trade.skip_enter_step:
        return False
    conditional = position.conditional
    kind = conditional.order_type if conditional is not None else position.order_type
    return kind == "market"


def pays_funding(trade: Trade, contract: Contract) -> bool:
    """Whether it is a perpetual: leverage or contracts, without a last day in the pair."""
    futures = trade.leverage is not None or contract.whole_units
    return futures and _DATED.fullmatch(trade.pair) is None
