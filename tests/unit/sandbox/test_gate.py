"""Form bodies, RSA keys, the rate limit and faults, through the HTTP face."""

import base64
import json
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from smartplan.sandbox.app import create_app
from smartplan.sandbox.faults import Fault
from smartplan.sandbox.signatures import ApiKey

TRADES = "/public/api/v2/smart_trades"


@pytest.fixture
def client(exchange):
    return create_app(exchange, verify=False).test_client()


@pytest.fixture
def make_client(exchange):
    return lambda **options: create_app(exchange, verify=False, **options).test_client()


FORM = {
    "account_id": "1",
    "pair": "USDT_BTC",
    "position[type]": "buy",
    "position[order_type]": "limit",
    "position[units][value]": "0.01",
    "position[price][value]": "10000",
    "take_profit[enabled]": "true",
    "take_profit[steps][][order_type]": "limit",
    "take_profit[steps][][price][value]": "11000",
    "take_profit[steps][][price][type]": "bid",
    "take_profit[steps][][volume]": "100",
    "stop_loss[enabled]": "false",
}


def test_a_form_body_creates_the_same_trade(client):
    kind = "application/x-www-form-urlencoded"
    answer = client.post(TRADES, data=urlencode(FORM), content_type=kind)
    assert answer.status_code == 201
    assert answer.get_json()["take_profit"]["steps"][0]["price"]["value"] == "11000.0"


def test_parameters_of_a_write_may_stand_in_the_query(client):
    assert client.post(f"{TRADES}?{urlencode(FORM)}").status_code == 201


def test_numbered_steps_are_no_list(client):
    form = {key.replace("[][", "[0]["): value for key, value in FORM.items()}
    answer = client.post(f"{TRADES}?{urlencode(form)}")
    assert answer.status_code == 400
    assert "must be an array" in answer.get_json()["error_attributes"]["take_profit[steps]"]


@pytest.fixture(scope="module")
def private_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def rsa_client(exchange, private_key):
    public = private_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key = ApiKey("rsa-key", public_key=public.decode())
    return create_app(exchange, keys=[key]).test_client()


def rsa_headers(private_key, text):
    signature = private_key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    encoded = base64.b64encode(signature).decode()
    return {"Apikey": "rsa-key", "Signature": encoded, "Content-Type": "application/json"}


def test_an_rsa_signature_covers_path_and_body_without_question_mark(
    rsa_client, private_key, limit_trade
):
    body = json.dumps(limit_trade)
    good = rsa_headers(private_key, TRADES + body)
    assert rsa_client.post(TRADES, data=body, headers=good).status_code == 201
    marked = rsa_headers(private_key, f"{TRADES}?{body}")
    assert rsa_client.post(TRADES, data=body, headers=marked).status_code == 401
    path = f"{TRADES}?page=1"
    assert rsa_client.get(path, headers=rsa_headers(private_key, path)).status_code == 200


@pytest.mark.parametrize("signature", ["", "not base64 at all", "bm9wZQ=="])
def test_nonsense_is_no_rsa_signature(rsa_client, signature):
    answer = rsa_client.get(TRADES, headers={"Apikey": "rsa-key", "Signature": signature})
    assert (answer.status_code, answer.get_json()["error"]) == (401, "signature_invalid")


def test_the_101st_request_in_a_minute_starts_a_penalty_of_300_seconds(make_client, clock):
    client = make_client(rate_limit=True)
    for _ in range(100):
        assert client.get(TRADES).status_code == 200
        clock.advance(0.5)
    assert client.get(TRADES).status_code == 429
    clock.advance(299)
    assert client.get(TRADES).status_code == 429
    clock.advance(2)
    assert client.get(TRADES).status_code == 200


def test_a_slow_client_is_never_limited(make_client, clock):
    client = make_client(rate_limit=True)
    for _ in range(250):
        assert client.get(TRADES).status_code == 200
        clock.advance(0.61)


def test_going_on_inside_the_penalty_is_a_ban(make_client, clock):
    client = make_client(rate_limit=True)
    codes = [client.get(TRADES).status_code for _ in range(125)]
    assert codes[100:120] == [429] * 20
    assert codes[-1] == 418
    clock.advance(60)
    assert client.get(TRADES).status_code == 418


def test_a_fault_before_processing_leaves_no_trade(make_client, exchange, limit_trade):
    client = make_client(faults=[Fault(status=503, method="POST")])
    assert client.post(TRADES, json=limit_trade).status_code == 503
    assert exchange.list_trades({}) == []
    assert client.post(TRADES, json=limit_trade).status_code == 201


def test_a_fault_after_processing_hides_that_it_was_done(make_client, exchange, limit_trade):
    client = make_client(faults=[Fault(status=504, when="after", html=True, method="POST")])
    answer = client.post(TRADES, json=limit_trade)
    assert (answer.status_code, answer.mimetype) == (504, "text/html")
    assert len(exchange.list_trades({})) == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": 1', "null"])
def test_a_fault_may_answer_any_text(make_client, exchange, limit_trade, text):
    client = make_client(faults=[Fault(status=200, when="after", body=text)])
    answer = client.post(TRADES, json=limit_trade)
    assert (answer.status_code, answer.text) == (200, text)
    assert len(exchange.list_trades({})) == 1


def test_a_fault_may_say_when_to_come_back(make_client):
    client = make_client(faults=[Fault(status=429, retry_after=7)])
    assert client.get(TRADES).headers["Retry-After"] == "7"


@pytest.mark.parametrize(("when", "seen"), [("before", 0), ("after", 1)])
def test_a_delay_waits_before_or_after_processing(make_client, exchange, limit_trade, when, seen):
    waited = []

    def sleep(seconds):
        waited.append((seconds, len(exchange.list_trades({}))))

    client = make_client(faults=[Fault(delay=30, when=when)], sleep=sleep)
    assert client.post(TRADES, json=limit_trade).status_code == 201
    assert waited == [(30, seen)]


def test_faults_count_and_skip(make_client):
    client = make_client(faults=[Fault(status=500, path="/v2/smart_trades", skip=1, times=2)])
    assert [client.get(TRADES).status_code for _ in range(4)] == [200, 500, 500, 200]
    assert client.get("/public/api/ver1/ping").status_code == 200


def test_a_lagging_listing_hides_young_trades(make_client, exchange, clock, limit_trade):
    client = make_client(faults=[Fault(lag=5, path="/v2/smart_trades", times=None)])
    exchange.create(limit_trade)
    assert client.get(TRADES).get_json() == []
    clock.advance(5)
    assert len(client.get(TRADES).get_json()) == 1


def test_a_capped_listing_gives_shorter_pages_than_asked_for(make_client, exchange, limit_trade):
    client = make_client(faults=[Fault(cap=2, path="/v2/smart_trades", times=None)])
    opened = [exchange.create(limit_trade)["id"] for _ in range(5)]

    def page(number: int) -> list[int]:
        query = f"order_by=created_at&order_direction=asc&per_page=100&page={number}"
        return [one["id"] for one in client.get(f"{TRADES}?{query}").get_json()]

    assert [page(number) for number in (1, 2, 3, 4)] == [opened[:2], opened[2:4], opened[4:], []]


def test_faults_are_switched_by_the_control_endpoint(client):
    fault = {"status": 429, "times": None, "path": "/ver1/ping"}
    assert client.put("/sandbox/faults", json=[fault]).status_code == 200
    assert [client.get("/public/api/ver1/ping").status_code for _ in range(3)] == [429] * 3
    assert client.put("/sandbox/faults", json=[]).status_code == 200
    assert client.get("/public/api/ver1/ping").status_code == 200
    assert client.put("/sandbox/faults", json=[{"when": "never"}]).status_code == 400


def test_the_control_endpoint_moves_the_market_and_shows_the_log(client, limit_trade):
    made = client.post(TRADES, json=limit_trade).get_json()
    (moved,) = client.post("/sandbox/tick", json={"pair": "USDT_BTC", "price": "59000"}).get_json()
    assert (moved["id"], moved["status"]["type"]) == (made["id"], "waiting_targets")
    assert client.post("/sandbox/tick", json={"pair": "USDT_BTC"}).status_code == 400
    assert client.post("/sandbox/tick", json={"pair": "X_Y", "price": 1}).status_code == 404
    assert client.post(f"/sandbox/trades/{made['id']}/fill", json={}).status_code == 403
    assert [seen["method"] for seen in client.get("/sandbox/log").get_json()] == ["POST"]


def test_only_loopback_may_control(client):
    answer = client.get("/sandbox/log", environ_base={"REMOTE_ADDR": "10.0.0.1"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{TRADES}/1", 404),
        ("PATCH", f"{TRADES}/1", 404),
        ("DELETE", f"{TRADES}/1", 400),
        ("GET", f"{TRADES}/1/reduce_funds_info", 404),
        ("POST", f"{TRADES}/1/reduce_funds", 404),
        ("POST", f"{TRADES}/1/add_funds", 404),
        ("POST", f"{TRADES}/1/close_by_market", 404),
        ("POST", f"{TRADES}/1/force_start", 404),
        ("POST", f"{TRADES}/1/force_process", 404),
        ("POST", f"{TRADES}/1/set_note", 404),
        ("GET", f"{TRADES}/1/trades", 404),
        ("POST", f"{TRADES}/1/trades/2/close_by_market", 404),
        ("DELETE", f"{TRADES}/1/trades/2", 404),
        ("GET", "/public/api/ver1/accounts/9", 404),
    ],
)
def test_every_call_says_not_found_in_the_documented_shape(client, method, path, status):
    answer = client.open(path, method=method)
    assert answer.status_code == status
    assert answer.get_json()["error"] == "Not found"
    assert "not found" in answer.get_json()["error_description"]


@pytest.mark.parametrize("call", ["currency_rates", "currency_rates_with_leverage_data"])
@pytest.mark.parametrize("asked", ["market_code=x&pair=y", "market_code=paper_trading&pair=y"])
def test_rates_of_a_pair_that_there_is_not_are_refused_as_documented(client, call, asked):
    answer = client.get(f"/public/api/ver1/accounts/{call}?{asked}")
    assert (answer.status_code, answer.get_json()) == (400, {"error": "Unknown pair"})
