"""What a trade is simulated by: the engine's rules, what its units stand for, what it costs."""

from decimal import Decimal
from functools import cached_property

from msgspec import Struct

from smartplan.sandbox.turn import MarketRules
from smartplan.trade.contract import BASE_UNITS, Contract
from smartplan.trade.costs import Costs
from smartplan.trade.liquidation import Maintenance


class Terms(Struct, frozen=True, dict=True):
    """How the exchange takes a trade: the engine's rules, and what its units stand for.

    ``maintenance`` is the rate that its liquidation is estimated at; ``None``: the assumed one.
    ``funding`` is in percent of the notional each 8 hours; ``None``: it pays none.
    """

    rules: MarketRules
    contract: Contract = BASE_UNITS
    maintenance: Maintenance | None = None
    funding: Decimal | None = None

    @cached_property
    def costs(self) -> Costs:
        """The same costs as those that the engine takes, in the words of all other figures."""
        rules = self.rules
        return Costs(
            maker=rules.fee if rules.maker is None else rules.maker,
            taker=rules.fee,
            model=rules.fee_model,
            slippage=rules.slippage,
            funding=self.funding,
        )
