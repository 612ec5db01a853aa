"""What the embedded exchange offers: accounts, and pairs with their limits and prices."""

from decimal import Decimal
from typing import Literal

from msgspec import Struct

FeeModel = Literal["base", "quote"]


class ExchangeAccount(Struct, frozen=True, kw_only=True):
    """An exchange account.

    ``fee`` is the commission as a fraction. ``fee_model`` says what it is taken from: ``base``
    shrinks what a spot purchase brings, ``quote`` is added to (or taken from) the quote money.
    ``tells_liquidation``: whether its exchange names a liquidation price.
    """

    id: int
    name: str
    market_code: str
    market: str
    type: str = "paper_trading"
    fee: Decimal
    fee_model: FeeModel
    futures: bool = False
    tells_liquidation: bool = False
    hedge_mode: bool = False
    locked: bool = False
    keys_valid: bool = True


class Pair(Struct, frozen=True, kw_only=True):
    """A market: its limits and the price it opens with.

    Limits are in units and quote money; multipliers bound limit prices relative to the market.
    ``contract`` is the base that one unit stands for: not 1 where units are contracts. Of
    ``inverse`` ones, which are margined in the coin, it is their face value in dollars.
    """

    name: str
    market_code: str
    last: Decimal
    price_step: Decimal
    lot_step: Decimal
    spread: Decimal
    min_total: Decimal
    max_total: Decimal = Decimal(9_000_000)
    max_units: Decimal = Decimal(9_000_000)
    max_market_units: Decimal = Decimal(900_000)
    multiplier_up: Decimal = Decimal(10)
    multiplier_down: Decimal = Decimal("0.1")
    max_leverage: int | None = None
    contract: Decimal = Decimal(1)
    inverse: bool = False

    @property
    def quote(self) -> str:
        """What stands before the first underscore."""
        return self.name.partition("_")[0]

    @property
    def base(self) -> str:
        """What stands after the first underscore."""
        return self.name.partition("_")[2]


SPOT = "paper_trading"
FUTURES = "paper_trading_futures"
"""Invented: the service's paper account is known as a spot account."""
CONTRACTS = "paper_trading_contracts"
"""Invented, too: a market whose units are contracts, as those of Gate.io are."""
COINS = "paper_trading_coin_m"
"""And one of contracts that are margined in the coin."""

ACCOUNTS = (
    ExchangeAccount(
        id=1,
        name="main",
        market_code=SPOT,
        market="Sandbox Spot",
        fee=Decimal("0.001"),
        fee_model="base",
    ),
    ExchangeAccount(
        id=2,
        name="futures",
        market_code=FUTURES,
        market="Sandbox Futures USDT-M",
        fee=Decimal("0.0005"),
        fee_model="quote",
        futures=True,
    ),
    ExchangeAccount(
        id=3,
        name="contracts",
        market_code=CONTRACTS,
        market="Sandbox Contracts USDT-M",
        fee=Decimal("0.0005"),
        fee_model="quote",
        futures=True,
        tells_liquidation=True,
    ),
    ExchangeAccount(
        id=4,
        name="coin-margined",
        market_code=COINS,
        market="Sandbox Futures COIN-M",
        fee=Decimal("0.0005"),
        fee_model="quote",
        futures=True,
    ),
)


def _pair(
    market: str, name: str, row: str, max_leverage: int | None = None, contract: str = "1"
) -> Pair:
    last, price_step, lot_step, spread, min_total = (Decimal(cell) for cell in row.split())
    return Pair(
        name=name,
        market_code=market,
        last=last,
        price_step=price_step,
        lot_step=lot_step,
        spread=spread,
        min_total=min_total,
        max_leverage=max_leverage,
        contract=Decimal(contract),
        inverse=market == COINS,
    )


_SPOT_ROWS = {
    # last, price step, lot step, spread, minimum total
    "USDT_BTC": "61000 0.01 0.00001 0.01 5",
    "USDT_ETH": "2500 0.01 0.0001 0.01 5",
    "USDT_SOL": "150 0.01 0.001 0.01 5",
    "USDT_BNB": "580 0.1 0.001 0.1 5",
    "USDT_ADA": "0.45 0.0001 0.1 0.0001 5",
    "USDT_XRP": "0.52 0.0001 0.1 0.0001 5",
    "USDT_DOGE": "0.107 0.00001 1 0.00001 1",
    "USDT_LINK": "12.5 0.01 0.01 0.01 5",
    "USDT_AVAX": "27 0.01 0.01 0.01 5",
    "USDT_DOT": "5.2 0.001 0.01 0.001 5",
    "USDT_LTC": "72 0.01 0.001 0.01 5",
    "USDT_TRX": "0.16 0.0001 0.1 0.0001 5",
    "BTC_ETH": "0.041 0.00001 0.0001 0.00001 0.0001",
    "BTC_SOL": "0.00246 0.0000001 0.01 0.0000001 0.0001",
}
_FUTURES_ROWS = {
    "USDT_BTC": ("61000 0.1 0.001 0.1 5", 125),
    "USDT_ETH": ("2500 0.01 0.001 0.01 5", 100),
    "USDT_SOL": ("150 0.01 0.01 0.01 5", 75),
    "USDT_ADA": ("0.45 0.0001 1 0.0001 5", 75),
    "USDT_XRP": ("0.52 0.0001 0.1 0.0001 5", 75),
    "USDT_DOGE": ("0.107 0.00001 1 0.00001 5", 75),
    "USDT_BTCUSDT_UMCBL": ("61000 0.1 0.001 0.1 5", 50),
}
_CONTRACT_ROWS = {
    # the same; highest leverage, base units of a contract
    "USDT_BTC": ("61000 0.1 1 0.1 5", 125, "0.0001"),
    "USDT_ETH": ("2500 0.01 1 0.01 5", 100, "0.01"),
    "USDT_DOGE": ("0.107 0.00001 1 0.00001 5", 75, "10"),
}
_COIN_ROWS = {
    # no least total is known of them; face value in dollars
    "BTC_BTCUSD_PERP": ("61000 0.1 1 0.1 0", 125, "100"),
    "ETH_ETHUSD_PERP": ("2500 0.01 1 0.01 0", 100, "10"),
    "DOGE_DOGEUSD_PERP": ("0.107 0.00001 1 0.00001 0", 75, "10"),
}

PAIRS = (
    *(_pair(SPOT, name, row) for name, row in _SPOT_ROWS.items()),
    *(_pair(FUTURES, name, row, lev) for name, (row, lev) in _FUTURES_ROWS.items()),
    *(_pair(CONTRACTS, name, row, lev, one) for name, (row, lev, one) in _CONTRACT_ROWS.items()),
    *(_pair(COINS, name, row, lev, one) for name, (row, lev, one) in _COIN_ROWS.items()),
)
