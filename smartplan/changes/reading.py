"""What the exchange holds, read completely: else nobody may conclude "not found"."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from smartplan.changes.inputs import View
from smartplan.trade.listed import Listed, Unreadable
from smartplan.trade.model import LiveTrade


class Listing(Protocol):
    """Complete lists of live trades, or an error; never a part."""

    def active(self) -> Listed:
        """Every open trade of the key."""
        ...

    def since(self, day: date | None) -> Listed:
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

    def perhaps_here(self, listed: Listed) -> tuple[Unreadable, ...]:
        """The rows nobody can read, but for those of other accounts."""
        return tuple(
            row
            for row in listed.unreadable
            if row.account_id is None or row.account_id in self.accounts
        )

    def view(self, active: Listed, ended: Listed = Listed()) -> View:  # noqa: B008 - frozen
        """What is on our accounts."""
        odd = (*self.perhaps_here(active), *self.perhaps_here(ended))
        unreadable = {row.id if row.id is not None else -n: row for n, row in enumerate(odd, 1)}
        return View(
            self.here(active.trades), self.here(ended.trades), unreadable=tuple(unreadable.values())
        )

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
    active = listing.active()
    if not doubt and not set(names) - ours.names(ours.here(active.trades)):
        return ours.view(active)
    return ours.view(active, listing.since(since))
