"""The only door to the service: signed requests with one way to succeed and three ways to fail.

Nothing is retried but what cannot execute anything twice: a GET, and a body whose signature the
service refused before it looked at the request.
"""

import ssl
import zlib
from collections.abc import Callable, Generator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlencode, urlsplit

from msgspec import Struct

from smartplan import __version__, times
from smartplan.api.answers import (
    Answer,
    Broken,
    Call,
    encode,
    may_pass,
    payload,
    retry_after,
    unreachable,
)
from smartplan.api.deadline import Line
from smartplan.api.http_library import httpx
from smartplan.api.signing import SignatureForms, forms_for, key_label, secrets_of
from smartplan.api.transport import Query, RateLimiter, Transport, UnlimitedPace
from smartplan.api.wire_log import WireLog
from smartplan.errors import (
    AnswerLost,
    RateLimited,
    Rejected,
    SafetyRefusal,
    ServiceError,
    Unreachable,
    UsageError,
)
from smartplan.origins import origin_of, parse_base_url, parse_proxy
from smartplan.redaction import Redaction
from smartplan.resource import Resource

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from smartplan.settings import Credentials

ANSWER_LIMIT = 8 * 1024 * 1024
"""The largest answer taken, in bytes after decompression."""

RETRY_PAUSES = (0.5, 1.0, 2.0)
"""Seconds between the tries of a GET."""

# Longer than any pause inside a run, shorter than what servers keep an idle connection open: a
# write on a connection the server is just closing would be an answer lost for nothing.
_IDLE_SECONDS = 5.0
_CONNECT_SECONDS = 10.0


def build_client(
    base_url: str,
    credentials: "Credentials | None",
    *,
    app: "WSGIApplication | None" = None,
    forced_mode: Literal["real", "paper"] | None = None,
    deadline: float = 30.0,
    pace: RateLimiter | None = None,
    ca_file: Path | None = None,
    proxy: str | None = None,
    now: Callable[[], datetime] = times.utc_now,
    sleep: Callable[[float], None] = times.sleep,
) -> Transport:
    """A transport to ``base_url`` (with ``/public/api``), or to ``app`` in this process.

    ``deadline`` ends every single request, in seconds of the wall clock; ``ca_file`` is trusted in
    addition to the public authorities. ``UsageError`` for a URL or a key that cannot be used.
    """
    base = parse_base_url(base_url)
    redaction = Redaction(*secrets_of(credentials), unquote(urlsplit(proxy or "").password or ""))
    signature = None if credentials is None else _Signature(base, credentials, redaction)
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "User-Agent": f"smartplan/{__version__}",
    }
    if forced_mode is not None:
        headers["Forced-Mode"] = forced_mode
    door: httpx.BaseTransport
    if app is not None:
        door = httpx.WSGITransport(app=app)
    else:
        door = httpx.HTTPTransport(
            verify=_trust(base, ca_file),
            trust_env=False,
            proxy=parse_proxy(proxy),
            limits=httpx.Limits(max_connections=1, keepalive_expiry=_IDLE_SECONDS),
        )
    client = httpx.Client(
        base_url=base,
        transport=door,
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(2 * deadline, connect=min(deadline, _CONNECT_SECONDS)),
        headers=headers,
    )
    pace = pace or UnlimitedPace(now)
    return HttpTransport(
        client, base, signature, redaction, deadline=deadline, pace=pace, now=now, sleep=sleep
    )


def _trust(base: str, ca_file: Path | None) -> ssl.SSLContext:
    if not base.startswith("https:"):
        # Loading the authorities takes 60 ms; an empty list refuses every certificate.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = httpx.create_ssl_context(verify=True, trust_env=False)
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


class _SameOrigin(httpx.Auth):
    """Lets a request leave only if it leaves for the service."""

    def __init__(self, base: str) -> None:
        self._origin = origin_of(base)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        self._check(request)
        yield request

    def _check(self, request: httpx.Request) -> None:
        if origin_of(str(request.url)) != self._origin:
            raise SafetyRefusal(
                f"A request would have gone to {request.url.host}; this run speaks to"
                f" {self._origin.host} only."
            )


class _Signature(_SameOrigin):
    """Signs the bytes about to leave, after the check of where they go."""

    requires_request_body = True

    def __init__(self, base: str, credentials: "Credentials", redaction: Redaction) -> None:
        super().__init__(base)
        self._redaction = redaction
        self._key = credentials.key
        self.forms = SignatureForms(forms_for(credentials))
        self.label = key_label(credentials.key.reveal())

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        self._check(request)
        sign = self.forms.sign
        request.headers["Apikey"] = self._key.reveal()
        request.headers["Signature"] = signature = sign(request.url.raw_path, request.content)
        self._redaction.learn_signature(signature)
        yield request


class HttpTransport(Resource):
    """A ``Transport`` over one kept-alive connection (or a WSGI application)."""

    def __init__(
        self,
        client: httpx.Client,
        base: str,
        signature: _Signature | None,
        redaction: Redaction,
        *,
        deadline: float,
        pace: RateLimiter,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self._client = client
        self._base = base
        self._signature = signature
        self._redaction = redaction
        self._wire_log = WireLog(redaction)
        self._same_origin = _SameOrigin(base)
        self._deadline = deadline
        self._pace = pace
        self._now = now
        self._sleep = sleep
        self._line = Line(deadline)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Mapping[str, object] | None = None,
        signed: bool = True,
    ) -> object:
        """See ``Transport.request``; a body goes alone, without a query and not on a GET."""
        if body is not None and (query or method == "GET"):
            raise ValueError("a body goes neither with a query nor with GET")
        if signed and self._signature is None:
            raise UsageError("This needs an API key: set SMARTPLAN_API_KEY and its secret.")
        request = _Request(
            Call(method, path, self._signature.label if self._signature and signed else None),
            f"{path}?{urlencode(query)}" if query else path,
            None if body is None else encode(body),
            self._signature if signed else self._same_origin,
        )
        try:
            return self._with_either_form(request)
        except AnswerLost:
            self._line.cut()
            raise

    @property
    def forms(self) -> SignatureForms | None:
        """See ``Transport.forms``."""
        return self._signature.forms if self._signature is not None else None

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()
        self._line.close()
        self._wire_log.close()

    def _with_either_form(self, request: "_Request") -> object:
        """The servers disagree on how a body is signed; a refused signature executed nothing."""
        try:
            return self._answered(request)
        except Rejected as refused:
            signature = self._signature
            if signature is None or not request.content:
                raise
            # A07
            if (refused.status, refused.error) != (401, "signature_invalid"):
                raise
            if not signature.forms.turn():
                raise
            try:
                return self._answered(request)
            except Rejected as again:
                if again.error == "signature_invalid":
                    signature.forms.turn()
                raise

    def _answered(self, request: "_Request") -> object:
        pauses = iter(RETRY_PAUSES if request.call.method == "GET" else ())
        while True:
            self._pace.wait(listing=request.is_listing)
            try:
                answer = self._exchange(request)
                if answer.status in (418, 429):
                    raise self._refusal(answer)
                return payload(request.call, answer)
            except ServiceError as error:
                pause = next(pauses, None)
                if pause is None or not may_pass(error):
                    raise
            self._sleep(pause)

    def _refusal(self, answer: Answer) -> RateLimited:
        seconds = self._pace.refused(answer.status, answer.retry_after)
        end = self._now() + timedelta(seconds=seconds)
        return RateLimited.until(end, answer.status, seconds=seconds)

    def _exchange(self, request: "_Request") -> Answer:
        try:
            with self._line.deadline():
                return self._received(request)
        except httpx.TransportError as error:
            failure = self._failure(request.call, error)
        # Not in the handler: that error quotes what came over the line, and must end here.
        raise failure

    def _received(self, request: "_Request") -> Answer:
        """The answer as it came, but for what we proved ourselves with, should it repeat that."""
        outgoing = self._client.build_request(
            request.call.method,
            request.target,
            content=request.content,
            headers={"Content-Type": "application/json"} if request.content else None,
            extensions={"trace": self._line.trace},
        )
        incoming = self._client.send(outgoing, auth=request.auth, stream=True)
        try:
            content = _read(request.call, incoming)
        finally:
            incoming.close()
        if self._line.expired:
            # Without a length, what was cut off looks complete.
            raise AnswerLost(self._too_late(request.call))
        return Answer(
            incoming.status_code,
            self._redaction.content(content),
            retry_after(incoming.headers.get("Retry-After"), self._now()),
            self._redaction.text(incoming.headers.get("Location", "")) or None,
        )

    def _too_late(self, call: Call) -> str:
        return f"{call}: no complete answer within {self._deadline:g} s{call.doubt}."

    def _failure(self, call: Call, error: httpx.TransportError) -> ServiceError:
        """The HTTP library's error as ours: was anything sent, or certainly nothing?"""
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            late = self._line.expired or isinstance(error, httpx.ConnectTimeout)
            return unreachable(urlsplit(self._base).netloc, error, late=late)
        said = self._redaction.text(str(error))
        if isinstance(error, httpx.ProxyError):
            return Unreachable(
                f"The proxy let nothing through: {said}.", hint="Nothing was sent; see --proxy."
            )
        if self._line.expired:
            return AnswerLost(self._too_late(call))
        return Broken(f"{call}: the connection broke off ({said}){call.doubt}.")


class _Request(Struct, frozen=True):
    call: Call
    target: str
    content: bytes | None
    auth: httpx.Auth | None

    @property
    def is_listing(self) -> bool:
        return (self.call.method, self.call.path) == ("GET", "/v2/smart_trades")


def _read(call: Call, incoming: httpx.Response) -> bytes:
    """The content; unpacked here, because the library unpacks a chunk before anybody can count."""
    packing = incoming.headers.get("Content-Encoding", "").strip().lower()
    unpacker = None if packing in {"", "identity"} else zlib.decompressobj(_GZIP_OR_ZLIB)
    content = bytearray()
    try:
        for chunk in incoming.iter_raw():
            room = ANSWER_LIMIT + 1 - len(content)
            content += chunk if unpacker is None else unpacker.decompress(chunk, room)
            if len(content) > ANSWER_LIMIT:
                raise AnswerLost(f"{call}: the answer is larger than 8 MB{call.doubt}.")
    except zlib.error as error:
        raise AnswerLost(f"{call}: the answer cannot be unpacked{call.doubt}.") from error
    return bytes(content)


_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
