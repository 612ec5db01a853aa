"""The language server on stdin and stdout, for as long as somebody listens."""

import logging
import os
import select
import sys
import threading
import time
from collections.abc import Callable

from smartplan.editor.features import register
from smartplan.editor.server import PlanServer, lives

_LOOK = 0.5
"""Seconds between two looks whether the editor is still there."""
_GRACE = 1.0
"""Seconds in which what an editor that is gone has asked for last may still be answered."""


def serve() -> None:
    """Answer an editor until it says good-bye, or is there no more; then end at once.

    A plan that is being checked keeps a thread busy, which nobody can stop but with the process.
    """
    logging.getLogger("pygls").propagate = False
    logging.getLogger("pygls").addHandler(logging.NullHandler())  # what goes wrong is told
    server = PlanServer()
    register(server)
    if hasattr(select, "poll"):  # elsewhere the end of the input must do
        threading.Thread(target=_watch, args=(_gone(server),), daemon=True).start()
    try:
        server.start_io()
    finally:
        _end()


def _watch(gone: Callable[[], bool]) -> None:
    while not gone():
        time.sleep(_LOOK)
    time.sleep(_GRACE)
    _end()


def _gone(server: PlanServer) -> Callable[[], bool]:
    """Whether the editor has ended: its end of the pipe, what started us, or the editor itself."""
    parent = os.getppid()
    pipe = select.poll()
    pipe.register(sys.stdin.fileno(), getattr(select, "POLLRDHUP", 0))

    def gone() -> bool:
        started = os.getppid() == parent and (server.editor is None or lives(server.editor))
        return bool(pipe.poll(0)) or not started

    return gone


def _end() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
    os._exit(0)
