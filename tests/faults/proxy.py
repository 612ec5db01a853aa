"""A line to the sandbox that breaks: a TCP proxy that knows just enough HTTP to break at a request.

It stands between smartplan and the server, and decides request by request what becomes of it.
"""

import http.client
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import BinaryIO

_LONGEST_HELD = 60


Answering = Callable[[Mapping[str, str]], bytes]


@dataclass(frozen=True)
class Break:
    """What becomes of one request.

    ``forwarded``: the server processes it; with ``held``, only when that is set. ``answer``: sent
    instead of the server's own, or what makes it from the headers of the request; else what is left
    of that after ``kept`` bytes of its body.
    ``reset``: the connection ends with RST, not FIN. ``drip`` waits before every byte.
    """

    name: str
    forwarded: bool = False
    held: threading.Event | None = None
    answer: bytes | Answering | None = None
    kept: float = 0.0
    reset: bool = False
    drip: float = 0.0
    hang: float = 0.0


def said(status: int, body: bytes, *, kind: str = "application/json", length: int | None = None):
    """The bytes of an answer; ``length`` lies about the size of the body."""
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n\r\n"
    return head.encode() + body


@dataclass(frozen=True)
class Seen:
    """A request that came through; ``broken`` names what was done to it."""

    number: int
    method: str
    path: str
    headers: Mapping[str, str]
    broken: str | None


Choose = Callable[[int, str, str], Break | None]


@dataclass
class Proxy:
    """Listens on a loopback port and forwards to ``port``; ``choose`` breaks requests."""

    port: int
    choose: Choose = lambda *_: None
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/public/api"
        self._lock = threading.Lock()
        self._count = 0
        self._open: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def restart(self, choose: Choose) -> None:
        """Choose anew, and count requests from one again."""
        self.seen.clear()
        self._count, self.choose = 0, choose

    def close(self) -> None:
        """Stop, after what was let go has reached the server."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(20)
            assert not thread.is_alive()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.add(connection)
            self._start(lambda connection=connection: self._converse(connection))

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _converse(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        try:
            with suppress(OSError, ValueError):
                while self._pass_on(connection, stream):
                    pass
        finally:
            stream.close()
            connection.close()
            self._open.discard(connection)

    def _pass_on(self, connection: socket.socket, stream: BinaryIO) -> bool:
        line = stream.readline().decode("latin-1")
        if not line:
            return False
        method, target, _ = line.split(" ", 2)
        headers = {}
        while text := stream.readline().decode("latin-1").strip():
            name, _, value = text.partition(":")
            headers[name.strip().lower()] = value.strip()
        size = int(headers.get("content-length", 0))
        body = stream.read(size)
        if len(body) < size:
            return False  # who sent it died in the middle of it
        with self._lock:
            self._count += 1
            number = self._count
        broken = self.choose(number, method, target)
        self.seen.append(Seen(number, method, target, headers, broken.name if broken else None))
        ask = lambda: self._ask(method, target, headers, body)  # noqa: E731
        if broken is None:
            connection.sendall(ask())
            return True
        if callable(broken.answer):
            broken = replace(broken, answer=broken.answer(headers))
        self._break(connection, broken, ask)
        return False

    def _break(self, connection: socket.socket, broken: Break, ask: Callable[[], bytes]) -> None:
        held = broken.held
        if held is not None:
            self._start(lambda: held.wait(_LONGEST_HELD) and ask())
        own = ask() if broken.forwarded and held is None else b""
        if broken.hang:
            time.sleep(broken.hang)
        if broken.answer is not None:
            _send(connection, broken.answer, broken.drip)
        elif broken.kept:
            head, _, rest = own.partition(b"\r\n\r\n")
            part = rest[: int(len(rest) * broken.kept)]
            _send(connection, head + b"\r\n\r\n" + part, broken.drip)
        if broken.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            connection.shutdown(socket.SHUT_RDWR)

    def _ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
        upstream = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        kept = {
            k: v for k, v in headers.items() if k not in ("host", "connection", "content-length")
        }
        try:
            upstream.request(method, target, body or None, kept)
            answer = upstream.getresponse()
            content = answer.read()
        finally:
            upstream.close()
        retry = answer.getheader("Retry-After")
        extra = f"Retry-After: {retry}\r\n" if retry else ""
        head = (
            f"HTTP/1.1 {answer.status} Said\r\nContent-Type: {answer.getheader('Content-Type')}\r\n"
            f"{extra}Content-Length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content


def _send(connection: socket.socket, content: bytes, drip: float) -> None:
    if not drip:
        connection.sendall(content)
        return
    for at in range(len(content)):
        connection.sendall(content[at : at + 1])
        time.sleep(drip)


PAGE = b"<html><body>please log in</body></html>"
LOST = (
    Break("dropped before"),
    Break("reset before", reset=True),
    Break("dropped after", forwarded=True),
    Break("reset after", forwarded=True, reset=True),
)
FAILED = tuple(
    Break(f"{status} {'after' if after else 'before'}", forwarded=after,
          answer=said(status, PAGE, kind="text/html"))
    for status in (500, 502, 503, 504)
    for after in (False, True)
)  # fmt: skip
MANGLED = (
    Break("truncated", forwarded=True, kept=0.5),
    Break("wrong length", forwarded=True, answer=said(201, b'{"id": 31000001}', length=9)),
    Break("empty 200", forwarded=True, answer=said(200, b"")),
    Break("HTML 200", forwarded=True, answer=said(200, PAGE, kind="text/html")),
    Break("HTML 200 before", answer=said(200, PAGE, kind="text/html")),
    Break("list", forwarded=True, answer=said(201, b"[]")),
    Break("no id", forwarded=True, answer=said(201, b'{"pair": "USDT_BTC"}')),
    Break("foreign id", forwarded=True, answer=said(201, b'{"id": "abc"}')),
    Break("not JSON", forwarded=True, answer=said(201, b"{'id': 1}")),
)
BREAKS = (*LOST, *FAILED, *MANGLED)
