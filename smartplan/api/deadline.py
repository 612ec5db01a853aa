"""A wall-clock end for an exchange, whatever the other side drips.

The client's own time-outs count from byte to byte: a header sent one byte at a time never meets
them. Cutting the socket does.
"""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Protocol, cast


class _Stream(Protocol):
    def get_extra_info(self, info: str) -> socket.socket: ...


class Line:
    """The connection in use: remembered when it is made, cut when an exchange must end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.expired = False

    def trace(self, event: str, info: Mapping[str, object]) -> None:
        """Take note of a new connection; the HTTP library calls this with its events."""
        if event != "connection.connect_tcp.complete":
            return
        stream = cast("_Stream", info["return_value"])
        # A duplicate, because the TLS handshake detaches the original before it is finished.
        duplicate = stream.get_extra_info("socket").dup()
        with self._lock:
            self._forget()
            self._socket = duplicate
            if self.expired:
                self._shut()

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Cut the line after ``seconds``, unless the block ends first."""
        self.expired = False
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def cut(self) -> None:
        """End the connection, so that nothing left on it can pass for a later answer."""
        with self._lock:
            self._shut()

    def close(self) -> None:
        """Let go of the socket."""
        with self._lock:
            self._forget()

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _forget(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
