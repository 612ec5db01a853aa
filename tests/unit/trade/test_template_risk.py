"""What templates count with: the workspace's costs, and never more risk than was asked for."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartplan.settings import RiskSettings, Settings
from smartplan.settings.reading import MakerTaker
from smartplan.trade.template_risk import RiskFunctions

D = Decimal
ONE_PERCENT = (10000, 1, 50000, 49000, "0.00001")


def functions(accounts: dict[str, int] | None = None, **risk: object) -> RiskFunctions:
    found = Settings(Path(), accounts=accounts or {"main": 1}, risk=RiskSettings(**risk))
    return RiskFunctions.of_workspace(found)


def test_a_size_never_loses_more_than_was_asked_for() -> None:
    """1 % of 10000 is 100: bought and sold at 0.1 %, whatever the fee is taken from."""
    size = functions(fee=D("0.001")).size_by_risk(*ONE_PERCENT)
    spot = 50000 - 49000 * D("0.999") ** 2
    linear = 50000 * D("1.001") - 49000 * D("0.999")
    assert size * spot <= 100
    assert size * linear <= 100 < (size + D("0.00001")) * linear


def test_where_the_model_is_stated_the_size_is_exact() -> None:
    stated = functions(fee=D("0.001"), fee_model={"main": "base"})
    assert stated.size_by_risk(*ONE_PERCENT) == D("0.09107")
    assert functions(fee=D("0.001")).size_by_risk(*ONE_PERCENT, fee_model="base") == D("0.09107")
    assert functions(fee=D("0.001")).size_by_risk(*ONE_PERCENT, fee=0) == D("0.1")


def test_an_account_is_named_or_the_dearest_counts() -> None:
    both = functions(
        {"main": 1, "futures": 2},
        fees={"futures": MakerTaker(D("0.0002"), D("0.0005"))},
        fee_model={"main": "base", "futures": "quote"},
    )
    assert both.size_by_risk(*ONE_PERCENT, account="futures") == D("0.09528")
    # Entered at a limit: 1000 + 50000 · 0.0002 + 49000 · 0.0005 = 1034.5
    limit = both.size_by_risk(*ONE_PERCENT, account="futures", entry_type="limit")
    assert limit == D("0.09666")
    assert both.size_by_risk(*ONE_PERCENT) <= both.size_by_risk(*ONE_PERCENT, account="main")
    with pytest.raises(ValueError, match="account must be one of main, futures"):
        both.size_by_risk(*ONE_PERCENT, account="spot")


def test_slippage_makes_it_smaller_and_so_does_what_it_may_be_worth() -> None:
    slips = functions(fee=D(0), slippage={"": D("0.1")}, fee_model={"main": "base"})
    # A market entry at 50050, the stop filled at 48951.
    assert slips.size_by_risk(*ONE_PERCENT) == D("0.09099")
    assert slips.size_by_risk(*ONE_PERCENT, entry_type="limit") == D("0.09532")
    assert slips.size_by_risk(*ONE_PERCENT, slippage=0) == D("0.1")
    plain = functions(fee=D(0))
    assert plain.size_by_risk(*ONE_PERCENT, max_notional=2000) == D("0.04")
    assert plain.size_by_risk(*ONE_PERCENT, max_notional=999999) == D("0.1")
    with pytest.raises(ValueError, match="max_notional must be above 0"):
        plain.size_by_risk(*ONE_PERCENT, max_notional=0)


def test_break_even_and_liquidation_count_with_the_workspace_too() -> None:
    spot = functions(fee=D("0.001"), maintenance={"USDT_BTC": D("0.004")})
    assert spot.breakeven(50000) == D("50100.15020026")
    assert spot.breakeven(50000, 0) == 50000
    # 45000 / (1 − 0.004 − 0.001), where a pair is stated; the highest rate where none is named.
    assert spot.liquidation(50000, 10, pair="USDT_BTC") == D("45226.13065327")
    assert spot.liquidation(50000, 10) == D("45226.13065327")
    assert spot.liquidation(50000, 10, mmr="0.004", fee="0.0005") == D("45203.41536917")
    # 45000 / (1 − 0.025 − 0.001)
    assert spot.liquidation(50000, 10, pair="USDT_ETH") == D("46201.23203286")


rates = st.integers(0, 100).map(lambda n: D(n) / 10000)


@settings(max_examples=60, derandomize=True)
@given(
    st.integers(1000, 10**6), st.integers(1, 500), st.integers(100, 10**7), st.integers(1, 40),
    st.booleans(), rates, rates, rates, st.sampled_from(["base", "quote"]),
)  # fmt: skip
def test_whatever_it_costs(equity, tenths, cents, away, long, maker, taker, slips, model) -> None:
    entry, sign = D(cents) / 100, 1 if long else -1
    stop = entry * (100 - sign * away) / 100
    made = functions(fees={"": MakerTaker(maker, taker)}, slippage={"": slips * 100})
    try:
        size = made.size_by_risk(
            equity, D(tenths) / 100, entry, stop, "0.00000001", "buy" if long else "sell"
        )
    except ValueError:
        return  # too small for one lot
    at, out = entry * (1 + sign * slips), stop * (1 - sign * slips)
    if long and model == "base":
        loss = at - out * (1 - taker) ** 2
    elif long:
        loss = at * (1 + taker) - out * (1 - taker)
    else:
        loss = out * (1 + taker) - at * (1 - taker)
    assert size * loss <= D(equity) * tenths / 10000 * (1 + D("1e-20"))
