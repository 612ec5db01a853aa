"""What an answer of the service says: JSON, an error, or nothing that can be used."""

import json
import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import NoReturn
from urllib.parse import urlsplit

from msgspec import Struct

from smartplan.api.hints import hint_for, wrong_base
from smartplan.diagnostics import Path
from smartplan.document.scalars import number_text
from smartplan.errors import (
    LONGEST_BAN,
    AnswerLost,
    RateLimited,
    Rejected,
    ServiceError,
    Unreachable,
)
from smartplan.text import each_once

_KEY = r"(?P<name>\w+)|\[(?P<bracketed>\w*)\]|\.(?P<dotted>\w+)"
_JOINED = r",\s*(?=\w)"
_LONGEST_INDEX = 9  # digits; `int` refuses thousands of them
_SURROGATES = (
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_PAIR = 12  # characters of two escapes that make one character
_GAVE_UP_WAITING = 408  # said by whoever waited in between, about a request that may have arrived
# Model names of the service that stand for one field of the body it was sent.
_MODEL_FIELDS: Mapping[str, Path] = {"units_to_buy": ("position", "units", "value")}
_BODY_FIELDS = frozenset(
    (
        *("account_id", "pair", "instant", "skip_enter_step", "note"),
        *("leverage", "position", "take_profit", "stop_loss"),
    )
)


class Call(Struct, frozen=True):
    """The request an answer belongs to; ``key`` is a label of the API key, never the key."""

    method: str
    path: str
    key: str | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def doubt(self) -> str:
        """What to add to a message when nobody knows whether the request was executed."""
        return "" if self.method == "GET" else "; the request may have been executed"


class Answer(Struct, frozen=True):
    """A complete HTTP answer; ``retry_after`` in seconds, ``location`` where a 3xx points."""

    status: int
    content: bytes = b""
    retry_after: float | None = None
    location: str | None = None


class Answered(AnswerLost):
    """Something answered, but not as the service is documented to."""


class ServiceFailed(Answered):
    """A 5xx answer: the service may or may not have executed the request before it failed."""


def payload(call: Call, answer: Answer) -> object:
    """The JSON of a 2xx answer, ``None`` for a 204.

    Raises ``Rejected`` for a 4xx with a JSON error, ``AnswerLost`` for everything else.
    """
    if answer.status == 204:
        return None
    if 200 <= answer.status < 300:
        try:
            return decode(answer.content)
        except ValueError as error:
            raise Answered(
                f"{call}: the answer ({answer.status}) is not usable JSON: {error}{call.doubt}."
            ) from error
    if 300 <= answer.status < 400:
        raise Answered(
            f"{call}: the service redirects ({answer.status}) to {_host(answer.location)};"
            " redirects are not followed.",
            hint="Check SMARTPLAN_BASE_URL.",
        )
    if 400 <= answer.status < 500 and answer.status != _GAVE_UP_WAITING:
        _raise_rejected(call, answer)
    raise ServiceFailed(f"{call}: the service failed ({answer.status}){call.doubt}.")


def _raise_rejected(call: Call, answer: Answer) -> NoReturn:
    try:
        body = decode(answer.content)
    except ValueError:
        body = None
    if not isinstance(body, Mapping) or "error" not in body:
        raise Answered(
            f"{call}: answered {answer.status} without the service's JSON error; something between"
            " here and the service may have answered in its place.",
            hint=wrong_base(answer.status, call.method, call.path),
        )
    error = _text(body.get("error")) or "unknown error"
    description = _text(body.get("error_description"))
    attributes = error_attributes(body.get("error_attributes"))
    raise Rejected(
        f"{call} was refused ({answer.status} {error}){f': {description}' if description else ''}",
        status=answer.status,
        error=error,
        attributes=attributes,
        hint=hint_for(answer.status, error, description, call.method, call.path, call.key),
    )


def _host(location: str | None) -> str:
    """Only the host: the rest of a redirect's address may hold a token."""
    try:
        return urlsplit(location or "").netloc or "another path"
    except ValueError:
        return "nowhere"


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


# --- JSON ---------------------------------------------------------------------------------------


def encode(body: Mapping[str, object]) -> bytes:
    """Canonical JSON bytes: ASCII, no blanks, keys in the order given, ``Decimal`` as plain text.

    ``TypeError`` for a float or anything else JSON does not know: money is never binary.
    """
    return json.dumps(_plain(body), separators=(",", ":"), allow_nan=False).encode("ascii")


def _plain(value: object) -> object:
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return number_text(value)
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            raise TypeError(f"{type(value).__name__} has no place in a request body")


def decode(content: bytes) -> object:
    """UTF-8 JSON with ``Decimal`` for numbers with a point; ``ValueError`` for anything else.

    NaN, infinities and duplicate keys are refused: two readers would disagree on what they mean.
    Lone surrogates, which nothing can be written with, are replaced.
    """
    text = content.decode("utf-8")
    if "\\u" in text:
        text = re.sub(_SURROGATES, _whole_character, text)
    if not text.strip():
        raise ValueError("it is empty")
    try:
        return json.loads(
            text,
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=each_once,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ArithmeticError:
        raise ValueError("a number is out of every range") from None


def _whole_character(escaped: re.Match[str]) -> str:
    return escaped[0] if len(escaped[0]) == _PAIR else r"\ufffd"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


# --- errors -------------------------------------------------------------------------------------


def error_attributes(raw: object) -> dict[str, tuple[str, ...]]:
    """``error_attributes`` in whatever shape they come, as ``{key: messages}``.

    Comma-joined keys become one entry each, their message naming all of them; what has no key
    (a bare list or string) is kept under the empty key.
    """
    found: dict[str, tuple[str, ...]] = {}
    _collect(raw, "", found)
    return found


def _collect(raw: object, prefix: str, found: dict[str, tuple[str, ...]]) -> None:
    match raw:
        case None:
            return
        case Mapping():
            for key, value in raw.items():
                _collect(value, f"{prefix}.{key}" if prefix else str(key), found)
        case list():
            for item in raw:
                _collect(item, prefix, found)
        case _:
            keys = re.split(_JOINED, prefix, flags=re.ASCII)
            message = str(raw) if len(keys) == 1 else f"{raw} ({', '.join(keys)})"
            for key in keys:
                found[key] = (*found.get(key, ()), message)


def attribute_path(key: str) -> Path | None:
    """The address in the request body that an error key means, ``None`` if it means none.

    ``take_profit[steps][0][price][value]`` → ``("take_profit", "steps", 0, "price", "value")``;
    dotted keys likewise. An index left empty (``steps[][volume]``) ends the path at its list.
    """
    if key in _MODEL_FIELDS:
        return _MODEL_FIELDS[key]
    path: list[str | int] = []
    part_at = re.compile(_KEY, re.ASCII).match
    position = 0
    while position < len(key):
        found = part_at(key, position)
        if found is None or (found["name"] is not None) != (position == 0):
            return None
        part = found["name"] or found["bracketed"] or found["dotted"]
        if not part:
            break
        is_index = part.isdecimal() and bool(path) and len(part) <= _LONGEST_INDEX
        path.append(int(part) if is_index else part)
        position = found.end()
    is_address = len(key) > len(str(path[0])) if path else False
    return tuple(path) if is_address or key in _BODY_FIELDS else None


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds to wait by a ``Retry-After`` header (seconds or a date), ``None`` without one.

    At most three days, the longest ban the service documents.
    """
    if header is None:
        return None
    from email.utils import parsedate_to_datetime

    text = header.strip()
    if text.isascii() and text.isdecimal():
        return min(float(text), LONGEST_BAN)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - now).total_seconds()), LONGEST_BAN)


class NotConnected(Unreachable):
    """May pass: a name server or a server that is just being restarted."""


class Broken(AnswerLost):
    """May pass: the connection ended before the answer did."""


def may_pass(error: ServiceError) -> bool:
    """Whether asking again may help."""
    if isinstance(error, RateLimited):
        return error.status == 429  # the pace decides next whether the wait is worth it
    return isinstance(error, NotConnected | Broken | ServiceFailed)


def unreachable(host: str, error: Exception, *, late: bool) -> Unreachable:
    """Why no connection to ``host`` was made; ``late`` when it took too long."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unreachable(
                f"The certificate of {host} does not hold: {cause.verify_message}.",
                hint="Nothing was sent. Something between here and the service may be reading"
                " along; certificates are always checked.",
            )
        cause = cause.__cause__ or cause.__context__
    if late:
        return Unreachable(f"{host} did not let us connect in time.", hint="Nothing was sent.")
    return NotConnected(f"{host} cannot be reached: {error}.", hint="Nothing was sent.")
