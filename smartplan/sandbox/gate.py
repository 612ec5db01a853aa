"""What every request passes: the log, the rate limit, faults, signature and permission."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import ParamSpec, cast

from flask import Response, request

from smartplan.errors import ServiceError
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.faults import Fault, Faults
from smartplan.sandbox.fields import mapping_of
from smartplan.sandbox.forms import read_form
from smartplan.sandbox.penalties import RateLimit
from smartplan.sandbox.refusal import Rejection
from smartplan.sandbox.request_log import Received
from smartplan.sandbox.signatures import (
    ApiKey,
    SignedRequest,
    check_permission,
    check_signature,
)

PREFIX = "/public/api"
P = ParamSpec("P")
Answer = Callable[P, tuple[int, object]]


class Gate:
    """Lets a request through to a call of the exchange, and makes its answer a response."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        strict: bool,
        verify: bool,
        keys: Iterable[ApiKey],
        limit: RateLimit | None,
        faults: Faults,
        log: Path | None,
        sleep: Callable[[float], None],
    ) -> None:
        self.exchange = exchange
        self.faults = faults
        self._strict = strict
        self._verify = verify
        self._keys = {key.key: key for key in keys}
        self._limit = limit
        self._log = log
        self._sleep = sleep

    def signed(self, permission: str | None) -> Callable[[Answer[P]], Callable[P, Response]]:
        """A call that needs a signature and, if named, a permission."""

        def check() -> None:
            if self._verify:
                key = check_signature(_signed_request(), self._keys, strict=self._strict)
                if permission is not None:
                    check_permission(key, permission)

        return self._wrap(check)

    def open(self) -> Callable[[Answer[P]], Callable[P, Response]]:
        """A call anybody may make."""
        return self._wrap(lambda: None)

    def _wrap(self, check: Callable[[], None]) -> Callable[[Answer[P]], Callable[P, Response]]:
        def decorate(call: Answer[P]) -> Callable[P, Response]:
            @wraps(call)
            def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
                self._record(_received(self.exchange.now()))
                fault = self._strike()
                if fault is not None and fault.when == "before" and fault.status is not None:
                    return fault_response(fault, fault.status)
                response = self._answer(check, lambda: call(*args, **kwargs))
                if fault is None or fault.when == "before":
                    return response
                self._sleep(fault.delay)
                return response if fault.status is None else fault_response(fault, fault.status)

            return answer

        return decorate

    def _strike(self) -> Fault | None:
        fault = self.faults.strike(request.method, request.path.removeprefix(PREFIX))
        if fault is not None and fault.when == "before":
            self._sleep(fault.delay)
        if fault is not None:
            request.environ["sandbox.lag"] = fault.lag
            request.environ["sandbox.cap"] = fault.cap
        return fault

    def _answer(
        self, check: Callable[[], None], call: Callable[[], tuple[int, object]]
    ) -> Response:
        try:
            if self._limit is not None:
                self._limit.count()
            check()
            return respond(*call())
        except Rejection as refusal:
            return respond(refusal.status, refusal.body)
        except ServiceError as error:
            return respond(500, {"error": "sandbox", "error_description": str(error)})

    def _record(self, received: Received) -> None:
        self.exchange.log.append(received)
        if self._log is not None:
            with self._log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(received), ensure_ascii=False) + "\n")


def _received(now: datetime) -> Received:
    query = request.query_string.decode("latin-1")
    path = f"{request.path}?{query}" if query else request.path
    text = request.get_data().decode("utf-8", "replace")
    return Received(now.isoformat(), request.method, path, text)


def _signed_request() -> SignedRequest:
    return SignedRequest(
        path=request.path,
        query=request.query_string,
        body=request.get_data(),
        key=request.headers.get("Apikey", ""),
        signature=request.headers.get("Signature", ""),
    )


def respond(status: int, payload: object) -> Response:
    """A JSON answer."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status=status, content_type="application/json; charset=utf-8")


def fault_response(fault: Fault, status: int) -> Response:
    """The answer a fault asks for: its own text, the page of a proxy, or an error body."""
    page = f"<html><body><h1>{status}</h1></body></html>"
    text = fault.body if fault.body is not None else page
    if fault.body is None and not fault.html:
        text = json.dumps({"error": "sandbox_fault", "error_description": f"asked for {status}"})
    kind = "text/html" if fault.html else "application/json"
    response = Response(text, status=status, content_type=f"{kind}; charset=utf-8")
    if fault.retry_after is not None:
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def lag() -> float:
    """By how many seconds the fault of this request makes a listing lag."""
    return float(request.environ.get("sandbox.lag", 0))


def cap() -> int | None:
    """The most rows that the fault of this request lets a page of a listing have."""
    return cast("int | None", request.environ.get("sandbox.cap"))


def body() -> Mapping[str, object]:
    """The parameters of a write: a JSON body, a form, or a query; raises ``Rejection`` (400)."""
    raw = request.get_data()
    try:
        if not raw:
            return read_form(request.query_string.decode())
        if request.mimetype == "application/x-www-form-urlencoded":
            return read_form(raw.decode())
        parsed = mapping_of(json.loads(raw, parse_float=Decimal))
    except (ValueError, RecursionError):
        parsed = None
    if parsed is None:
        raise Rejection(400, "Bad Request", "The request body cannot be parsed")
    return parsed
