"""The functions of templates that count with costs: those of the workspace unless told otherwise.

A template does not say on which account its trade will be. Name it (``account='main'``), or what
costs most on any of them is taken: a size may come out a little too small then, never too large.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import get_args

from msgspec import Struct, field

from smartplan.document.scalars import number_text
from smartplan.settings import FeeModel, Settings
from smartplan.settings.values import RiskSettings
from smartplan.trade import sizing
from smartplan.trade.contract import BASE_UNITS, NOTHING_SAID, Contract, Contracts
from smartplan.trade.costs import NOTHING, Costs
from smartplan.trade.liquidation import assumed, liquidation_estimate
from smartplan.trade.model import Side
from smartplan.trade.profit import Fees, break_even
from smartplan.trade.template_arguments import (
    Number,
    flag,
    for_authors,
    kept,
    number,
    one_of,
    positive,
    shortest,
    towards_more,
)
from smartplan.trade.template_arguments import (
    side as side_of,
)

_FEE_MODELS: Mapping[str, FeeModel] = {model: model for model in get_args(FeeModel)}
_ENTRIES = {"limit": True, "market": False}
"""Whether an entry of the type waits in the book."""


class RiskFunctions(Struct, frozen=True):
    """``costs`` by account alias, ``maintenance`` rates by alias or pair; models where stated.

    ``contracts`` is what ``[risk.contracts]`` says.
    """

    costs: Mapping[str, Costs] = field(default_factory=dict)
    models: Mapping[str, FeeModel] = field(default_factory=dict)
    maintenance: Mapping[str, Decimal] = field(default_factory=dict)
    contracts: Contracts = NOTHING_SAID

    @classmethod
    def of_workspace(cls, settings: Settings) -> "RiskFunctions":
        """With what ``[risk]`` says of the accounts of the environment."""
        risk: RiskSettings = settings.risk
        models = {
            name: risk.fee_model[name] for name in settings.accounts if name in risk.fee_model
        }
        costs = {
            name: Costs.of_alias(risk, name, models.get(name, "base")) for name in settings.accounts
        }
        return cls(
            costs or {"": Costs.of_alias(risk, None, "base")},
            models,
            risk.maintenance,
            Contracts.of_settings(settings),
        )

    def functions(self) -> dict[str, Callable[..., Decimal]]:
        """By the names that templates call them by."""
        return {
            "size_by_risk": for_authors(self.size_by_risk),
            "breakeven": for_authors(self.breakeven),
            "liquidation": for_authors(self.liquidation),
        }

    def size_by_risk(
        self,
        equity: Number,
        risk_pct: Number,
        entry: Number,
        stop: Number,
        lot: Number,
        side: str = "buy",
        fee: Number | None = None,
        fee_model: str | None = None,
        contract_size: Number = 1,
        inverse: bool = False,
        *,
        max_notional: Number | None = None,
        slippage: Number | None = None,
        account: str | None = None,
        entry_type: str = "market",
    ) -> Decimal:
        """The most units that lose no more than ``risk_pct`` percent of equity at the stop.

        Costs are the workspace's unless given: ``fee`` as a fraction for each order, ``slippage``
        in percent at a market entry and at the stop. A ``limit`` entry pays the maker's fee and
        does not slip. A unit is ``contract_size`` base units; of ``inverse`` contracts that much
        face value, and equity is in the coin. Nor is it worth more than ``max_notional``.
        """
        direction, start, end = side_of(side), positive(entry, "entry"), positive(stop, "stop")
        if direction.sign * (start - end) <= 0:
            where = "below" if direction is Side.LONG else "above"
            raise ValueError(
                f"the stop of a {direction} must be {where} its entry {number_text(start)}"
            )
        costs = self._costs(account, fee, slippage)
        waits = one_of(_ENTRIES, entry_type, "entry_type")
        model = self._model(account, fee, fee_model, cautious="quote")
        size = sizing.size_from_risk(
            direction,
            equity=positive(equity, "equity"),
            percent=positive(risk_pct, "risk_pct"),
            entry=start if waits else costs.bought(direction, start),
            stop=costs.left(direction, end),
            lot=positive(lot, "lot"),
            fees=Fees(costs.fee(waits=waits), costs.taker, model),
            contract=Contract(positive(contract_size, "contract_size"), flag(inverse, "inverse")),
            most=None if max_notional is None else positive(max_notional, "max_notional"),
        )
        if not size:
            raise ValueError("the risk is too small for one lot")
        return shortest(size)

    def breakeven(
        self,
        entry: Number,
        fee: Number | None = None,
        side: str = "buy",
        fee_model: str | None = None,
        *,
        account: str | None = None,
    ) -> Decimal:
        """The price at which closing neither wins nor loses after fees."""
        direction, costs = side_of(side), self._costs(account, fee, 0)
        model = self._model(account, fee, fee_model, cautious="base")
        fees = Fees(costs.taker, costs.taker, model)
        price = break_even(direction, entry=positive(entry, "entry"), fees=fees)
        return kept(price, towards_more(direction))

    def liquidation(
        self,
        entry: Number,
        leverage: Number,
        side: str = "buy",
        fee: Number | None = None,
        mmr: Number | None = None,
        *,
        account: str | None = None,
        pair: str | None = None,
    ) -> Decimal:
        """An estimate of the liquidation price (isolated); ``mmr`` is a fraction.

        Of a ``pair`` of inverse contracts it is theirs. The rate, unless given, is what
        ``[risk.maintenance]`` says of the account and the pair, else an assumed one.
        """
        direction, factor = side_of(side), positive(leverage, "leverage")
        unit = BASE_UNITS if pair is None else self.contracts.of_pair(str(pair), account)
        price = liquidation_estimate(
            unit.side(direction),
            entry=unit.price(positive(entry, "entry")),
            leverage=factor,
            fee=self._costs(account, fee, 0).taker,
            maintenance=self._rate(account, pair, factor) if mmr is None else number(mmr, "mmr"),
        )
        if unit.inverse and price <= 0:
            raise ValueError("no price liquidates it")
        return kept(unit.price(price), towards_more(direction))

    def _costs(self, account: str | None, fee: Number | None, slippage: Number | None) -> Costs:
        """Of the account, or the dearest of all, but for what is given."""
        listed = list(self.costs.values())
        if account is not None:
            listed = [one_of(self.costs, account, "account")]
        usual = Costs(
            maker=max((costs.maker for costs in listed), default=NOTHING),
            taker=max((costs.taker for costs in listed), default=NOTHING),
            slippage=max((costs.slippage for costs in listed), default=NOTHING),
        )
        both = None if fee is None else number(fee, "fee")
        return Costs(
            maker=usual.maker if both is None else both,
            taker=usual.taker if both is None else both,
            slippage=usual.slippage if slippage is None else number(slippage, "slippage"),
        )

    def _model(
        self, account: str | None, fee: Number | None, model: str | None, *, cautious: FeeModel
    ) -> FeeModel:
        """As given, else as stated of the account, or of all; ``cautious`` for costs of ours."""
        if model is not None:
            return one_of(_FEE_MODELS, model, "fee_model")
        names = [account] if account is not None else [*self.costs]
        stated = {self.models.get(name, "") for name in names}
        if len(stated) == 1 and "" not in stated:
            return one_of(_FEE_MODELS, stated.pop(), "fee_model")
        return "base" if fee is not None or not self.costs else cautious

    def stated_rate(self, account: str | None, pair: str | None) -> Decimal | None:
        """What ``[risk.maintenance]`` says of an account and a pair, as a fraction."""
        names = (f"{account}/{pair}", pair or "", account or "", "")
        return next((self.maintenance[name] for name in names if name in self.maintenance), None)

    def _rate(self, account: str | None, pair: str | None, leverage: Decimal) -> Decimal:
        """The stated rate of what is named; where nothing is, the highest that is stated."""
        said = self.stated_rate(account, pair)
        if said is not None:
            return said
        unnamed = account is None and pair is None
        every = self.maintenance.values() if unnamed else ()
        return max(every, default=assumed(leverage).rate)


WITHOUT_WORKSPACE = RiskFunctions()
"""What they are where nobody says what trading costs: nothing."""
