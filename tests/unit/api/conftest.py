"""Servers, transports and keys for the tests of the API room."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from smartplan.api.http import build_client
from smartplan.settings import Credentials, Secret
from tests.loopback import KEY, SECRET, Loopback, Reply


@pytest.fixture
def serve() -> Iterator[Callable[..., Loopback]]:
    """Start a server that gives these replies, in order."""
    servers: list[Loopback] = []

    def start(*replies: Reply, tls: ssl.SSLContext | None = None) -> Loopback:
        servers.append(Loopback(list(replies), tls))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def connect() -> Iterator[Callable[..., object]]:
    """Build a transport to a server, with the canary key and no real pauses."""
    open_transports = []

    def build(server: Loopback | str, **options):
        url = server if isinstance(server, str) else server.url
        options.setdefault("sleep", lambda seconds: None)
        options.setdefault("deadline", 10.0)
        credentials = options.pop(
            "credentials", Credentials(key=Secret(KEY), secret=Secret(SECRET))
        )
        transport = build_client(url, credentials, **options)
        open_transports.append(transport)
        return transport

    yield build
    for transport in open_transports:
        transport.close()


@pytest.fixture(scope="session")
def rsa_pem() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.fixture
def rsa_file(tmp_path: Path, rsa_pem: bytes) -> Path:
    """A private key file that only its owner can read."""
    file = tmp_path / "key.pem"
    file.write_bytes(rsa_pem)
    file.chmod(0o600)
    return file
