"""A real HTTP server on loopback that answers exactly the bytes a test wants."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

KEY = "canary-key-0123456789-abcdef-last"
SECRET = "canary-secret-0123456789"


@dataclass
class Received:
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


def http(
    status: int = 200,
    body: object = None,
    *,
    raw: bytes | None = None,
    length: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The bytes of an answer; ``length`` lies about the size of its body."""
    content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} Said",
        f"Content-Length: {len(content) if length is None else length}",
    ]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


Reply = bytes | Callable[[socket.socket], None] | None


@dataclass
class Loopback:
    """Answers each request with the next reply: bytes, a talk on the socket, or a hang-up."""

    replies: list[Reply]
    tls: ssl.SSLContext | None = None
    requests: list[Received] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._talks: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://127.0.0.1:{self.port}/public/api"

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in (self._thread, *self._talks):
            thread.join(10)
            assert not thread.is_alive()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(plain)
            self._talks.append(threading.Thread(target=self._converse, args=(plain,), daemon=True))
            self._talks[-1].start()

    def _converse(self, plain: socket.socket) -> None:
        with plain, suppress(OSError):
            self._talk(plain)

    def _talk(self, plain: socket.socket) -> None:
        if self.tls is None:
            self.connections += 1
            self._answer_all(plain)
            return
        with self.tls.wrap_socket(plain, server_side=True) as connection:
            self._open.append(connection)
            self.connections += 1
            self._answer_all(connection)

    def _answer_all(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        try:
            while (received := _receive(stream)) is not None:
                self.requests.append(received)
                reply = self.replies.pop(0) if self.replies else None
                if reply is None:
                    return
                if callable(reply):
                    reply(connection)
                    return
                connection.sendall(reply)
        finally:
            stream.close()


def _receive(stream) -> Received | None:
    line = stream.readline()
    if not line:
        return None
    method, target, _ = line.decode().split(" ", 2)
    headers = {}
    while (line := stream.readline().decode().strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0)))
    return Received(method, target, headers, body)
