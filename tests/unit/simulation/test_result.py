"""What trades come to together, worked out by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from smartplan.simulation.result import (
    Ending,
    Happened,
    PricePath,
    Run,
    SimulatedTrade,
    Simulation,
)
from smartplan.trade.costs import Costs
from smartplan.trade.model import Position, Trade

D = Decimal
START = datetime(2026, 11, 22, tzinfo=UTC)


def test_equity_and_exposure_are_sums_over_all_trades():
    def happened(minute, exposure, realised):
        return Happened(
            time=START + timedelta(minutes=minute), status="", event="", price=None, units=None,
            step=None, realised=D(realised), stop=None, exposure=D(exposure),
        )  # fmt: skip

    end = START + timedelta(minutes=9)
    closed = (happened(0, 100, 0), happened(2, 0, 10))
    left_open = (happened(1, 210, 0), happened(2, 105, -3))
    runs = [
        Run(path=PricePath.TICKS, ending=Ending.OPEN, status="", events=events, net=D(net),
            entered_at=START, ended_at=at)
        for events, net, at in ((closed, 10, START + timedelta(minutes=2)), (left_open, -8, end))
    ]  # fmt: skip
    position = Position(type="buy", order_type="market", units=D(1))
    trade = Trade(account_id=1, pair="USDT_BTC", position=position)
    free = Costs.one(D(0))
    both = tuple(SimulatedTrade(str(n), trade, (run,), free) for n, run in enumerate(runs))
    (total,) = Simulation(both, {}).totals
    minutes = timedelta(minutes=1)
    assert [((t - START) // minutes, m) for t, m in total.equity] == [(2, -3), (2, 7), (9, 2)]
    exposures = [((t - START) // minutes, m) for t, m in total.exposure]
    assert exposures == [(0, 100), (1, 310), (2, 205), (2, 105)]
    assert (total.peak_exposure, total.net) == (310, 2)
