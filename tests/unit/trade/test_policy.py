from decimal import Decimal

import pytest
from msgspec.structs import replace

from smartplan.trade.contract import BASE_UNITS, Contract
from smartplan.trade.model import Expect, Leverage, Position, StopLoss, TakeProfitStep, Trade
from smartplan.trade.policy import Breach, Limit, Policy, Strictness, judge, judge_together
from smartplan.trade.risk import Risk, assess

D = Decimal
SOFT, HARD, WARN = Strictness.SOFT, Strictness.HARD, Strictness.WARN

TRADE = Trade(
    account_id=1,
    pair="USDT_BTC",
    position=Position(type="buy", order_type="limit", units=D("0.01"), price=D(60000)),
    take_profit=(
        TakeProfitStep(order_type="limit", price_type="bid", volume=D(100), price=D(66000)),
    ),
    stop_loss=StopLoss(order_type="market", price_type="bid", trigger=D(55000)),
)
MARKET = replace(TRADE, position=Position(type="buy", order_type="market", units=D("0.01")))
EXPECT = Expect(price=D(60000), within=D(1))


def breaches(
    trade: Trade, policy: Policy, *, contract: Contract = BASE_UNITS, expect: Expect | None = None
) -> list[tuple[str, str]]:
    risk = assess(trade, fee=D(0), contract=contract)
    return [(breach.rule, breach.message) for breach in judge(trade, risk, policy, expect=expect)]


def test_without_a_policy_nothing_is_broken() -> None:
    assert breaches(replace(MARKET, stop_loss=None), Policy()) == []


def test_a_trade_within_every_limit_breaks_none() -> None:
    policy = Policy(
        require_stop_loss=HARD,
        market_entry_needs_expect=HARD,
        max_leverage=Limit(D(1), HARD),
        min_reward_risk=Limit(D("1.2"), HARD),
        max_notional=Limit({"USDT": D(600)}, HARD),
        max_loss_at_stop=Limit({"USDT": D(50)}, HARD),
        allowed_pairs=Limit(("USDT_*",), HARD),
        denied_pairs=Limit(("USDT_DOGE",), HARD),
    )
    assert breaches(TRADE, policy) == []


@pytest.mark.parametrize(
    ("trade", "policy", "rule", "message"),
    [
        (
            replace(TRADE, stop_loss=None),
            Policy(require_stop_loss=SOFT),
            "require_stop_loss",
            "no stop loss, but require_stop_loss is set",
        ),
        (
            replace(TRADE, leverage=Leverage(type="isolated", value=D("5.5"))),
            Policy(max_leverage=Limit(D(5), WARN)),
            "max_leverage",
            "leverage 5.5 is above max_leverage 5",
        ),
        (
            TRADE,
            Policy(max_notional=Limit({"USDT": D("599.99")}, SOFT)),
            "max_notional",
            "notional 600 USDT is above max_notional 599.99 USDT",
        ),
        (
            TRADE,
            Policy(max_loss_at_stop=Limit({"USDT": D("49.9")}, SOFT)),
            "max_loss_at_stop",
            "loss at stop 50 USDT is above max_loss_at_stop 49.9 USDT",
        ),
        (
            TRADE,
            Policy(min_reward_risk=Limit(D("1.21"), SOFT)),
            "min_reward_risk",
            "reward:risk 1.2 is below min_reward_risk 1.21",
        ),
        (
            TRADE,
            Policy(allowed_pairs=Limit(("USDT_ETH", "BTC_*"), SOFT)),
            "allowed_pairs",
            "USDT_BTC is none of the allowed pairs (USDT_ETH, BTC_*)",
        ),
        (
            TRADE,
            Policy(denied_pairs=Limit(("*_BTC",), SOFT)),
            "denied_pairs",
            "USDT_BTC is a denied pair",
        ),
        (
            MARKET,
            Policy(market_entry_needs_expect=SOFT),
            "market_entry_needs_expect",
            "a market entry without `lifecycle.expect`: nothing says at which price",
        ),
        (
            replace(TRADE, stop_loss=None),
            Policy(max_loss_at_stop=Limit({"USDT": D(50)}, WARN)),
            "max_loss_at_stop",
            "the loss is unbounded (no stop loss), but max_loss_at_stop is set",
        ),
        (
            replace(
                TRADE,
                stop_loss=StopLoss(
                    order_type="market", price_type="bid", trigger=D(55000), timeout=8
                ),
            ),
            Policy(max_loss_at_stop=Limit({"USDT": D(50)}, WARN)),
            "max_loss_at_stop",
            "the loss is unbounded (the stop loss waits 8 s), but max_loss_at_stop is set",
        ),
    ],
)
def test_each_guard_rail_says_what_is_broken(
    trade: Trade, policy: Policy, rule: str, message: str
) -> None:
    assert breaches(trade, policy) == [(rule, message)]


def test_a_breach_carries_its_level_and_its_place() -> None:
    (breach,) = judge(TRADE, assess(TRADE, fee=D(0)), Policy(denied_pairs=Limit(("*",), HARD)))
    assert breach == Breach(
        rule="denied_pairs", level=HARD, message="USDT_BTC is a denied pair", path=("pair",)
    )


def test_expect_satisfies_a_market_entry() -> None:
    assert breaches(MARKET, Policy(market_entry_needs_expect=HARD), expect=EXPECT) == []


def test_a_held_position_enters_nowhere() -> None:
    held = replace(TRADE, position=replace(TRADE.position, order_type="market"))
    policy = Policy(market_entry_needs_expect=HARD)
    assert breaches(replace(held, skip_enter_step=True), policy) == []


def test_a_stop_in_profit_needs_no_reward() -> None:
    stop = StopLoss(order_type="market", price_type="bid", trigger=D(61000))
    policy = Policy(min_reward_risk=Limit(D(3), HARD), max_loss_at_stop=Limit({"USDT": D(0)}, HARD))
    assert breaches(replace(TRADE, stop_loss=stop), policy) == []


MONEY_LIMITS = Policy(
    max_notional=Limit({"USDT": D(10**6)}, SOFT),
    max_loss_at_stop=Limit({"USDT": D(10**6)}, HARD),
    min_reward_risk=Limit(D(0), SOFT),
)


@pytest.mark.parametrize(
    ("trade", "contract", "needs_price"),
    [
        (MARKET, BASE_UNITS, True),
        (TRADE, Contract(None), False),
        (TRADE, Contract(None, inverse=True), False),
    ],
)
def test_what_cannot_be_computed_fails_closed(
    trade: Trade, contract: Contract, needs_price: bool
) -> None:
    risk = assess(trade, fee=D(0), contract=contract)
    found = judge(trade, risk, MONEY_LIMITS)
    assert [breach.rule for breach in found] == [
        "max_notional",
        "max_loss_at_stop",
        "min_reward_risk",
    ]
    for breach in found:
        assert "cannot be judged: " in breach.message
        assert breach.needs_price is needs_price


def test_what_cannot_be_computed_is_no_warning() -> None:
    policy = Policy(
        max_notional=Limit({"USDT": D(1)}, WARN),
        max_loss_at_stop=Limit({"USDT": D(1)}, WARN),
        min_reward_risk=Limit(D(9), WARN),
        max_leverage=Limit(D(1), WARN),
    )
    leverage = Leverage(type="isolated", value=None)
    assert breaches(replace(MARKET, leverage=leverage), policy) == []


def test_a_quote_currency_without_a_limit_fails_closed() -> None:
    trade = replace(TRADE, pair="BTC_ETH")
    assert breaches(trade, Policy(max_notional=Limit({"USDT": D(100)}, SOFT))) == [
        ("max_notional", "max_notional cannot be judged: it names no limit for BTC")
    ]
    assert breaches(trade, Policy(max_notional=Limit({"USDT": D(100)}, WARN))) == []


def test_leverage_of_unknown_value_fails_closed() -> None:
    trade = replace(TRADE, leverage=Leverage(type="cross", value=None))
    assert breaches(trade, Policy(max_leverage=Limit(D(100), SOFT))) == [
        ("max_leverage", "max_leverage cannot be judged: the leverage has no value")
    ]


def test_a_figure_just_above_its_limit_never_reads_as_the_limit() -> None:
    risk = Risk(quote="USDT", notional=D("500.0000000001"))
    (breach,) = judge(TRADE, risk, Policy(max_notional=Limit({"USDT": D(500)}, SOFT)))
    assert breach.message == "notional 500.00000001 USDT is above max_notional 500 USDT"


def open_trade(quote: str, notional: str | None, loss: str | None) -> Risk:
    unknown = {"notional": "x"} if notional is None else {}
    return Risk(
        quote=quote,
        reference=D(1),
        notional=None if notional is None else D(notional),
        loss_at_stop=None if loss is None else D(loss),
        unknown=unknown,
    )


def together(policy: Policy, **trades: Risk) -> list[tuple[str, str]]:
    return [(breach.rule, breach.message) for breach in judge_together(trades, policy)]


def test_money_of_all_trades_adds_up_per_quote_currency() -> None:
    policy = Policy(
        max_notional_per_quote=Limit({"USDT": D(1000), "BTC": D(1)}, SOFT),
        max_open_risk=Limit({"USDT": D(80), "BTC": D(1)}, HARD),
    )
    trades = {
        "a": open_trade("USDT", "600", "50"),
        "b": open_trade("USDT", "400.5", "31"),
        "c": open_trade("BTC", "0.9", "0.1"),
    }
    assert together(policy, **trades) == [
        (
            "max_notional_per_quote",
            "notional of all trades 1000.5 USDT is above max_notional_per_quote 1000 USDT",
        ),
        ("max_open_risk", "loss at stop of all trades 81 USDT is above max_open_risk 80 USDT"),
    ]


def test_a_stop_in_profit_is_no_credit_for_another_trade() -> None:
    policy = Policy(max_open_risk=Limit({"USDT": D(40)}, SOFT))
    trades = {"a": open_trade("USDT", "1", "50"), "b": open_trade("USDT", "1", "-30")}
    assert [rule for rule, _ in together(policy, **trades)] == ["max_open_risk"]


def test_a_total_with_an_unknown_part_fails_closed() -> None:
    policy = Policy(max_open_risk=Limit({"USDT": D(100)}, SOFT))
    trades = {"a": open_trade("USDT", "1", "50"), "b": open_trade("USDT", "1", None)}
    assert together(policy, **trades) == [
        ("max_open_risk", "max_open_risk cannot be judged: loss at stop unknown for b")
    ]
    warned = Policy(max_open_risk=Limit({"USDT": D(100)}, WARN))
    assert together(warned, **trades) == []


def test_a_total_already_above_its_limit_needs_no_unknown_part() -> None:
    policy = Policy(max_open_risk=Limit({"USDT": D(40)}, WARN))
    trades = {"a": open_trade("USDT", "1", "50"), "b": open_trade("USDT", "1", None)}
    assert [rule for rule, _ in together(policy, **trades)] == ["max_open_risk"]


def test_a_total_in_a_quote_currency_without_a_limit_fails_closed() -> None:
    policy = Policy(max_notional_per_quote=Limit({"USDT": D(1)}, HARD))
    assert together(policy, a=open_trade("BTC", "1", "1")) == [
        (
            "max_notional_per_quote",
            "max_notional_per_quote cannot be judged: it names no limit for BTC",
        )
    ]


def test_open_trades_are_counted() -> None:
    trades = {name: open_trade("USDT", "1", "1") for name in "abc"}
    assert together(Policy(max_open_trades=Limit(3, SOFT)), **trades) == []
    assert together(Policy(max_open_trades=Limit(2, SOFT)), **trades) == [
        ("max_open_trades", "3 open trades are more than max_open_trades 2")
    ]
