"""The template helpers that take tick, lot and contract size by pair, from ``markets.lock.json``.

Only what the file says counts, so a template renders the same wherever the file is the same.
"""

from collections.abc import Mapping
from decimal import Decimal

from smartplan.document.scalars import number_text
from smartplan.document.source import Helpers
from smartplan.trade import template_functions
from smartplan.trade.contract import BASE_UNITS, WAY_OUT, Contract
from smartplan.trade.market_lock import FILE_NAME, LockedAccount, PairTerms
from smartplan.trade.template_arguments import Number, Numbers, for_authors
from smartplan.trade.template_functions import helpers_for
from smartplan.trade.template_risk import WITHOUT_WORKSPACE, RiskFunctions

Accounts = Mapping[str, LockedAccount]
"""The accounts of the environment, by alias."""


def helpers_by_pair(accounts: Accounts, risk: RiskFunctions = WITHOUT_WORKSPACE) -> Helpers:
    """What templates may call, in a workspace of these costs whose lock has these accounts."""
    known, by_pair = helpers_for(risk), _ByPair(accounts, risk)
    return Helpers(
        {
            **known.functions,
            "size_by_risk": for_authors(by_pair.size_by_risk),
            "liquidation": for_authors(by_pair.liquidation),
        },
        {**known.filters, "tick": by_pair.tick, "lot": by_pair.lot},
    )


class _ByPair:
    """The helpers of ``template_functions`` that also take a pair."""

    def __init__(self, accounts: Accounts, risk: RiskFunctions) -> None:
        self._accounts = accounts
        self._risk = risk

    def size_by_risk(
        self,
        equity: Number,
        risk_pct: Number,
        entry: Number,
        stop: Number,
        lot: Number | None = None,
        side: str = "buy",
        fee: Number | None = None,
        fee_model: str | None = None,
        contract_size: Number | None = None,
        inverse: bool | None = None,
        *,
        max_notional: Number | None = None,
        slippage: Number | None = None,
        pair: str | None = None,
        account: str | None = None,
        entry_type: str = "market",
    ) -> Decimal:
        terms = _terms(self._accounts, "size_by_risk", pair, account)
        step = _given("size_by_risk", "lot", lot, terms, pair)
        unit = self._contract(pair, account, contract_size is not None)
        return self._risk.size_by_risk(
            equity,
            risk_pct,
            entry,
            stop,
            step,
            side,
            fee,
            fee_model,
            unit.size if contract_size is None and unit.size is not None else contract_size or 1,
            unit.inverse if inverse is None else inverse,
            max_notional=max_notional,
            slippage=slippage,
            account=account,
            entry_type=entry_type,
        )

    def _contract(self, pair: str | None, account: str | None, told: bool) -> Contract:
        """What a unit of the pair stands for; ``told``: its size is given."""
        if pair is None:
            return BASE_UNITS
        found = {
            self._risk.contracts.of_pair(
                pair, alias, listed=one.pairs[pair].contract_size, market=one.market
            )
            for alias, one in self._accounts.items()
            if pair in one.pairs and account in {None, alias}
        }
        unit = found.pop()
        if found:
            raise ValueError(f"size_by_risk: {pair} is not the same on each account: name one")
        if not unit.known and not told:
            raise ValueError(f"size_by_risk: {pair}: {WAY_OUT}, or give contract_size")
        return unit

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
        if mmr is None and self._risk.stated_rate(account, pair) is None and pair is not None:
            mmr = self._locked_rate(pair, account)
        return self._risk.liquidation(entry, leverage, side, fee, mmr, account=account, pair=pair)

    def _locked_rate(self, pair: str, account: str | None) -> Decimal | None:
        if not any(pair in one.pairs for one in self._accounts.values()):
            return None
        return _terms(self._accounts, "liquidation", pair, account).maintenance

    def tick(
        self,
        value: Numbers,
        step: Number | None = None,
        role: str | None = None,
        side: str = "buy",
        *,
        pair: str | None = None,
        account: str | None = None,
    ) -> Decimal | list[Decimal]:
        step, pair = _step_or_pair(step, pair)
        terms = _terms(self._accounts, "tick", pair, account)
        if role is None:
            raise ValueError("tick: say what the price is for: role='entry', 'tp', 'sl' …")
        given = _given("tick", "tick", step, terms, pair)
        return template_functions.tick(value, given, role, side)

    def lot(
        self,
        value: Numbers,
        step: Number | None = None,
        *,
        pair: str | None = None,
        account: str | None = None,
    ) -> Decimal | list[Decimal]:
        step, pair = _step_or_pair(step, pair)
        terms = _terms(self._accounts, "lot", pair, account)
        return template_functions.lot(value, _given("lot", "lot", step, terms, pair))


def _step_or_pair(step: Number | None, pair: str | None) -> tuple[Number | None, str | None]:
    """``tick('USDT_BTC', …)`` names a pair where a step may stand."""
    if pair is None and isinstance(step, str) and "_" in step:
        return None, step
    return step, pair


def _terms(accounts: Accounts, name: str, pair: str | None, account: str | None) -> PairTerms:
    if pair is None:
        return PairTerms()
    if account is not None and account not in accounts:
        raise ValueError(f"{name}: {FILE_NAME} knows no account {str(account)!r}")
    wanted = accounts if account is None else {account: accounts[account]}
    pair = str(pair)  # an undefined variable speaks for itself
    found = {alias: one.pairs[pair] for alias, one in wanted.items() if pair in one.pairs}
    if not found:
        way = f"`smartplan markets lock {pair}` writes it down"
        raise ValueError(f"{name}: {pair} is not in {FILE_NAME}: {way}")
    first, *others = found.values()
    if any((o.lot, o.tick, o.contract_size) != (first.lot, first.tick, first.contract_size)
           for o in others):  # fmt: skip
        listed = " or ".join(f"account={alias!r}" for alias in sorted(found))
        raise ValueError(f"{name}: {pair} is traded differently on {len(found)} accounts: {listed}")
    return first


def _given(name: str, term: str, step: Number | None, terms: PairTerms, pair: str | None) -> Number:
    stated: Decimal | None = getattr(terms, term)
    if step is not None and pair is not None and stated is not None:
        raise ValueError(
            f"{name}: {pair} has the {term} {number_text(stated)}: leave out the other"
        )
    if step is not None:
        return step
    if pair is None:
        raise ValueError(f"{name}: give the {term}, or a pair that is in {FILE_NAME}")
    if stated is None:
        raise ValueError(f"{name}: {FILE_NAME} has no {term} of {pair}: give it")
    return stated
