"""The service's HTTP face over an ``Exchange``: routes, signatures, error bodies."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import ParamSpec

from flask import Flask, Response, request

from smartplan.errors import ServiceError
from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
from smartplan.sandbox.exchange import Exchange, Received
from smartplan.sandbox.fields import mapping_of
from smartplan.sandbox.refusal import Refusal
from smartplan.sandbox.signatures import (
    ACCOUNTS,
    READ,
    WRITE,
    ApiKey,
    SignedRequest,
    check_permission,
    check_signature,
)

PREFIX = "/public/api"
P = ParamSpec("P")
Answer = Callable[P, tuple[int, object]]
SANDBOX_KEYS = (ApiKey(SANDBOX_KEY, SANDBOX_SECRET),)


def create_app(
    exchange: Exchange,
    *,
    strict: bool = False,
    verify: bool = True,
    keys: Iterable[ApiKey] = SANDBOX_KEYS,
    log: Path | None = None,
) -> Flask:
    """The service as a WSGI application.

    ``strict`` takes only the official form of a signature, ``verify=False`` takes requests
    without one. ``keys`` are the credentials it knows. ``log`` is a file that gets one JSON line
    per request: method, path and body, never the headers.
    """
    app = Flask(__name__)
    gate = _Gate(exchange, strict=strict, verify=verify, keys=keys, log=log)
    _register_trades(app, exchange, gate)
    _register_markets(app, exchange, gate)
    app.register_error_handler(404, lambda _: _respond(404, {"error": "Not found"}))
    app.register_error_handler(405, lambda _: _respond(405, {"error": "Method not allowed"}))
    return app


class _Gate:
    """Logs a request, checks who asks, and turns refusals into error answers."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        strict: bool,
        verify: bool,
        keys: Iterable[ApiKey],
        log: Path | None,
    ) -> None:
        self._exchange = exchange
        self._log = log
        self._strict = strict
        self._verify = verify
        self._keys = {key.key: key for key in keys}

    def signed(self, permission: str | None) -> Callable[[Answer[P]], Callable[P, Response]]:
        """A call that needs a signature and, if named, a permission."""

        def check() -> None:
            if not self._verify:
                return
            key = check_signature(_signed_request(), self._keys, strict=self._strict)
            if permission is not None:
                check_permission(key, permission)

        return self._wrap(check)

    def open(self) -> Callable[[Answer[P]], Callable[P, Response]]:
        """A call anybody may make."""
        return self._wrap(lambda: None)

    def _record(self, received: Received) -> None:
        self._exchange.log.append(received)
        if self._log is not None:
            with self._log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(received), ensure_ascii=False) + "\n")

    def _wrap(self, check: Callable[[], None]) -> Callable[[Answer[P]], Callable[P, Response]]:
        def decorate(call: Answer[P]) -> Callable[P, Response]:
            @wraps(call)
            def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
                self._record(_received())
                try:
                    check()
                    status, payload = call(*args, **kwargs)
                except Refusal as refusal:
                    return _respond(refusal.status, refusal.body)
                except ServiceError as error:
                    return _respond(500, {"error": "sandbox", "error_description": str(error)})
                return _respond(status, payload)

            return answer

        return decorate


def _received() -> Received:
    query = request.query_string.decode()
    path = f"{request.path}?{query}" if query else request.path
    return Received(request.method, path, request.get_data(as_text=True))


def _signed_request() -> SignedRequest:
    return SignedRequest(
        path=request.path,
        query=request.query_string,
        body=request.get_data(),
        key=request.headers.get("Apikey", ""),
        signature=request.headers.get("Signature", ""),
    )


def _respond(status: int, payload: object) -> Response:
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status=status, content_type="application/json; charset=utf-8")


def _body() -> Mapping[str, object]:
    raw = request.get_data()
    if not raw:
        return {}
    try:
        parsed = json.loads(raw, parse_float=Decimal)
    except (ValueError, RecursionError):
        parsed = None
    body = mapping_of(parsed)
    if body is None:
        raise Refusal(400, "Bad Request", "The request body cannot be parsed")
    return body


def _register_trades(app: Flask, exchange: Exchange, gate: _Gate) -> None:
    trades = f"{PREFIX}/v2/smart_trades"

    @app.get(trades)
    @gate.signed(READ)
    def list_trades() -> tuple[int, object]:
        return 200, exchange.list_trades(request.args)

    @app.post(trades)
    @gate.signed(WRITE)
    def create() -> tuple[int, object]:
        return 201, exchange.create(_body())

    @app.get(f"{trades}/<int:trade_id>")
    @gate.signed(READ)
    def get(trade_id: int) -> tuple[int, object]:
        return 200, exchange.get(trade_id)

    @app.patch(f"{trades}/<int:trade_id>")
    @gate.signed(WRITE)
    def update(trade_id: int) -> tuple[int, object]:
        return 200, exchange.update(trade_id, _body())

    @app.delete(f"{trades}/<int:trade_id>")
    @gate.signed(WRITE)
    def cancel(trade_id: int) -> tuple[int, object]:
        return 200, exchange.cancel(trade_id)

    @app.post(f"{trades}/<int:trade_id>/close_by_market")
    @gate.signed(WRITE)
    def close_by_market(trade_id: int) -> tuple[int, object]:
        return 201, exchange.close_by_market(trade_id)

    @app.post(f"{trades}/<int:trade_id>/set_note")
    @gate.signed(WRITE)
    def set_note(trade_id: int) -> tuple[int, object]:
        return 201, exchange.set_note(trade_id, _body())


def _register_markets(app: Flask, exchange: Exchange, gate: _Gate) -> None:
    accounts = f"{PREFIX}/ver1/accounts"

    @app.get(accounts)
    @gate.signed(ACCOUNTS)
    def list_accounts() -> tuple[int, object]:
        return 200, exchange.accounts(request.args)

    @app.get(f"{accounts}/<int:account_id>")
    @gate.signed(ACCOUNTS)
    def get_account(account_id: int) -> tuple[int, object]:
        return 200, exchange.account(account_id)

    @app.get(f"{accounts}/market_pairs")
    @gate.open()
    def market_pairs() -> tuple[int, object]:
        return 200, exchange.market_pairs(request.args.get("market_code", ""))

    @app.get(f"{accounts}/currency_rates")
    @gate.open()
    def currency_rates() -> tuple[int, object]:
        market, pair = request.args.get("market_code", ""), request.args.get("pair", "")
        return 200, exchange.currency_rates(market, pair)

    @app.get(f"{accounts}/currency_rates_with_leverage_data")
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
    def time() -> tuple[int, object]:
        return 200, {"server_time": int(exchange.now().timestamp())}
