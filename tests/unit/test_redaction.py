"""Secrets are found however they are written, and nothing else is touched."""

import base64
import hashlib
import hmac
import json
import os
import time
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartplan.redaction import REDACTED, Redaction

KEY = "canary-key-0123456789-abcdef-0123456789"
SIGNATURE = hmac.new(b"secret", b"message", hashlib.sha256).hexdigest()
RSA = base64.b64encode(bytes(range(3, 255)) + b"1234").decode()


def json_escaped(text):
    return "".join(f"\\u{ord(c):04x}" for c in text)


def colons(text):
    return ":".join(text[at : at + 2] for at in range(0, len(text), 2))


WAYS = {
    "as it is": str,
    "upper case": str.upper,
    "title case": str.title,
    "JSON escapes": json_escaped,
    "JSON escapes in upper case": lambda text: json_escaped(text).upper().replace("\\U", "\\u"),
    "some JSON escapes": lambda text: text[:3] + json_escaped(text[3:9]) + text[9:],
    "escaped twice": lambda text: json_escaped(text).replace("\\", "\\\\"),
    "percent": lambda text: "".join(f"%{ord(c):02X}" for c in text),
    "percent twice": lambda text: "".join(f"%25{ord(c):02x}" for c in text),
    "percent as a URL has it": lambda text: urllib.parse.quote(text, safe=""),
    "HTML, decimal": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "HTML, hex": lambda text: "".join(f"&#x{ord(c):X};" for c in text),
    "a Python literal": lambda text: "".join(f"\\x{ord(c):02x}" for c in text),
    "octal": lambda text: "".join(f"\\{ord(c):03o}" for c in text),
    "spaces": " ".join,
    "line breaks": lambda text: "\r\n ".join((text[:20], text[20:30], text[30:])),
    "escaped line breaks": lambda text: "\\n".join((text[:20], text[20:30], text[30:])),
    "tabs and NUL": lambda text: "\t\0".join((text[:20], text[20:])),
    "zero width": "\u200b".join,
    "hex with colons": lambda text: colons(text.encode().hex()),
    "dots of a host": lambda text: ".".join((text[:20], text[20:])),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 after something": lambda text: base64.b64encode(b"x:" + text.encode() + b"!").decode(),
    "base64 after more": lambda text: base64.b64encode(b"k=" * 2 + text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 in lines": lambda text: base64.encodebytes(text.encode() * 2).decode(),
    "hex": lambda text: text.encode().hex(),
}


@pytest.mark.parametrize("secret", [KEY, SIGNATURE, RSA, "sandbox-key", "hunter2"])
@pytest.mark.parametrize("way", WAYS)
def test_it_is_found_however_it_is_written(way, secret):
    written = WAYS[way](secret)
    redaction = Redaction()
    redaction.learn_signature(secret)
    covered = redaction.text(f"before <{written}> after")
    assert covered.startswith("before <")
    assert covered.endswith("> after")
    assert REDACTED in covered
    for size in (6, 16):
        for at in range(len(written) - size):
            piece = written[at : at + size]
            assert len(secret) < 31 or size == 6 or piece not in covered
    assert written not in covered


def test_a_signature_in_hex_is_found_in_base64_and_the_other_way_round():
    raw = bytes.fromhex(SIGNATURE)
    redaction = Redaction(SIGNATURE, RSA)
    assert base64.b64encode(raw).decode() not in redaction.text(base64.b64encode(raw).decode())
    as_hex = base64.b64decode(RSA).hex()
    assert redaction.text(as_hex.upper()) == REDACTED


@pytest.mark.parametrize("kept", [slice(0, 40), slice(20, 64), slice(33, 64)])
def test_a_large_part_is_hidden_too(kept):
    part = SIGNATURE[kept]
    assert Redaction(SIGNATURE).text(f"it was {part}…") == f"it was {REDACTED}…"


def test_json_stays_json_and_what_stands_beside_it_stays():
    body = {
        "error": "refused",
        "error_description": f"{KEY} did not make {SIGNATURE.upper()}",
        "error_attributes": {KEY: [f'{SIGNATURE} "quoted" \\ é €']},
        "price": 1.5,
    }
    for text in (json.dumps(body), json.dumps(body, ensure_ascii=False)):
        covered = json.loads(Redaction(KEY, SIGNATURE).content(text.encode()))
        assert covered == {
            "error": "refused",
            "error_description": f"{REDACTED} did not make {REDACTED}",
            "error_attributes": {REDACTED: [f'{REDACTED} "quoted" \\ é €']},
            "price": 1.5,
        }


def test_what_is_split_over_two_texts_of_json_breaks_nothing():
    body = json.dumps(["sandbox", "key", {"sandbox": "key"}]).encode()
    assert json.loads(Redaction("sandbox-key").content(body)) == [
        "sandbox", "key", {"sandbox": "key"}
    ]  # fmt: skip


@given(st.text(max_size=200))
def test_a_text_without_a_secret_comes_back_as_it_was(text):
    redaction = Redaction(KEY, SIGNATURE, "")
    assert redaction.text(text) == text


@given(st.binary(max_size=200))
def test_bytes_without_a_secret_come_back_as_they_were(content):
    assert Redaction(KEY, SIGNATURE).content(content) == content


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from(sorted(WAYS)))
def test_whatever_stands_around_it(before, after, way):
    written = WAYS[way](SIGNATURE)
    assert written not in Redaction(SIGNATURE).text(f"{before} {written} {after}")


def test_a_secret_too_short_to_be_told_from_words_is_not_looked_for():
    assert Redaction("abc", "", "--").text("abc -- 1") == "abc -- 1"


def test_a_long_text_with_a_secret_is_left_out_as_a_whole():
    assert Redaction(KEY).text("x" * 1_000_000 + KEY) == REDACTED


def test_old_signatures_make_room_for_new_ones():
    redaction = Redaction(KEY)
    signatures = [os.urandom(32).hex() for _ in range(300)]
    for signature in signatures:
        redaction.learn_signature(signature)
    assert redaction.text(signatures[0]) == signatures[0]
    assert redaction.text(signatures[-150]) == REDACTED
    assert redaction.text(KEY) == REDACTED


def test_a_megabyte_full_of_secrets_takes_seconds_not_minutes():
    redaction = Redaction(KEY, SIGNATURE)
    content = json.dumps([f"{KEY} {SIGNATURE}"] * 8_000).encode()
    began = time.monotonic()
    covered = redaction.content(content)
    assert time.monotonic() - began < 30
    assert set(json.loads(covered)) == {f"{REDACTED} {REDACTED}"}


def test_it_shows_nothing_of_what_it_knows():
    assert repr(Redaction(KEY)) == "Redaction(…)"
