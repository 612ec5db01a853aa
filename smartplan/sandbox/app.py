"""The service's HTTP face over an ``Exchange``: one route per documented call."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from flask import Flask, request

from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
from smartplan.sandbox.callers import register_callers
from smartplan.sandbox.control import register_control
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.faults import Fault, Faults
from smartplan.sandbox.gate import PREFIX, Gate, body, cap, lag, respond
from smartplan.sandbox.penalties import RateLimit
from smartplan.sandbox.signatures import ACCOUNTS, READ, WRITE, ApiKey

SANDBOX_KEYS = (ApiKey(SANDBOX_KEY, SANDBOX_SECRET),)
BODY_LIMIT = 256 * 1024
"""Bytes; many times what the largest trade takes. A larger body is refused before it is read."""
TRADES = f"{PREFIX}/v2/smart_trades"
TRADE = f"{TRADES}/<int:trade_id>"
CHILD = f"{TRADE}/trades/<int:order_id>"
ACCOUNT = f"{PREFIX}/ver1/accounts"


def create_app(
    exchange: Exchange,
    *,
    strict: bool = False,
    verify: bool = True,
    keys: Iterable[ApiKey] = SANDBOX_KEYS,
    rate_limit: bool = False,
    faults: Iterable[Fault] = (),
    log: Path | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Flask:
    """The service as a WSGI application.

    ``strict`` takes only the official form of an HMAC signature, ``verify=False`` takes requests
    without one. ``keys`` are the credentials it knows. ``rate_limit`` answers 429 after 100
    requests in a minute. ``faults`` are shown from the start; ``PUT /sandbox/faults`` replaces
    them. ``log`` is a file that gets one JSON line per request: time, method, path and body, never
    the headers. ``sleep`` waits for the delay of a fault.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    switched_on = Faults(faults)
    gate = Gate(
        exchange,
        strict=strict,
        verify=verify,
        keys=keys,
        limit=RateLimit(exchange.now) if rate_limit else None,
        faults=switched_on,
        log=log,
        sleep=sleep,
    )
    register_callers(app)
    _register_trades(app, exchange, gate)
    _register_orders(app, exchange, gate)
    _register_markets(app, exchange, gate)
    register_control(app, exchange, switched_on)
    app.register_error_handler(404, lambda _: respond(404, {"error": "Not found"}))
    app.register_error_handler(405, lambda _: respond(405, {"error": "Method not allowed"}))
    app.register_error_handler(413, lambda _: respond(413, {"error": "Request entity too large"}))
    return app


def _register_trades(app: Flask, exchange: Exchange, gate: Gate) -> None:
    @app.get(TRADES)
    @gate.signed(READ)
    def list_trades() -> tuple[int, object]:
        return 200, exchange.list_trades(request.args, lag(), cap())

    @app.post(TRADES)
    @gate.signed(WRITE)
    def create() -> tuple[int, object]:
        return 201, exchange.create(body())

    @app.get(TRADE)
    @gate.signed(READ)
    def get(trade_id: int) -> tuple[int, object]:
        return 200, exchange.get(trade_id)

    @app.patch(TRADE)
    @gate.signed(WRITE)
    def update(trade_id: int) -> tuple[int, object]:
        return 200, exchange.update(trade_id, body())

    @app.delete(TRADE)
    @gate.signed(WRITE)
    def cancel(trade_id: int) -> tuple[int, object]:
        return 200, exchange.cancel(trade_id)

    @app.post(f"{TRADE}/close_by_market")
    @gate.signed(WRITE)
    def close_by_market(trade_id: int) -> tuple[int, object]:
        return 201, exchange.close_by_market(trade_id)

    @app.post(f"{TRADE}/force_start")
    @gate.signed(WRITE)
    def force_start(trade_id: int) -> tuple[int, object]:
        return 201, exchange.force_start(trade_id)

    @app.post(f"{TRADE}/force_process")
    @gate.signed(WRITE)
    def force_process(trade_id: int) -> tuple[int, object]:
        return 201, exchange.force_process(trade_id)

    @app.post(f"{TRADE}/set_note")
    @gate.signed(WRITE)
    def set_note(trade_id: int) -> tuple[int, object]:
        return 201, exchange.set_note(trade_id, body())


def _register_orders(app: Flask, exchange: Exchange, gate: Gate) -> None:
    @app.get(f"{TRADE}/reduce_funds_info")
    @gate.signed(WRITE)
    def reduce_funds_info(trade_id: int) -> tuple[int, object]:
        return 200, exchange.reduce_funds_info(trade_id)

    @app.post(f"{TRADE}/reduce_funds")
    @gate.signed(WRITE)
    def reduce_funds(trade_id: int) -> tuple[int, object]:
        return 201, exchange.reduce_funds(trade_id, body())

    @app.post(f"{TRADE}/add_funds")
    @gate.signed(WRITE)
    def add_funds(trade_id: int) -> tuple[int, object]:
        return 201, exchange.add_funds(trade_id, body())

    @app.get(f"{TRADE}/trades")
    @gate.signed(READ)
    def children(trade_id: int) -> tuple[int, object]:
        return 200, exchange.children(trade_id)

    @app.post(f"{CHILD}/close_by_market")
    @gate.signed(WRITE)
    def close_child(trade_id: int, order_id: int) -> tuple[int, object]:
        return 201, exchange.close_child(trade_id, order_id)

    @app.delete(CHILD)
    @gate.signed(WRITE)
    def cancel_child(trade_id: int, order_id: int) -> tuple[int, object]:
        return 200, exchange.cancel_child(trade_id, order_id)


def _register_markets(app: Flask, exchange: Exchange, gate: Gate) -> None:
    @app.get(ACCOUNT)
    @gate.signed(ACCOUNTS)
    def list_accounts() -> tuple[int, object]:
        return 200, exchange.accounts(request.args)

    @app.get(f"{ACCOUNT}/<int:account_id>")
    @gate.signed(ACCOUNTS)
    def get_account(account_id: int) -> tuple[int, object]:
        return 200, exchange.account(account_id)

    @app.get(f"{ACCOUNT}/market_pairs")
    @gate.open()
    def market_pairs() -> tuple[int, object]:
        return 200, exchange.market_pairs(request.args.get("market_code", ""))

    @app.get(f"{ACCOUNT}/currency_rates")
    @gate.open()
    def currency_rates() -> tuple[int, object]:
        market, pair = request.args.get("market_code", ""), request.args.get("pair", "")
        return 200, exchange.currency_rates(market, pair)

    @app.get(f"{ACCOUNT}/currency_rates_with_leverage_data")
    @gate.open()
    def currency_rates_with_leverage_data() -> tuple[int, object]:
        market, pair = request.args.get("market_code", ""), request.args.get("pair", "")
        return 200, exchange.currency_rates(market, pair, leverage=True)

    @app.get(f"{PREFIX}/ver1/validate")
    @gate.signed(None)
    def validate() -> tuple[int, object]:
        return 200, {"valid": True}

    @app.get(f"{PREFIX}/ver1/ping")
    @gate.open()
    def ping() -> tuple[int, object]:
        return 200, {"pong": "pong"}

    @app.get(f"{PREFIX}/ver1/time")
    @gate.open()
    def server_time() -> tuple[int, object]:
        return 200, {"server_time": int(exchange.now().timestamp())}
