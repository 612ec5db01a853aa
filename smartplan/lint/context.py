"""What a rule may know beyond the trade it judges."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field

from smartplan.settings import FeeModel, RiskSettings
from smartplan.trade.contract import Contract, Contracts
from smartplan.trade.costs import Costs
from smartplan.trade.liquidation import Maintenance, MaintenanceRates
from smartplan.trade.model import Trade
from smartplan.trade.parse import Entry, PlannedTrade
from smartplan.trade.policy import Policy
from smartplan.trade.risk import Figures, Risk, reference_price

if TYPE_CHECKING:
    from smartplan.api.entities import Account, Rates


class Context(Struct, frozen=True, kw_only=True, dict=True):
    """The workspace and the moment of a lint.

    ``accounts`` are the aliases of the environment; ``neighbours`` the entries of plans that are
    not linted now. ``risk`` is what ``[risk]`` says, ``contracts`` what units stand for. The
    limits of the configurable rules are in percent (``far_stop``) and as a ratio
    (``least_reward_risk``).
    ``market`` has the limits by (account id, pair), offline those of ``markets.lock.json``, online
    with the rates, and None for a pair that is not traded.
    Online there is more: ``known_accounts`` are those of the key, ``held`` names the trades
    whose position is open already, ``opening`` those that are to be created. ``balances`` is what
    is free, by account id and currency, of the accounts that were asked for it.
    """

    now: datetime
    workspace: str = "default"
    accounts: Mapping[str, int] = field(default_factory=dict)
    neighbours: Sequence[Entry] = ()
    risk: RiskSettings = RiskSettings()
    contracts: Contracts = field(default_factory=Contracts)
    far_stop: Decimal = Decimal(25)
    least_reward_risk: Decimal = Decimal(1)
    policy: Policy = field(default_factory=Policy)
    environment: str = "sandbox"
    known_accounts: "Mapping[int, Account] | None" = None
    market: "Mapping[tuple[int, str], Rates | None]" = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    opening: frozenset[str] = frozenset()
    balances: Mapping[int, Mapping[str, Decimal]] = field(default_factory=dict)
    _figures: dict[PlannedTrade, Figures] = field(default_factory=dict)

    def forget(self, trades: Iterable[PlannedTrade] | None = None) -> None:
        """Let go of these trades, or of all: a context remembers the figures of those it saw."""
        if trades is None:
            self._figures.clear()
        for trade in trades or ():
            self._figures.pop(trade, None)

    def account(self, trade: Trade) -> "Account | None":
        """The trade's account as the service shows it."""
        return (self.known_accounts or {}).get(trade.account_id)

    def fee_model(self, trade: Trade) -> FeeModel:
        """What the fee is taken from: as the settings say, else ``quote`` on futures.

        Of contracts none can be taken.
        """
        if self.contract(trade).whole_units:
            return "quote"
        stated = self._stated_fee_models.get(trade.account_id)
        account = self.account(trade)
        futures = trade.leverage is not None or (account is not None and account.futures is True)
        return stated or ("quote" if futures else "base")

    def contract(self, trade: Trade) -> Contract:
        """What a unit of the trade stands for."""
        rates, account = self.market.get((trade.account_id, trade.pair)), self.account(trade)
        return self.contracts.of(
            trade,
            listed=rates.contract_size if rates is not None else None,
            market=account.market_code if account is not None else None,
        )

    def size_is_assumed(self, trade: Trade) -> bool:
        """Whether a unit counts as one of the base currency because nobody was asked about it."""
        return self.account(trade) is None and self.contracts.say_nothing_of(trade)

    @cached_property
    def guard_rails(self) -> frozenset[str]:
        """The keys of ``[policy]`` that are set."""
        return frozenset(name for name in Policy.__struct_fields__ if getattr(self.policy, name))

    @cached_property
    def _stated_fee_models(self) -> Mapping[int, FeeModel]:
        stated: dict[int, FeeModel] = {}
        for alias, number in self.accounts.items():
            if alias in self.risk.fee_model:
                stated.setdefault(number, self.risk.fee_model[alias])
        return stated

    def costs(self, trade: Trade) -> Costs:
        """What trading on the trade's account costs."""
        place = (trade.account_id, self.fee_model(trade))
        if place not in self._costs:
            alias = self._aliases.get(trade.account_id)
            self._costs[place] = Costs.of_alias(self.risk, alias, place[1])
        return self._costs[place]

    @cached_property
    def _costs(self) -> dict[tuple[int, FeeModel], Costs]:
        return {}

    @cached_property
    def _aliases(self) -> Mapping[int, str]:
        return {number: alias for alias, number in reversed([*self.accounts.items()])}

    @cached_property
    def _maintenance(self) -> MaintenanceRates:
        return MaintenanceRates(self.risk.maintenance, self._aliases)

    def figures_of(self, trade: PlannedTrade) -> Figures:
        """What the trade's risk follows from, at the entry price its plan states."""
        if trade not in self._figures:
            plan = trade.trade
            self._figures[trade] = Figures(
                plan,
                reference_price(plan, trade.lifecycle.expect),
                self.costs(plan),
                contract=self.contract(plan),
                maintenance=self._rate(plan) if plan.leverage is not None else None,
            )
        return self._figures[trade]

    def _rate(self, trade: Trade) -> Maintenance:
        rates = self.market.get((trade.account_id, trade.pair))
        return self._maintenance.of(
            trade,
            listed=rates.maintenance if rates is not None else None,
            most=rates.most_leverage if rates is not None else None,
        )

    def risk_of(self, trade: PlannedTrade) -> Risk:
        """The risk of the trade at the entry price its plan states."""
        return self.figures_of(trade).risk
