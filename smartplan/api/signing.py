"""From the credentials of a run to the signatures they can make."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from smartplan.api.signing import Sign, hmac_forms, load_rsa_key, rsa_forms
from smartplan.errors import UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from smartplan.settings import Credentials


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
