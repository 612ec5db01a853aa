"""A wall-clock end for an exchange, whatever the other side drips.

The client's own time-outs count from byte to byte: a header sent one byte at a time never meets
them. Cutting the socket does.
"""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Protocol, cast


class _Stream(Protocol):
    def get_extra_info(self, info: str) -> socket.socket: ...


class Line:
    """The connection in use: remembered when it is made, cut when an exchange must end.

    All exchanges have the same ``seconds``. So one thread can sleep through them: whichever begins
    while it sleeps ends no earlier than it wakes.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._end: float | None = None
        self._watcher: threading.Thread | None = None
        self._closed = threading.Event()
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
    def deadline(self) -> Iterator[None]:
        """Cut the line when the time is over, unless the block ends first."""
        with self._lock:
            self.expired = False
            self._end = time.monotonic() + self._seconds
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._watch, name="deadlines", daemon=True)
            self._watcher.start()
        try:
            yield
        finally:
            with self._lock:
                self._end = None

    def cut(self) -> None:
        """End the connection, so that nothing left on it can pass for a later answer."""
        with self._lock:
            self._shut()

    def close(self) -> None:
        """Let go of the socket."""
        self._closed.set()
        with self._lock:
            self._forget()

    def _watch(self) -> None:
        pause = self._seconds
        while not self._closed.wait(pause):
            with self._lock:
                pause = self._seconds if self._end is None else self._end - time.monotonic()
                if pause <= 0:
                    self.expired = True
                    self._shut()
                    self._end, pause = None, self._seconds

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _forget(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
