"""Accounts, pairs and rates as the service shows them."""

from decimal import Decimal

from smartplan.sandbox.book import Quote
from smartplan.sandbox.catalog import ExchangeAccount, Pair
from smartplan.sandbox.decimals import decimal_text

Json = dict[str, object]


def account_json(account: ExchangeAccount) -> Json:
    """An account of GET /ver1/accounts."""
    return {
        "id": account.id,
        "name": account.name,
        "market_code": account.market_code,
        "exchange_name": account.market,
        "type": account.type,
        "is_locked": account.locked,
        "lock_reason": None,
        "api_keys_state": "ok" if account.keys_valid else "invalid",
        "api_key_invalid": not account.keys_valid,
        "smart_trading_supported": True,
        "smart_selling_supported": True,
        "trading_supported": True,
        "stats_supported": True,
        "market_buy_supported": True,
        "market_sell_supported": True,
        "conditional_buy_supported": True,
        "hedge_mode_available": account.futures,
        "hedge_mode_enabled": account.hedge_mode,
        "supported_market_types": ["futures" if account.futures else "spot"],
    }


def balance_json(account_id: int, currency: str, free: Decimal) -> Json:
    """A row of account_table_data: the documented keys that say how much there is."""
    amount = decimal_text(free)
    return {
        "account_id": account_id,
        "currency_code": currency,
        "currency_name": currency,
        "position": amount,
        "position_available": amount,
        "on_orders": "0.0",
        "equity": amount,
    }


def rates_json(pair: Pair, quote: Quote, *, leverage: bool = False) -> Json:
    """GET /ver1/accounts/currency_rates, with or without the leverage data; numbers are strings."""
    shown: Json = {
        "last": decimal_text(quote.last),
        "bid": decimal_text(quote.bid),
        "ask": decimal_text(quote.ask),
        "orderbook_ask": decimal_text(quote.ask),
        "orderbook_bid": decimal_text(quote.bid),
        "orderbook_last": decimal_text(quote.last),
        "orderbook_price_currency": pair.quote,
        "strategy_name": "orderbook_price",
        "contract_strategy_name": "orderbook_price",
        "instrumentKind": _kind(pair),
        "base": pair.base,
        "quote": pair.quote,
        "priceStep": decimal_text(pair.price_step),
        "minPrice": decimal_text(pair.price_step),
        "maxPrice": decimal_text(Decimal(1_000_000)),
        "minLotSize": decimal_text(pair.lot_step),
        "maxLotSize": decimal_text(pair.max_units),
        "lotStep": decimal_text(pair.lot_step),
        "minTotal": decimal_text(pair.min_total),
        "minMarketTotal": decimal_text(pair.min_total),
        "maxTotal": decimal_text(pair.max_total),
        "maxMarketBuyAmount": decimal_text(pair.max_market_units),
        "maxMarketSellAmount": decimal_text(pair.max_market_units),
        "minMarketBuyAmount": decimal_text(pair.lot_step),
        "minMarketSellAmount": decimal_text(pair.lot_step),
        "bidMultiplierUp": decimal_text(pair.multiplier_up),
        "bidMultiplierDown": decimal_text(pair.multiplier_down),
        "askMultiplierUp": decimal_text(pair.multiplier_up),
        "askMultiplierDown": decimal_text(pair.multiplier_down),
    }
    if leverage:
        shown["leverage_data"] = _leverage_data(pair)
    return shown


def _kind(pair: Pair) -> str:
    if pair.max_leverage is None:
        return "spot"
    return "inverse_futures" if pair.inverse else "linear_futures"


def _leverage_data(pair: Pair) -> list[Json]:
    if pair.max_leverage is None:
        return []
    most = decimal_text(Decimal(pair.max_leverage))
    offers: list[Json] = [
        {
            "code": code,
            "name": code.capitalize(),
            "can_set_leverage_value": True,
            "available_leverage_values": [],
            "max_leverage": most,
            "valid": {"min": 1, "max": most},
        }
        for code in ("cross", "isolated")
    ]
    # Nobody has recorded that the size of coin-margined ones is told here.
    if pair.contract != 1 and not pair.inverse:
        size = decimal_text(pair.contract)
        offers = [offer | {"quanto_multiplier": size} for offer in offers]
    return offers
