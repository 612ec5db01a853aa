"""What is at risk in trades that are open already; pure."""

from collections.abc import Container, Iterator, Mapping
from decimal import Decimal
from typing import Protocol

from smartplan.api.entities import Rates
from smartplan.trade.listing import Unreadable
from smartplan.trade.model import LiveTrade, Trade
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.position import average_entry
from smartplan.trade.risk import Risk


class Assess(Protocol):
    """The risk of a trade, desired or live, with the fees and the reference its plan has."""

    def __call__(
        self,
        trade: Trade,
        planned: PlannedTrade | None = None,
        paid: Decimal | None = None,
        rates: Rates | None = None,
    ) -> Risk:
        """``paid`` is the average price of a position, commission included.

        ``rates`` are the market's, for what is to be sent to it.
        """
        ...


def live_risk(
    live: LiveTrade,
    assess: Assess,
    planned: PlannedTrade | None = None,
    rates: Rates | None = None,
) -> Risk:
    """The risk of a live trade as it stands."""
    return position_risk(live.trade, live, assess, planned, rates)


def position_risk(
    trade: Trade,
    live: LiveTrade,
    assess: Assess,
    planned: PlannedTrade | None = None,
    rates: Rates | None = None,
) -> Risk:
    """The risk of ``trade``, which is what becomes of a live trade."""
    paid = average_entry(live) if live.entered else None
    return assess(trade, planned, paid, rates)


def staying(
    lives: Iterator[LiveTrade],
    told: Container[int | None],
    unknown: Mapping[tuple[str, int], Trade | None],
    assess: Assess,
) -> Iterator[tuple[str, Risk]]:
    """The risk of open trades that no action tells, and of creates that may have been executed.

    Names are made unique: two open trades may carry the same marker.
    """
    names: set[str] = set()
    for live in lives:
        if live.id not in told:
            name = live.marker.name if live.marker is not None else f"#{live.id}"
            yield (f"{name} #{live.id}" if name in names else name), live_risk(live, assess)
            names.add(name)
    for (name, round_), asked in unknown.items():
        if asked is not None:
            yield (f"{name} round {round_}" if name in names else name), assess(asked)


def unreadable_risk(row: Unreadable) -> tuple[str, Risk]:
    """A row of ours that nobody can read: what limits the total fails closed."""
    why = "it cannot be read"
    quote = row.pair.partition("_")[0] if row.pair else "a pair that cannot be read"
    return row.called, Risk(quote=quote, unknown={"notional": why, "loss_at_stop": why})
