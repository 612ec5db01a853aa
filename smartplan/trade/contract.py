"""What a unit of a trade stands for: a base unit, or a contract, linear or inverse.

Everything that tells money asks here. Where it comes from, in this order: the live entity, the
exchange's leverage data, ``[risk.contracts]``; else a unit is a base unit, or of unknown size
where the market is known to trade in contracts.
"""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from smartplan.settings import ContractTerms, Settings
from smartplan.trade.model import LiveTrade, Side, Trade
from smartplan.trade.profit import Fees
from smartplan.trade.rounding import exact
from smartplan.trade.wire import decimal_or_none, table

UNKNOWN_SIZE = "units are contracts of unknown size"
SET_THE_SIZE = "set it in [risk.contracts], per account or pair"
WAY_OUT = f"{UNKNOWN_SIZE}: {SET_THE_SIZE}"
# A29
_COIN_MARGINED = re.compile(r"(?P<coin>[A-Z0-9]+)_(?P=coin)[-_]?USD(?![A-Z])|BTC_XBTUSD")
"""``DOGE_DOGEUSD_PERP``, ``ETH_ETHUSD_240628``, ``XBT_XBTUSD``: priced in dollars, paid in coin."""
_IN_CONTRACTS = re.compile(
    r"(?P<quote>USD[TC]?)_[A-Z0-9]+_(?P=quote)|.+-SWAP|.+_[A-Z0-9]+USD[TC]?M|XBT_.+"
)
"""``USDT_BTC_USDT`` (Gate.io), ``…-SWAP`` (OKX), ``…USDTM`` (KuCoin), ``XBT_…`` (BitMEX).

The first is recorded, the others are general knowledge, as are the market codes.
"""
_INVERSE_MARKETS = re.compile(r"coin.?m(argined)?$|futures_coin$|inverse")
_CONTRACT_MARKETS = re.compile(
    r"(gate.?io|kucoin|okx|okex).*(futures|perpetual|swap|delivery)|bitmex|deribit"
)
_TWO_DIGITS = Context(prec=2, rounding=ROUND_HALF_EVEN)
_FACE_VALUES = frozenset(map(Decimal, (1, 10, 100, 1000)))
"""Nobody has recorded whether totals of inverse contracts are in coins: other sizes are doubted."""
_NEAR = Decimal("0.01")
_ONE = Decimal(1)


class UnknownSizeError(ValueError):
    """Money of contracts whose size nobody knows."""

    def __init__(self) -> None:
        super().__init__(WAY_OUT)


class Contract(Struct, frozen=True):
    """What one unit stands for; ``None`` is a size that nobody knows.

    Linear: ``size`` base units, n units of them gain ``n · size · (P − E)`` in quote currency.
    Inverse (coin-margined): ``size`` is the face value in the currency of the price, and a long
    gains ``n · size · (1/E − 1/P)`` in the coin. That is a short in the reciprocal of the price,
    whose fees are paid in the coin: ``side``, ``price`` and ``fees`` turn a trade so, and the
    arithmetic of ``trade.profit`` holds for both.
    """

    size: Decimal | None = _ONE
    inverse: bool = False

    @property
    def known(self) -> bool:
        """Whether money can be told."""
        return self.size is not None

    @property
    def whole_units(self) -> bool:
        """Whether units are contracts, of which no fee can be taken."""
        return self.inverse or self.size != 1

    def amount(self, units: Decimal) -> Decimal:
        """What P/L counts: base units, or face value. Raises ``UnknownSizeError``."""
        if self.size is None:
            raise UnknownSizeError
        return units * self.size

    @exact
    def value(self, units: Decimal, price: Decimal) -> Decimal:
        """What units are worth: quote currency, or coins. Raises ``UnknownSizeError``."""
        return self.amount(units) * self.price(price)

    def side(self, side: Side) -> Side:
        """The side in the prices that P/L is linear in."""
        if not self.inverse:
            return side
        return Side.SHORT if side is Side.LONG else Side.LONG

    @exact
    def price(self, price: Decimal) -> Decimal:
        """A price as P/L is linear in it, and back again: itself, or its reciprocal."""
        return 1 / price if self.inverse else price

    def fees(self, fees: Fees) -> Fees:
        """The fees: nothing can be taken out of contracts."""
        return replace(fees, model="quote") if self.whole_units else fees


BASE_UNITS = Contract()


class Contracts(Struct, frozen=True):
    """What is known of contracts: the terms by alias, pair or ``alias/pair``; aliases by id."""

    terms: Mapping[str, ContractTerms] = field(default_factory=dict)
    aliases: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of_settings(cls, settings: Settings) -> "Contracts":
        """What ``[risk.contracts]`` says, for the accounts of the environment."""
        aliases: dict[int, str] = {}
        for alias, number in settings.accounts.items():
            aliases.setdefault(number, alias)
        return cls(settings.risk.contracts, aliases)

    def say_nothing_of(self, trade: Trade) -> bool:
        """Whether neither the file nor its pair says what a unit of a geared trade stands for."""
        said = _coin_margined(trade.pair, None) or _trades_in_contracts(trade.pair, None)
        terms = self._terms(trade.pair, self.aliases.get(trade.account_id))
        return trade.leverage is not None and not said and terms is None

    def of_live(self, live: LiveTrade) -> Contract:
        """What a unit of a live trade stands for."""
        return self.of(live.trade, live=live)

    def of(
        self,
        trade: Trade,
        *,
        live: LiveTrade | None = None,
        listed: Decimal | None = None,
        market: str | None = None,
    ) -> Contract:
        """What a unit of a trade stands for.

        ``live`` is the trade on the exchange, ``listed`` the size in the exchange's leverage data,
        ``market`` the market code of the account.
        """
        return self.of_pair(
            trade.pair,
            self.aliases.get(trade.account_id),
            live=live,
            listed=listed,
            market=_market_of(live) if market is None else market,
            geared=trade.leverage is not None,
        )

    def of_pair(
        self,
        pair: str,
        alias: str | None,
        *,
        live: LiveTrade | None = None,
        listed: Decimal | None = None,
        market: str | None = None,
        geared: bool = False,
    ) -> Contract:
        """The same of a pair on an account; ``geared``: with leverage."""
        terms, inverse = self._terms(pair, alias), _coin_margined(pair, market)
        if terms is not None and terms.inverse is not None:
            inverse = terms.inverse
        in_contracts = terms is not None or inverse or _trades_in_contracts(pair, market)
        if not in_contracts and not geared and listed is None:
            return BASE_UNITS
        size = size_shown(live, inverse=inverse) if live is not None else None
        if size == 1 and not inverse and terms is not None and terms.size is None:
            size = None  # the file says that units are contracts, the entity that they are none
        size = size or listed or (terms.size if terms is not None else None)
        return Contract(size if size is not None or in_contracts else _ONE, inverse)

    def _terms(self, pair: str, alias: str | None) -> ContractTerms | None:
        """What is said of the pair on the account, of the pair, or of the account."""
        names = (f"{alias}/{pair}", pair, alias or "")
        return next((self.terms[name] for name in names if name in self.terms), None)


NOTHING_SAID = Contracts()
"""No settings: what pair and entity say alone."""


@exact
def size_shown(live: LiveTrade, *, inverse: bool) -> Decimal | None:
    """The size that an entity's own totals come to; ``None`` where they come to no round one.

    Linear: ``total / (units · price)``; inverse, with a total in coins: ``total · price / units``,
    as long as that is a face value there is. What is filled speaks first: added funds move the
    position's price.
    """
    data = table(live.raw.get("data")) or {}
    filled = [data.get(key) for key in ("entered_total", "entered_amount", "average_enter_price")]
    asked = [_position_value(live, key) for key in ("total", "units", "price")]
    for total, units, price in (map(decimal_or_none, figures) for figures in (filled, asked)):
        if total and units and price:
            size = _rounded(total * price / units if inverse else total / (units * price))
            if size is not None and (not inverse or size in _FACE_VALUES):
                return size
    return None


def _position_value(live: LiveTrade, key: str) -> object:
    group = table((table(live.raw.get("position")) or {}).get(key))
    return (group or {}).get("value")


def _rounded(ratio: Decimal) -> Decimal | None:
    """A contract size has few digits; commissions, which the totals hold, are below 1 %."""
    size = _TWO_DIGITS.plus(ratio).normalize()
    one = Decimal(1).scaleb(size.adjusted())
    for round_size in (one, 10 * one, size):
        if abs(ratio - round_size) <= _NEAR * round_size:
            return round_size
    return None


def _coin_margined(pair: str, market: str | None) -> bool:
    named = _COIN_MARGINED.match(pair) is not None
    return named or (market is not None and _INVERSE_MARKETS.search(market) is not None)


def _trades_in_contracts(pair: str, market: str | None) -> bool:
    named = _IN_CONTRACTS.fullmatch(pair) is not None
    return named or (market is not None and _CONTRACT_MARKETS.search(market) is not None)


def _market_of(live: LiveTrade | None) -> str | None:
    """The market code of an entity's account; recorded ones have it as ``type``."""
    account = table(live.raw.get("account")) if live is not None else None
    kind = (account or {}).get("type")
    return kind if isinstance(kind, str) else None
