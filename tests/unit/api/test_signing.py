import base64
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from smartplan.api.signing import (
    fingerprint,
    hmac_forms,
    hmac_signature,
    joined_message,
    key_label,
    load_rsa_key,
    official_message,
    rsa_forms,
)

# The service's own example, from its API information page.
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
PATH = b"/public/api/ver1/users/change_mode"
OF_QUERY = "bca8d8c10acfbe8e76c5335d3efbe0a550487170a8bb7aaea0a13efabab55316"
OF_JSON = "0475b407ba6f2388d213134e478b330f74073388a232737837f79018694ae373"


def test_hmac_of_a_query_is_the_documented_one():
    official, _ = hmac_forms(SECRET)
    assert official(PATH + b"?mode=paper", b"") == OF_QUERY


def test_hmac_of_a_json_body_is_the_documented_one():
    official, _ = hmac_forms(SECRET)
    assert official(PATH, b'{"mode": "paper"}') == OF_JSON


def test_the_other_form_leaves_out_the_question_mark():
    _, other = hmac_forms(SECRET)
    assert other(PATH, b"mode=paper") == hmac_signature(SECRET, PATH + b"mode=paper")
    assert other(PATH, b'{"mode": "paper"}') != OF_JSON


def test_without_query_and_body_the_path_alone_is_signed():
    assert official_message(PATH, b"") == joined_message(PATH, b"") == PATH


def pem_of(key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def test_rsa_signs_path_and_body_as_openssl_does(tmp_path):
    pem = pem_of(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    (tmp_path / "key.pem").write_bytes(pem)
    body = b'{"account_id":1}'
    (tmp_path / "message").write_bytes(b"/public/api/v2/smart_trades" + body)
    expected = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", tmp_path / "key.pem", tmp_path / "message"],
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    (sign,) = rsa_forms(load_rsa_key(pem))
    assert sign(b"/public/api/v2/smart_trades", body) == base64.b64encode(expected).decode()


@pytest.mark.parametrize(
    "pem", [b"", b"not a key", pem_of(ec.generate_private_key(ec.SECP256R1()))]
)
def test_what_is_no_rsa_key_is_refused(pem):
    with pytest.raises(ValueError, match=r"."):
        load_rsa_key(pem)


def test_an_rsa_key_with_a_passphrase_is_refused():
    locked = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"passphrase"),
    )
    with pytest.raises(ValueError, match="encrypted"):
        load_rsa_key(locked)


@pytest.mark.parametrize("key", [SECRET, "short", "x" * 23, "y" * 24])
def test_a_label_never_holds_the_key(key):
    assert key not in key_label(key)
    assert key not in fingerprint(key)


def test_a_long_key_is_named_by_its_last_four_characters():
    assert key_label(SECRET) == "…Tj0j"
