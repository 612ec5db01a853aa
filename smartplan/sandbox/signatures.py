"""Who may ask: keys, signatures over the exact bytes, permissions."""

import hashlib
import hmac
from dataclasses import dataclass, field

from smartplan.sandbox.refusal import Refusal

READ = "SMART_TRADE_READ"
WRITE = "SMART_TRADE_WRITE"
ACCOUNTS = "ACCOUNTS_READ"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key the exchange knows, with the secret its HMAC signatures are made with."""

    key: str
    secret: str = field(repr=False)
    permissions: frozenset[str] = frozenset({READ, WRITE, ACCOUNTS})


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The bytes a signature may cover, and the two headers."""

    path: str
    query: bytes
    body: bytes
    key: str
    signature: str


def signed_texts(request: SignedRequest, *, strict: bool) -> list[bytes]:
    """What an HMAC signature of this request may have been made over.

    Official is ``path?query`` or ``path?body``; half of the working clients leave the ``?`` out
    before a body, and the service takes that too.
    """
    path = request.path.encode()
    tail = request.query + request.body if request.query and request.body else b""
    official = request.query or request.body
    texts = [path + b"?" + official if official else path]
    if not strict and request.body:
        base = path + b"?" + request.query if request.query else path
        texts += [base + request.body, path + b"?" + tail]
    return texts


def check_signature(request: SignedRequest, keys: dict[str, ApiKey], *, strict: bool) -> ApiKey:
    """The key that signed the request; raises ``Refusal`` (401)."""
    key = keys.get(request.key)
    if key is None:
        raise Refusal(401, "api_key_invalid_or_expired", "Api key is invalid or expired")
    given = request.signature.strip().lower()
    for text in signed_texts(request, strict=strict):
        expected = hmac.new(key.secret.encode(), text, hashlib.sha256).hexdigest()
        if hmac.compare_digest(expected.encode(), given.encode()):
            return key
    raise Refusal(401, "signature_invalid", "Provided signature is invalid")


def check_permission(key: ApiKey, permission: str) -> None:
    """Raises ``Refusal`` (403) when the key may not do this."""
    if permission not in key.permissions:
        raise Refusal(403, "access_denied", f"Permission {permission} is missing")
