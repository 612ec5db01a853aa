"""How long the exchange may take to show what was done."""

SETTLE_WINDOW = 120.0
"""Seconds through which an unknown create is looked for, by default."""

# A03
LISTING_LAG = 10.0
"""Seconds by which a list may lag behind a create (seen: 5)."""
