"""Signatures over the exact bytes of a request, and the credentials that make them.

``target`` is the path with ``/public/api`` and its query string
(``/public/api/v2/smart_trades?page=1``), ``body`` the raw JSON, empty when there is none.
Source: the service's API information page; the form without ``?`` before a body is what RSA signs
by it, and what half of the working HMAC clients do.
"""

import base64
import hashlib
import hmac
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from smartplan.errors import UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from smartplan.settings import Credentials


Sign = Callable[[bytes, bytes], str]
"""``(target, body) → value of the Signature header``."""


class SignatureForms:
    """The forms a body can be signed in, and which of them is used now."""

    def __init__(self, forms: tuple[Sign, ...]) -> None:
        self._forms = forms
        self.current = 0

    @property
    def sign(self) -> Sign:
        """The form that is used."""
        return self._forms[self.current]

    def use(self, number: int) -> None:
        """Use this one, if there is one."""
        self.current = number if number < len(self._forms) else 0

    def turn(self) -> bool:
        """Use the next one from now on; whether there is another."""
        self.current = (self.current + 1) % len(self._forms)
        return len(self._forms) > 1


# A08, A24
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


def forms_for(credentials: "Credentials") -> tuple[Sign, ...]:
    """The signatures to try, in order; ``UsageError`` for credentials that can make none."""
    if credentials.private_key_file is not None:
        return rsa_forms(_read_private_key(credentials.private_key_file))
    if credentials.secret is None:
        raise UsageError(
            "The API key has neither a secret nor a private key.",
            hint="Set SMARTPLAN_API_SECRET or SMARTPLAN_API_PRIVATE_KEY_FILE.",
        )
    return hmac_forms(credentials.secret.reveal())


def secrets_of(credentials: "Credentials | None") -> tuple[str, ...]:
    """What must not be repeated of them, whoever tells it to us. A private key never leaves."""
    if credentials is None:
        return ()
    given = (credentials.key, credentials.secret)
    return tuple(secret.reveal() for secret in given if secret is not None)


def _read_private_key(file: Path) -> "RSAPrivateKey":
    try:
        status = file.stat()
        if sys.platform != "win32" and status.st_uid not in {os.geteuid(), 0}:
            raise UsageError(
                f"The private key {file} belongs to another user ({status.st_uid}).",
                hint="Whoever that is can read and change it: make a key of your own.",
            )
        if status.st_mode & 0o077:
            raise UsageError(
                f"The private key {file} can be read by others.", hint=f"chmod 600 {file}"
            )
        return load_rsa_key(file.read_bytes())
    except OSError as error:
        raise UsageError(f"The private key {file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(f"{file} holds no RSA private key in PEM without passphrase.") from error
