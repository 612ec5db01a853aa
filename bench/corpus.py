"""Workspaces of many plans, the same on every machine and in every run."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SETTINGS = 'workspace = "bench"\nsince = 2026-01-01\n'
COINS = {"BTC": 60000, "ETH": 2400, "SOL": 150, "ADA": 2, "XRP": 3}
INVALID_EVERY = 25
"""One plan in 25 is wrong: 4 %."""
TEMPLATED_EVERY, TEMPLATED_OF = 10, 3
"""Three plans in ten are templates: 30 %."""


@dataclass(frozen=True)
class Plan:
    """One trade of the corpus: a name, a coin, an entry price and a side."""

    name: str
    coin: str
    entry: int
    long: bool

    def away(self, percent: int) -> str:
        """The price so many percent into profit (or, below zero, into loss)."""
        cents = self.entry * (100 + (percent if self.long else -percent))
        return f"{cents // 100}.{cents % 100:02}".rstrip("0").rstrip(".")


def plan(number: int) -> Plan:
    """The plan with this number."""
    coin = list(COINS)[number % len(COINS)]
    return Plan(f"desk-{number:05}", coin, COINS[coin] * (100 + number % 37), number % 3 != 0)


def clean(number: int) -> str:
    """A sound plan of 50 lines, in block style."""
    one = plan(number)
    side, paid = ("buy", "bid") if one.long else ("sell", "ask")
    steps = "".join(
        f"""\
        - order_type: limit
          price:
            value: {one.away(percent)}
            type: {paid}
          volume: {volume}
"""
        for percent, volume in ((5, 40), (10, 30), (15, 20))
    )
    return f"""\
# Plan {number}: {"long" if one.long else "short"} {one.coin}, three targets and a trailing rest.
trades:
  {one.name}:
    account: main
    pair: USDT_{one.coin}
    position:
      type: {side}
      order_type: limit
      units:
        value: {number + 1}.25
      price:
        value: {one.entry}
    take_profit:
      enabled: true
      steps:
{steps}\
        - order_type: market
          price:
            value: {one.away(20)}
            type: {paid}
          volume: 10
          trailing:
            enabled: true
            percent: 2
    stop_loss:
      enabled: true
      breakeven: true
      order_type: market
      conditional:
        price:
          value: {one.away(-4)}
          type: {paid}
    note: "number {number} of the desk"
    lifecycle:
      round: 1
      on_remove: keep
"""


FAULTS: tuple[tuple[str, str], ...] = (
    ("volume: 10", "volume: 15"),
    ("breakeven: true", "break_even: true"),
    ("order_type: limit", "order_type: Limit"),
    ("    account: main\n", ""),
    ("      enabled: true\n", "      enabled: true\n      enabled: true\n"),
)


def with_faults(number: int) -> str:
    """A sound plan, but each 25th has a fault: schema, rule or YAML."""
    text = clean(number)
    if number % INVALID_EVERY:
        return text
    right, wrong = FAULTS[number // INVALID_EVERY % len(FAULTS)]
    assert right in text
    return text.replace(right, wrong, 1)


def with_templates(number: int) -> str:
    """A sound plan, but three in ten compute their prices and loop over their targets."""
    if number % TEMPLATED_EVERY >= TEMPLATED_OF:
        return clean(number)
    one = plan(number)
    side, paid = ("buy", "bid") if one.long else ("sell", "ask")
    sign = "" if one.long else "-"
    head, _, tail = clean(number).partition("      steps:\n")
    rest = "    stop_loss:\n" + tail.partition("    stop_loss:\n")[2]
    assert side in head
    return f"""\
{{% set entry = {one.entry} %}}
{head.replace(f"value: {one.entry}", "value: {{ entry }}")}\
      steps:
{{%- for percent, volume in [(5, 40), (10, 30), (15, 20), (20, 10)] %}}
        - order_type: limit
          price:
            value: {{{{ pct(entry, {sign}percent) }}}}
            type: {paid}
          volume: {{{{ volume }}}}
{{%- endfor %}}
{rest.replace(f"value: {one.away(-4)}", f"value: {{{{ pct(entry, {sign}(-4)) }}}}")}"""


def build(folder: Path, count: int, write: Callable[[int], str]) -> Path:
    """A workspace of ``count`` plans in ``folder``, which must not exist."""
    plans = folder / "plans"
    plans.mkdir(parents=True)
    (folder / "smartplan.toml").write_text(SETTINGS, encoding="utf-8")
    for number in range(count):
        (plans / f"{number:05}.yaml").write_text(write(number), encoding="utf-8")
    return folder


def remove(folder: Path) -> None:
    """Delete a workspace."""
    shutil.rmtree(folder, ignore_errors=True)
