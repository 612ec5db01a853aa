"""What a unit stands for, from each of the places that can say it, worked out by hand."""

from decimal import Decimal

import pytest

from smartplan.settings import ContractTerms
from smartplan.trade.contract import (
    BASE_UNITS,
    NOTHING_SAID,
    Contract,
    Contracts,
    UnknownSizeError,
)
from smartplan.trade.model import Leverage, LiveTrade, Position, Side, Trade
from smartplan.trade.wire import live_trade

D = Decimal
UNKNOWN = Contract(None)
UNKNOWN_INVERSE = Contract(None, inverse=True)


def trade(pair: str, leverage: int | None = 5) -> Trade:
    geared = None if leverage is None else Leverage(type="isolated", value=D(leverage))
    position = Position(type="buy", order_type="limit", units=D(1000), price=D(60000))
    return Trade(account_id=2, pair=pair, position=position, leverage=geared)


def entity(
    pair: str = "USDT_BTC_USDT",
    units: str = "1000.0",
    price: str = "60000.0",
    total: str | None = "6000.0",
    **data: object,
) -> LiveTrade:
    return live_trade(
        {
            "id": 7,
            "account": {"id": 2, "type": "x"},
            "pair": pair,
            "status": {"type": "waiting_targets"},
            "leverage": {"enabled": True, "type": "isolated", "value": "5.0"},
            "position": {
                "type": "buy",
                "order_type": "market",
                "units": {"value": units},
                "price": {"value": price},
                "total": {"value": total},
            },
            "data": data,
        }
    )


@pytest.mark.parametrize(
    "pair", ["DOGE_DOGEUSD_PERP", "ETH_ETHUSD_240628", "XBT_XBTUSD", "BTC_BTCUSD", "BTC_XBTUSD"]
)
def test_a_pair_priced_in_dollars_and_paid_in_coins_is_inverse(pair: str) -> None:
    assert NOTHING_SAID.of(trade(pair)) == UNKNOWN_INVERSE


@pytest.mark.parametrize(
    "pair", ["USDT_BTC_USDT", "USDT_BTC-USDT-SWAP", "USDT_XBTUSDTM", "XBT_ETHUSD"]
)
def test_a_pair_that_is_known_to_trade_in_contracts_has_no_size_by_itself(pair: str) -> None:
    assert NOTHING_SAID.of(trade(pair)) == UNKNOWN


@pytest.mark.parametrize(
    "pair",
    ["USDT_BTC", "BTC_ETH", "USDT_BTCUSDT", "USDT_BTCUSDT_UMCBL", "USD_MATIC-PERP", "BTC_BTCUSDT"],
)
@pytest.mark.parametrize("leverage", [None, 5])
def test_elsewhere_a_unit_is_a_base_unit(pair: str, leverage: int | None) -> None:
    assert NOTHING_SAID.of(trade(pair, leverage)) == BASE_UNITS


@pytest.mark.parametrize(
    ("market", "contract"),
    [
        ("binance_futures_coin", UNKNOWN_INVERSE),
        ("gate_io_usdt_perpetual", UNKNOWN),
        ("kucoin_futures", UNKNOWN),
        ("bitmex", UNKNOWN),
        ("binance_futures", BASE_UNITS),
        ("gate_io", BASE_UNITS),
        (None, BASE_UNITS),
    ],
)
def test_the_market_code_says_so_too(market: str | None, contract: Contract) -> None:
    assert NOTHING_SAID.of(trade("USDT_ABC"), market=market) == contract


def test_the_entity_comes_first_then_the_leverage_data_then_the_file() -> None:
    file = Contracts({"futures": ContractTerms(size=D("0.01"))}, {2: "futures"})
    perpetual = trade("USDT_BTC_USDT")
    assert file.of(perpetual) == Contract(D("0.01"))
    assert file.of(perpetual, listed=D("0.001")) == Contract(D("0.001"))
    assert file.of(perpetual, listed=D("0.001"), live=entity()) == Contract(D("0.0001"))
    assert NOTHING_SAID.of(perpetual, listed=D("0.001")) == Contract(D("0.001"))


def test_the_file_speaks_of_a_pair_on_an_account_of_a_pair_or_of_an_account() -> None:
    terms = {
        "futures": ContractTerms(size=D(1)),
        "USDT_BTC": ContractTerms(size=D(2)),
        "futures/USDT_BTC": ContractTerms(size=D(3)),
    }
    here, there = {2: "futures"}, {2: "other"}
    assert Contracts(terms, here).of(trade("USDT_BTC")).size == 3
    assert Contracts(terms, there).of(trade("USDT_BTC")).size == 2
    assert Contracts(terms, here).of(trade("USDT_ETH")).size == 1
    assert Contracts(terms, there).of(trade("USDT_ETH")) == BASE_UNITS


def test_the_file_may_say_the_kind_alone_or_nothing_but_that_they_are_contracts() -> None:
    said = Contracts({"coinm": ContractTerms(inverse=True)}, {2: "coinm"})
    assert said.of(trade("USD_BTC")) == UNKNOWN_INVERSE
    named = Contracts({"futures": ContractTerms()}, {2: "futures"})
    assert named.of(trade("USDT_BTC", None)) == UNKNOWN
    # An entity whose total is units times price says that they are no contracts: nobody knows.
    assert named.of(trade("USDT_BTC"), live=entity(total="60000000.0")) == UNKNOWN
    assert named.of(trade("USDT_BTC"), live=entity()).size == D("0.0001")


@pytest.mark.parametrize(
    ("total", "size"),
    [
        ("6000.0", "0.0001"),
        ("6006.0", "0.0001"),  # with a commission of 0.1 %
        ("5994.0", "0.0001"),
        ("59940000.0", "1"),
        ("600000.0", "0.01"),
        ("6600.0", "0.00011"),
    ],
)
def test_the_totals_of_an_entity_tell_the_size(total: str, size: str) -> None:
    assert NOTHING_SAID.of_live(entity(total=total)).size == D(size)


@pytest.mark.parametrize("total", [None, "0.0", "-6000.0", "6930.0"])
def test_totals_that_come_to_no_round_size_tell_none(total: str | None) -> None:
    assert NOTHING_SAID.of_live(entity(total=total)) == UNKNOWN


def test_what_is_filled_speaks_before_what_was_asked_for() -> None:
    """Funds were added: the position's own units are behind."""
    live = entity(
        units="500.0", entered_amount="1000.0", entered_total="6000.0", average_enter_price="60000"
    )
    assert NOTHING_SAID.of_live(live).size == D("0.0001")


def test_an_inverse_entity_has_its_total_in_coins() -> None:
    # 1000 contracts of 1 USD at 60000 are worth 0.01666667 XBT.
    live = entity("XBT_XBTUSD", total="0.01666667")
    assert NOTHING_SAID.of_live(live) == Contract(D(1), inverse=True)


@pytest.mark.parametrize("total", ["60000000.0", "1000.0", "0.05"])
def test_an_inverse_entity_whose_total_is_no_coins_tells_nothing(total: str) -> None:
    """Units times price, dollars, and a face value of 3: none is believed."""
    assert NOTHING_SAID.of_live(entity("XBT_XBTUSD", total=total)) == UNKNOWN_INVERSE


def test_money_of_an_unknown_size_is_refused() -> None:
    with pytest.raises(UnknownSizeError, match=r"\[risk.contracts\]"):
        UNKNOWN.value(D(1), D(60000))


def test_what_units_are_worth() -> None:
    assert Contract(D("0.0001")).value(D(1000), D(60000)) == 6000
    assert Contract(D(10), inverse=True).value(D(30), D(2000)) == D("0.15")
    assert BASE_UNITS.value(D("0.01"), D(60000)) == 600
    assert Contract(D(10), inverse=True).side(Side.LONG) is Side.SHORT
