"""A simulated trade that ends at its stop loses what all other figures say that it would lose."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest

from smartplan.report.levels import levels
from smartplan.sandbox.turn import MarketRules
from smartplan.simulation.course import simulated
from smartplan.simulation.series import Prices, PriceSeries, column
from smartplan.simulation.study import SimulationSubject
from smartplan.simulation.terms import Terms
from smartplan.trade.contract import BASE_UNITS, Contract
from smartplan.trade.risk import assess
from smartplan.trade.wire import trade_from_body

D = Decimal
CONTRACTS = {
    "base units": BASE_UNITS,
    "linear": Contract(D("0.01")),
    "inverse": Contract(D(10), inverse=True),
}


def body(side, entry, stop):
    """Entered at 100; the stop of a long fires at 95, that of a short at 105."""
    sign = 1 if side == "buy" else -1
    at = {"price": {"value": 100}} if entry == "limit" else {}
    limit = {"price": {"value": 100 - 5 * sign}} if stop == "limit" else {}
    fires = {"price": {"value": 100 - 5 * sign, "type": "last"}}
    return {
        "account_id": 1,
        "pair": "USDT_BTC",
        "position": {"type": side, "order_type": entry, "units": {"value": "3"}, **at},
        "take_profit": {"enabled": False},
        "stop_loss": {"enabled": True, "order_type": stop, "conditional": fires, **limit},
    }


def ticks(*prices):
    since = (datetime(2026, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        microseconds=1
    )
    times = column([since + n * 60_000_000 for n in range(len(prices))])
    return Prices.all_of(
        PriceSeries(times, [column([int(price * 10_000) for price in prices])] * 3, 4, None)
    )


@pytest.mark.parametrize("kind", CONTRACTS)
@pytest.mark.parametrize(
    ("side", "entry", "stop", "model"),
    list(product(("buy", "sell"), ("limit", "market"), ("limit", "market"), ("base", "quote"))),
)
def test_the_loss_at_the_stop_is_the_same_everywhere(kind, side, entry, stop, model):
    contract = CONTRACTS[kind]
    rules = MarketRules(
        fee=D("0.0005"),
        maker=D("0.0002"),
        slippage=D("0.1"),
        fee_model="quote" if contract.whole_units else model,
    )
    terms, trade = Terms(rules, contract), trade_from_body(body(side, entry, stop))
    sign = 1 if side == "buy" else -1
    # A limit order waits first: the market comes to it.
    prices = (
        ticks(100 + sign, 100, 100 - 5 * sign) if entry == "limit" else ticks(100, 100 - 5 * sign)
    )
    (run,) = simulated(SimulationSubject("one", trade), terms, prices).runs
    risk = assess(trade, costs=terms.costs, reference=D(100), contract=contract)
    assert run.ending == "stop_loss"
    assert abs(run.net + risk.loss_at_stop) < D("1e-40")
    assert abs(run.r_multiple + 1) < D("1e-40")


SLIPPED = MarketRules(fee=D("0.001"), slippage=D(1), fee_model="quote")


def trade_of(side, **parts):
    """Entered at market, where it says nothing else."""
    whole = body(side, "market", "market")
    position = {**whole["position"], **parts.pop("position", {})}
    return trade_from_body({**whole, **parts, "position": position})


def both(trade, *prices, reference=None):
    """How it ends along the prices, and what all other figures say of it."""
    terms = Terms(SLIPPED)
    (run,) = simulated(SimulationSubject("one", trade), terms, ticks(*prices)).runs
    return run, assess(trade, costs=terms.costs, reference=reference)


@pytest.mark.parametrize(("side", "fires", "turned"), [("buy", 100, 101), ("sell", 100, 99)])
def test_exits_in_percent_are_as_far_from_what_is_paid_everywhere(side, fires, turned):
    away = {"price": {"percent": 5, "type": "last"}}
    trailing = {"price": {"value": fires, "type": "last"}, "order_type": "market"}
    trade = trade_of(
        side,
        position={
            "order_type": "conditional",
            "conditional": {**trailing, "trailing": {"enabled": True, "percent": 1}},
        },
        take_profit={"enabled": True, "steps": [{"order_type": "limit", "volume": 100, **away}]},
        stop_loss={"enabled": True, "order_type": "market", "conditional": away},
    )
    sign = 1 if side == "buy" else -1
    paid = turned * (1 + sign * D("0.01"))
    at_stop = paid * (1 - sign * D("0.05"))
    run, risk = both(trade, fires + sign, fires, turned, at_stop)
    assert run.entry == paid
    assert run.ending == "stop_loss"
    assert abs(run.net + risk.loss_at_stop) < D("1e-40")
    assert abs(run.r_multiple + 1) < D("1e-40")
    # 5 % won for 5 % lost, whatever was paid.
    assert risk.reward_risk_gross == 1
    ladder = {level.name: level.price for level in levels(trade, risk)}
    assert ladder["SL"] == at_stop


@pytest.mark.parametrize(("side", "sign"), [("buy", 1), ("sell", -1)])
def test_a_stop_goes_to_what_was_paid_once_a_target_is_reached(side, sign):
    targets = [
        {"order_type": "limit", "volume": 50, "price": {"value": 100 + n * sign, "type": "last"}}
        for n in (10, 20)
    ]
    stop = {"price": {"value": 100 - 5 * sign, "type": "last"}}
    trade = trade_of(
        side,
        take_profit={"enabled": True, "steps": targets},
        stop_loss={
            "enabled": True, "order_type": "market", "breakeven": True, "conditional": stop,
        },
    )  # fmt: skip
    paid = 100 + sign
    run, risk = both(trade, 100, 100 + 10 * sign, paid, reference=D(100))
    assert run.ending == "stop_loss"
    (end,) = [end for end in risk.scenarios if end.then == "break_even"]
    assert abs(run.net - end.profit) < D("1e-40")


@pytest.mark.parametrize(("side", "far"), [("buy", 50), ("sell", 150)])
def test_what_is_paid_is_what_liquidation_counts_from(side, far):
    leverage = {"enabled": True, "type": "isolated", "value": 10}
    trade = trade_of(side, leverage=leverage, stop_loss={"enabled": False})
    run, risk = both(trade, 100, far, reference=D(100))
    # 1 % of slippage: from 101 of a long, 99 of a short; fee 0.001, maintenance 2.5 %.
    sign = 1 if side == "buy" else -1
    worked_out = D(100 + sign) * (1 - sign * D("0.1")) / (1 - sign * D("0.026"))
    assert abs(run.liquidated_at - worked_out) < D("1e-20")
    assert abs(risk.liquidation - worked_out) < D("1e-20")
