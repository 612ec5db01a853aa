"""Currencies that prices are quoted in: what tells a reversed pair from a right one."""

import re
from fnmatch import fnmatchcase

QUOTES = (
    "USDT", "USDC", "FDUSD", "BUSD", "TUSD", "DAI", "USD", "EUR", "GBP", "BTC", "ETH", "BNB",
)  # fmt: skip
"""Of two of them in a pair, the earlier one is the usual quote currency."""

_FIAT = frozenset({
    "AED", "ARS", "AUD", "BRL", "CAD", "CHF", "CLP", "COP", "CZK", "DKK", "EUR", "GBP", "HKD",
    "HUF", "IDR", "ILS", "INR", "JPY", "KES", "KRW", "KZT", "MXN", "MYR", "NGN", "NOK", "NZD",
    "PEN", "PHP", "PLN", "RON", "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD",
    "VND", "ZAR", "BIDR", "BVND", "IDRT", "UAHT",
})  # fmt: skip
"""Money of states, and tokens of it: others are priced in it, and it in stablecoins as well."""
_COINS = frozenset({"BTC", "ETH", "BNB"})
_STABLE = frozenset({"USDT", "USDC", "FDUSD", "BUSD", "TUSD", "DAI"})


def is_reversed(quote: str, base: str) -> bool:
    """Whether ``quote`` is what is bought, rather than what is paid."""
    if quote in _FIAT:
        return False
    if base in _FIAT:
        return quote not in _STABLE
    if base not in QUOTES:
        return False
    return quote not in QUOTES or QUOTES.index(base) < QUOTES.index(quote)


def turned_round(pattern: str) -> str | None:
    """The right way round of a pattern of pairs that surely matches none as it stands.

    That is where a quote currency stands last, and what comes first is none; USDT is priced in no
    coin either. Of USD nobody can be sure: contracts in coins are named after it.
    """
    first, _, last = pattern.upper().partition("_")
    known = {*QUOTES, *_FIAT}
    if last not in known - {"USD"}:
        return None
    if last == "USDT":
        known -= _COINS
    return None if any(fnmatchcase(one, first) for one in known) else f"{last}_{first}"


def quote_first(value: str) -> str | None:
    """QUOTE_BASE from the ways in which others write a pair, as a hint."""
    parts = re.split(r"[/:\s-]", value.strip().upper())
    if len(parts) == 1:
        parts = _split(parts[0])
    if len(parts) != 2 or not all(parts) or "_" in "".join(parts):
        return None
    base, quote = parts
    if is_reversed(quote, base):
        quote, base = base, quote
    return f"the quote currency comes first: `{quote}_{base}`"


def _split(text: str) -> list[str]:
    """Base and quote of a pair without anything between them."""
    for quote in (*QUOTES, *sorted(_FIAT)):
        if text.endswith(quote) and len(text) > len(quote):
            return [text[: -len(quote)], quote]
    for quote in QUOTES:
        if text.startswith(quote) and len(text) > len(quote):
            return [text[len(quote) :], quote]
    return [text]
