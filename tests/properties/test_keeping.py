"""What moved on the exchange and is kept moves no more; the plan's other text stays as it is."""

import os
from pathlib import Path
from typing import Any

import pytest

from smartplan.changes.changeset import Unchanged
from smartplan.workflow.keeping import Keeping
from tests.drifting import (
    change_in_app,
    conditional,
    entry,
    kept,
    leverage,
    prepared,
    says_no_changes,
    stop,
    stop_at,
    targets,
)

BRACKETS = """\
# mine
account: main
pair: USDT_BTC   # the pair
position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
take_profit: {enabled: true, steps: [{order_type: limit, price: {value: 66000, type: bid}, volume: 60}, {order_type: limit, price: {value: 72000, type: bid}, volume: 40}]}
stop_loss: { enabled: true, order_type: market, conditional: { price: { value: 55000, type: bid } } } # last
"""  # noqa: E501
LINES = """\
trades:
  # the first
  btc:
    account: main
    pair: "USDT_BTC"
    note: 'weekly   support'
    position:
      type: buy
      order_type: limit
      units: {value: 0.01}
      price:
        value: 60000  # near
    take_profit:
      enabled: true
      steps:
        # nearer
        - order_type: limit
          price:
            value: 66000
            type: bid
          volume: 60   # more
        - {order_type: limit, price: {value: 72000, type: bid}, volume: 40}  # farther
    stop_loss:
      enabled: true
      order_type: market
      conditional:
        price:
          value: "55000"
          type: bid

    # what follows is another
  eth:
    account: main
    pair: USDT_ETH
    position: {type: buy, order_type: limit, units: {value: 0.2}, price: {value: 2400}}
    take_profit: {enabled: false}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 2250, type: bid}}}
"""
DEFAULTS = """\
defaults:
  account: main
  take_profit:
    enabled: true
    steps:
      - {order_type: limit, price: {value: 66000, type: bid}, volume: 60}
      - {order_type: limit, price: {value: 72000, type: bid}, volume: 40}
  stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
trades:
  btc:
    pair: USDT_BTC
    position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
  other:
    pair: USDT_BTC
    position: {type: buy, order_type: limit, units: {value: 0.02}, price: {value: 59000}}
"""
TEMPLATE = """\
{# the levels #}
{% set far = 72000 %}
account: main
pair: USDT_BTC
{% if entry > 50000 %}
position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: {{ entry }}}}
{% endif %}
take_profit:
  enabled: true
  steps:
    - {order_type: limit, price: {value: 66000, type: bid}, volume: 60}
    - {order_type: limit, price: {value: {{ far }}, type: bid}, volume: 40}
stop_loss:
  enabled: true
  order_type: market
  conditional: {price: {value: {{ stop }}, type: bid}} {# far away #}
"""
PLANS = {
    "in brackets": BRACKETS,
    "on lines": LINES,
    "on lines of Windows": "\ufeff" + LINES.replace("\n", "\r\n"),
    "without a last line end": BRACKETS.rstrip("\n"),
    "by defaults": DEFAULTS,
    "of a template": TEMPLATE,
}

CHANGES = {
    "a stop is moved": stop_at("57000"),
    "a stop is taken away": lambda _: {"stop_loss": {"enabled": False}},
    "a stop goes to breakeven": stop(breakeven=True),
    "a stop waits": stop(timeout={"enabled": True, "value": 60}),
    "a stop becomes a limit": stop(order_type="limit", price={"value": "54900"}),
    "a stop trails": stop(
        conditional={
            "price": {"value": "55000", "type": "bid"},
            "trailing": {"enabled": True, "percent": "2"},
        }
    ),
    "a stop watches another price": stop(
        conditional={"price": {"value": "55000", "type": "last"}}
    ),
    "a target is moved": targets(("67000", "60"), ("72000", "40")),
    "a target is added": targets(("66000", "50"), ("72000", "30"), ("80000", "20")),
    "a target is taken away": targets(("66000", "100")),
    "the last target trails": targets(("66000", "60"), ("72000", "40"), trailing="1"),
    "all targets are taken away": lambda _: {"take_profit": {"enabled": False, "steps": []}},
    "the entry is moved": entry("59500"),
    "it is made larger": entry("60000", "0.015"),
}  # fmt: skip


FUTURES = """\
trades:
  btc:
    account: futures
    pair: USDT_BTC
    leverage: {enabled: true, type: isolated, value: 5}
    position:
      {type: buy, order_type: conditional, units: {value: 0.01}, conditional: {price: {value: 70000, type: ask}, order_type: market}}
    take_profit: {enabled: true, steps: [{order_type: limit, price: {value: 80000, type: bid}, volume: 100}]}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 65000, type: bid}}}
"""  # noqa: E501
TRAILING = (
    FUTURES.replace(" market}}", " market, trailing: {enabled: true, percent: 1}}}")
    .replace("{value: 80000, type: bid}", "{percent: 10, type: bid}")
    .replace("{value: 65000, type: bid}", "{percent: 5, type: bid}")
)  # fmt: skip
WAITING = FUTURES.replace(
    "market, conditional: {price: {value: 65000",
    "limit, price: {value: 64900}, timeout: {enabled: true, value: 30}, "
    "conditional: {price: {value: 65000",
)
ON_FUTURES: dict[str, tuple[Any, ...]] = {
    "more leverage": (FUTURES, leverage(enabled=True, type="isolated", value="7")),
    "another margin": (FUTURES, leverage(enabled=True, type="cross", value="5")),
    "no leverage": (FUTURES, leverage(enabled=False)),
    "leverage": (
        "".join(line for line in FUTURES.splitlines(keepends=True) if "leverage" not in line),
        leverage(enabled=True, type="isolated", value="7"),
    ),
    "a limit": (FUTURES, conditional("ask", order_type="limit", price="70100")),
    "another price is watched": (FUTURES, conditional("last")),
    "all at once": (
        FUTURES,
        conditional("last"),
        leverage(enabled=True, type="cross", value="3"),
        stop_at("64000"),
        targets(("81000", "60"), ("90000", "40")),
    ),
    "a stop in percent": (TRAILING, stop(conditional={"price": {"percent": "4", "type": "bid"}})),
    "a limit becomes a market order": (WAITING, stop_at("65000", order_type="market")),
    "no time-out": (WAITING, stop(timeout={"enabled": False})),
}
EACH = [
    (plan, change)
    for number, change in enumerate(CHANGES)
    for other, plan in enumerate(PLANS)
    if os.environ.get("EXPLORE") or (number + other) % 3 == 0
]


@pytest.mark.parametrize(("plan", "change"), EACH)
def test_what_is_kept_moves_no_more(tmp_path: Path, plan: str, change: str) -> None:
    workspace, file = prepared(tmp_path, PLANS[plan])
    before = file.read_bytes()
    change_in_app(workspace, CHANGES[change])
    assert workspace.diff().blocked
    keeping = kept(workspace, "btc")
    assert [one.reason for one in keeping.fields if one.place is None] == []
    assert says_no_changes(workspace.diff()), workspace.diff().actions
    assert_only_lines_of(keeping, before, file.read_bytes())
    workspace.apply()
    assert all(isinstance(one, Unchanged) for one in workspace.diff().actions)


@pytest.mark.parametrize("change", ON_FUTURES)
def test_what_is_kept_of_a_conditional_entry_moves_no_more(tmp_path: Path, change: str) -> None:
    text, *changes = ON_FUTURES[change]
    workspace, file = prepared(tmp_path, text)
    before = file.read_bytes()
    for one in changes:
        change_in_app(workspace, one)
    keeping = kept(workspace, "btc")
    assert [one.reason for one in keeping.fields if one.place is None] == []
    assert says_no_changes(workspace.diff()), workspace.diff().actions
    assert_only_lines_of(keeping, before, file.read_bytes())


def assert_only_lines_of(keeping: Keeping, before: bytes, after: bytes) -> None:
    """Comments, marks and line ends are what they were, and so is every line but those told."""
    ends = b"\r\n" if b"\r\n" in before else b"\n"
    assert after.count(b"\n") == after.count(ends)
    assert after.startswith(b"\xef\xbb\xbf") is before.startswith(b"\xef\xbb\xbf")
    was, now = (content.decode().splitlines() for content in (before, after))
    told = sum(one.place is not None for one in keeping.fields)
    gone = [line for line in was if line not in now]
    come = [line for line in now if line not in was]
    assert len(come) <= told
    comments = [line.partition("#")[2] for line in was if "#" in line]
    kept_comments = [line.partition("#")[2] for line in now if "#" in line]
    assert [one for one in comments if one in kept_comments] == kept_comments
    assert len(gone) <= told + 5  # a target on lines of its own may go
