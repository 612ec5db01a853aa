"""Keys for the commands; ``--golden`` rewrites what the recorded sessions expect."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from smartplan.sandbox.signatures import ApiKey
from tests.cli.canaries import KEY, SECRET


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="Rewrite tests/cli/*/session.")


@pytest.fixture
def hmac_key(monkeypatch: pytest.MonkeyPatch) -> ApiKey:
    monkeypatch.setenv("SMARTPLAN_API_KEY", KEY)
    monkeypatch.setenv("SMARTPLAN_API_SECRET", SECRET)
    return ApiKey(KEY, SECRET)


@pytest.fixture
def rsa_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> tuple[ApiKey, tuple[str, ...]]:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    file = tmp_path_factory.mktemp("keys") / "key.pem"
    file.write_text(pem)
    file.chmod(0o600)
    monkeypatch.setenv("SMARTPLAN_API_KEY", KEY)
    monkeypatch.setenv("SMARTPLAN_API_PRIVATE_KEY_FILE", str(file))
    public = made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return ApiKey(KEY, public_key=public.decode()), tuple(pem.splitlines()[1:-1])
