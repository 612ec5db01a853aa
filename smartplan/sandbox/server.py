"""The sandbox over HTTP on a loopback address."""

import ipaddress
import logging
from threading import Thread
from typing import Self

from flask import Flask
from werkzeug.serving import make_server

from smartplan.errors import UsageError
from smartplan.resource import Resource

HOST = "127.0.0.1"
PORT = 8331
POLL_SECONDS = 0.02
"""How long the background server may take to notice that it is to stop."""


class Server(Resource):
    """An application served by threads, in the background while used as a context manager.

    Port 0 takes any free port. Raises ``UsageError`` for an address that is not loopback, or one
    that is taken.
    """

    def __init__(self, app: Flask, host: str = HOST, port: int = PORT) -> None:
        if not _is_loopback(host):
            raise UsageError(f"the sandbox serves on loopback addresses only, not on {host}")
        # werkzeug prints every request, and its own advertisement, at lower levels.
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        try:
            self._server = make_server(host, port, app, threaded=True)
        except (OSError, SystemExit) as error:
            raise UsageError(f"cannot serve on {host}:{port}, it may be in use") from error
        self._thread = Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)
        self.url = f"http://{host}:{self._server.server_port}"

    def serve_forever(self) -> None:
        """Answer requests in this thread until interrupted."""
        self._server.serve_forever()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop answering, and free the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
