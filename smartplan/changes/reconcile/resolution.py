"""What a name is on the exchange: one closed union, and every consumer matches all of it."""

from msgspec import Struct

from smartplan.state.store import KnownTrade
from smartplan.trade.listing import Unreadable
from smartplan.trade.model import LiveTrade


class Open(Struct, frozen=True):
    """Open under its marker, in whatever round; ``known`` is what the journal has under that."""

    live: LiveTrade
    known: KnownTrade | None = None


class Stripped(Struct, frozen=True):
    """Open, by the id that the journal has; its note says nothing of us any more."""

    live: LiveTrade
    known: KnownTrade


class Copy(Struct, frozen=True):
    """Open under its marker, but the journal opened another: ``original``, where that is open."""

    live: LiveTrade
    known: KnownTrade
    original: LiveTrade | None = None


class Duplicate(Struct, frozen=True):
    """Two or more are open under its marker; ``known`` is the id that the journal has."""

    lives: tuple[LiveTrade, ...]
    known: int | None = None


class Ended(Struct, frozen=True):
    """Over in this round or a later one; ``live`` where it is listed and can be read."""

    trade_id: int | None
    status: str | None
    live: LiveTrade | None = None


class Missing(Struct, frozen=True):
    """The journal has an id that is listed nowhere."""

    known: KnownTrade


class Unknown(Struct, frozen=True):
    """A create of it, in ``round``, has no known outcome."""

    round: int


class Absent(Struct, frozen=True):
    """Neither the exchange nor the journal knows it."""


Resolution = Open | Stripped | Copy | Duplicate | Ended | Missing | Unknown | Unreadable | Absent
"""What a name in a round is; an ``Unreadable`` row is it, and perhaps one of several."""


def open_ones(found: Resolution) -> tuple[LiveTrade, ...]:
    """The open trades that a name stands for."""
    match found:
        case Open(live=live) | Stripped(live=live):
            return (live,)
        case Copy(live=live, original=original):
            return (live,) if original is None else (live, original)
        case Duplicate(lives=lives):
            return lives
        case Ended() | Missing() | Unknown() | Absent() | Unreadable():
            return ()
