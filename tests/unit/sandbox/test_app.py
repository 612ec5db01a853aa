"""The HTTP face: signatures, status codes, error bodies, a real server on loopback."""

import hashlib
import hmac
import http.client
import json

import pytest

from smartplan.errors import UsageError
from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
from smartplan.sandbox.app import create_app
from smartplan.sandbox.server import Server
from smartplan.sandbox.signatures import READ, ApiKey

TRADES = "/public/api/v2/smart_trades"


def sign(text, secret=SANDBOX_SECRET):
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def headers(text, key=SANDBOX_KEY):
    return {"Apikey": key, "Signature": sign(text), "Content-Type": "application/json"}


@pytest.fixture
def client(exchange):
    return create_app(exchange).test_client()


def test_the_official_signature_vectors_are_accepted(exchange):
    secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
    path = "/public/api/ver1/users/change_mode"
    query = "bca8d8c10acfbe8e76c5335d3efbe0a550487170a8bb7aaea0a13efabab55316"
    body = "0475b407ba6f2388d213134e478b330f74073388a232737837f79018694ae373"
    assert sign(f"{path}?mode=paper", secret) == query
    assert sign(f'{path}?{{"mode": "paper"}}', secret) == body


def test_a_get_is_signed_with_its_query(client):
    answer = client.get(f"{TRADES}?status=active", headers=headers(f"{TRADES}?status=active"))
    assert (answer.status_code, answer.get_json()) == (200, [])


@pytest.mark.parametrize("mark", ["?", ""])
def test_a_json_body_is_signed_with_or_without_the_question_mark(client, limit_trade, mark):
    body = json.dumps(limit_trade)
    answer = client.post(TRADES, data=body, headers=headers(f"{TRADES}{mark}{body}"))
    assert answer.status_code == 201


def test_strict_takes_only_the_official_form(exchange, limit_trade):
    client = create_app(exchange, strict=True).test_client()
    body = json.dumps(limit_trade)
    assert client.post(TRADES, data=body, headers=headers(f"{TRADES}?{body}")).status_code == 201
    lax = client.post(TRADES, data=body, headers=headers(f"{TRADES}{body}"))
    assert lax.status_code == 401


def test_one_changed_byte_is_a_wrong_signature(client, limit_trade):
    body = json.dumps(limit_trade)
    answer = client.post(TRADES, data=body + " ", headers=headers(f"{TRADES}?{body}"))
    assert answer.status_code == 401
    assert answer.get_json()["error"] == "signature_invalid"


@pytest.mark.parametrize("strict", [False, True])
def test_a_call_without_parameters_is_signed_with_or_without_the_question_mark(exchange, strict):
    client = create_app(exchange, strict=strict).test_client()
    for signed in (TRADES, f"{TRADES}?"):
        assert client.get(TRADES, headers=headers(signed)).status_code == 200
        assert client.get(f"{TRADES}?", headers=headers(signed)).status_code == 200


def test_an_unknown_key_is_told_so(client):
    answer = client.get(TRADES, headers=headers(TRADES, key="other"))
    assert answer.status_code == 401
    assert answer.get_json() == {
        "error": "api_key_invalid_or_expired",
        "error_description": "Unauthorized. Invalid or expired api key.",
    }


@pytest.mark.parametrize("permission", [READ, "SMART_TRADE_READ"])
def test_a_reading_key_may_not_write(exchange, limit_trade, permission):
    reader = ApiKey(SANDBOX_KEY, SANDBOX_SECRET, frozenset({permission}))
    client = create_app(exchange, keys=[reader]).test_client()
    body = json.dumps(limit_trade)
    assert client.get(TRADES, headers=headers(TRADES)).status_code == 200
    assert client.post(TRADES, data=body, headers=headers(f"{TRADES}?{body}")).status_code == 403


def test_unsigned_calls_need_no_key(client):
    assert client.get("/public/api/ver1/ping").get_json() == {"pong": "pong"}
    assert client.get("/public/api/ver1/time").get_json() == {"server_time": 1795348800}
    pairs = client.get("/public/api/ver1/accounts/market_pairs?market_code=paper_trading")
    assert "USDT_BTC" in pairs.get_json()
    rates = client.get(
        "/public/api/ver1/accounts/currency_rates"
        "?market_code=paper_trading&pair=USDT_BTC&limit_type=smart_trade"
    ).get_json()
    assert rates["last"] == "61000.0"
    assert rates["priceStep"] == "0.01"
    assert rates["lotStep"] == "0.00001"


def test_validate_says_whether_the_credentials_work(client):
    path = "/public/api/ver1/validate"
    assert client.get(path, headers=headers(path)).get_json() == {"valid": True}
    assert client.get(path).status_code == 401


def test_a_body_that_is_not_json_is_a_plain_400(client):
    answer = client.post(TRADES, data="{", headers=headers(f"{TRADES}?{{"))
    assert (answer.status_code, answer.get_json()["error"]) == (400, "Bad Request")


def test_the_log_has_requests_but_never_their_headers(exchange, client):
    client.get(f"{TRADES}?page=1", headers=headers(f"{TRADES}?page=1"))
    assert [(seen.method, seen.path, seen.body) for seen in exchange.log] == [
        ("GET", f"{TRADES}?page=1", "")
    ]


def test_the_log_file_gets_one_json_line_per_request(exchange, tmp_path, limit_trade):
    log = tmp_path / "requests.jsonl"
    client = create_app(exchange, log=log).test_client()
    body = json.dumps(limit_trade)
    client.post(TRADES, data=body, headers=headers(f"{TRADES}?{body}"))
    text = log.read_text()
    assert json.loads(text) == {
        "time": "2026-11-22T12:00:00.528000+00:00",
        "method": "POST",
        "path": TRADES,
        "body": body,
    }
    assert SANDBOX_KEY not in text


def test_the_server_answers_on_loopback(exchange):
    with Server(create_app(exchange, verify=False), port=0) as server:
        host, port = server.url.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        connection.request("GET", "/public/api/ver1/accounts")
        accounts = json.loads(connection.getresponse().read())
        connection.close()
    assert [(account["id"], account["name"]) for account in accounts] == [
        (1, "main"),
        (2, "futures"),
        (3, "contracts"),
        (4, "coin-margined"),
    ]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "example.com"])
def test_the_server_refuses_any_other_address(exchange, host):
    with pytest.raises(UsageError, match="loopback"):
        Server(create_app(exchange), host=host)
