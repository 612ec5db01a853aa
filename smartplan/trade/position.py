"""How a live trade stands: prices, distances, P/L, and what leaves it unprotected; pure.

Everything comes from the trade's own answer, so a listing is enough. Distances are in percent of
the last price, positive while the level has not been reached.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from msgspec import Struct

from smartplan.trade.contract import NOTHING_SAID, WAY_OUT, Contract, Contracts
from smartplan.trade.exits import stop_trigger, target_price
from smartplan.trade.model import BEING_CANCELLED, BEING_CLOSED, FROZEN_STEPS, LiveTrade, StopLoss
from smartplan.trade.own_figures import liquidation_estimated, margin_needed, total_at
from smartplan.trade.profit import ShownProfit, shown_profit
from smartplan.trade.rounding import exact
from smartplan.trade.ticker import Ticker
from smartplan.trade.wire import decimal_or_none, status_of, table

WITHOUT_EXITS = "a position is open without exits; close it on the exchange"
"""What a cancel leaves that comes after the fill."""

_CENT = Decimal("0.01")
_TOLERATED = Decimal("0.01")
_BROKEN = frozenset({"failed", "cancelled"})


class PositionState(Struct, frozen=True, kw_only=True):
    """Figures of a live trade: prices quote per base, ``filled`` and ``remaining`` in units.

    ``None`` where the answer does not say, or where there is nothing to say. ``profit`` is the
    service's own where the answer has it, else ``computed``, which is ours; ``unknown`` says why
    neither can be told. ``total`` (what the position is worth), ``margin`` and ``liquidation`` are
    the service's own, with ours as ``…_computed``.

    ``waiting``: its entry has not filled. The moves say how far the price has to go from the last
    one to the entry it waits for, the target and the stop, in percent: down is negative.
    ``stop_trails`` with the price; ``trailing`` is the percent by which a target that was reached
    trails.
    """

    filled: Decimal
    remaining: Decimal
    entry: Decimal | None
    last: Decimal | None
    target: Decimal | None
    target_distance: Decimal | None
    stop: Decimal | None
    stop_distance: Decimal | None
    profit: ShownProfit | None
    computed: ShownProfit | None = None
    unknown: str = ""
    total: Decimal | None = None
    margin: Decimal | None = None
    liquidation: Decimal | None = None
    total_computed: Decimal | None = None
    margin_computed: Decimal | None = None
    liquidation_computed: Decimal | None = None
    waiting: bool = False
    entry_move: Decimal | None = None
    target_move: Decimal | None = None
    stop_move: Decimal | None = None
    stop_trails: bool = False
    trailing: Decimal | None = None

    @property
    def disputed(self) -> bool:
        """Whether our P/L is more than 1 % off the service's."""
        theirs, ours = self.profit, self.computed
        return theirs is not None and ours is not None and differ(theirs.volume, ours.volume)


def differ(theirs: Decimal | None, ours: Decimal | None) -> bool:
    """Whether a figure of ours is more than 1 % off the service's."""
    if theirs is None or ours is None:
        return False
    return abs(ours - theirs) > abs(theirs) * _TOLERATED


def position_of(live: LiveTrade, contracts: Contracts = NOTHING_SAID) -> PositionState:
    """The figures of a live trade; ``contracts`` tell what its units stand for."""
    contract = contracts.of_live(live)
    computed = profit_computed(live, contract)
    unknown = live.entered and not contract.known
    own, margin = profit_of_service(live), live.raw.get("margin")
    last = ticker(live).last
    target, stop = (None, None) if live.terminal else (next_target(live), stop_level(live))
    sign = live.trade.side.sign
    waiting = not live.entered and not live.terminal
    loss = None if live.terminal else live.trade.stop_loss
    entry = entry_price(live)
    total = total_at(entry, live.trade, contract)
    return PositionState(
        filled=live.entered_amount,
        remaining=remaining(live),
        entry=entry,
        last=last,
        target=target,
        target_distance=_distance(last, target, sign),
        stop=stop,
        stop_distance=_distance(last, stop, -sign),
        profit=own or computed,
        computed=computed,
        unknown=WAY_OUT if unknown and own is None else "",
        total=_figure(live.raw.get("position"), "total", "value"),
        margin=_figure(margin, "total") or _figure(margin, "amount"),
        liquidation=decimal_or_none(_data(live).get("liquidation_price")),
        total_computed=total,
        margin_computed=margin_needed(total, live.trade),
        liquidation_computed=liquidation_estimated(live, entry, contract),
        waiting=waiting,
        entry_move=_distance(last, entry_price(live), 1) if waiting else None,
        target_move=_distance(last, target, 1),
        stop_move=_distance(last, stop, 1),
        stop_trails=loss is not None and loss.trailing is not None,
        trailing=_trailing(live),
    )


def ticker(live: LiveTrade) -> Ticker:
    """The prices that came with the trade (``data.current_price``)."""
    prices = table(_data(live).get("current_price")) or {}
    bid, ask, last = (decimal_or_none(prices.get(key)) for key in ("bid", "ask", "last"))
    return Ticker(bid, ask, last)


def exit_price(live: LiveTrade) -> Decimal | None:
    """What closing now would be paid."""
    return ticker(live).named(live.trade.side.closes_at)


def entering_price(live: LiveTrade) -> Decimal | None:
    """What entering now would cost."""
    return ticker(live).named(live.trade.side.opens_at)


@exact
def remaining(live: LiveTrade) -> Decimal:
    """The units still held (or owed)."""
    return max(live.entered_amount - live.closed_amount, Decimal(0))


def left_behind(live: LiveTrade) -> Decimal:
    """The units that cancelling leaves open: what was ordered while the amount lags the status."""
    lags = live.may_hold and not live.entered
    return live.trade.position.units if lags else remaining(live)


def left_a_position(live: LiveTrade) -> bool:
    """Whether it is over without having sold what it holds: nothing guards that any more."""
    return live.status in _BROKEN and remaining(live) > 0


def entry_price(live: LiveTrade) -> Decimal | None:
    """The average paid once entered, before that the price the entry waits for."""
    average = _average(live)
    position = live.trade.position
    if live.entered and average is not None:
        return average
    if position.price is None and position.conditional is not None:
        return position.conditional.price
    return position.price if position.price is not None else shown_price(live)


def average_entry(live: LiveTrade) -> Decimal | None:
    """The average paid for an entered trade, as it says, else the price it shows."""
    return _average(live) or shown_price(live)


def shown_price(live: LiveTrade) -> Decimal | None:
    """``position.price.value`` as the entity shows it."""
    position = table(live.raw.get("position")) or {}
    return decimal_or_none((table(position.get("price")) or {}).get("value"))


def _average(live: LiveTrade) -> Decimal | None:
    return decimal_or_none(_data(live).get("average_enter_price"))


def allowed(live: LiveTrade, flag: str) -> bool:
    """Whether the answer does not rule this out (``data.add_funds_available`` and the like)."""
    return _data(live).get(flag) is not False


def next_target(live: LiveTrade) -> Decimal | None:
    """The price of the open target that is reached first."""
    side, entry = live.trade.side, _entered_at(live)
    left = (step for step in live.trade.take_profit if step.status not in FROZEN_STEPS)
    prices = (target_price(side, step, entry) for step in left)
    known = (price for price in prices if price is not None)
    return min(known, key=lambda price: price * side.sign, default=None)


def _trailing(live: LiveTrade) -> Decimal | None:
    """The percent by which a target that was reached trails its best price."""
    reached = (step for step in live.trade.take_profit if step.status == "trailing_activated")
    found = (step.trailing.percent for step in reached if step.trailing is not None)
    percent = next(found, None)
    return None if percent is None else abs(percent)


def stop_level(live: LiveTrade) -> Decimal | None:
    """The price the stop loss fires at; where a trailing one has moved to."""
    # A30
    stop = live.trade.stop_loss
    return stop_trigger(live.trade.side, stop, _entered_at(live)) if stop is not None else None


def _entered_at(live: LiveTrade) -> Decimal | None:
    """What exits in percent count from: nothing before the entry has filled."""
    return entry_price(live) if live.entered else None


def profit_of_service(live: LiveTrade) -> ShownProfit | None:
    """The entity's own ``profit``."""
    volume = _figure(live.raw.get("profit"), "volume")
    return (
        ShownProfit(volume, _figure(live.raw.get("profit"), "percent"))
        if volume is not None
        else None
    )


@exact
def profit_computed(live: LiveTrade, contract: Contract) -> ShownProfit | None:
    """P/L by the service's formula; ``None`` before anything is filled, or of unknown contracts."""
    price, left = exit_price(live), remaining(live)
    if not live.entered or not contract.known or (price is None and left > 0):
        return None
    totals = (live.entered_total, live.closed_total)
    if contract.inverse:
        worth = coins(live, contract)
        if worth is None:
            return None
        totals = worth
    return shown_profit(
        contract.side(live.trade.side),
        entered_amount=contract.amount(live.entered_amount),
        entered_total=totals[0],
        price=contract.price(price) if price else Decimal(0),
        commission=decimal_or_none(_data(live).get("commission")) or Decimal(0),
        closed_amount=contract.amount(live.closed_amount),
        closed_total=totals[1],
    )


def coins(live: LiveTrade, contract: Contract) -> tuple[Decimal, Decimal] | None:
    """What was entered and closed is worth in coins, at the average prices; ``None``: unsaid."""
    entry = average_entry(live)
    close = decimal_or_none(_data(live).get("average_close_price"))
    if not entry or (live.closed_amount and not close):
        return None
    closed = contract.value(live.closed_amount, close) if close else Decimal(0)
    entered = contract.value(live.entered_amount, entry)
    return _exactly(live.entered_total, entered), _exactly(live.closed_total, closed)


def _exactly(told: Decimal, worth: Decimal) -> Decimal:
    """The total of the entity where it is in coins: an average price has lost digits."""
    return told if abs(told - worth) <= worth * _TOLERATED else worth


def unprotected(live: LiveTrade) -> tuple[str, ...]:
    """Why nobody may sleep over this trade: each reason a short sentence."""
    return tuple(_dangers(live))


def _dangers(live: LiveTrade) -> Iterator[str]:
    if live.status == "failed" or live.error:
        yield f"failed: {live.error or 'the exchange gives no reason'}"
    if live.status == "cancelled" and left_a_position(live):
        yield "it was cancelled: what is held stays open without exits"
    if live.terminal:
        return
    if status_of(live.raw.get("position")) == "failed":
        yield "its entry order failed"
    for number, step in enumerate(live.trade.take_profit, 1):
        if step.status == "failed":
            yield f"its take profit step {number} failed"
    if not live.entered or remaining(live) == 0 or live.trade.instant:
        return
    if live.status.startswith(BEING_CANCELLED):
        yield "it is being cancelled: its position stays open without exits"
    elif not live.status.startswith(BEING_CLOSED):
        yield from _stop_dangers(live, live.trade.stop_loss)


def _stop_dangers(live: LiveTrade, stop: StopLoss | None) -> Iterator[str]:
    if stop is None:
        yield "an open position without a stop loss"
        return
    status = status_of(live.raw.get("stop_loss"))
    if status in _BROKEN:
        yield f"an open position whose stop loss is {status}"
    if stop_level(live) is None:
        yield "an open position whose stop loss has no trigger"
    elif stop.order_type == "limit" and _passed(live, stop):
        yield "the price is past its limit stop, which has not filled"


def _passed(live: LiveTrade, stop: StopLoss) -> bool:
    price, level = ticker(live).named(stop.price_type), stop_level(live)
    return price is not None and level is not None and (price - level) * live.trade.side.sign <= 0


@exact
def _distance(last: Decimal | None, level: Decimal | None, sign: int) -> Decimal | None:
    if last is None or level is None or last <= 0:
        return None
    return ((level - last) * sign / last * 100).quantize(_CENT)


def _figure(group: object, *keys: str) -> Decimal | None:
    """A number of the answer that lies so deep."""
    for key in keys:
        group = (table(group) or {}).get(key)
    return decimal_or_none(group)


def _data(live: LiveTrade) -> Mapping[str, object]:
    return table(live.raw.get("data")) or {}
