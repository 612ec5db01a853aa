"""Keys that nothing may ever show, and a workspace to live through with them."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from smartplan.sandbox.signatures import ApiKey

KEY = "canary-key-0123456789-abcdef-0123456789"

SECRET = "canary-secret-0123456789-abcdef"

TOML = """
workspace = "desk"
environment = "paper"
since = {since}

[environments.paper.accounts]
main = 1
futures = 2
[state]
settle_window = 0
"""

PLAN = """
account: main
pair: USDT_BTC
position: {{type: buy, order_type: limit, units: {{value: {units}}}, price: {{value: 60000}}}}
take_profit:
  enabled: true
  steps: [{{order_type: limit, price: {{value: {target}, type: bid}}, volume: 100}}]
stop_loss:
  {{enabled: true, order_type: market, conditional: {{price: {{value: 55000, type: bid}}}}}}
"""


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
