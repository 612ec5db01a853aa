"""A history of one-minute candles, the same on every machine and in every run."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2026, 1, 1, tzinfo=UTC)
FIRST_CENTS = 6_000_000

PLAN = """\
trades:
  swing:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: limit, units: {value: 0.1}, price: {value: 59900}}
    take_profit:
      enabled: true
      steps:
        - {order_type: limit, price: {value: 61000, type: bid}, volume: 50}
        - {order_type: limit, price: {value: 600000, type: bid}, volume: 50}
    stop_loss:
      enabled: true
      order_type: market
      conditional: {price: {value: 20000, type: bid}, trailing: {enabled: true, percent: 60}}
"""
"""Open from the first day to the last: the engine has a position, a target and a stop to watch."""


SWEPT = """\
trades:
  swing:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: limit, units: {value: 0.1}, price: {value: 59900}}
    take_profit:
      enabled: true
      steps: [{order_type: limit, price: {value: 61000, type: bid}, volume: 100}]
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 58700, type: bid}}}
"""
"""Ends when it does: a stop that stands still, and one target."""
THOUSAND = ("--sweep", "stop=0.2%..10%/0.2%", "--sweep", "tp=0.5%..10%/0.5%")
"""50 stops, 20 targets."""


def write(folder: Path, count: int) -> Path:
    """A workspace with the plan and ``prices.csv`` of so many candles."""
    folder.mkdir(parents=True)
    (folder / "smartplan.toml").write_text('workspace = "bench"\n')
    (folder / "plan.yaml").write_text(PLAN)
    (folder / "swept.yaml").write_text(SWEPT)
    luck, price = random.Random(10), FIRST_CENTS
    with (folder / "prices.csv").open("w") as stream:
        stream.write("ts,open,high,low,close,volume\n")
        for number in range(count):
            close = price + luck.randint(-2_000, 2_000) + (FIRST_CENTS - price) // 20_000
            high = max(price, close) + luck.randint(0, 1_000)
            low = min(price, close) - luck.randint(0, 1_000)
            cells = (_money(cents) for cents in (price, high, low, close, luck.randint(1, 99_999)))
            time = START + timedelta(minutes=number)
            stream.write(f"{time.isoformat()},{','.join(cells)}\n")
            price = close
    return folder


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
