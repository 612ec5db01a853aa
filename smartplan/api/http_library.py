"""httpx, without what it brings along and no request of ours needs.

A command line of its own, and with it rich where that is installed: half of what it costs at start.
It does without where rich is not there. And expressions for cookies, mail, lines of a log and names
of hosts in other scripts.
"""

from smartplan.lazy import left_out, patterns_put_off

with (
    left_out("httpx._main"),
    patterns_put_off(
        "http.cookiejar", "email.feedparser", "email.header", "idna.core", "logging", "string"
    ),
):
    import httpx

__all__ = ["httpx"]
