"""What lint passes the exchange does not refuse, and the other way round: numbers with bounds."""

from pathlib import Path

import pytest

from smartplan.sandbox.rejection import Rejection
from smartplan.trade.bodies import create_body
from tests.workspace import Workspace

GEARED = """
account: futures
pair: USDT_BTC
leverage: {enabled: true, type: isolated, value: VALUE}
position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
take_profit: {enabled: false}
stop_loss:
  {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
"""
TRAILING_STOP = """
account: main
pair: USDT_BTC
position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
take_profit: {enabled: false}
stop_loss:
  enabled: true
  order_type: market
  conditional: {price: {value: 55000, type: bid}, trailing: {enabled: true, percent: VALUE}}
"""
TRAILING_ENTRY = """
account: main
pair: USDT_BTC
position:
  type: buy
  order_type: conditional
  units: {value: 0.01}
  conditional:
    {price: {value: 60000}, order_type: market, trailing: {enabled: true, percent: VALUE}}
take_profit: {enabled: false}
stop_loss: {enabled: true, order_type: market, conditional: {price: {percent: 5, type: bid}}}
"""
TRAILING_TARGET = """
account: main
pair: USDT_BTC
position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
take_profit:
  enabled: true
  steps:
    - order_type: market
      price: {value: 66000, type: bid}
      volume: 100
      trailing: {enabled: true, percent: VALUE}
stop_loss:
  {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
"""
PERCENTS = {
    "0.01": True, "0.010": True, "2.5": True, "100": True, '"100.0"': True,
    "0.009": False, "0.001": False, "100.01": False, "150": False, '"150"': False,
}  # fmt: skip
FACTORS = {
    "1": True,
    "5": True,
    "5.0": True,
    '"5"': True,
    "2.5": False,
    "0.5": False,
    '"2.5"': False,
}


@pytest.mark.parametrize(
    ("plan", "value", "taken"),
    [
        *((GEARED, value, taken) for value, taken in FACTORS.items()),
        *(
            (plan, value, taken)
            for plan in (TRAILING_STOP, TRAILING_ENTRY, TRAILING_TARGET)
            for value, taken in PERCENTS.items()
        ),
    ],
)
def test_what_lint_passes_the_exchange_takes(
    tmp_path: Path, plan: str, value: str, taken: bool
) -> None:
    workspace = Workspace(tmp_path)
    workspace.plan("p", plan.replace("VALUE", value))
    checked = workspace.check()
    assert (not checked.errors) is taken, [finding.message for finding in checked.findings]
    (planned,) = checked.trades
    body = create_body(planned.trade, "note")
    if taken:
        assert workspace.exchange.create(body)["status"]["type"] == "created"
    else:
        with pytest.raises(Rejection, match="record_invalid"):
            workspace.exchange.create(body)
