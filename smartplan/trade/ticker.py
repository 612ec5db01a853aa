"""A trade held against the market: what would fire at once, what looks like a typo; pure."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from smartplan.diagnostics import Path
from smartplan.document.scalars import number_text
from smartplan.trade.exits import stop_trigger, target_price
from smartplan.trade.model import FROZEN_STEPS, PriceType, Side, Trade
from smartplan.trade.risk import reference_price
from smartplan.trade.rounding import exact

FAR_ENTRY = Decimal(20)
"""Percent from the market beyond which an entry reads like a typo."""

TIMES_OFF = Decimal(5)
"""Times too high or too low beyond which any price does."""


class Ticker(Struct, frozen=True):
    """Prices in quote per base; ``None`` where the exchange names none."""

    bid: Decimal | None
    ask: Decimal | None
    last: Decimal | None

    def named(self, kind: PriceType) -> Decimal | None:
        """The price of a type, and no other in its place: for what is told as money."""
        return {"bid": self.bid, "ask": self.ask, "last": self.last}[kind]

    def of(self, kind: PriceType) -> Decimal | None:
        """The price of a type, else the last one: for what is held against the market."""
        return self.named(kind) or self.last

    def opening(self, side: Side) -> Decimal | None:
        """What opening at market costs: the ask for a long, the bid for a short."""
        return self.of(side.opens_at)

    def closing(self, side: Side) -> Decimal | None:
        """What closing at market is paid: the bid for a long, the ask for a short."""
        return self.of(side.closes_at)


class PriceRemark(Struct, frozen=True):
    """Something about the market and the field at ``path``."""

    path: Path
    message: str


def marketable(trade: Trade, ticker: Ticker) -> bool:
    """Whether a limit entry would fill at once."""
    opening, position = ticker.opening(trade.side), trade.position
    if trade.skip_enter_step or position.order_type != "limit":
        return False
    if position.price is None or opening is None:
        return False
    return (position.price - opening) * trade.side.sign >= 0


def placed_price(trade: Trade) -> Decimal | None:
    """The entry price the plan states: of a trailing entry its trigger, which limits are about."""
    conditional = trade.position.conditional
    if conditional is None or conditional.trailing is None or trade.skip_enter_step:
        return reference_price(trade)
    return conditional.price


def knows_entry(trade: Trade, ticker: Ticker | None) -> bool:
    """Whether the price at entry is known: the plan states it, or the market does."""
    stated = placed_price(trade) is not None and not trade.skip_enter_step
    return stated or (ticker is not None and ticker.opening(trade.side) is not None)


@exact
def fires_at_once(trade: Trade, ticker: Ticker, *, held: bool = False) -> tuple[PriceRemark, ...]:
    """The stops and targets that the price at entry has crossed already.

    ``held`` says that the position is open: then the market decides, as with skip_enter_step.
    """
    opening, reference = ticker.opening(trade.side), placed_price(trade)
    if trade.instant or opening is None:
        return ()
    held = held or trade.skip_enter_step
    at_market = held or reference is None or marketable(trade, ticker)
    entry = opening if at_market or reference is None else reference
    where = "the market is" if at_market else "the entry is"
    remarks = []
    for leg in _exits(trade, entry):
        now = (ticker.of(leg.watched) if at_market else entry) or entry
        beyond = (now - leg.trigger) * trade.side.sign
        if beyond >= 0 if leg.target else beyond <= 0:
            message = f"the {leg.name} at {number_text(leg.trigger)} would fire at once: "
            remarks.append(PriceRemark(leg.path, f"{message}{where} at {number_text(now)}"))
    return tuple(remarks)


class _Exit(Struct, frozen=True):
    name: str
    path: Path
    trigger: Decimal
    watched: PriceType
    target: bool


def _exits(trade: Trade, entry: Decimal) -> Iterator[_Exit]:
    for index, step in enumerate(trade.take_profit):
        if step.status in FROZEN_STEPS:
            continue
        price = target_price(trade.side, step, entry)
        if price is not None:
            key = "value" if step.price is not None else "percent"
            path: Path = ("take_profit", "steps", index, "price", key)
            yield _Exit(f"take profit {index + 1}", path, price, step.price_type, target=True)
    stop = trade.stop_loss
    trigger = stop_trigger(trade.side, stop, entry) if stop is not None else None
    if stop is not None and trigger is not None:
        key = "value" if stop.trigger is not None else "percent"
        path = ("stop_loss", "conditional", "price", key)
        yield _Exit("stop loss", path, trigger, stop.price_type, target=False)


@exact
def typos(trade: Trade, ticker: Ticker) -> tuple[PriceRemark, ...]:
    """An entry far from the market, and any price several times off it."""
    last = ticker.last
    if last is None or last <= 0:
        return ()
    remarks = []
    entry = entry_path(trade)
    for path, price in prices(trade):
        if price <= 0:
            continue
        times = max(price / last, last / price)
        away = abs(price - last) / last * 100
        if times > TIMES_OFF:
            side = "above" if price > last else "below"
            message = f"{number_text(price)} is {times:.1f} times {side} the market"
            remarks.append(PriceRemark(path, f"{message} ({number_text(last)})"))
        elif path == entry and away > FAR_ENTRY:
            message = f"the entry {number_text(price)} is {away:.0f} % away from the market"
            remarks.append(PriceRemark(path, f"{message} ({number_text(last)})"))
    return tuple(remarks)


def entry_path(trade: Trade) -> Path | None:
    """Where the plan states the entry price; None for a market entry."""
    position = trade.position
    if position.price is not None:
        return ("position", "price", "value")
    return ("position", "conditional", "price", "value") if position.conditional else None


def prices(trade: Trade) -> Iterator[tuple[Path, Decimal]]:
    """Every price an order of the trade is placed or triggered at, by its path.

    With skip_enter_step the price of the position is what it has cost: no order is placed there.
    """
    position, stop = trade.position, trade.stop_loss
    if position.price is not None and not trade.skip_enter_step:
        yield ("position", "price", "value"), position.price
    if position.conditional is not None:
        yield ("position", "conditional", "price", "value"), position.conditional.price
    for index, step in enumerate(trade.take_profit):
        if step.price is not None:
            yield ("take_profit", "steps", index, "price", "value"), step.price
    if stop is not None and stop.trigger is not None:
        yield ("stop_loss", "conditional", "price", "value"), stop.trigger
    if stop is not None and stop.price is not None:
        yield ("stop_loss", "price", "value"), stop.price
