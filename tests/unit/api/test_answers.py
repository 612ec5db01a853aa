import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartplan.api.answers import (
    Answer,
    Call,
    attribute_path,
    decode,
    encode,
    error_attributes,
    payload,
    retry_after,
)
from smartplan.errors import AnswerLost, Rejected

CREATE = Call("POST", "/v2/smart_trades", "…last")


@pytest.mark.parametrize(
    ("key", "path"),
    [
        (
            "take_profit[steps][0][price][value]",
            ("take_profit", "steps", 0, "price", "value"),
        ),
        ("position[units][value]", ("position", "units", "value")),
        ("position.total", ("position", "total")),
        ("take_profit.steps.1.volume", ("take_profit", "steps", 1, "volume")),
        ("take_profit[steps][][volume]", ("take_profit", "steps")),
        ("stop_loss[order_type]", ("stop_loss", "order_type")),
        ("note", ("note",)),
        ("account_id", ("account_id",)),
        ("units_to_buy", ("position", "units", "value")),
        ("total", None),
        ("entered_amount", None),
        ("", None),
        ("a[b", None),
        ("a]b", None),
        ("[a]", None),
        ("a..b", None),
        ("position units", None),
    ],
)
def test_error_keys_become_addresses_in_the_body(key, path):
    assert attribute_path(key) == path


names = st.sampled_from(
    ["take_profit", "steps", "price", "value", "stop_loss", "conditional", "a", "b_c"]
)
paths = st.tuples(names, st.lists(names | st.integers(0, 99), min_size=1, max_size=6))


@settings(max_examples=50)
@given(paths)
def test_every_address_survives_both_ways_of_writing_it(parts):
    first, rest = parts
    path = (first, *rest)
    assert attribute_path(first + "".join(f"[{part}]" for part in rest)) == path
    assert attribute_path(".".join(map(str, path))) == path


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.integers(200, 599), st.binary(max_size=40) | json_values.map(json.dumps).map(str.encode))
def test_any_answer_is_a_value_a_refusal_or_no_answer(status, content):
    errors = []
    try:
        payload(CREATE, Answer(status, content))
    except (Rejected, AnswerLost) as error:
        errors.append(error)
    assert len(errors) == 1 or status < 300
    for refused in (error for error in errors if isinstance(error, Rejected)):
        assert 400 <= refused.status < 500


@given(json_values)
def test_attributes_of_any_shape_are_texts_by_key(raw):
    for key, messages in error_attributes(raw).items():
        attribute_path(key)
        assert messages
        assert all(isinstance(message, str) for message in messages)


def test_attributes_are_read_in_every_shape():
    assert error_attributes(None) == {}
    assert error_attributes({"note": ["too long", "is odd"]}) == {"note": ("too long", "is odd")}
    assert error_attributes({"note": "too long"}) == {"note": ("too long",)}
    assert error_attributes(["bad", {"pair": ["unknown"]}]) == {"": ("bad",), "pair": ("unknown",)}
    assert error_attributes("bad") == {"": ("bad",)}
    assert error_attributes({"position": {"units": {"value": ["is missing"]}}}) == {
        "position.units.value": ("is missing",)
    }


def test_comma_joined_keys_are_told_apart_and_each_message_names_all_of_them():
    key = "position[price][value],position[price][percent]"
    message = "are mutually exclusive (position[price][value], position[price][percent])"
    assert error_attributes({key: ["are mutually exclusive"]}) == {
        "position[price][value]": (message,),
        "position[price][percent]": (message,),
    }


def test_numbers_arrive_as_decimals():
    answer = decode(b'{"a": 0.1, "b": 1e-8, "c": 12, "d": "0.0000028"}')
    assert answer == {"a": Decimal("0.1"), "b": Decimal("1E-8"), "c": 12, "d": "0.0000028"}
    assert isinstance(answer["a"], Decimal)


@pytest.mark.parametrize(
    "content",
    [
        b'{"id": NaN}',
        b'{"id": Infinity}',
        b'{"id": 1, "id": 2}',
        b'[{"id": 1, "id": 2}]',
        b'{"id": 1',
        b"<html>busy</html>",
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_json_that_two_readers_could_read_differently_is_refused(content):
    with pytest.raises(ValueError, match=r"."):
        decode(content)
    with pytest.raises(AnswerLost):
        payload(CREATE, Answer(200, content))


def test_half_a_character_becomes_one_that_can_be_written():
    assert decode(b'["\\ud800 x", "\\udfff", "\\ud83d\\ude00"]') == [
        "\ufffd x",
        "\ufffd",
        "\U0001f600",
    ]


def test_an_index_that_no_list_has_is_no_failure():
    key = f"take_profit[steps][{'9' * 5000}][price]"
    assert attribute_path(key) == ("take_profit", "steps", "9" * 5000, "price")


def test_a_body_is_canonical_json_without_floats():
    body = {"units": {"value": Decimal("1E-8")}, "note": "käse", "enabled": True, "steps": [1]}
    assert encode(body) == (
        b'{"units":{"value":"0.00000001"},"note":"k\\u00e4se","enabled":true,"steps":[1]}'
    )
    with pytest.raises(TypeError, match="float"):
        encode({"volume": [0.1]})


def test_a_204_has_nothing_to_say():
    assert payload(CREATE, Answer(204)) is None


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize("content", [b"", b" \n"])
def test_an_empty_answer_that_should_not_be_empty_is_no_answer(status, content):
    with pytest.raises(AnswerLost, match="is empty"):
        payload(CREATE, Answer(status, content))


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
def test_a_server_failure_may_have_been_executed_unless_it_only_read(status):
    with pytest.raises(AnswerLost, match="may have been executed"):
        payload(CREATE, Answer(status, b'{"error": "internal"}'))
    with pytest.raises(AnswerLost, match=rf"failed \({status}\)\.$"):
        payload(Call("GET", "/v2/smart_trades"), Answer(status))


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>blocked</html>", b'["no"]', b'"no"', b"{}", b'{"message": "Forbidden"}'],
)
def test_a_4xx_without_the_services_json_is_no_refusal(content):
    with pytest.raises(AnswerLost, match="without the service's JSON error"):
        payload(CREATE, Answer(403, content))


def test_a_request_that_timed_out_on_its_way_may_have_been_executed():
    with pytest.raises(AnswerLost, match=r"may have been executed"):
        payload(CREATE, Answer(408, b'{"error": "timeout"}'))


def refusal(status: int, body: bytes, call: Call = CREATE) -> Rejected:
    with pytest.raises(Rejected) as caught:
        payload(call, Answer(status, body))
    return caught.value


def test_a_refusal_carries_what_the_service_said():
    error = refusal(
        422,
        b'{"error": "record_invalid", "error_description": "Invalid parameters",'
        b' "error_attributes": {"position[units][value]": ["Should change with step 0.01"]}}',
    )
    assert str(error) == (
        "POST /v2/smart_trades was refused (422 record_invalid): Invalid parameters"
    )
    assert error.attributes == {"position[units][value]": ("Should change with step 0.01",)}
    assert error.status == 422
    assert error.error == "record_invalid"


@pytest.mark.parametrize(
    ("status", "body", "call", "wanted"),
    [
        (401, '{"error": "signature_invalid"}', CREATE, "clock is not the cause"),
        (401, '{"error": "signature_invalid"}', CREATE, "…last"),
        (401, '{"error": "api_key_invalid_or_expired"}', CREATE, "SMARTPLAN_API_KEY"),
        (401, '{"error": "access_denied"}', CREATE, "allowed addresses"),
        (403, '{"error": "access_denied"}', CREATE, "SMART_TRADE_WRITE"),
        (403, '{"error": "access_denied"}', CREATE, "SMART_TRADES_WRITE"),
        (403, '{"error": "x"}', Call("GET", "/v2/smart_trades"), "SMART_TRADE_READ"),
        (403, '{"error": "x"}', Call("GET", "/v2/smart_trades"), "SMART_TRADES_READ"),
        (403, '{"error": "x"}', Call("GET", "/ver1/accounts"), "ACCOUNTS_READ"),
        (403, '{"error": "x", "error_description": "Account not owned by current user."}', CREATE,
         "another user"),
        (404, '{"error": "not_found"}', CREATE, "smartplan trade list"),
        (404, '{"error": "not_found"}', Call("GET", "/v2/smart_trades"), "SMARTPLAN_BASE_URL"),
        (404, '{"error": "not_found"}', Call("GET", "/ver1/accounts"), "no /ver1/accounts"),
        (404, '{"error": "not_found"}', Call("GET", "/v2/smart_trades/7"), "smartplan trade list"),
        (400, '{"error": "Smart Trade not found"}', CREATE, "smartplan trade list"),
        (400, '{"error": "record_invalid"}', CREATE, "attributes"),
        (422, '{"error": "record_invalid"}', CREATE, "lint --online"),
        (400, '{"error": "forced_mode_invalid"}', CREATE, "Forced-Mode"),
        (409, '{"error": "Conflict"}', CREATE, "smartplan status"),
    ],
)  # fmt: skip
def test_every_documented_error_says_what_to_do(status, body, call, wanted):
    assert wanted in refusal(status, body.encode(), call).hint


def test_retry_after_is_read_as_seconds_or_as_a_date():
    now = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
    assert retry_after(None, now) is None
    assert retry_after("120", now) == 120.0
    assert retry_after("Sun, 22 Nov 2026 12:05:00 GMT", now) == 300.0
    assert retry_after("Sun, 22 Nov 2026 11:00:00 GMT", now) == 0.0
    assert retry_after("soon", now) is None
    assert retry_after("9" * 400, now) == 3 * 86_400
    assert retry_after("Fri, 31 Dec 9999 23:59:59 GMT", now) == 3 * 86_400
