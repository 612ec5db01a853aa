"""What a trade of the embedded exchange has brought, told from its fills."""


def cash_of(trade):
    """What closing brought less what entering cost; a short brings first."""
    gained = trade.closed_total - trade.entered_total
    return gained if trade.entry.type == "buy" else -gained
