"""The service's HTTP face over an ``Exchange``: a row per documented call."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from flask import Flask, request

from smartplan import times
from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
from smartplan.sandbox.control import register_control
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.faults import Fault, Faults
from smartplan.sandbox.gate import ANY_KEY, PREFIX, Gate, body, cap, lag, register_callers, respond
from smartplan.sandbox.penalties import RateLimit
from smartplan.sandbox.signatures import ACCOUNTS, READ, WRITE, ApiKey

SANDBOX_KEYS = (ApiKey(SANDBOX_KEY, SANDBOX_SECRET),)
BODY_LIMIT = 256 * 1024
"""Bytes; many times what the largest trade takes. A larger body is refused before it is read."""
TRADES = f"{PREFIX}/v2/smart_trades"
TRADE = f"{TRADES}/<int:trade_id>"
CHILD = f"{TRADE}/trades/<int:order_id>"
ACCOUNT = f"{PREFIX}/ver1/accounts"


def _pairs(exchange: Exchange) -> object:
    return exchange.market_pairs(request.args.get("market_code", ""))


def _rates(exchange: Exchange, *, leverage: bool = False) -> object:
    market, pair = request.args.get("market_code", ""), request.args.get("pair", "")
    return exchange.currency_rates(market, pair, leverage=leverage)


Call = tuple[str, str, str | None, Callable[..., object]]
CALLS: tuple[Call, ...] = (
    ("GET", TRADES, READ, lambda x: x.list_trades(request.args, lag(), cap())),
    ("POST", TRADES, WRITE, lambda x: x.create(body())),
    ("GET", TRADE, READ, lambda x, **ids: x.get(**ids)),
    ("PATCH", TRADE, WRITE, lambda x, trade_id: x.update(trade_id, body())),
    ("DELETE", TRADE, WRITE, lambda x, **ids: x.cancel(**ids)),
    ("POST", f"{TRADE}/close_by_market", WRITE, lambda x, **ids: x.close_by_market(**ids)),
    ("POST", f"{TRADE}/force_start", WRITE, lambda x, **ids: x.force_start(**ids)),
    ("POST", f"{TRADE}/force_process", WRITE, lambda x, **ids: x.force_process(**ids)),
    ("POST", f"{TRADE}/set_note", WRITE, lambda x, trade_id: x.set_note(trade_id, body())),
    ("GET", f"{TRADE}/reduce_funds_info", WRITE, lambda x, **ids: x.reduce_funds_info(**ids)),
    ("POST", f"{TRADE}/reduce_funds", WRITE, lambda x, trade_id: x.reduce_funds(trade_id, body())),
    ("POST", f"{TRADE}/add_funds", WRITE, lambda x, trade_id: x.add_funds(trade_id, body())),
    ("GET", f"{TRADE}/trades", READ, lambda x, **ids: x.children(**ids)),
    ("POST", f"{CHILD}/close_by_market", WRITE, lambda x, **ids: x.close_child(**ids)),
    ("DELETE", CHILD, WRITE, lambda x, **ids: x.cancel_child(**ids)),
    ("GET", ACCOUNT, ACCOUNTS, lambda x: x.accounts(request.args)),
    ("GET", f"{ACCOUNT}/<int:account_id>", ACCOUNTS, lambda x, **ids: x.account(**ids)),
    (
        "POST",
        f"{ACCOUNT}/<int:account_id>/account_table_data",
        ACCOUNTS,
        lambda x, **ids: x.balances(**ids),
    ),
    ("GET", f"{ACCOUNT}/market_pairs", None, _pairs),
    ("GET", f"{ACCOUNT}/currency_rates", None, _rates),
    ("GET", f"{ACCOUNT}/currency_rates_with_leverage_data", None, partial(_rates, leverage=True)),
    ("GET", f"{PREFIX}/ver1/validate", ANY_KEY, lambda _: {"valid": True}),
    ("GET", f"{PREFIX}/ver1/ping", None, lambda _: {"pong": "pong"}),
    ("GET", f"{PREFIX}/ver1/time", None, lambda x: {"server_time": int(x.now().timestamp())}),
)
"""Method, path, the permission a key needs (``None``: no key at all), and what is answered."""


def create_app(
    exchange: Exchange,
    *,
    strict: bool = False,
    verify: bool = True,
    keys: Iterable[ApiKey] = SANDBOX_KEYS,
    rate_limit: bool = False,
    faults: Iterable[Fault] = (),
    log: Path | None = None,
    sleep: Callable[[float], None] = times.sleep,
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
        exchange=exchange,
        strict=strict,
        verify=verify,
        keys={key.key: key for key in keys},
        limit=RateLimit(exchange.now) if rate_limit else None,
        faults=switched_on,
        log=log,
        sleep=sleep,
    )
    register_callers(app)
    for method, path, permission, call in CALLS:
        app.add_url_rule(
            path,
            f"{method} {path}",
            gate.view(permission, partial(call, exchange)),
            methods=[method],
        )
    register_control(app, exchange, switched_on)
    app.register_error_handler(404, lambda _: respond(404, {"error": "Not found"}))
    app.register_error_handler(405, lambda _: respond(405, {"error": "Method not allowed"}))
    app.register_error_handler(413, lambda _: respond(413, {"error": "Request entity too large"}))
    return app
