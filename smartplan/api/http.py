"""The only door to the network: signed requests with one way to succeed and three ways to fail.

Nothing is retried but what cannot execute anything twice: a GET, and a body whose signature the
service refused before it looked at the request.
"""

import time
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlencode, urlsplit

import httpcore
from msgspec import Struct

from smartplan import __version__
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
from smartplan.api.door import LINE_ERRORS, Door, header, open_door, url
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
from smartplan.origins import parse_base_url
from smartplan.redaction import Redaction
from smartplan.resource import Resource

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from smartplan.settings import Credentials

ANSWER_LIMIT = 8 * 1024 * 1024
"""The largest answer taken, in bytes after decompression."""

RETRY_PAUSES = (0.5, 1.0, 2.0)
"""Seconds between the tries of a GET."""

_CONNECT_SECONDS = 10.0
_WITH_LENGTH = frozenset({"POST", "PATCH"})


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
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], None] = time.sleep,
) -> Transport:
    """A transport to ``base_url`` (with ``/public/api``), or to ``app`` in this process.

    ``deadline`` ends every single request, in seconds of the wall clock; ``ca_file`` is trusted in
    addition to the public authorities. ``UsageError`` for a URL or a key that cannot be used.
    """
    base = parse_base_url(base_url)
    redaction = Redaction(*secrets_of(credentials), unquote(urlsplit(proxy or "").password or ""))
    headers = {
        "Host": urlsplit(base).netloc,
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "Connection": "keep-alive",
        "User-Agent": f"smartplan/{__version__}",
    }
    if forced_mode is not None:
        headers["Forced-Mode"] = forced_mode
    return HttpTransport(
        open_door(base, app, ca_file=ca_file, proxy=proxy),
        base,
        headers,
        None if credentials is None else _Signature(credentials, redaction),
        redaction,
        deadline=deadline,
        pace=pace or UnlimitedPace(now),
        now=now,
        sleep=sleep,
    )


class _Signature:
    """What proves who we are: the key, and a signature over the bytes about to leave."""

    def __init__(self, credentials: "Credentials", redaction: Redaction) -> None:
        self._redaction = redaction
        self._key = credentials.key
        self.forms = SignatureForms(forms_for(credentials))
        self.label = key_label(credentials.key.reveal())

    def headers(self, target: bytes, content: bytes) -> Mapping[str, str]:
        """For a request to ``target``, a path with its query."""
        signature = self.forms.sign(target, content)
        self._redaction.learn_signature(signature)
        return {"Apikey": self._key.reveal(), "Signature": signature}


class HttpTransport(Resource):
    """A ``Transport`` over one kept-alive connection (or a WSGI application)."""

    def __init__(
        self,
        door: Door,
        base: str,
        headers: Mapping[str, str],
        signature: _Signature | None,
        redaction: Redaction,
        *,
        deadline: float,
        pace: RateLimiter,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self._door = door
        self._base = base
        self._headers = headers
        self._signature = signature
        self._redaction = redaction
        self._wire_log = WireLog(redaction)
        self._deadline = deadline
        self._pace = pace
        self._now = now
        self._sleep = sleep
        self._line = Line()

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
        if not path.startswith("/"):
            raise SafetyRefusal(f"A request would have gone to {path}, not to {self._base}.")
        target = urlsplit(self._base).path + path
        request = _Request(
            Call(method, path, self._signature.label if self._signature and signed else None),
            f"{target}?{urlencode(query)}" if query else target,
            b"" if body is None else encode(body),
            self._signature if signed else None,
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
        self._door.close()
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
            with self._line.deadline(self._deadline):
                return self._received(request)
        except LINE_ERRORS as error:
            failure = self._failure(request.call, error)
        # Not in the handler: that error quotes what came over the line, and must end here.
        raise failure

    def _received(self, request: "_Request") -> Answer:
        """The answer as it came, but for what we proved ourselves with, should it repeat that."""
        incoming = self._door.handle_request(self._outgoing(request))
        try:
            content = _read(request.call, incoming)
        finally:
            incoming.close()
        if self._line.expired:
            # Without a length, what was cut off looks complete.
            raise AnswerLost(self._too_late(request.call))
        return Answer(
            incoming.status,
            self._redaction.content(content),
            retry_after(header(incoming, b"retry-after"), self._now()),
            self._redaction.text(header(incoming, b"location") or "") or None,
        )

    def _outgoing(self, request: "_Request") -> httpcore.Request:
        """Apart from where things fail: what shows the variables there shows no key."""
        content, address = request.content, url(self._base, request.target)
        headers = dict(self._headers)
        if request.call.method in _WITH_LENGTH:
            headers["Content-Length"] = str(len(content))
        if content:
            headers["Content-Type"] = "application/json"
        if request.signature is not None:
            headers |= request.signature.headers(address.target, content)
        timeout = dict.fromkeys(("read", "write", "pool"), 2 * self._deadline)
        timeout["connect"] = min(self._deadline, _CONNECT_SECONDS)
        return httpcore.Request(
            request.call.method,
            address,
            headers=tuple(headers.items()),
            content=content,
            extensions={"timeout": timeout, "trace": self._line.trace},
        )

    def _too_late(self, call: Call) -> str:
        return f"{call}: no complete answer within {self._deadline:g} s{call.doubt}."

    def _failure(self, call: Call, error: Exception) -> ServiceError:
        """The HTTP library's error as ours: was anything sent, or certainly nothing?"""
        if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
            late = self._line.expired or isinstance(error, httpcore.ConnectTimeout)
            return unreachable(urlsplit(self._base).netloc, error, late=late)
        said = self._redaction.text(str(error))
        if isinstance(error, httpcore.ProxyError):
            return Unreachable(
                f"The proxy let nothing through: {said}.", hint="Nothing was sent; see --proxy."
            )
        if self._line.expired:
            return AnswerLost(self._too_late(call))
        return Broken(f"{call}: the connection broke off ({said}){call.doubt}.")


class _Request(Struct, frozen=True):
    call: Call
    target: str
    content: bytes
    signature: _Signature | None

    @property
    def is_listing(self) -> bool:
        return (self.call.method, self.call.path) == ("GET", "/v2/smart_trades")


def _read(call: Call, incoming: httpcore.Response) -> bytes:
    """The content; unpacked here, because the library unpacks a chunk before anybody can count."""
    packing = (header(incoming, b"content-encoding") or "").strip().lower()
    unpacker = None if packing in {"", "identity"} else zlib.decompressobj(_GZIP_OR_ZLIB)
    content = bytearray()
    try:
        for chunk in incoming.iter_stream():
            room = ANSWER_LIMIT + 1 - len(content)
            content += chunk if unpacker is None else unpacker.decompress(chunk, room)
            if len(content) > ANSWER_LIMIT:
                raise AnswerLost(f"{call}: the answer is larger than 8 MB{call.doubt}.")
    except zlib.error as error:
        raise AnswerLost(f"{call}: the answer cannot be unpacked{call.doubt}.") from error
    return bytes(content)


_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
