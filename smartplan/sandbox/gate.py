"""What every request passes: where it comes from, log, rate limit, faults, signature, permission.

A page may send what it likes to a loopback address. What it cannot choose is the ``Origin`` and the
``Sec-Fetch-Site`` that the browser adds; and a name of its own that it has bound to this machine
(DNS rebinding) stands in ``Host``.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import cast

from flask import Flask, Response, request
from msgspec import Struct
from msgspec.structs import asdict

from smartplan.errors import ServiceError
from smartplan.origins import is_loopback
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.faults import Fault, Faults
from smartplan.sandbox.fields import mapping_of
from smartplan.sandbox.forms import read_form
from smartplan.sandbox.penalties import RateLimit
from smartplan.sandbox.rejection import Rejection
from smartplan.sandbox.request_log import LoggedRequest
from smartplan.sandbox.signatures import (
    ApiKey,
    SignedRequest,
    check_permission,
    check_signature,
)

PREFIX = "/public/api"
ANY_KEY = ""
"""The permission of a call that every key may make."""


class Gate(Struct, frozen=True, kw_only=True):
    """Lets a request through to a call of the exchange, and makes its answer a response."""

    exchange: Exchange
    strict: bool
    verify: bool
    keys: Mapping[str, ApiKey]
    limit: RateLimit | None
    faults: Faults
    log: Path | None
    sleep: Callable[[float], None]

    def view(self, permission: str | None, call: Callable[..., object]) -> Callable[..., Response]:
        """A call as Flask takes it; without a ``permission`` that it asks of a key, anybody's."""

        def answer(**numbers: int) -> Response:
            self._record(_received(self.exchange.now()))
            fault = self._strike()
            if fault is not None and fault.when == "before" and fault.status is not None:
                return fault_response(fault, fault.status)
            response = self._answer(permission, lambda: call(**numbers))
            if fault is None or fault.when == "before":
                return response
            self.sleep(fault.delay)
            return response if fault.status is None else fault_response(fault, fault.status)

        return answer

    def _strike(self) -> Fault | None:
        fault = self.faults.strike(request.method, request.path.removeprefix(PREFIX))
        if fault is not None and fault.when == "before":
            self.sleep(fault.delay)
        if fault is not None:
            request.environ["sandbox.lag"] = fault.lag
            request.environ["sandbox.cap"] = fault.cap
        return fault

    def _answer(self, permission: str | None, call: Callable[[], object]) -> Response:
        try:
            if self.limit is not None:
                self.limit.count()
            if self.verify and permission is not None:
                key = check_signature(_signed_request(), self.keys, strict=self.strict)
                check_permission(key, permission)
            # The service answers every POST with 201, also one that creates nothing.
            return respond(201 if request.method == "POST" else 200, call())
        except Rejection as refusal:
            return respond(refusal.status, refusal.body)
        except ServiceError as error:
            return respond(500, {"error": "sandbox", "error_description": str(error)})

    def _record(self, received: LoggedRequest) -> None:
        self.exchange.log.append(received)
        if self.log is not None:
            with self.log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(received), ensure_ascii=False) + "\n")


def _received(now: datetime) -> LoggedRequest:
    query = request.query_string.decode("latin-1")
    path = f"{request.path}?{query}" if query else request.path
    text = request.get_data().decode("utf-8", "replace")
    return LoggedRequest(now.isoformat(), request.method, path, text)


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


_HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:]+)\]|(?P<name>[a-z0-9.]+))(?::[0-9]{1,5})?", re.ASCII)


def register_callers(app: Flask) -> None:
    """Refuse every request that comes from elsewhere, before anything of it is kept."""

    @app.before_request
    def only_this_machine() -> Response | None:
        host = request.headers.get("Host", "").lower()
        if not _is_ours(host):
            return _refused("the host of this request is no name of this machine")
        origin = request.headers.get("Origin", f"http://{host}").lower()
        site = request.headers.get("Sec-Fetch-Site", "none")
        if origin != f"http://{host}" or site not in {"none", "same-origin"}:
            return _refused("a page of another site may not call the sandbox")
        if not is_loopback(request.remote_addr or "127.0.0.1"):
            return _refused("only this machine may call the sandbox")
        return None


def _refused(why: str) -> Response:
    return respond(403, {"error": "Forbidden", "error_description": why})


def _is_ours(host: str) -> bool:
    parts = _HOST.fullmatch(host)
    return parts is not None and is_loopback(parts["six"] or parts["name"])
