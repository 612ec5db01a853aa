"""The sandbox's own endpoints, outside the service's paths: prices, fills, faults, the log."""

import json
from decimal import Decimal

from flask import Flask, Response, request
from msgspec.structs import asdict

from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.faults import Faults, read_fault
from smartplan.sandbox.fields import Fields, mapping_of
from smartplan.sandbox.gate import respond
from smartplan.sandbox.rejection import Rejection, invalid

PREFIX = "/sandbox"


def register_control(app: Flask, exchange: Exchange, faults: Faults) -> None:
    """Add the control endpoints. They take no key, so they take JSON alone.

    That is the one kind of body that a page of another site cannot send without asking first.
    """

    @app.before_request
    def only_json() -> Response | None:
        writes = request.path.startswith(f"{PREFIX}/") and request.method in {"POST", "PUT"}
        if writes and request.mimetype != "application/json":
            said = "send JSON, with Content-Type: application/json"
            return respond(415, {"error": "Unsupported Media Type", "error_description": said})
        return None

    @app.put(f"{PREFIX}/faults")
    def set_faults() -> Response:
        wanted = [read_fault(mapping_of(item) or {}) for item in _items()]
        faults.set(wanted)
        return respond(200, [asdict(fault) for fault in wanted])

    @app.post(f"{PREFIX}/tick")
    def tick() -> Response:
        fields = Fields(mapping_of(_parsed()) or {}, "", {})
        pair, price = fields.text("pair"), fields.decimal("price")
        bid, ask = (fields.decimal(key, required=False) for key in ("bid", "ask"))
        if fields.errors or pair is None or price is None:
            raise invalid(fields.errors)
        return respond(200, exchange.tick(pair, price, bid=bid, ask=ask))

    @app.post(f"{PREFIX}/trades/<int:trade_id>/fill")
    def fill(trade_id: int) -> Response:
        return respond(200, exchange.fill(trade_id))

    @app.get(f"{PREFIX}/log")
    def log() -> Response:
        return respond(200, [asdict(received) for received in exchange.log])

    app.register_error_handler(Rejection, lambda no: respond(no.status, no.body))


def _parsed() -> object:
    try:
        return json.loads(request.get_data() or b"{}", parse_float=Decimal)
    except (ValueError, RecursionError):
        raise Rejection(400, "Bad Request", "The request body cannot be parsed") from None


def _items() -> list[object]:
    parsed = _parsed()
    return parsed if isinstance(parsed, list) else [parsed]
