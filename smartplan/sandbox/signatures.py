"""Who may ask: keys, signatures over the exact bytes, permissions."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from msgspec import Struct

from smartplan.sandbox.rejection import Rejection

READ = "SMART_TRADES_READ"
WRITE = "SMART_TRADES_WRITE"
ACCOUNTS = "ACCOUNTS_READ"
INVALID_KEY = "Unauthorized. Invalid or expired api key."


class ApiKey(Struct, frozen=True):
    """A key the exchange knows: with the secret of its HMAC signatures, or with the public half
    (PEM) of the RSA key its signatures are made with.
    """

    key: str
    secret: str | None = None
    permissions: frozenset[str] = frozenset({READ, WRITE, ACCOUNTS})
    public_key: str | None = None

    def __repr__(self) -> str:
        return f"ApiKey({self.key!r})"


class SignedRequest(Struct, frozen=True):
    """The bytes a signature may cover, and the two headers."""

    path: str
    query: bytes
    body: bytes
    key: str
    signature: str


def check_signature(request: SignedRequest, keys: Mapping[str, ApiKey], *, strict: bool) -> ApiKey:
    """The key that signed the request; raises ``Rejection`` (401)."""
    key = keys.get(request.key)
    if key is None:
        raise Rejection(401, "api_key_invalid_or_expired", INVALID_KEY)
    if key.public_key is not None:
        valid = _rsa_fits(request, key.public_key)
    else:
        valid = _hmac_fits(request, key.secret or "", strict=strict)
    if not valid:
        raise Rejection(401, "signature_invalid", "Provided signature is invalid")
    return key


def _hmac_fits(request: SignedRequest, secret: str, *, strict: bool) -> bool:
    """Whether the hex digest is one over a text the service takes, in either case."""
    path = request.path.encode()
    target = path + b"?" + request.query if request.query else path
    texts = [path + b"?" + request.body if request.body else target]
    if not request.body and not request.query:
        texts.append(path + b"?")  # three of the working clients sign an empty query
    # Half of the working clients leave the "?" out before a body; the service takes that too.
    if request.body and not strict:
        texts.append(target + request.body)
    given = request.signature.strip().lower().encode()
    expected = [hmac.new(secret.encode(), text, hashlib.sha256).hexdigest() for text in texts]
    return any(hmac.compare_digest(digest.encode(), given) for digest in expected)


def _rsa_fits(request: SignedRequest, public_key: str) -> bool:
    """PKCS#1 v1.5 with SHA-256, base64, over path and raw body without a "?" between them."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    path = request.path.encode()
    target = path + b"?" + request.query if request.query else path
    loaded = load_pem_public_key(public_key.encode())
    if not isinstance(loaded, RSAPublicKey):
        return False
    try:
        given = base64.b64decode(request.signature, validate=True)
        loaded.verify(given, target + request.body, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def check_permission(key: ApiKey, permission: str) -> None:
    """Raises ``Rejection`` (403) when the key may not do this, by today's names or the older."""
    once = permission.replace("SMART_TRADES", "SMART_TRADE")
    if permission and not key.permissions & {permission, once}:
        raise Rejection(403, "access_denied", f"Permission {permission} is missing")
