"""What a person can ask of one live trade, as data: a closed union, and what became of it."""

from dataclasses import dataclass
from decimal import Decimal

from smartplan.api.entities import ChildOrder
from smartplan.trade.model import LiveTrade, StopLoss
from smartplan.trade.rounding import exact


@dataclass(frozen=True, slots=True)
class Size:
    """Units and what they are worth at ``price``, in quote currency; ``None``: not known."""

    units: Decimal
    price: Decimal | None

    @property
    def value(self) -> Decimal | None:
        """Units times price."""
        return None if self.price is None else _product(self.units, self.price)


@exact
def _product(units: Decimal, price: Decimal) -> Decimal:
    return units * price


@dataclass(frozen=True, slots=True)
class CancelTrade:
    """DELETE; ``left`` is the position that stays behind without exits."""

    left: Size | None


@dataclass(frozen=True, slots=True)
class CloseTrade:
    """Close the whole position at market."""

    size: Size


@dataclass(frozen=True, slots=True)
class MoveStop:
    """PATCH the stop loss alone: ``before`` becomes ``after``."""

    before: StopLoss
    after: StopLoss
    widens_risk: bool


@dataclass(frozen=True, slots=True)
class AddFunds:
    """Enlarge the position, at market or at a ``limit``."""

    size: Size
    limit: Decimal | None


@dataclass(frozen=True, slots=True)
class ReduceFunds:
    """Close a part of the position; ``most`` is what the service would take."""

    size: Size
    limit: Decimal | None
    most: Decimal


@dataclass(frozen=True, slots=True)
class ForceStart:
    """Enter at market now."""

    size: Size


@dataclass(frozen=True, slots=True)
class ForceProcess:
    """Have the service look at the trade again."""


@dataclass(frozen=True, slots=True)
class WriteNote:
    """Replace the note; ``text`` is the user's part of it. ``forgets``: without our marker."""

    note: str
    text: str
    forgets: bool = False


@dataclass(frozen=True, slots=True)
class CloseOrder:
    """Execute one target at market now."""

    order: ChildOrder


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Cancel one order; ``ends_trade``: nothing is left of the trade then, but ``left``."""

    order: ChildOrder
    ends_trade: bool
    left: Size | None


Request = (
    CancelTrade
    | CloseTrade
    | MoveStop
    | AddFunds
    | ReduceFunds
    | ForceStart
    | ForceProcess
    | WriteNote
    | CloseOrder
    | CancelOrder
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A request and the live trade it is about, as it stood when it was judged."""

    live: LiveTrade
    request: Request


@dataclass(frozen=True, slots=True)
class Done:
    """What the exchange shows after a request; ``None`` where it did not say.

    ``filled_meanwhile``: the trade is over, but something of it had filled, and is not sold.
    """

    proposal: Proposal
    live: LiveTrade | None
    filled_meanwhile: bool = False
