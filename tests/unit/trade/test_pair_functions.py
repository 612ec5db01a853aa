"""Template helpers that take their steps from the lock of the markets."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from smartplan.document.template import Source, render
from smartplan.settings import ContractTerms
from smartplan.trade.contract import Contracts
from smartplan.trade.costs import Costs
from smartplan.trade.market_lock import LockedAccount, PairTerms
from smartplan.trade.pair_functions import helpers_by_pair
from smartplan.trade.template_risk import RiskFunctions

AT = datetime(2026, 11, 22, tzinfo=UTC)
SPOT = PairTerms(tick=Decimal("0.01"), lot=Decimal("0.00001"))
CONTRACTS = PairTerms(
    tick=Decimal("0.1"),
    lot=Decimal(1),
    contract_size=Decimal("0.0001"),
    maintenance=Decimal("0.01"),
)
ACCOUNTS = {
    "main": LockedAccount("spot", AT, {"USDT_BTC": SPOT, "USDT_ODD": PairTerms()}),
    "futures": LockedAccount("gate", AT, {"USDT_BTC": CONTRACTS, "USDT_ETH_USDT": CONTRACTS}),
}


FREE = RiskFunctions(dict.fromkeys(ACCOUNTS, Costs.one(Decimal(0))))


def rendered(text: str) -> str:
    source = Source(
        f"{{{{ {text} }}}}", "plan.yaml", helpers=lambda: helpers_by_pair(ACCOUNTS, FREE)
    )
    done, findings = render(source)
    return done.text if done is not None else findings[0].message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("60000.018 | tick(pair='USDT_BTC', account='main', role='entry')", "60000.01"),
        ("2400.17 | tick('USDT_ETH_USDT', 'tp')", "2400.1"),
        ("2400.17 | tick('0.05', 'tp')", "2400.15"),
        ("7.9 | lot('USDT_ETH_USDT')", "7"),
        ("0.123456 | lot(pair='USDT_BTC', account='main')", "0.12345"),
        # 100 USDT at risk; a contract of 0.0001 loses 0.1 USDT for each 1000 of price
        ("size_by_risk(10000, 1, 50000, 49000, pair='USDT_ETH_USDT', fee_model='quote')", "1000"),
        ("size_by_risk(10000, 1, 50000, 49000, pair='USDT_BTC', account='main')", "0.1"),
        ("size_by_risk(10000, 1, 50000, 49000, 0.00001)", "0.1"),
        # long from 50000 at 10 times: 50000 · (1 − 0.1) / (1 − 0.01)
        ("liquidation(50000, 10, pair='USDT_ETH_USDT')", "45454.54545455"),
    ],
)
def test_steps_come_by_pair(text: str, value: str) -> None:
    assert rendered(text) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "1.5 | lot('USDT_SOL')",
            "lot: USDT_SOL is not in markets.lock.json: `smartplan markets lock USDT_SOL` writes",
        ),
        (
            "1.5 | lot('USDT_BTC')",
            "USDT_BTC is traded differently on 2 accounts: account='futures' or account='main'",
        ),
        ("1.5 | lot(pair='USDT_BTC', account='spot')", "knows no account 'spot'"),
        ("1.5 | lot('USDT_ODD')", "markets.lock.json has no lot of USDT_ODD: give it"),
        ("1.5 | lot(1, pair='USDT_ETH_USDT')", "USDT_ETH_USDT has the lot 1: leave out the other"),
        ("1.5 | lot", "lot: give the lot, or a pair that is in markets.lock.json"),
        ("1.5 | tick('USDT_ETH_USDT')", "tick: say what the price is for"),
        ("size_by_risk(10000, 1, 50000, 49000)", "size_by_risk: give the lot, or a pair"),
    ],
)
def test_what_cannot_be_taken_says_what_to_do(text: str, said: str) -> None:
    assert said in rendered(text)


COINS = {"coins": LockedAccount("bitmex", AT, {"XBT_XBTUSD": PairTerms(lot=Decimal(1))})}


def sized(text: str, terms: ContractTerms | None = None) -> str:
    contracts = Contracts({} if terms is None else {"XBT_XBTUSD": terms})
    risk = RiskFunctions({"coins": Costs.one(Decimal(0))}, contracts=contracts)
    source = Source(f"{{{{ {text} }}}}", "plan.yaml", helpers=lambda: helpers_by_pair(COINS, risk))
    done, findings = render(source)
    return done.text if done is not None else findings[0].message


def test_coin_margined_pairs_are_sized_in_the_coin() -> None:
    # 0.01 XBT at risk; 100 USD of face value lose 100 · (1/49000 − 1/50000) = 0.0000408163 XBT
    text = "size_by_risk(1, 1, 50000, 49000, pair='XBT_XBTUSD')"
    assert sized(text, ContractTerms(size=Decimal(100))) == "245"
    assert sized(text[:-1] + ", contract_size=100)") == "245"


def test_contracts_of_unknown_size_are_sized_by_nobody() -> None:
    said = sized("size_by_risk(1, 1, 50000, 49000, pair='XBT_XBTUSD')")
    assert "units are contracts of unknown size" in said
    assert "[risk.contracts]" in said


def test_the_liquidation_of_coin_margined_pairs_is_theirs() -> None:
    # a long of inverse contracts is a short in 1/P: 50000 · (1 + 0.01) / (1 + 1/10) = 45909.09…
    assert sized("liquidation(50000, 10, mmr=0.01, pair='XBT_XBTUSD')") == "45909.0909091"
    # its mirror: 50000 · (1 − 0.01) / (1 − 1/10) = 55000, and never further away than that
    text = "liquidation(50000, 10, side='sell', mmr=0.01, pair='XBT_XBTUSD')"
    assert Decimal("54999.9999") < Decimal(sized(text)) <= 55000
    assert "no price liquidates it" in sized(text.replace("10,", "1,"))
