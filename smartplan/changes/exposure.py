"""What is at risk in trades that are open already, and whether a change puts more at risk; pure.

The computed loss at the stop decides. It does not show everything: a stop that watches another
price, waits, or rests as a limit order too near to its trigger loses more than it says, leverage
and cross margin stake more than the trade, and what no stop bounds has no loss to compare. There
the fields decide.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace
from msgspec.structs import replace as replace_in

from smartplan.api.entities import Rates
from smartplan.changes.diff.comparable_fields import differences
from smartplan.changes.diff.field_change import FieldChange, with_risk
from smartplan.diagnostics import Path
from smartplan.trade.contract import NOTHING_SAID
from smartplan.trade.exits import stop_trigger
from smartplan.trade.fields import STOP_LIMIT, STOP_PERCENT, STOP_TRIGGER, Group, group_fields
from smartplan.trade.holding import held_of
from smartplan.trade.listing import Unreadable
from smartplan.trade.model import LiveTrade, StopLoss, Trade
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.position import average_entry
from smartplan.trade.risk import Risk, assess, reference_price
from smartplan.trade.rounding import exact


class Assess(Protocol):
    """The risk of a trade, desired or live, with the fees and the reference its plan has."""

    def __call__(
        self,
        trade: Trade,
        planned: PlannedTrade | None = None,
        paid: Decimal | None = None,
        rates: Rates | None = None,
        live: LiveTrade | None = None,
    ) -> Risk:
        """``paid`` is the average price of a position, commission included.

        ``rates`` are the market's, for what is to be sent to it; ``live`` is the trade on the
        exchange, whose totals tell what its units stand for.
        """
        ...


def live_risk(
    live: LiveTrade,
    assess: Assess,
    planned: PlannedTrade | None = None,
    rates: Rates | None = None,
) -> Risk:
    """The risk of a live trade as it stands."""
    return position_risk(live.trade, live, assess, planned, rates)


def position_risk(
    trade: Trade,
    live: LiveTrade,
    assess: Assess,
    planned: PlannedTrade | None = None,
    rates: Rates | None = None,
) -> Risk:
    """The risk of ``trade``, which is what becomes of a live trade."""
    paid = average_entry(live) if live.entered else None
    return assess(trade, planned, paid, rates, live)


def staying(
    lives: Iterator[LiveTrade],
    told: Container[int | None],
    unknown: Mapping[tuple[str, int], Trade | None],
    assess: Assess,
) -> Iterator[tuple[str, Risk]]:
    """The risk of open trades that no action tells, and of creates that may have been executed.

    Names are made unique: two open trades may carry the same marker.
    """
    names: set[str] = set()
    for live in lives:
        if live.id not in told:
            name = live.called
            yield (f"{name} #{live.id}" if name in names else name), live_risk(live, assess)
            names.add(name)
    for (name, round_), asked in unknown.items():
        if asked is not None:
            yield (f"{name} round {round_}" if name in names else name), assess(asked)


def unreadable_risk(row: Unreadable) -> tuple[str, Risk]:
    """A row of ours that nobody can read: what limits the total fails closed."""
    why = "it cannot be read"
    quote = row.pair.partition("_")[0] if row.pair else "a pair that cannot be read"
    return row.called, Risk(quote=quote, unknown={"notional": why, "loss_at_stop": why})


_IN_THE_LOSS: frozenset[Path] = frozenset(
    {
        ("position", "units", "value"),
        ("position", "price", "value"),
        ("position", "conditional", "price", "value"),
        ("stop_loss", "enabled"),
        STOP_TRIGGER,
        STOP_PERCENT,
        STOP_LIMIT,
    }
)
"""Fields that the computed loss follows from: where it is known, it speaks for them."""
_CAUSES = frozenset({"position", "stop_loss", "leverage"})


class Stake(Struct, frozen=True):
    """A trade and what it puts at risk, before a change or after it."""

    trade: Trade
    risk: Risk


def marked(changes: Iterable[FieldChange], before: Stake, after: Stake) -> tuple[FieldChange, ...]:
    """The changes with those marked that widen risk, if all of them together do; else none is.

    They come marked field by field. Where the loss rises and no field says why, each that may have
    brought it about is marked: a change that widens risk never goes without a mark.
    """
    listed = tuple(changes)
    grows = _loss_grows(listed, before.risk, after.risk)
    near = _room(after) < _room(before)
    told = tuple(
        replace(change, widens_risk=_cause(change, grows=grows, near=near)) for change in listed
    )
    if not grows or any(change.widens_risk for change in told):
        return told
    causes = [change.path for change in told if change.path[0] in _CAUSES]
    return tuple(
        replace(change, widens_risk=not causes or change.path in causes) for change in told
    )


def _cause(change: FieldChange, *, grows: bool, near: bool) -> bool:
    if change.path in {STOP_LIMIT, STOP_TRIGGER} and near:
        return True
    return change.widens_risk and (grows or change.path not in _IN_THE_LOSS)


def _loss_grows(changes: Iterable[FieldChange], before: Risk, after: Risk) -> bool:
    """Unknown after known counts as more; where it is unknown twice, the fields are asked."""
    was, becomes = before.loss_at_stop, after.loss_at_stop
    if becomes is None:
        asked = (c.widens_risk for c in changes if c.path in _IN_THE_LOSS)
        return was is not None or any(asked)
    return was is not None and becomes > was


_ENDLESS = Decimal("Infinity")


@exact
def _room(stake: Stake) -> Decimal:
    """How far a limit stop may slip before its order rests unfilled; without one: no end."""
    trade, stop = stake.trade, stake.trade.stop_loss
    if stop is None or stop.order_type != "limit" or stop.price is None:
        return _ENDLESS
    trigger = stop_trigger(trade.side, stop, stake.risk.paid)
    return _ENDLESS if trigger is None else (trigger - stop.price) * trade.side.sign


def stop_widens(live: LiveTrade, stop: StopLoss) -> bool:
    """Whether another stop, set by hand, lets a live trade lose more. Fees change nothing in it."""
    after = replace_in(live.trade, stop_loss=stop)
    wanted, seen = (group_fields(trade)[Group.STOP_LOSS] for trade in (after, live.trade))
    changes = with_risk(differences(wanted, seen), live.trade.side)
    before = Stake(live.trade, live_risk(live, without_costs))
    told = marked(changes, before, Stake(after, position_risk(after, live, without_costs)))
    return any(change.widens_risk for change in told)


def without_costs(
    trade: Trade,
    planned: PlannedTrade | None = None,
    paid: Decimal | None = None,
    rates: Rates | None = None,  # noqa: ARG001  # what is open by now is told at its own price
    live: LiveTrade | None = None,
) -> Risk:
    """The risk where trading costs nothing: for what costs change nothing in."""
    expect = planned.lifecycle.expect if planned is not None else None
    contract = NOTHING_SAID.of(trade, live=live)
    held = held_of(trade, paid, live, contract)
    return assess(
        trade,
        reference=reference_price(trade, expect),
        held=held and replace_in(held, commission=Decimal(0)),
        contract=contract,
    )
