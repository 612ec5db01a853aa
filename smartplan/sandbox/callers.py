"""Who may call: programs of this machine, never a page that a browser has from elsewhere.

A page may send what it likes to a loopback address. What it cannot choose is the ``Origin`` and the
``Sec-Fetch-Site`` that the browser adds; and a name of its own that it has bound to this machine
(DNS rebinding) stands in ``Host``.
"""

import re

from flask import Flask, Response, request

from smartplan.origins import is_loopback
from smartplan.sandbox.gate import respond

_HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:]+)\]|(?P<name>[a-z0-9.]+))(?::[0-9]{1,5})?", re.ASCII)


def register_callers(app: Flask) -> None:
    """Refuse every request that comes from elsewhere, before anything of it is kept."""

    @app.before_request
    def only_this_machine() -> Response | None:
        host = request.headers.get("Host", "").lower()
        if not _is_ours(host):
            return _refused("the host of this request is no name of this machine")
        origin = request.headers.get("Origin", f"http://{host}").lower()
        site = request.headers.get("Sec-Fetch-Site", "none")
        if origin != f"http://{host}" or site not in {"none", "same-origin"}:
            return _refused("a page of another site may not call the sandbox")
        if not is_loopback(request.remote_addr or "127.0.0.1"):
            return _refused("only this machine may call the sandbox")
        return None


def _refused(why: str) -> Response:
    return respond(403, {"error": "Forbidden", "error_description": why})


def _is_ours(host: str) -> bool:
    parts = _HOST.fullmatch(host)
    return parts is not None and is_loopback(parts["six"] or parts["name"])
