"""The other side in recorded sessions: a person at the exchange's own page, or the market."""

import json
import sys
from decimal import Decimal
from pathlib import Path

from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.refusal import Refusal


def main() -> None:
    """``exchange stop|fill|tick|cancel|note|open …``."""
    call, *words = sys.argv[1:]
    exchange = Exchange(Path(".smartplan/sandbox.json"))
    if call == "tick":
        exchange.tick(words[0], Decimal(words[1]))
        return
    if call == "open":
        Path(".smartplan").mkdir(exist_ok=True)
        print(f"#{exchange.create(json.loads(words[0]))['id']}")
        return
    number = int(words[0])
    if call == "fill":
        exchange.fill(number)
    elif call == "cancel":
        exchange.cancel(number)
    elif call == "note":
        exchange.set_note(number, {"note": words[1]})
    elif call == "show":
        print(json.dumps(exchange.get(number), indent=1))
    elif call == "stop":
        stop = exchange.get(number)["stop_loss"]
        stop["conditional"]["price"]["value"] = words[1]
        exchange.update(number, {"stop_loss": stop})
    else:
        sys.exit(f"unknown: {call}")


if __name__ == "__main__":
    try:
        main()
    except Refusal as refusal:
        sys.exit(f"refused: {refusal.body}")
