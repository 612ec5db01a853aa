"""Trades whose plans name them anew: under which name each is looked for; pure."""

from collections.abc import Iterable, Mapping, Sequence

from smartplan.changes.reconcile.matching import Matching
from smartplan.trade.fields import digests
from smartplan.trade.parse import PlannedTrade


class Renames:
    """What ``renamed_from`` means for the trades of the plans, beside what is live.

    A live trade has one name. Where it cannot be told whether a rename has been made already,
    nothing is done under either name: what one plan says must not be sent to another's trade.
    """

    def __init__(
        self, trades: Sequence[PlannedTrade], matching: Matching, planned: Iterable[str]
    ) -> None:
        renamed = [
            trade for trade in trades if trade.lifecycle.renamed_from not in {None, trade.name}
        ]
        self._plans = {trade.name: trade for trade in renamed}
        self._from = {trade.name: str(trade.lifecycle.renamed_from) for trade in renamed}
        self._matching = matching
        self._planned = frozenset(planned)
        self._held = self._holds()

    def former(self, name: str) -> str | None:
        """The name its live trade still goes by, until one goes by the new name.

        None where the rename is held: then nothing goes by the new name.
        """
        return None if name in self._held else self._old_name(name)

    def _old_name(self, name: str) -> str | None:
        old = self._from.get(name)
        return None if old is None or self._matching.goes_by(name) else old

    def taken_over(self) -> frozenset[str]:
        """Names that are no orphans: their trades are, or may be, renamed."""
        return frozenset(filter(None, map(self._old_name, self._from)))

    def held(self, name: str) -> tuple[str, str] | None:
        """Why nothing is done about this trade, and the way out."""
        return self._held.get(name)

    def _holds(self) -> dict[str, tuple[str, str]]:
        held: dict[str, tuple[str, str]] = {}
        for name, old in self._from.items():
            if (circle := self._circle(name)) is not None:
                held[name] = (
                    f"renamed_from goes round in a circle: {circle}",
                    "rename one of them to a third name, apply, and go on from there",
                )
            elif old in self._planned and self._old_name(name) is not None:
                held[name] = (
                    f"renamed_from: {old}, but the plans still have a trade {old}",
                    f"take {old} out of its plan, or remove `lifecycle.renamed_from`",
                )
            elif old not in self._planned and self._both_open(name, old):
                held[name] = (
                    f"renamed_from: {old}, but a trade is open under either name",
                    "remove `lifecycle.renamed_from`, or make one rename at a time",
                )
        for name in tuple(held):
            held |= self._behind(name, held)
        return held

    def _behind(self, name: str, held: Mapping[str, object]) -> dict[str, tuple[str, str]]:
        """The plans whose names a rename that is held asks for, one after the other."""
        found: dict[str, tuple[str, str]] = {}
        old = self._from.get(name)
        while old in self._planned and old not in held and old not in found:
            if self._matching.active(old):
                found[old] = (
                    f"{name} is renamed_from: {old}: nobody can tell whose the open trade is",
                    f"apply the rename to {name} first, then plan {old} anew",
                )
            name, old = old, self._from.get(old)
        return found

    def _both_open(self, name: str, old: str) -> bool:
        """What was applied last under the new name from this very plan has been renamed."""
        as_planned = digests(self._plans[name].trade)
        found = self._matching.active(name)
        applied = any(
            live.marker is not None and live.marker.digests == as_planned for live in found
        )
        return bool(found and self._matching.active(old)) and not applied

    def _circle(self, name: str) -> str | None:
        way = [name]
        while (old := self._from.get(way[-1])) is not None:
            way.append(old)
            if old == name:
                return " → ".join(reversed(way))
            if old in way[:-1]:
                return None
        return None
