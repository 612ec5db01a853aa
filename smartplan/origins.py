"""Where requests, and the key with them, may go."""

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from smartplan.errors import UsageError

_LIKE = "It is like https://api.3commas.io/public/api"


class Origin(NamedTuple):
    """Scheme, host and port: what has to match before a key is sent."""

    scheme: str
    host: str
    port: int


def origin_of(url: str) -> Origin:
    """The origin of ``url``; ``ValueError`` for a port that is none."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Origin(parts.scheme, parts.hostname or "", port)


def parse_base_url(text: str) -> str:
    """``text`` without a slash at its end, if it is a base URL a key may be sent to.

    That is https, or http on a loopback address; ``UsageError`` otherwise.
    """
    try:
        parts = urlsplit(text)
        origin = origin_of(text)
    except ValueError as error:
        raise UsageError("SMARTPLAN_BASE_URL is no URL", hint=_LIKE) from error
    if not origin.host or parts.scheme not in ("https", "http") or _has_extras(parts):
        said = "SMARTPLAN_BASE_URL must be scheme, host and path, without user, query and fragment"
        raise UsageError(said, hint=_LIKE)
    if not _is_printed_ascii(text) or " " in text:
        raise UsageError("SMARTPLAN_BASE_URL holds what stands in no URL", hint=_LIKE)
    if parts.scheme == "http" and not is_loopback(origin.host):
        raise UsageError(
            f"SMARTPLAN_BASE_URL http://{origin.host}: keys travel over https only",
            hint="use https; plain http is for a loopback address",
        )
    return text.rstrip("/")


def parse_proxy(text: str | None) -> str | None:
    """``http://HOST:PORT`` of a proxy, as asked for by ``--proxy``. Raises ``UsageError``."""
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        reached = parts.hostname and parts.port is not None and parts.path in {"", "/"}
        usable = reached and parts.scheme in {"http", "https"} and _is_printed_ascii(text)
    except ValueError:
        usable = False
    if not usable:
        raise UsageError("--proxy is no proxy's address", hint="write it as http://HOST:PORT")
    return text


def _is_printed_ascii(text: str) -> bool:
    return text.isascii() and text.isprintable()


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine by its very name."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _has_extras(parts: SplitResult) -> bool:
    return bool("@" in parts.netloc or parts.query or parts.fragment)
