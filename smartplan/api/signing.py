"""Signatures over the exact bytes of a request: pure functions.

``target`` is the path with ``/public/api`` and its query string
(``/public/api/v2/smart_trades?page=1``), ``body`` the raw JSON, empty when there is none.
Source: the service's API information page; the form without ``?`` before a body is what RSA signs
by it, and what half of the working HMAC clients do.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

Sign = Callable[[bytes, bytes], str]
"""``(target, body) → value of the Signature header``."""


def official_message(target: bytes, body: bytes) -> bytes:
    """What HMAC signs by the documentation: a JSON body is joined to its path by ``?``."""
    return target + b"?" + body if body else target


def joined_message(target: bytes, body: bytes) -> bytes:
    """What RSA signs, and the HMAC form some servers want: path and body with nothing between."""
    return target + body


def hmac_signature(secret: str, message: bytes) -> str:
    """HMAC-SHA256 of ``message`` in lower-case hex."""
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def rsa_signature(key: "RSAPrivateKey", message: bytes) -> str:
    """RSA PKCS#1 v1.5 with SHA-256 over ``message``, in base64."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    return base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode("ascii")


def load_rsa_key(pem: bytes) -> "RSAPrivateKey":
    """The RSA private key in ``pem``; ``ValueError`` when it is none or needs a passphrase."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")  # noqa: TRY004 - the file's content is wrong, not a type
    return key


def hmac_forms(secret: str) -> tuple[Sign, ...]:
    """The official form first, then the one without ``?``."""
    return (
        lambda target, body: hmac_signature(secret, official_message(target, body)),
        lambda target, body: hmac_signature(secret, joined_message(target, body)),
    )


def rsa_forms(key: "RSAPrivateKey") -> tuple[Sign, ...]:
    """The one form RSA has."""
    return (lambda target, body: rsa_signature(key, joined_message(target, body)),)


def fingerprint(key: str) -> str:
    """A name for an API key that reveals nothing of it: 16 hex digits of its SHA-256."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def key_label(key: str) -> str:
    """How a message names a key: its last four characters, or its fingerprint when it is short."""
    return f"…{key[-4:]}" if len(key) >= 24 else fingerprint(key)
