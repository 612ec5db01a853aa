"""What the exchange holds, read completely: else nobody may conclude "not found"."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol

from smartplan.changes.inputs import View
from smartplan.trade.model import LiveTrade


class Listing(Protocol):
    """Complete lists of live trades, or an error; never a part."""

    def active(self) -> Sequence[LiveTrade]:
        """Every open trade of the key."""
        ...

    def since(self, day: date | None) -> Sequence[LiveTrade]:
        """Every trade created from ``day`` on, whatever its status."""
        ...


def read(listing: Listing, workspace: str, names: Iterable[str], since: date | None) -> View:
    """One list of open trades; the longer list only when some name is not among them."""
    active = listing.active()
    found = {
        live.marker.name
        for live in active
        if live.marker is not None and live.marker.workspace == workspace
    }
    ended = listing.since(since) if set(names) - found else ()
    return View(active, ended)
