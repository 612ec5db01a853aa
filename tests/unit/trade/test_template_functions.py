from collections.abc import Callable
from decimal import Decimal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from smartplan.document.template import Source, render
from smartplan.trade.template_functions import (
    HELPERS,
    ladder,
    lot,
    pct,
    r_ladder,
    sl,
    split_volumes,
    tick,
    tp,
)

D = Decimal
size_by_risk, breakeven, liquidation = (
    HELPERS.functions[name] for name in ("size_by_risk", "breakeven", "liquidation")
)
"""Without a workspace trading costs nothing."""


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ((10000, 1, 50000, 49000, D("0.00001")), "0.1"),
        ((10000, 1, 50000, 49000, "0.00001", "buy", "0.0005", "quote"), "0.09528"),
        ((10000, 1, 50000, 49000, "0.00001", "long", "0.001"), "0.09107"),
        ((10000, 1, 50000, 51000, "0.00001", "sell", D("0.001")), "0.09082"),
    ],
)
def test_size_by_risk(arguments: tuple[Decimal | int | str, ...], size: str) -> None:
    assert size_by_risk(*arguments) == D(size)


def test_volumes_by_weight_or_by_count() -> None:
    assert split_volumes([1, 2, 4, 8]) == [D("6.67"), D("13.33"), D("26.67"), D("53.33")]
    assert split_volumes(3) == [D("33.34"), D("33.33"), D("33.33")]
    assert split_volumes(3, granularity=1) == [34, 33, 33]


def test_ladders() -> None:
    assert ladder(66000, 72000, 3) == [66000, 69000, 72000]
    assert ladder(100, 160, 4, "geometric") == [100, D("116.96070953"), D("136.79807573"), 160]
    assert r_ladder(60000, 55000, [1, 2, "2.5"]) == [65000, 70000, 72500]


def test_percent_above_and_below_a_price() -> None:
    assert pct(60000, D("2.5")) == 61500
    assert pct(60000, -10) == 54000


def test_break_even_is_rounded_towards_the_gain() -> None:
    assert breakeven(50000, D("0.001")) == D("50100.15020026")
    assert breakeven(50000, "0.0005", "buy", "quote") == D("50050.02501251")
    assert breakeven(50000, D("0.001"), "sell") == D("49900.09990009")


def test_liquidation_is_rounded_towards_the_entry() -> None:
    assert liquidation(50000, 10, mmr="0.004", fee="0.0005") == D("45203.41536917")
    assert liquidation(50000, 10, "sell", mmr="0.004", fee="0.0005") == D("54753.60876057")


def test_small_prices_keep_six_significant_digits() -> None:
    assert ladder("0.00001", "0.00002", 4)[1] == D("0.0000133333")


def test_filters_round_one_price_or_each_of_a_list() -> None:
    assert tick(D("100.037"), "0.05", "sl") == D("100.05")
    assert tick(D("100.037"), "0.05", "sl", "sell") == D("100")
    assert tick(ladder(66000, 70000, 4), 10, "tp") == [66000, 67330, 68660, 70000]
    assert lot("14.919", "0.01") == D("14.91")
    assert lot([D("7.9"), D("3.2")], 1) == [7, 3]


def test_take_profit_as_one_line() -> None:
    line = tp(ladder(66000, 72000, 3), [50, 30, 20], last_trailing=2)
    assert "\n" not in line
    assert yaml.safe_load(line) == {
        "enabled": True,
        "steps": [
            {"order_type": "limit", "price": {"value": 66000, "type": "bid"}, "volume": 50},
            {"order_type": "limit", "price": {"value": 69000, "type": "bid"}, "volume": 30},
            {
                "order_type": "market",
                "price": {"value": 72000, "type": "bid"},
                "volume": 20,
                "trailing": {"enabled": True, "percent": 2},
            },
        ],
    }


def test_a_single_target_needs_no_lists() -> None:
    assert yaml.safe_load(tp("0.6", 100, "market", "ask")) == {
        "enabled": True,
        "steps": [{"order_type": "market", "price": {"value": 0.6, "type": "ask"}, "volume": 100}],
    }


def test_the_size_of_contracts_follows_from_what_they_are_worth() -> None:
    # A contract of 0.0001 BTC loses 0.1 from 60000 to 59000: 1 % of 10000 are 1000 of them.
    assert size_by_risk(10000, 1, 60000, 59000, 1, contract_size="0.0001") == 1000
    # One of 10 USD loses 10/1600 − 10/2000 = 0.00125 ETH: 1 % of 1 ETH are 8 of them.
    assert size_by_risk(1, 1, 2000, 1600, 1, contract_size=10, inverse=True) == 8


def test_stop_loss_as_one_line() -> None:
    assert yaml.safe_load(sl(55000, breakeven=True, timeout=8, trailing="1.5")) == {
        "enabled": True,
        "breakeven": True,
        "order_type": "market",
        "conditional": {
            "price": {"value": 55000, "type": "bid"},
            "trailing": {"enabled": True, "percent": 1.5},
        },
        "timeout": {"enabled": True, "value": 8},
    }
    trails = yaml.safe_load(sl(55000, trailing=True))["conditional"]["trailing"]
    assert trails == {"enabled": True}
    assert "trailing" not in sl(55000, trailing=False)
    assert yaml.safe_load(sl(110, limit=112, price_type="ask")) == {
        "enabled": True,
        "order_type": "limit",
        "price": {"value": 112},
        "conditional": {"price": {"value": 110, "type": "ask"}},
    }


def test_small_and_large_numbers_are_printed_without_exponent() -> None:
    assert "value: 0.00000001," in tp(D("1E-8"), 100)
    assert "value: 100000," in sl(D("1E+5"))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: sl(0.1), "sl: trigger is a binary float"),
        (lambda: ladder(1, 2), r"ladder: `n` is missing; it is `ladder\(a, b, n, kind='linear'\)`"),
        (lambda: ladder(1, 2, 3, "cubic"), "kind must be one of linear, geometric, not 'cubic'"),
        (lambda: ladder(1, 2, D("2.5")), "n must be a whole number up to 1000, not 2.5"),
        (lambda: ladder(1, 2, 10**9), "n must be a whole number up to 1000"),
        (lambda: ladder(-1, 2, 3), "a must be above 0, not -1"),
        (lambda: size_by_risk(1, 1, 100, 101, 1), "stop of a long must be below its entry 100"),
        (lambda: size_by_risk(1, 1, 9, 8, 1, "sell"), "stop of a short must be above its entry 9"),
        (lambda: size_by_risk(1, 1, 100, 50, 1), "the risk is too small for one lot"),
        (lambda: size_by_risk(1, 1, 9, 8, 1, "up"), "side must be one of buy, long, sell, short"),
        (lambda: size_by_risk(1, 1, 9, 8, 1, fee=1), "a fee is a fraction"),
        (lambda: size_by_risk(1, 1, "1e5", 8, 1), "entry must be a decimal number, not '1e5'"),
        (lambda: size_by_risk(1, 1, "９", 8, 1), "entry must be a decimal number"),
        (
            lambda: size_by_risk(equity=True, risk_pct=1, entry=9, stop=8, lot=1),
            "equity must be a decimal number, not 'True'",
        ),
        (lambda: split_volumes([]), "weights must not be empty"),
        (lambda: split_volumes(["a"]), "weights must be a decimal number, not 'a'"),
        (lambda: r_ladder(5, 5, [1]), "no risk to multiply"),
        (lambda: tick(1, 1, "exit"), "role must be one of entry, tp, sl, sl_limit, breakeven"),
        (lambda: tick(1, 0, "tp"), "step must be above 0"),
        (lambda: tp([1, 2], [100]), "2 prices but 1 volumes"),
        (lambda: tp(1, 100, "limit}, evil: {x"), "order_type must be one of market, limit"),
        (lambda: sl(1, price_type="bid\nevil: 1"), "price_type must be one of bid, ask, last"),
        (lambda: sl(1, limit=1, trailing=1), "leave out limit or trailing"),
        (lambda: sl(1, limit=1, trailing=True), "leave out limit or trailing"),
        (lambda: sl(1, breakeven="yes"), "breakeven must be true or false"),
        (lambda: pct(D("NaN"), 1), "price is out of range: NaN"),
        (lambda: pct(D("1e999999"), 1), "price is out of range"),
        (lambda: pct(D("1e-999999"), 1), "price is out of range"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(call: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_a_template_calls_them_all_and_writes_plain_numbers() -> None:
    rendered, findings = render(Source(TEMPLATE, "basket.yaml", helpers=lambda: HELPERS))
    assert findings == ()
    assert rendered is not None
    # At risk: 60000 - 55000 × 0.999² = 5109.945 per unit, of a budget of 50.
    assert yaml.load(rendered.text, yaml.BaseLoader) == {
        "units": "0.00978",
        "stop": "55000",
        "breakeven": "60120.19",
        "liquidation": "30769.23",  # 30000 / (1 − 0.025)
        "take_profit": yaml.load(tp([65000, 70000], [60, 40]), yaml.BaseLoader),
        "stop_loss": yaml.load(sl(55000), yaml.BaseLoader),
        "geometric": ["100", "116.96", "136.79", "160"],
    }


TEMPLATE = """\
{% set entry, stop = 60000, pct(60000, -9) | tick(1000, 'sl') %}
units: {{ size_by_risk(10000, 0.5, entry, stop, 0.00001, fee=0.001) | lot(0.00001) }}
stop: {{ stop }}
breakeven: {{ breakeven(entry, 0.001) | tick(0.01, 'breakeven') }}
liquidation: {{ liquidation(entry, 2) | tick(0.01, 'entry') }}
take_profit: {{ tp(r_ladder(entry, stop, [1, 2]), split_volumes([3, 2])) }}
stop_loss: {{ sl(stop) }}
geometric: {{ ladder(100, 160, 4, 'geometric') | tick(0.01, 'tp') }}
"""


def test_what_is_wrong_in_a_template_is_a_finding_on_its_line() -> None:
    text = "ok: 1\nstop_loss: {{ sl(0.5, limit=missing) }}\n"
    _, findings = render(Source(text, "plan.yaml", helpers=lambda: HELPERS))
    assert [(found.code, found.location.line) for found in findings] == [("SP001", 2)]
    assert "'missing' is undefined" in findings[0].message
    _, findings = render(Source("\n{{ sl(-1) }}\n", "plan.yaml", helpers=lambda: HELPERS))
    assert [(found.code, found.location.line) for found in findings] == [("SP001", 2)]
    assert "sl: trigger must be above 0, not -1" in findings[0].message


numbers = st.decimals("0.00000001", "1000000", places=8, allow_nan=False)


@given(numbers, numbers, st.integers(2, 8), st.sampled_from(["linear", "geometric"]))
def test_no_result_carries_more_decimals_than_a_plan_may(
    a: Decimal, b: Decimal, n: int, kind: str
) -> None:
    for rung in ladder(a, b, n, kind):
        text = format(rung, "f")
        assert "E" not in text
        decimals = len(text.partition(".")[2])
        assert decimals <= 8 or len(text.replace(".", "").lstrip("0")) <= 6


@given(st.lists(numbers, min_size=1, max_size=8), st.one_of(st.none(), numbers))
def test_every_take_profit_line_is_yaml_with_the_same_numbers(
    prices: list[Decimal], trailing: Decimal | None
) -> None:
    line = tp(prices, split_volumes(len(prices)), last_trailing=trailing)
    steps = yaml.load(line, yaml.BaseLoader)["steps"]
    assert [D(step["price"]["value"]) for step in steps] == prices
    assert sum(D(step["volume"]) for step in steps) == 100
    assert ("trailing" in steps[-1]) == (trailing is not None)
