"""What the exchange holds, read completely: else nobody may conclude "not found"."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose live trades are ours: the marker's workspace, on the accounts of the environment."""

    workspace: str
    accounts: Collection[int]

    def owns(self, live: LiveTrade) -> bool:
        """Whether the marker is ours; other accounts belong to other environments."""
        marker = live.marker
        ours = marker is not None and marker.workspace == self.workspace
        return ours and bool(self.here([live]))

    def here(self, lives: Iterable[LiveTrade]) -> tuple[LiveTrade, ...]:
        """Those on our accounts: the others are other environments'."""
        return tuple(live for live in lives if live.trade.account_id in self.accounts)

    def names(self, lives: Iterable[LiveTrade]) -> frozenset[str]:
        """The names of ours among them."""
        return frozenset(live.marker.name for live in lives if live.marker and self.owns(live))


def read(
    listing: Listing,
    ours: Ownership,
    names: Iterable[str],
    since: date | None,
    *,
    doubt: bool = False,
) -> View:
    """One list of open trades; the longer list only when some name is not among them.

    In ``doubt`` about a create both are read: a copy may be open while what was created has ended.
    """
    active = ours.here(listing.active())
    if not doubt and not set(names) - ours.names(active):
        return View(active)
    return View(active, ours.here(listing.since(since)))
