"""Rows nobody can read, held against the plans: which trade each is, or may be; pure.

"Not found" must not mean "does not exist" while the trade may be one of these.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from smartplan.changes.inputs import Memory, View
from smartplan.trade.listed import Unreadable
from smartplan.trade.model import Trade


@dataclass(frozen=True, slots=True)
class Hidden:
    """The unreadable rows of a view, for one workspace and what its journal knows."""

    rows: Sequence[Unreadable]
    workspace: str
    memory: Memory

    @classmethod
    def of(cls, view: View, workspace: str, memory: Memory) -> "Hidden":
        """Those of ``view``."""
        return cls(view.unreadable, workspace, memory)

    def name_of(self, row: Unreadable) -> str | None:
        """The name of ours it goes by: its marker says so, or the journal by its id."""
        if row.marker is not None:
            return row.marker.name if row.marker.workspace == self.workspace else None
        known = self.memory.trades.items()
        return next((name for (name, _), trade in known if trade.trade_id == row.id), None)

    def open(self, name: str) -> Unreadable | None:
        """The row that is this trade, in whatever round, unless it says that it has ended."""
        return next((r for r in self.rows if not r.over and self.name_of(r) == name), None)

    def ended(self, name: str, round_: int) -> Unreadable | None:
        """The row that is this trade in this round or a later one, and says that it has ended."""
        found = (row for row in self.rows if row.over and self.name_of(row) == name)
        return next((row for row in found if self._round(row) >= round_), None)

    def _round(self, row: Unreadable) -> int:
        if row.marker is not None:
            return row.marker.round
        known = self.memory.trades.items()
        return max((number for (_, number), trade in known if trade.trade_id == row.id), default=0)

    def double(self, trade: Trade) -> Unreadable | None:
        """The row that ``trade`` may be over again: nothing it says is to the contrary."""
        return next((row for row in self.rows if row.may_double(trade)), None)

    def orphans(self, known: Container[str]) -> Iterator[tuple[str, Unreadable]]:
        """Ours that may be open, by names that no plan answers for."""
        for row in self.shown:
            name = self.name_of(row)
            if name is not None and name not in known:
                yield name, row

    @property
    def shown(self) -> tuple[Unreadable, ...]:
        """What a person has to know of: everything that does not say that it has ended."""
        return tuple(row for row in self.rows if not row.over)
