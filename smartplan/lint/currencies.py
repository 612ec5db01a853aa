"""Currencies that prices are quoted in: what tells a reversed pair from a right one."""

QUOTES = (
    "USDT", "USDC", "FDUSD", "BUSD", "TUSD", "DAI", "USD", "EUR", "GBP", "TRY", "BRL", "BTC",
    "ETH", "BNB",
)  # fmt: skip
"""Of two of them in a pair, the earlier one is the usual quote currency."""
