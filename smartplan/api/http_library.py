"""httpx, without what it brings along and no request of ours needs."""

import sys

from smartplan.lazy import patterns_put_off

# httpx imports a command line of its own, and with it rich where that is installed: half of what
# it costs at start. It is made to do without, as it does where rich is not there.
if "httpx" not in sys.modules:
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # as the import system does
# Of cookies, mail, lines of a log and hosts in other scripts: the service has none, nobody listens.
with patterns_put_off(
    "http.cookiejar", "email.feedparser", "email.header", "idna.core", "logging", "string"
):
    import httpx

__all__ = ["httpx"]
