"""The other side in recorded sessions: a person at the exchange's own page, or the market.

``exchange open BODY | fill ID | cancel ID | note ID TEXT | stop ID PRICE | tick PAIR PRICE``
"""

import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.rejection import Rejection

STATE = Path(".smartplan") / "sandbox.json"


def run(arguments: Sequence[str]) -> int:
    """Do it, and return the exit code."""
    STATE.parent.mkdir(exist_ok=True)
    try:
        sys.stdout.write(_do(Exchange(STATE), *arguments))
    except Rejection as refusal:
        sys.stderr.write(f"{json.dumps(refusal.body)}\n")
        return 1
    return 0


def _do(exchange: Exchange, call: str, *words: str) -> str:
    match call, *words:
        case "open", body:
            return f"#{exchange.create(json.loads(body))['id']}\n"
        case "tick", pair, price:
            exchange.tick(pair, Decimal(price))
        case "fill", number:
            exchange.fill(int(number))
        case "cancel", number:
            exchange.cancel(int(number))
        case "note", number, text:
            exchange.set_note(int(number), {"note": text})
        case "stop", number, price:
            stop = exchange.get(int(number))["stop_loss"]
            stop["conditional"]["price"]["value"] = price
            exchange.update(int(number), {"stop_loss": stop})
        case _:
            raise SystemExit(f"unknown: {call}")
    return ""
