"""Answers that are no smart trade: accounts, prices and limits, child orders.

Read leniently: keys may be missing or unknown, numbers may be strings, statuses may be new.
Units: prices quote per base, lots in base units (or contracts), totals in quote currency.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct

from smartplan.trade.ticker import Ticker
from smartplan.trade.wire import decimal_or_none, identity, table

Entity = Mapping[str, object]
_SIZES = ("quanto_multiplier", "contract_size", "contractSize")
_MAINTENANCE = (
    "maintenance_rate", "maintenance_margin_rate", "maintenanceMarginRate", "maint_margin_rate",
)  # fmt: skip
_SPOT = frozenset({"spot", "margin"})


PAPER = "paper_trading"
"""What type or market code call an account on which orders move no money."""


class Account(Struct, frozen=True, kw_only=True):
    """``GET /ver1/accounts``; ``None`` where the service did not say."""

    id: int
    name: str
    type: str | None
    market_code: str | None
    exchange_name: str | None
    smart_trading_supported: bool | None
    conditional_buy_supported: bool | None
    market_buy_supported: bool | None
    supported_market_types: tuple[str, ...]
    hedge_mode_enabled: bool | None
    api_keys_state: str | None
    is_locked: bool | None

    @property
    def is_paper(self) -> bool:
        """Whether orders on it move no money."""
        # A17
        return PAPER in (self.type, self.market_code)

    @property
    def keys_work(self) -> bool:
        """Whether nothing is said against its keys to the exchange."""
        return self.api_keys_state in {None, "ok", "valid", "active"}

    @property
    def futures(self) -> bool | None:
        """Whether it trades futures; where not, leverage is dropped. ``None``: nobody says."""
        kinds = {kind.lower() for kind in self.supported_market_types}
        return not kinds <= _SPOT if kinds else None


class PairLimits(Struct, frozen=True, kw_only=True):
    """What the exchange takes on one pair; ``None`` where it names no limit."""

    price_step: Decimal | None
    min_price: Decimal | None
    max_price: Decimal | None
    min_lot_size: Decimal | None
    max_lot_size: Decimal | None
    lot_step: Decimal | None
    min_total: Decimal | None
    max_total: Decimal | None
    min_market_total: Decimal | None
    max_market_buy_amount: Decimal | None
    max_market_sell_amount: Decimal | None
    bid_multiplier_up: Decimal | None
    bid_multiplier_down: Decimal | None
    ask_multiplier_up: Decimal | None
    ask_multiplier_down: Decimal | None


class LeverageOffer(Struct, frozen=True, kw_only=True):
    """One margin type (``code``: ``isolated``, ``cross`` …) and the leverage it takes."""

    code: str
    can_set_value: bool
    values: tuple[Decimal, ...]
    minimum: Decimal | None
    maximum: Decimal | None


class Rates(Struct, frozen=True, kw_only=True):
    """The ticker of a pair, its limits, and its leverage where that was asked for.

    ``contract_size`` is what a unit stands for where the leverage data says so (a quanto
    multiplier), ``maintenance`` the maintenance margin rate there, as a fraction; ``market`` is the
    code of the market that was asked about.
    """

    last: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    limits: PairLimits
    leverage: tuple[LeverageOffer, ...]
    contract_size: Decimal | None = None
    maintenance: Decimal | None = None
    market: str | None = None

    @property
    def most_leverage(self) -> Decimal | None:
        """The highest leverage that any margin type takes."""
        offered = (most for offer in self.leverage for most in (offer.maximum, *offer.values))
        return max((most for most in offered if most is not None), default=None)

    @property
    def ticker(self) -> Ticker:
        """Its prices alone."""
        return Ticker(self.bid, self.ask, self.last)


class ChildOrder(Struct, frozen=True, kw_only=True):
    """``GET …/{id}/trades``: an order of a smart trade; ``raw`` is the whole answer.

    ``purpose``: position, take_profit, stop_loss, reduce_funds or what the service invents.
    """

    id: int
    purpose: str
    status: str
    order_type: str | None
    cancelable: bool | None
    trigger_price: Decimal | None
    raw: Entity


def account(entity: Entity) -> Account:
    """Read one account; ``ValueError`` without an id."""
    return Account(
        id=identity(entity),
        name=_text(entity.get("name")) or "",
        type=_text(entity.get("type")),
        market_code=_text(entity.get("market_code")),
        exchange_name=_text(entity.get("exchange_name")),
        smart_trading_supported=_flag(entity.get("smart_trading_supported")),
        conditional_buy_supported=_flag(entity.get("conditional_buy_supported")),
        market_buy_supported=_flag(entity.get("market_buy_supported")),
        supported_market_types=tuple(map(str, _items(entity.get("supported_market_types")))),
        hedge_mode_enabled=_flag(entity.get("hedge_mode_enabled")),
        api_keys_state=_text(entity.get("api_keys_state")),
        is_locked=_flag(entity.get("is_locked")),
    )


def balances(rows: Iterable[object]) -> dict[str, Decimal]:
    """``POST …/account_table_data``: what is free of each currency, of readable rows."""
    # A28
    found: dict[str, Decimal] = {}
    for row in rows:
        entity = table(row) or {}
        code, free = _text(entity.get("currency_code")), entity.get("position_available")
        amount = decimal_or_none(entity.get("position") if free is None else free)
        if code and amount is not None:
            found[code.upper()] = amount
    return found


def readable_account(row: object) -> Account | None:
    """The account a row of the listing is; ``None`` for one that cannot be read."""
    entity = table(row)
    try:
        return account(entity) if entity is not None else None
    except ValueError:
        return None


def rates(entity: Entity, market: str | None = None) -> Rates:
    """Read ``currency_rates`` or ``currency_rates_with_leverage_data`` of a market."""
    offers = [item for item in _items(entity.get("leverage_data")) if isinstance(item, Mapping)]
    return Rates(
        last=decimal_or_none(entity.get("last")),
        bid=decimal_or_none(entity.get("bid")),
        ask=decimal_or_none(entity.get("ask")),
        limits=_limits(entity),
        leverage=tuple(_leverage_offer(offer) for offer in offers),
        contract_size=_stated((entity, *offers), _SIZES),
        maintenance=_maintenance((entity, *offers)),
        market=market,
    )


def _stated(places: Iterable[Entity], keys: Iterable[str]) -> Decimal | None:
    """A figure under any of the keys, once or in every offer; ``None`` where the offers differ."""
    found = (decimal_or_none(place.get(key)) for place in places for key in keys)
    stated = {abs(figure) for figure in found if figure}
    return stated.pop() if len(stated) == 1 else None


def _maintenance(places: Iterable[Entity]) -> Decimal | None:
    """A rate; what is 1 and more is none."""
    rate = _stated(places, _MAINTENANCE)
    return rate if rate is not None and rate < 1 else None


def child_order(entity: Entity) -> ChildOrder:
    """Read one child order; ``ValueError`` without an id."""
    return ChildOrder(
        id=identity(entity),
        purpose=_text(entity.get("trade_purpose")) or "",
        status=_text(entity.get("status")) or "",
        order_type=_text(entity.get("order_type")),
        cancelable=_flag(entity.get("cancelable")),
        trigger_price=decimal_or_none(entity.get("trigger_price")),
        raw=entity,
    )


def _limits(entity: Entity) -> PairLimits:
    return PairLimits(
        price_step=decimal_or_none(entity.get("priceStep")),
        min_price=decimal_or_none(entity.get("minPrice")),
        max_price=decimal_or_none(entity.get("maxPrice")),
        min_lot_size=decimal_or_none(entity.get("minLotSize")),
        max_lot_size=decimal_or_none(entity.get("maxLotSize")),
        lot_step=decimal_or_none(entity.get("lotStep")),
        min_total=decimal_or_none(entity.get("minTotal")),
        max_total=decimal_or_none(entity.get("maxTotal")),
        min_market_total=decimal_or_none(entity.get("minMarketTotal")),
        max_market_buy_amount=decimal_or_none(entity.get("maxMarketBuyAmount")),
        max_market_sell_amount=decimal_or_none(entity.get("maxMarketSellAmount")),
        bid_multiplier_up=decimal_or_none(entity.get("bidMultiplierUp")),
        bid_multiplier_down=decimal_or_none(entity.get("bidMultiplierDown")),
        ask_multiplier_up=decimal_or_none(entity.get("askMultiplierUp")),
        ask_multiplier_down=decimal_or_none(entity.get("askMultiplierDown")),
    )


def _leverage_offer(entity: Entity) -> LeverageOffer:
    # The documentation's text calls the bounds `value`, its example `valid`.
    bounds = entity.get("valid") or entity.get("value")
    bounds = bounds if isinstance(bounds, Mapping) else {}
    most = bounds.get("max")
    values = (decimal_or_none(item) for item in _items(entity.get("available_leverage_values")))
    return LeverageOffer(
        code=_text(entity.get("code")) or "",
        can_set_value=_flag(entity.get("can_set_leverage_value")) or False,
        values=tuple(value for value in values if value is not None),
        minimum=decimal_or_none(bounds.get("min")),
        maximum=decimal_or_none(entity.get("max_leverage") if most is None else most),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _flag(value: object) -> bool | None:
    match value:
        case bool():
            return value
        case "true":
            return True
        case "false":
            return False
        case _:
            return None


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []
