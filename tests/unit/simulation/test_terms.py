"""A simulated trade that ends at its stop loses what all other figures say that it would lose."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest

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
    return Prices.all_of(PriceSeries(times, [column(list(prices))] * 3, 0, None))


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
