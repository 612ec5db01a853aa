"""The door itself: a line to the service, by way of a proxy if one was asked for, or a WSGI
application in this process.
"""

import ssl
import sys
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote_to_bytes, urlsplit

import certifi
import httpcore

from smartplan.origins import origin_of, parse_proxy

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

LINE_ERRORS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
)
"""What a line can raise."""

# Longer than any pause inside a run, shorter than what servers keep an idle connection open: a
# write on a connection the server is just closing would be an answer lost for nothing.
_IDLE_SECONDS = 5.0


class Embedded(httpcore.ConnectionInterface):
    """Asks a WSGI application (PEP 3333) where others ask a server."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Its answer, complete."""
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def start(
            status: str,
            headers: list[tuple[str, str]],
            _failed: "OptExcInfo | None" = None,
            /,
        ) -> Callable[[bytes], object]:
            begun.append((status, headers))
            return said.append

        said: list[bytes] = []
        answer = self._app(_environ(request), start)
        try:
            said.extend(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        status, headers = begun[-1]
        return httpcore.Response(int(status.split()[0]), headers=headers, content=b"".join(said))

    def close(self) -> None:
        """There is nothing to let go of."""


Door = httpcore.ConnectionPool | Embedded


def open_door(
    base: str, app: "WSGIApplication | None", *, ca_file: Path | None, proxy: str | None
) -> Door:
    """To ``app``, or else to the service at ``base``: one connection at a time, kept alive.

    ``ca_file`` is trusted in addition to the public authorities. Raises ``UsageError``.
    """
    if app is not None:
        return Embedded(app)
    trust, way = _trust(base, ca_file), parse_proxy(proxy)
    if way is None:
        return httpcore.ConnectionPool(trust, max_connections=1, keepalive_expiry=_IDLE_SECONDS)
    return httpcore.HTTPProxy(
        url(way, "/"),
        _user(way),
        ssl_context=trust,
        max_connections=1,
        keepalive_expiry=_IDLE_SECONDS,
    )


def url(base: str, target: str) -> httpcore.URL:
    """``target``, a path with its query, at the origin of ``base``."""
    scheme, host, port = origin_of(base)
    return httpcore.URL(scheme=scheme, host=host, port=port, target=target)


def header(incoming: httpcore.Response, name: bytes) -> str | None:
    """The first header of that name (in lower case)."""
    found = (value for key, value in incoming.headers if key.lower() == name)
    return next((value.decode("latin-1") for value in found), None)


def _trust(base: str, ca_file: Path | None) -> ssl.SSLContext:
    if not base.startswith("https:"):
        # Loading the authorities takes 60 ms; an empty list refuses every certificate.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = ssl.create_default_context(cafile=certifi.where())
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _user(proxy: str) -> tuple[bytes, bytes] | None:
    parts = urlsplit(proxy)
    if not parts.username:
        return None
    return unquote_to_bytes(parts.username), unquote_to_bytes(parts.password or "")


def _environ(request: httpcore.Request) -> "WSGIEnvironment":
    url = request.url
    path, _, query = url.target.partition(b"?")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": request.method.decode("ascii"),
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query.decode("ascii"),
        "SERVER_NAME": url.host.decode("ascii"),
        "SERVER_PORT": str(url.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme.decode("ascii"),
        "wsgi.input": BytesIO(b"".join(cast("Iterable[bytes]", request.stream))),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        key = name.decode("ascii").upper().replace("-", "_")
        bare = key in {"CONTENT_TYPE", "CONTENT_LENGTH"}
        environ[key if bare else f"HTTP_{key}"] = value.decode("latin-1")
    return environ
