"""What the URL of a store says, and how it is shown: a password may stand in it."""

import re

POSTGRES_SCHEMES = ("postgresql+psycopg://", "postgresql://")
_HOST = r"(?:\[[0-9A-Fa-f:.%]+\]|[\w.%-]*)(?::[0-9]*)?"
_OPTION = r"[a-z_]+=[^&]*"
_POSTGRES = (
    rf"postgresql(?:\+psycopg)?://(?:[^@/]*@)?({_HOST}(?:,{_HOST})*(?:/[^@?]*)?)"
    rf"(?:\?{_OPTION}(?:&{_OPTION})*)?"
)
_SCHEME = r"[a-z][a-z0-9+.-]*"


def in_postgres(url: str) -> bool:
    """Whether ``[state] url`` names a PostgreSQL database."""
    return url.startswith(POSTGRES_SCHEMES)


def is_plain(url: str) -> bool:
    """Whether a PostgreSQL URL says beyond doubt where its user and password end.

    A bare ``@``, ``/`` or ``:`` in a password makes a host or a database of what follows it.
    """
    return re.fullmatch(_POSTGRES, url, re.ASCII) is not None


def shown(url: str) -> str:
    """The URL of a store for people: without user, password and options.

    Only its scheme where nobody can tell what in it is a password.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or not re.fullmatch(_SCHEME, scheme):
        return "without a scheme"
    if scheme == "sqlite":
        return f"{scheme}://{rest.partition('?')[0]}"
    readable = re.fullmatch(_POSTGRES, url, re.ASCII)
    return f"{scheme}://{readable[1] if readable else '…'}"
