"""Prices as CSV, from a few numbers."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 22, tzinfo=UTC)


def ticks(*prices):
    """One tick a second, or at the seconds given; bid, ask and last are one price."""
    rows = ["ts,bid,ask,last"]
    for number, price in enumerate(prices):
        seconds, price = price if isinstance(price, tuple) else (number, price)
        rows.append(f"{_text(timedelta(seconds=seconds))},{price},{price},{price}")
    return "\n".join(rows) + "\n"


def candles(*rows, hours=0, minutes=1):
    """``"open high low close"`` one after the other."""
    step = timedelta(hours=hours) if hours else timedelta(minutes=minutes)
    lines = [f"{_text(n * step)},{row.replace(' ', ',')}" for n, row in enumerate(rows)]
    return "ts,open,high,low,close\n" + "\n".join(lines) + "\n"


def _text(after):
    return (START + after).isoformat().replace("+00:00", "Z")
