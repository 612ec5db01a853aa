"""A workspace of many trades in each plan, all of them open on the embedded exchange."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from bench.corpus import SETTINGS
from smartplan import settings
from smartplan.sandbox.exchange import Exchange
from smartplan.trade.bodies import create_body
from smartplan.trade.fields import digests
from smartplan.trade.marker import note_for
from smartplan.workflow.lint_plans import check, open_workspace
from smartplan.workflow.sources import Inputs

A_PLAN = 50
HEAD = "defaults: {account: main}\ntrades:\n"


def trade(number: int) -> str:
    """A long with a target and a stop; no two have the same units."""
    entry = 100 + Decimal(number % 977) / 100
    return f"""\
  desk-{number:05}:
    pair: USDT_SOL
    position:
      {{type: buy, order_type: limit, units: {{value: {number + 1}}}, price: {{value: {entry}}}}}
    take_profit:
      enabled: true
      steps: [{{order_type: limit, price: {{value: {entry + 30}, type: bid}}, volume: 100}}]
    stop_loss:
      enabled: true
      order_type: market
      conditional: {{price: {{value: {entry - 20}, type: bid}}}}
"""


def build(folder: Path, count: int) -> Path:
    """``count`` trades in plans of ``A_PLAN``, in ``folder``, which must not exist."""
    _open_all(written(folder, count))
    return folder


def written(folder: Path, count: int) -> Path:
    """The same plans, and nothing is open yet."""
    plans = folder / "plans"
    plans.mkdir(parents=True)
    (folder / "smartplan.toml").write_text(SETTINGS, encoding="utf-8")
    for start in range(0, count, A_PLAN):
        text = HEAD + "".join(map(trade, range(start, min(start + A_PLAN, count))))
        (plans / f"{start:05}.yaml").write_text(text, encoding="utf-8")
    return folder


def _open_all(folder: Path) -> None:
    """As if each had been created an hour ago; the journal knows of none."""
    loaded = settings.load(folder, {})
    opened = datetime.now(UTC) - timedelta(hours=1)
    exchange = Exchange(clock=lambda: opened)
    for planned in check(open_workspace(Inputs(()), loaded, folder), opened).trades:
        note = note_for(planned, loaded.workspace, digests(planned.trade))
        exchange.create(create_body(planned.trade, note))
    loaded.state_folder.mkdir()
    with exchange._venue.open() as book:
        (loaded.state_folder / "sandbox.json").write_bytes(book.whole())
