"""What the exchange holds, read completely: else nobody may conclude "not found"."""

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Protocol

from msgspec import Struct

from smartplan.api.client import ACTIVE_TRADES, PAGE_SIZE, TradeFilter
from smartplan.changes.reconcile.inputs import MarketView
from smartplan.errors import AnswerLost, MovingList
from smartplan.trade.listing import Listing, Unreadable
from smartplan.trade.model import LiveTrade

READINGS = 4
"""How often a list of several pages is read before nobody believes it any more."""

_FEW = 2
"""Rows that are no full page of any service, and too few to begin the next page with the last."""

Row = LiveTrade | Unreadable
_NONE = Listing()


class Pages(Protocol):
    """Pages of live trades, oldest first; ``api.client.SmartTradeClient`` has them."""

    def list_trades(
        self, criteria: TradeFilter, *, page: int = 1, per_page: int = PAGE_SIZE
    ) -> Listing:
        """One page, counted from 1; shorter than asked wherever the service likes."""
        ...


def complete(pages: Pages, criteria: TradeFilter = ACTIVE_TRADES) -> Listing:
    """Every live trade that meets ``criteria``, oldest first, each id once.

    Trades leave a list while it is paged, and those behind them move up unseen. So a list of
    several pages is read until two readings agree: all ids of the first are in the second, which
    may have newer ones. Nothing that was seen has left then, so nothing moved up. A list of
    whatever status by date of creation loses nothing, and is read once. Raises ``MovingList``
    where no two agree.
    """
    steady = criteria.status in {None, "all"}
    before: AbstractSet[object] | None = None
    for _ in range(READINGS):
        rows, certain = _once(pages, criteria)
        if steady or certain or (before is not None and before <= rows.keys()):
            return _as_listed(rows.values())
        before = rows.keys()
    raise MovingList(
        f"the list of live trades keeps moving: {READINGS} readings, none with all of the last",
        hint="nothing can be concluded from it: try again in a moment",
    )


def _once(pages: Pages, criteria: TradeFilter) -> tuple[dict[object, Row], bool]:
    """The rows by id, and whether this reading alone shows that nothing is missing.

    Only an empty page, or one with nothing new, is the last: how many rows the service gives at
    most is its own affair. After a short page the next one begins with its last row: that alone
    is what comes where everything was on one page, and none left meanwhile.
    """
    first = pages.list_trades(criteria, page=1, per_page=PAGE_SIZE)
    rows, size = _by_id(first), len(first)
    if not rows:
        return rows, True
    if _FEW < size < PAGE_SIZE:
        again = pages.list_trades(criteria, page=2, per_page=size - 1)
        if len(again) == 1 and _by_id(again).keys() <= rows.keys():
            return rows, True
    number = 2
    # A05
    while _by_id(page := pages.list_trades(criteria, page=number, per_page=size)).keys() - rows:
        rows |= _by_id(page)
        number += 1
    if number == 2 and size == PAGE_SIZE and _by_id(page).keys() == rows.keys():
        raise AnswerLost("GET /v2/smart_trades: page 2 repeats page 1: there may be more.")
    return rows, size <= _FEW and number == 2


def _by_id(page: Listing) -> dict[object, Row]:
    """What can be read last: it stays where an id comes both ways. Without an id: as it is."""
    odd: dict[object, Row] = {row if row.id is None else row.id: row for row in page.unreadable}
    return odd | {live.id: live for live in page.trades}


def _as_listed(rows: Iterable[Row]) -> Listing:
    lives: list[LiveTrade] = []
    odd: list[Unreadable] = []
    for row in rows:
        if isinstance(row, LiveTrade):
            lives.append(row)
        else:
            odd.append(row)
    return Listing(tuple(lives), tuple(odd))


class Ownership(Struct, frozen=True):
    """Whose live trades are ours: the marker's workspace, on the accounts of the environment."""

    workspace: str
    accounts: Collection[int]

    def owns(self, live: LiveTrade) -> bool:
        """Whether the marker is ours; other accounts belong to other environments."""
        return live.is_of(self.workspace) and bool(self.here([live]))

    def here(self, lives: Iterable[LiveTrade]) -> tuple[LiveTrade, ...]:
        """Those on our accounts: the others are other environments'."""
        return tuple(live for live in lives if live.trade.account_id in self.accounts)

    def perhaps_here(self, listed: Listing) -> tuple[Unreadable, ...]:
        """The rows nobody can read, but for those of other accounts."""
        return tuple(
            row
            for row in listed.unreadable
            if row.account_id is None or row.account_id in self.accounts
        )

    def view(self, active: Listing, ended: Listing = _NONE) -> MarketView:
        """What is on our accounts."""
        odd = (*self.perhaps_here(active), *self.perhaps_here(ended))
        unreadable = {row.id if row.id is not None else -n: row for n, row in enumerate(odd, 1)}
        return MarketView(
            self.here(active.trades), self.here(ended.trades), unreadable=tuple(unreadable.values())
        )

    def names(self, lives: Iterable[LiveTrade]) -> frozenset[str]:
        """The names of ours among them."""
        return frozenset(live.marker.name for live in lives if live.marker and self.owns(live))


def open_trades(pages: Pages, ours: Ownership) -> MarketView:
    """What is open on our accounts; nothing is known of what has ended."""
    return ours.view(complete(pages))


def whole(pages: Pages, ours: Ownership, since: date | None) -> MarketView:
    """The open trades, and every other created from ``since`` on."""
    return ours.view(complete(pages), _created_from(pages, since))


def read(
    pages: Pages,
    ours: Ownership,
    names: Iterable[str],
    since: date | None,
    *,
    ids: Iterable[int] = (),
    doubt: bool = False,
) -> MarketView:
    """One list of open trades; the longer list only when some name or id is not among them.

    In ``doubt`` about a create both are read: a copy may be open while what was created has ended.
    """
    active = complete(pages)
    lost = set(names) - ours.names(ours.here(active.trades))
    lost_ids = set(ids) - {live.id for live in active.trades}
    lost_ids -= {row.id for row in active.unreadable if row.id is not None}
    if not doubt and not lost and not lost_ids:
        return ours.view(active)
    return ours.view(active, _created_from(pages, since))


def _created_from(pages: Pages, day: date | None) -> Listing:
    # A23
    start = day.isoformat() if day is not None else None
    return complete(pages, TradeFilter(status="all", created_from=start))
