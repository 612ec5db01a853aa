"""The sandbox over HTTP on a loopback address."""

import logging
import socket
import time
from collections.abc import Mapping
from threading import Lock, Thread
from typing import TYPE_CHECKING, Protocol, Self, cast

from msgspec import Struct
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ThreadedTaskDispatcher

from smartplan.errors import UsageError
from smartplan.origins import is_loopback
from smartplan.resource import Resource
from smartplan.sandbox.app import BODY_LIMIT

if TYPE_CHECKING:
    from flask import Flask

HOST = "127.0.0.1"
PORT = 8331
HEADER_LIMIT = 32 * 1024
_TURN_SECONDS = 1
"""How often it looks for connections that are over."""
_BACKLOG = 64


class Limits(Struct, frozen=True):
    """What all callers together may take. Times are in seconds.

    ``connections`` at once, ``threads`` that answer, ``receiving`` for a whole request and for an
    answer to be taken, ``idle`` between two requests.
    """

    connections: int = 100
    threads: int = 8
    receiving: int = 20
    idle: int = 30


USUAL = Limits()


class _Channel(HTTPChannel):
    """A connection that knows since when it has been sending a request, or taking an answer."""

    _busy_with: object = None
    _busy_since = 0.0

    def is_late(self, now: float, seconds: float) -> bool:
        """Whether that goes on for longer than ``seconds``; nobody is late while we think."""
        sending = None if self.requests else self.request
        doing = "taking" if self.total_outbufs_len > 0 else sending
        if doing is not self._busy_with:
            self._busy_with, self._busy_since = doing, now
        return doing is not None and now - self._busy_since > seconds


class _Listener(Protocol):
    """What we use of a server with one socket."""

    channel_class: type[HTTPChannel]
    active_channels: Mapping[int, _Channel]
    task_dispatcher: ThreadedTaskDispatcher

    def pull_trigger(self) -> None: ...


class Server(Resource):
    """An application served by threads, in the background while used as a context manager.

    Port 0 takes any free port. Raises ``UsageError`` for an address that is not loopback, or one
    that is taken. Whoever does not enter it calls ``close``.
    """

    def __init__(
        self, app: "Flask", host: str = HOST, port: int = PORT, *, limits: Limits = USUAL
    ) -> None:
        if not is_loopback(host):
            raise UsageError(f"the sandbox serves on loopback addresses only, not on {host}")
        # It tells of every queue and every hang-up.
        logging.getLogger("waitress").setLevel(logging.ERROR)
        listening = _listen(host, port)
        self._limits = limits
        self._wakes, self._gone = Lock(), False
        self._stopping = False
        self._map: dict[int, socket.socket] = {}
        server = create_server(
            app,
            map=self._map,
            sockets=[listening],
            threads=limits.threads,
            # The listener and its alarm bell are counted, too.
            connection_limit=limits.connections + 2,
            channel_timeout=limits.idle,
            cleanup_interval=_TURN_SECONDS,
            backlog=_BACKLOG,
            max_request_header_size=HEADER_LIMIT,
            max_request_body_size=BODY_LIMIT,
            log_socket_errors=False,
            ident=None,
        )
        self._server = cast("_Listener", server)
        self._server.channel_class = _Channel
        self._thread = Thread(target=self.serve_forever, daemon=True)
        name = f"[{host}]" if ":" in host else host
        self.url = f"http://{name}:{listening.getsockname()[1]}"

    def serve_forever(self) -> None:
        """Answer requests until interrupted; then nothing is left open."""
        try:
            while not self._stopping:
                wasyncore.loop(timeout=_TURN_SECONDS, use_poll=True, map=self._map, count=1)
                self._hang_up_on_the_late()
        finally:
            self._let_go()

    def close(self) -> None:
        """Stop answering; let go of the port, the connections and the threads."""
        if self._thread.is_alive():
            self._stopping = True
            with self._wakes:
                # Once it has let go the descriptor may be another file's.
                if not self._gone:
                    self._server.pull_trigger()
            self._thread.join()
        else:
            self._let_go()

    def _let_go(self) -> None:
        with self._wakes:
            self._gone = True
        self._server.task_dispatcher.shutdown(timeout=_TURN_SECONDS)
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        wasyncore.close_all(self._map)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def _hang_up_on_the_late(self) -> None:
        """Its own time-out counts from byte to byte: one that drips would never meet it."""
        now = time.monotonic()
        for channel in list(self._server.active_channels.values()):
            if channel.is_late(now, self._limits.receiving):
                channel.handle_close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        raise UsageError(f"cannot serve on {host}:{port}, it may be in use") from error
