"""Currencies that prices are quoted in: what tells a reversed pair from a right one."""

import re

QUOTES = (
    "USDT", "USDC", "FDUSD", "BUSD", "TUSD", "DAI", "USD", "EUR", "GBP", "TRY", "BRL", "BTC",
    "ETH", "BNB",
)  # fmt: skip
"""Of two of them in a pair, the earlier one is the usual quote currency."""


def quote_first(value: str) -> str | None:
    """QUOTE_BASE from the ways in which others write a pair, as a hint."""
    parts = re.split(r"[/:\s-]", value.strip().upper())
    if len(parts) == 2 and all(parts):
        return f"the quote currency comes first: `{parts[1]}_{parts[0]}`"
    for quote in QUOTES:
        if value.upper().endswith(quote) and len(value) > len(quote) and len(parts) == 1:
            return f"the quote currency comes first: `{quote}_{value.upper()[: -len(quote)]}`"
    return None
