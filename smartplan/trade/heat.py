"""What several trades put at risk together: per quote currency, and per direction.

Money is in the quote currency (of inverse contracts in the coin), after costs. A stop in profit is
no credit for another trade's risk: what it locks in is told beside the losses, not taken off them.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct

from smartplan.trade.model import Side
from smartplan.trade.profit import HUNDRED
from smartplan.trade.risk import Risk
from smartplan.trade.rounding import exact

_ZERO = Decimal(0)


class RiskTotal(Struct, frozen=True, kw_only=True):
    """The figures of several trades in one quote currency.

    ``unbounded`` names the trades whose loss at the stop is unknown: ``loss_at_stop`` is without
    them, and a stop in profit is no credit for another trade's risk. ``notional`` and ``margin``
    are without the trades in ``unsized``.
    """

    quote: str
    trades: int
    notional: Decimal
    margin: Decimal
    loss_at_stop: Decimal
    unsized: tuple[str, ...] = ()
    unbounded: tuple[str, ...] = ()


@exact
def totals(risks: Mapping[str, Risk]) -> tuple[RiskTotal, ...]:
    """The risk of named trades summed per quote currency, in order of the currencies' names."""
    return tuple(
        _total(quote, {name: risk for name, risk in risks.items() if risk.quote == quote})
        for quote in sorted({risk.quote for risk in risks.values()})
    )


def _total(quote: str, risks: Mapping[str, Risk]) -> RiskTotal:
    return RiskTotal(
        quote=quote,
        trades=len(risks),
        notional=_sum(risk.notional for risk in risks.values()),
        margin=_sum(risk.margin for risk in risks.values()),
        loss_at_stop=_sum(_losing(risk.loss_at_stop) for risk in risks.values()),
        unsized=tuple(name for name, risk in risks.items() if risk.notional is None),
        unbounded=tuple(name for name, risk in risks.items() if risk.loss_at_stop is None),
    )


class Heat(Struct, frozen=True, kw_only=True):
    """What the trades of one quote currency and direction can lose, and have won.

    ``held`` is the loss at the stops on what is held, ``waiting`` on entries that may still fill;
    ``locked_in`` what stops in profit secure, ``realised`` what parts that are closed have brought.
    ``stress`` is the loss with every stop filled so many percent beyond its trigger. ``funding`` is
    what holding it all costs each 8 hours (below 0: brings), as far as that is counted.
    ``unbounded`` names the trades that no sum holds: their loss is not known.
    """

    quote: str
    side: Side
    trades: int
    notional: Decimal
    held: Decimal
    waiting: Decimal
    locked_in: Decimal
    realised: Decimal
    stress: tuple[tuple[Decimal, Decimal], ...]
    funding: Decimal | None = None
    unbounded: tuple[str, ...] = ()

    @property
    def at_risk(self) -> Decimal:
        """What is lost if every stop fills at its price."""
        return self.held + self.waiting


@exact
def heat(risks: Mapping[str, Risk]) -> tuple[Heat, ...]:
    """By currency, longs first; trades whose side nobody can read count as longs *and* shorts."""
    places = {
        (risk.quote, side)
        for risk in risks.values()
        for side in ((risk.side,) if risk.side is not None else tuple(Side))
    }
    order = sorted(places, key=lambda place: (place[0], -place[1].sign))
    return tuple(
        _heat(quote, side, {n: r for n, r in risks.items() if r.quote == quote and r.is_of(side)})
        for quote, side in order
    )


def _heat(quote: str, side: Side, risks: Mapping[str, Risk]) -> Heat:
    each = risks.values()
    told = [risk for risk in each if risk.loss_at_stop is not None]
    levels = sorted({percent for risk in told for percent, _ in risk.stress})
    stress = tuple((x, _sum(_losing(_at(risk, x)) for risk in told)) for x in levels)
    paid = [risk.funding for risk in each if risk.funding is not None]
    return Heat(
        quote=quote,
        side=side,
        trades=len(risks),
        notional=_sum(risk.notional for risk in each),
        held=_sum(_losing(risk.loss_held) for risk in told),
        waiting=_sum(_losing(risk.loss_waiting) for risk in told),
        locked_in=_sum(_losing(_turned(risk.loss_held)) for risk in told),
        realised=_sum(risk.realised for risk in each),
        stress=stress,
        funding=_sum(paid) if paid else None,
        unbounded=tuple(name for name, risk in risks.items() if risk.loss_at_stop is None),
    )


def _at(risk: Risk, percent: Decimal) -> Decimal | None:
    return dict(risk.stress).get(percent)


def _losing(loss: Decimal | None) -> Decimal | None:
    return None if loss is None else max(loss, _ZERO)


def _turned(loss: Decimal | None) -> Decimal | None:
    return None if loss is None else -loss


def _sum(figures: Iterable[Decimal | None]) -> Decimal:
    return sum((figure for figure in figures if figure is not None), _ZERO)


@exact
def liquidation_distance(risk: Risk) -> Decimal | None:
    """How far the liquidation is from the entry, in percent of the entry."""
    if risk.liquidation is None or not risk.reference:
        return None
    return abs(risk.reference - risk.liquidation) / risk.reference * HUNDRED
