"""What the engine's fills of a trade come to in money: units, fees, margin, and costs of time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, TypedDict

from msgspec import Struct

from smartplan.sandbox.paths import Walk
from smartplan.sandbox.trade import ENTERING, Fill
from smartplan.sandbox.trade import ExchangeTrade as Ordered
from smartplan.simulation.terms import Terms
from smartplan.trade.contract import BASE_UNITS, Contract
from smartplan.trade.costs import FUNDED_EACH, Costs
from smartplan.trade.model import Side

ENTRIES = frozenset({"entry_filled", "position_taken"})
"""The events after which there is a position."""
ZERO = Decimal(0)
MICROSECOND = timedelta(microseconds=1)


class LastPrice(NamedTuple):
    """Where prices end: what is still held then is left at ``price``."""

    time: datetime
    price: Decimal


class Entered(TypedDict):
    """What was entered, under the names that ``trade.profit`` gives it."""

    entered_amount: Decimal
    entered_total: Decimal


class Bookkeeping(Struct, frozen=True):
    """What the engine's fills come to in money.

    The engine counts units at their price. Of contracts that is not the money: a linear one is
    worth its size, an inverse one the reciprocal, and pays its fees in the coin.
    """

    contract: Contract
    side: Side
    costs: Costs

    @classmethod
    def of(cls, terms: Terms, side: Side) -> "Bookkeeping":
        """That of contracts of unknown size is the engine's own: good to compare two walks."""
        contract = terms.contract if terms.contract.known else BASE_UNITS
        return cls(contract, side, terms.costs)

    def total(self, fill: Fill) -> Decimal:
        """What a fill paid or brought, with its commission."""
        if not self.contract.inverse:
            return self.contract.amount(fill.total)
        entering = 1 if fill.purpose in ENTERING else -1
        sign = entering * self.contract.side(self.side).sign
        return self._gross(fill) + sign * self.commission(fill)

    def commission(self, fill: Fill) -> Decimal:
        """What a fill cost."""
        if not self.contract.inverse:
            return self.contract.amount(fill.commission)
        return self._gross(fill) * (fill.commission / fill.gross)

    def entered(self, ordered: Ordered) -> Entered:
        """What was bought, or sold short, as P/L counts it, and what it cost."""
        total = self.contract.amount(ordered.entered_total)
        if self.contract.inverse:
            fills = ordered.fills_for(tuple(ENTERING))
            total = sum(map(self.total, fills), ZERO) if fills else self._held(ordered)
        amount = self.contract.amount(ordered.entered_amount)
        return Entered(entered_amount=amount, entered_total=total)

    def closed(self, ordered: Ordered) -> Decimal:
        """What was closed brought, or cost."""
        leaving = (fill for fill in ordered.fills if fill.purpose not in ENTERING)
        return sum(map(self.total, leaving), ZERO)

    def margin(self, ordered: Ordered) -> Decimal:
        """What was put up for the part that is still open."""
        entry, leverage = ordered.average_entry, ordered.leverage
        if entry is None or leverage is None:
            return ZERO
        return self.contract.value(ordered.remaining, entry) / leverage.value

    def accrued(self, walk: Walk) -> Iterator[Decimal]:
        """The funding that was paid by each event, below 0 what was got.

        It accrues evenly, on what open units are worth at the price they were entered at; in a
        candle at its open, for nobody knows the time of what happens inside of it.
        """
        paid, before = ZERO, None
        for record in walk.records:
            if before is not None:
                paid += self._funded(before.after, record.since - before.since)
            before = record
            yield paid

    def funding(self, walk: Walk, end: datetime) -> Decimal:
        """The same by the end: of the trade, or of the prices where it is open until then."""
        if self.costs.funding is None or not walk.trade.entered:
            return ZERO
        *_, paid = self.accrued(walk)
        if not walk.holds:
            return paid
        last = walk.records[-1]
        return paid + self._funded(last.after, end - last.since)

    def _funded(self, held: Ordered, time: timedelta) -> Decimal:
        entry = held.average_entry
        if self.costs.funding is None or entry is None or not time:
            return ZERO
        worth = self.contract.value(held.remaining, entry)
        each = self.costs.funding_on(self.side, worth) or ZERO
        return each * Decimal(time // MICROSECOND) / Decimal(FUNDED_EACH // MICROSECOND)

    def _held(self, ordered: Ordered) -> Decimal:
        """A position that was there already, at the price it was said to have cost."""
        if not ordered.entered_amount:
            return ZERO
        average = ordered.entered_total / ordered.entered_amount
        return self.contract.value(ordered.entered_amount, average)

    def _gross(self, fill: Fill) -> Decimal:
        return self.contract.value(fill.amount, fill.price)


def entry_time(walk: Walk) -> datetime | None:
    """When a position was entered, or taken over."""
    return next((event.time for event in walk.events if event.kind in ENTRIES), None)
