"""``python bench/match.py``: how matching and diffing in memory grow with the number of trades.

Prints the milliseconds per 1,000 trades at 1,000 and at 10,000, each the best of several runs.
"""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import corpus
from smartplan.api.entities import Rates
from smartplan.changes.reconcile.inputs import Desired, MarketView, Scope
from smartplan.changes.reconcile.reconcile import reconcile
from smartplan.document.tree import Node, parse
from smartplan.trade.bodies import create_body
from smartplan.trade.fields import digests
from smartplan.trade.marker import note_for
from smartplan.trade.model import LiveTrade, Trade
from smartplan.trade.parse import PlannedTrade, entries, planned
from smartplan.trade.risk import Risk
from smartplan.trade.wire import live_trade, plain_values

ACCOUNTS = {"main": 1, "futures": 2}


def plan(index: int) -> PlannedTrade:
    """A planned trade of the corpus, under a name of its own."""
    document = parse(corpus.clean(index), f"{index}.yaml").document
    assert document is not None
    return planned(entries(document)[0], ACCOUNTS)


def live(trade: PlannedTrade, number: int) -> LiveTrade:
    """The live trade of a plan as the service would list it, with nothing filled."""
    body = create_body(trade.trade, note_for(trade, "desk", digests(trade.trade)))
    entity = {name: plain_values(cast("Node", value), name) for name, value in body.items()}
    return live_trade(
        {
            **entity,
            "id": number,
            "account": {"id": trade.trade.account_id},
            "status": {"type": "waiting_position"},
        }
    )


def seconds(trades: Sequence[PlannedTrade], lives: Sequence[LiveTrade]) -> float:
    """One reconciliation of everything; every trade must come out unchanged."""

    def assess(
        trade: Trade,
        planned: PlannedTrade | None = None,  # noqa: ARG001  # what is measured is not the risk
        paid: Decimal | None = None,  # noqa: ARG001
        rates: Rates | None = None,  # noqa: ARG001
        live: LiveTrade | None = None,  # noqa: ARG001
    ) -> Risk:
        return Risk(quote=trade.quote)

    scope = Scope("desk", "sandbox", ACCOUNTS, datetime.now(UTC), assess)
    start = time.perf_counter()
    found = reconcile(Desired(trades, len(trades)), MarketView(lives), scope)
    taken = time.perf_counter() - start
    assert not found.mutations
    assert len(found.actions) == len(trades)
    return taken


def main() -> None:
    """Measure both sizes in turn."""
    trades = [plan(index) for index in range(10_000)]
    lives = [live(trade, number) for number, trade in enumerate(trades, 1)]
    best = {1_000: float("inf"), 10_000: float("inf")}
    for _ in range(5):
        for size in best:
            best[size] = min(best[size], seconds(trades[:size], lives[:size]))
    print(*(f"{1e6 * taken / size:.3f}" for size, taken in best.items()))


if __name__ == "__main__":
    main()
