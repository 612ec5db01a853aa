"""Four-hour candles of BTC/USDT, which a package of others ships; ``make setup`` fetches it."""

import json
import sqlite3
import sys
import tarfile
from pathlib import Path

ARCHIVES = sorted(Path(sys.prefix, "candles").glob("octobot-2.0.15.tar.gz"))
MEMBER = "ExchangeHistoryDataCollector_1711122002.311132.data"
QUERY = (
    "select candle from ohlcv where symbol = 'BTC/USDT' and time_frame = '4h' order by timestamp"
)


def write(folder: Path) -> Path:
    """``btc-4h.json`` in a folder, as ccxt has candles; in milliseconds."""
    with tarfile.open(ARCHIVES[-1]) as archive:
        (member,) = (one for one in archive.getmembers() if one.name.endswith(MEMBER[-23:]))
        database = folder / "octobot.data"
        database.write_bytes(archive.extractfile(member).read())
    with sqlite3.connect(database) as connection:
        candles = [json.loads(candle) for (candle,) in connection.execute(QUERY)]
    connection.close()
    database.unlink()
    file = folder / "btc-4h.json"
    file.write_text(json.dumps([[int(time * 1000), *rest] for time, *rest in candles]))
    return file
