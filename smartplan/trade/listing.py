"""What a listing holds: live trades, and rows that cannot be read, with the little they say.

One row that nobody can read must not hide the others; and it must not count as absent either.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct

from smartplan.trade.contract import NOTHING_SAID, Contracts
from smartplan.trade.marker import mentions_marker, split_note
from smartplan.trade.model import OPENED_BY, TERMINAL, LiveTrade, Marker, Side, Trade
from smartplan.trade.wire import (
    MalformedEntity,
    account_of,
    decimal_or_none,
    identity,
    live_trade,
    status_of,
    table,
)

_LARGEST_FEE = Decimal("0.01")


def may_be_of(ordered: Decimal, units: Decimal) -> bool:
    """Whether ``units`` may be what an order brought: a fee taken in base leaves a little less."""
    return ordered * (1 - _LARGEST_FEE) <= units <= ordered


class Unreadable(Struct, frozen=True, kw_only=True):
    """A row that is no SmartTrade entity: ``why``, and what it says all the same.

    ``None`` where it does not say. ``note_read`` is false where the note itself is missing or
    broken: then nobody can tell whether it bears a marker of ours. ``units`` are base units.
    """

    why: str
    id: int | None = None
    status: str | None = None
    account_id: int | None = None
    pair: str | None = None
    side: Side | None = None
    units: Decimal | None = None
    marker: Marker | None = None
    note_read: bool = False

    @property
    def over(self) -> bool:
        """Whether it says that it has ended."""
        return self.status in TERMINAL

    @property
    def called(self) -> str:
        """What a message calls it."""
        number = f"#{self.id}" if self.id is not None else "a trade without an id"
        owner = f" ({self.marker.workspace}/{self.marker.name})" if self.marker is not None else ""
        return f"{number}{owner}"

    def may_double(self, trade: Trade) -> bool:
        """Whether ``trade`` might be this one over again, by nothing that it says to the contrary.

        With a note that was read and bears no marker we did not open it: it is held to be the
        same only where its pair says so.
        """
        if self.over or self.marker is not None or (self.note_read and self.pair is None):
            return False
        return (
            self.account_id in {None, trade.account_id}
            and self.pair in {None, trade.pair}
            and self.side in {None, trade.side}
            and (self.units is None or may_be_of(trade.position.units, self.units))
        )


class Listing(Struct, frozen=True):
    """The rows of a listing, in its order; ``contracts`` tell what their units stand for."""

    trades: tuple[LiveTrade, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    contracts: Contracts = NOTHING_SAID

    def __len__(self) -> int:
        return len(self.trades) + len(self.unreadable)


def read_rows(rows: Iterable[object]) -> Listing:
    """Every row, readable or not."""
    trades: list[LiveTrade] = []
    unreadable: list[Unreadable] = []
    for row in rows:
        try:
            trades.append(_read(row))
        except (ValueError, TypeError, ArithmeticError) as error:
            unreadable.append(_remains(row, str(error)))
    return Listing(tuple(trades), tuple(unreadable))


def _read(row: object) -> LiveTrade:
    entity = table(row)
    if entity is None:
        raise MalformedEntity("no JSON object")
    return live_trade(entity)


def _remains(row: object, why: str) -> Unreadable:
    entity = table(row)
    if entity is None:
        return Unreadable(why=why)
    position = table(entity.get("position")) or {}
    pair = entity.get("pair")
    marker, note_read = _note_of(entity)
    return Unreadable(
        why=why,
        id=_id_or_none(entity),
        status=status_of(entity),
        account_id=account_of(entity),
        pair=pair if isinstance(pair, str) else None,
        side=OPENED_BY.get(str(position.get("type"))),
        units=decimal_or_none((table(position.get("units")) or {}).get("value")),
        marker=marker,
        note_read=note_read,
    )


def _id_or_none(entity: Mapping[str, object]) -> int | None:
    try:
        return identity(entity)
    except MalformedEntity:
        return None


def _note_of(entity: Mapping[str, object]) -> tuple[Marker | None, bool]:
    """The marker of the note, and whether the note could be read to its end."""
    given = [entity[key] for key in ("note_raw", "note") if key in entity]
    note = next(filter(None, given), None)
    if not given or not isinstance(note, str | None):
        return None, False
    text, marker = split_note(note or "")
    return marker, marker is not None or not mentions_marker(text)
