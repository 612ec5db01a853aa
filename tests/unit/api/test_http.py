"""The transport against real servers on loopback."""

import gzip
import logging
import os
import socket
import stat
import threading
import time
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from smartplan.api.http import ANSWER_LIMIT, RETRY_PAUSES, build_client
from smartplan.api.signing import hmac_signature, load_rsa_key, rsa_signature
from smartplan.errors import (
    AnswerLost,
    RateLimited,
    Rejected,
    SafetyRefusal,
    Unreachable,
    UsageError,
)
from smartplan.settings import Credentials, Secret
from tests.loopback import KEY, SECRET, http

TRADES = "/v2/smart_trades"
BODY = {"account_id": 1, "pair": "USDT_BTC", "position": {"units": {"value": Decimal("0.010")}}}
SIGNATURE_REFUSED = http(401, {"error": "signature_invalid"})


# --- what is sent -------------------------------------------------------------------------------


def test_a_write_signs_exactly_the_bytes_it_sends(serve, connect):
    server = serve(http(201, {"id": 1}))
    assert connect(server).request("POST", TRADES, body=BODY) == {"id": 1}
    (sent,) = server.requests
    assert sent.target == "/public/api/v2/smart_trades"
    assert sent.body == (
        b'{"account_id":1,"pair":"USDT_BTC","position":{"units":{"value":"0.01"}}}'
    )
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["apikey"] == KEY
    assert sent.headers["signature"] == hmac_signature(
        SECRET, b"/public/api/v2/smart_trades?" + sent.body
    )


def test_a_query_is_signed_as_it_stands_on_the_wire(serve, connect):
    server = serve(http(200, []))
    query = {"from": "2026-11-22T00:00:00+00:00", "pair": "USDT_BTC-PERP", "page": 1}
    connect(server).request("GET", TRADES, query=query)
    (sent,) = server.requests
    assert sent.target.endswith("?from=2026-11-22T00%3A00%3A00%2B00%3A00&pair=USDT_BTC-PERP&page=1")
    assert sent.headers["signature"] == hmac_signature(SECRET, sent.target.encode())


def test_an_action_without_body_signs_its_path(serve, connect):
    server = serve(http(201, {"id": 7}))
    connect(server).request("POST", f"{TRADES}/7/close_by_market")
    (sent,) = server.requests
    assert sent.body == b""
    assert sent.headers["signature"] == hmac_signature(SECRET, sent.target.encode())


def test_a_public_endpoint_gets_no_key(serve, connect):
    server = serve(http(200, {}))
    connect(server).request("GET", "/ver1/ping", signed=False)
    assert not {"apikey", "signature"} & set(server.requests[0].headers)


def test_the_forced_mode_goes_with_every_request(serve, connect):
    server = serve(http(200, []), http(201, {"id": 1}))
    transport = connect(server, forced_mode="paper")
    transport.request("GET", TRADES)
    transport.request("POST", TRADES, body=BODY)
    assert [sent.headers["forced-mode"] for sent in server.requests] == ["paper", "paper"]


def test_query_and_body_are_never_mixed(serve, connect):
    server = serve()
    with pytest.raises(ValueError, match="neither"):
        connect(server).request("POST", TRADES, query={"page": 1}, body=BODY)
    with pytest.raises(ValueError, match="neither"):
        connect(server).request("GET", TRADES, body=BODY)
    assert server.requests == []


def test_one_connection_serves_the_whole_run(serve, connect):
    server = serve(*[http(200, [])] * 5)
    transport = connect(server)
    for _ in range(5):
        transport.request("GET", TRADES)
    assert server.connections == 1


def test_an_rsa_key_signs_path_and_body_without_a_question_mark(serve, connect, rsa_file):
    server = serve(http(201, {"id": 1}))
    credentials = Credentials(key=Secret(KEY), secret=None, private_key_file=rsa_file)
    connect(server, credentials=credentials).request("POST", TRADES, body=BODY)
    (sent,) = server.requests
    key = load_rsa_key(rsa_file.read_bytes())
    assert sent.headers["signature"] == rsa_signature(
        key, b"/public/api/v2/smart_trades" + sent.body
    )


def test_an_rsa_key_that_others_can_read_is_refused(connect, rsa_file):
    rsa_file.chmod(stat.S_IRUSR | stat.S_IRGRP)
    credentials = Credentials(key=Secret(KEY), secret=None, private_key_file=rsa_file)
    with pytest.raises(UsageError, match="read by others"):
        connect("https://api.invalid/public/api", credentials=credentials)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_an_rsa_key_of_another_user_is_refused(connect, rsa_file):
    os.chown(rsa_file, 54_321, 54_321)
    credentials = Credentials(key=Secret(KEY), secret=None, private_key_file=rsa_file)
    with pytest.raises(UsageError, match=r"belongs to another user \(54321\)"):
        connect("https://api.invalid/public/api", credentials=credentials)


def test_a_missing_or_foreign_key_file_is_a_plain_error(connect, tmp_path):
    for content in (None, "hello"):
        file = tmp_path / "key.pem"
        if content is not None:
            file.write_text(content)
            file.chmod(0o600)
        credentials = Credentials(key=Secret(KEY), secret=None, private_key_file=file)
        with pytest.raises(UsageError, match=r"key\.pem"):
            connect("https://api.invalid/public/api", credentials=credentials)


def test_without_credentials_a_signed_request_is_not_sent(serve, connect):
    server = serve(http(200, {"valid": True}))
    with pytest.raises(UsageError, match="SMARTPLAN_API_KEY"):
        connect(server, credentials=None).request("GET", "/ver1/validate")
    assert server.requests == []


def test_no_key_secret_or_signature_is_logged_or_shown(serve, connect, caplog):
    caplog.set_level(logging.DEBUG)
    server = serve(http(201, {"id": 1}), SIGNATURE_REFUSED, SIGNATURE_REFUSED, hang_up)
    transport = connect(server)
    transport.request("POST", TRADES, body=BODY)
    shown = [repr(transport), repr(vars(transport))]
    for _ in range(2):
        with pytest.raises((Rejected, AnswerLost)) as caught:
            transport.request("POST", TRADES, body=BODY)
        shown += [str(caught.getrepr(showlocals=True)), str(caught.value.hint)]
    told = "\n".join([caplog.text, *shown])
    signatures = {sent.headers["signature"] for sent in server.requests}
    assert len(server.requests) == 4
    for hidden in (KEY, SECRET, *signatures):
        assert hidden not in told


# --- where it may go ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://api.3commas.io/public/api",
        "http://10.0.0.1/public/api",
        "http://127.0.0.1.example.com/public/api",
        "ftp://127.0.0.1/public/api",
        "https://",
        "https://user:pass@api.3commas.io/public/api",
        "https://api.3commas.io/public/api?x=1",
        "https://api.3commas.io:port/public/api",
        "https://api.3commas.io/public/api\nexport SMARTPLAN_API_KEY=x",
        "https://api.3commas.io/public api",
        "https://bücher.example/public/api",
        "api.3commas.io",
        "",
    ],
)
def test_a_base_url_that_could_leak_the_key_is_refused(url):
    with pytest.raises(UsageError, match="SMARTPLAN_BASE_URL"):
        build_client(url, None)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_an_error_and_the_other_host_sees_nothing(serve, connect, status):
    elsewhere = serve(http(201, {"id": 666}))
    server = serve(http(status, headers={"Location": f"{elsewhere.url}/steal?token=hidden"}))
    with pytest.raises(AnswerLost, match=f"redirects .*127.0.0.1:{elsewhere.port}") as caught:
        connect(server).request("POST", TRADES, body=BODY)
    assert "hidden" not in str(caught.value)
    assert elsewhere.connections == 0
    assert len(server.requests) == 1


@pytest.mark.parametrize("signed", [True, False])
def test_a_path_that_names_another_host_is_refused_before_anything_is_sent(serve, connect, signed):
    elsewhere, server = serve(http(200, [])), serve(http(200, []))
    with pytest.raises(SafetyRefusal, match=r"127\.0\.0\.1"):
        connect(server).request("GET", f"{elsewhere.url}/v2/smart_trades", signed=signed)
    assert elsewhere.connections == server.connections == 0


@pytest.mark.parametrize("path", ["//evil.invalid/v2", "@evil.invalid/v2", ".evil.invalid/v2"])
def test_a_hostile_path_stays_on_the_service(serve, connect, path):
    server = serve(http(404, {"error": "not_found"}))
    with pytest.raises(Rejected):
        connect(server).request("GET", path)
    assert server.requests[0].target.startswith("/public/api/")


# --- no usable answer ---------------------------------------------------------------------------


def hang_up(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def send(*pieces: bytes):
    def talk(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return talk


UNUSABLE = {
    "empty 200": http(200),
    "empty 201": http(201),
    "html": http(200, raw=b"<html><body>We will be back soon</body></html>"),
    "truncated json": http(201, raw=b'{"id": 12, "note": "wee'),
    "length too large": send(http(201, {"id": 12}, length=500)),
    "length too small": http(201, {"id": 12}, length=5),
    "two ids": http(201, raw=b'{"id": 1, "id": 2}'),
    "hang-up": hang_up,
    "half a header": send(b"HTTP/1.1 201 Crea"),
    "not http": send(b"220 mail.example ESMTP\r\n\r\n"),
    "500": http(500, {"error": "internal"}),
    "502 html": http(502, raw=b"<html>bad gateway</html>"),
    "504": http(504),
    "403 html": http(403, raw=b"<html>blocked</html>"),
    "wrong encoding": http(201, raw=b"not gzip", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_write_without_usable_answer_is_unknown_and_sent_once(serve, connect, name):
    server = serve(UNUSABLE[name], http(201, {"id": 13}))
    with pytest.raises(AnswerLost):
        connect(server).request("POST", TRADES, body=BODY)
    assert len(server.requests) == 1


def test_what_is_left_of_a_wrong_answer_is_not_taken_for_the_next_one(serve, connect):
    smuggled = http(200, {"id": 666})
    server = serve(http(200, raw=b"[1, 2" + smuggled, length=4), http(200, {"id": 1}))
    transport = connect(server)
    with pytest.raises(AnswerLost):
        transport.request("POST", TRADES, body=BODY)
    assert transport.request("GET", f"{TRADES}/1") == {"id": 1}
    assert server.connections == 2


def test_an_answer_over_the_limit_is_not_read_to_its_end(serve, connect):
    poured = []

    def pour(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        with suppress(OSError):
            while len(poured) < 100:
                connection.sendall(b"100000\r\n" + b" " * (1 << 20) + b"\r\n")
                poured.append(1 << 20)

    server = serve(pour)
    with pytest.raises(AnswerLost, match="larger than 8 MB"):
        connect(server).request("POST", TRADES, body=BODY)
    server.close()
    assert sum(poured) < 8 * ANSWER_LIMIT


def test_a_small_answer_that_unpacks_to_a_large_one_is_stopped(serve, connect):
    bomb = gzip.compress(b" " * (64 << 20))
    server = serve(http(200, raw=bomb, headers={"Content-Encoding": "gzip"}))
    del bomb
    tracemalloc.start()
    try:
        with pytest.raises(AnswerLost, match="larger than 8 MB"):
            connect(server).request("GET", TRADES)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * ANSWER_LIMIT


@pytest.mark.parametrize("packing", ["gzip", "br"])
def test_an_answer_that_is_not_packed_as_it_says_is_lost(serve, connect, packing):
    server = serve(http(200, raw=b"[1]", headers={"Content-Encoding": packing}))
    with pytest.raises(AnswerLost, match="cannot be unpacked"):
        connect(server).request("POST", TRADES, body=BODY)


def test_a_packed_answer_is_read(serve, connect):
    server = serve(http(200, raw=gzip.compress(b"[1]"), headers={"Content-Encoding": "gzip"}))
    assert connect(server).request("GET", TRADES) == [1]


def test_an_answer_cut_off_by_the_deadline_is_not_taken_for_an_empty_one(serve, connect):
    def promise(connection: socket.socket) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\n\r\n{"id": 7}')
        connection.recv(1)

    with pytest.raises(AnswerLost, match=r"within 0\.7 s"):
        connect(serve(promise), deadline=0.7).request("DELETE", f"{TRADES}/7")


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_dripping_answer_meets_the_deadline(serve, connect, part):
    """Every byte comes in time for a time-out per read; only the wall clock ends it."""
    start = b"HTTP/1.1 200 OK\r\n" if part == "headers" else http(200, length=10**6)
    cut_off = []

    def drip(connection: socket.socket) -> None:
        connection.sendall(start)
        try:
            for _ in range(3000):
                connection.sendall(b"x: 1\r\n" if part == "headers" else b" ")
                connection.settimeout(0.01)
                with suppress(TimeoutError):
                    if connection.recv(1) == b"":
                        cut_off.append(True)
                        return
        except OSError:
            cut_off.append(True)

    server = serve(drip)
    with pytest.raises(AnswerLost, match=r"within 0\.7 s"):
        connect(server, deadline=0.7).request("GET", TRADES)
    server.close()
    assert cut_off
    assert len(server.requests) == 1


def test_the_deadline_also_holds_on_a_kept_alive_connection(serve, connect):
    server = serve(http(200, []), lambda connection: connection.recv(1), http(200, [1]))
    transport = connect(server, deadline=1.5)
    assert transport.request("GET", TRADES) == []
    with pytest.raises(AnswerLost, match=r"within 1\.5 s"):
        transport.request("POST", TRADES, body=BODY)
    assert transport.request("GET", TRADES) == [1]


@pytest.mark.parametrize("before", [0.0, 0.3, 0.9, 1.3])
def test_every_request_has_the_whole_time(serve, connect, before):
    """However long another one is ago: what watches over them sleeps through those that end."""
    server = serve(http(200, []), lambda connection: connection.recv(1))
    transport = connect(server, deadline=0.6)
    assert transport.request("GET", TRADES) == []
    time.sleep(before)
    began = time.monotonic()
    with pytest.raises(AnswerLost, match=r"within 0\.6 s"):
        transport.request("POST", TRADES, body=BODY)
    assert 0.6 <= time.monotonic() - began < 1.1


def test_one_thread_watches_over_all_requests_and_ends_with_the_connection(serve, connect):
    def watching() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "deadlines"]

    transport = connect(serve(*[http(200, [])] * 5))
    for _ in range(5):
        transport.request("GET", TRADES)
    (one,) = watching()
    transport.close()
    one.join(10)
    assert watching() == []


def test_connection_refused_means_nothing_was_sent(connect):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(Unreachable, match=f"127.0.0.1:{port}") as caught:
        connect(f"http://127.0.0.1:{port}/public/api").request("POST", TRADES, body=BODY)
    assert caught.value.hint == "Nothing was sent."


def test_an_unknown_host_means_nothing_was_sent(connect):
    with pytest.raises(Unreachable):
        connect("https://api.invalid/public/api").request("POST", TRADES, body=BODY)


# --- retries ------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [http(503), http(500, {"error": "x"}), hang_up])
def test_a_get_is_tried_again_after_a_failure_that_may_pass(serve, connect, failure):
    server = serve(failure, failure, http(200, [1]))
    pauses = []
    assert connect(server, sleep=pauses.append).request("GET", TRADES) == [1]
    assert pauses == list(RETRY_PAUSES[:2])


def test_a_get_gives_up_in_the_end(serve, connect):
    server = serve(*[http(503)] * 10)
    with pytest.raises(AnswerLost, match="503"):
        connect(server).request("GET", TRADES)
    assert len(server.requests) == 1 + len(RETRY_PAUSES)


@pytest.mark.parametrize(
    "answer", [http(200, raw=b"<html>"), http(404, {"error": "not_found"}), http(302)]
)
def test_a_get_is_not_repeated_when_that_cannot_help(serve, connect, answer):
    server = serve(answer, http(200, []))
    with pytest.raises((AnswerLost, Rejected)):
        connect(server).request("GET", TRADES)
    assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("failure", [http(503), hang_up])
def test_no_write_is_ever_repeated(serve, connect, method, failure):
    server = serve(failure, http(200, {"id": 1}))
    with pytest.raises(AnswerLost):
        connect(server).request(method, f"{TRADES}/1")
    assert len(server.requests) == 1


def test_a_refused_signature_of_a_body_is_tried_once_in_the_other_form(serve, connect):
    server = serve(SIGNATURE_REFUSED, http(201, {"id": 1}), http(201, {"id": 2}))
    transport = connect(server)
    assert transport.request("POST", TRADES, body=BODY) == {"id": 1}
    first, second = server.requests
    assert first.body == second.body
    assert second.headers["signature"] == hmac_signature(
        SECRET, b"/public/api/v2/smart_trades" + second.body
    )
    transport.request("POST", TRADES, body=BODY)
    assert server.requests[2].headers["signature"] == second.headers["signature"]


def test_two_refused_signatures_are_a_refusal_that_names_the_key_by_its_end(serve, connect):
    server = serve(*[SIGNATURE_REFUSED] * 4)
    transport = connect(server)
    for _ in range(2):
        with pytest.raises(Rejected, match="signature_invalid") as caught:
            transport.request("POST", TRADES, body=BODY)
    assert "…last" in caught.value.hint
    assert KEY not in caught.value.hint
    signatures = [sent.headers["signature"] for sent in server.requests]
    assert signatures[:2] == signatures[2:]
    assert signatures[0] == hmac_signature(
        SECRET, b"/public/api/v2/smart_trades?" + server.requests[0].body
    )


def test_an_answer_lost_after_the_second_signature_stays_unknown(serve, connect):
    server = serve(SIGNATURE_REFUSED, hang_up)
    with pytest.raises(AnswerLost):
        connect(server).request("POST", TRADES, body=BODY)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "answer",
    [SIGNATURE_REFUSED, http(401, {"error": "api_key_invalid_or_expired"})],
)
def test_other_refused_requests_are_not_signed_again(serve, connect, answer):
    server = serve(answer, http(200, {"id": 1}))
    body = BODY if answer is not SIGNATURE_REFUSED else None
    with pytest.raises(Rejected):
        connect(server).request("POST", f"{TRADES}/1/force_start", body=body)
    assert len(server.requests) == 1


# --- too many requests --------------------------------------------------------------------------

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "header", "seconds", "until"),
    [
        (429, {}, 300, "12:05:00"),
        (429, {"Retry-After": "20"}, 300, "12:05:00"),
        (429, {"Retry-After": "900"}, 900, "12:15:00"),
        (418, {}, 120, "12:02:00"),
        (418, {"Retry-After": "Sun, 22 Nov 2026 13:00:00 GMT"}, 3600, "13:00:00"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_refusal_says_until_when_and_is_kept_to(
    serve, connect, method, status, header, seconds, until
):
    server = serve(http(status, raw=b"slow down", headers=header), http(200, []))
    transport = connect(server, now=lambda: NOON)
    with pytest.raises(RateLimited, match=f"2026-11-22 {until} UTC") as caught:
        transport.request(method, TRADES)
    assert caught.value.retry_after == seconds
    assert caught.value.status == status
    with pytest.raises(RateLimited):
        transport.request("GET", TRADES)
    assert len(server.requests) == 1


class Patient:
    """A pace that waits for anything, and writes down what it was told."""

    def __init__(self):
        self.log = []

    def wait(self, *, listing):
        self.log.append("listing" if listing else "other")

    def refused(self, status, retry_after):
        self.log.append((status, retry_after))
        return 300.0


def test_every_request_goes_through_the_pace_retries_included(serve, connect):
    server = serve(http(429), http(200, []), SIGNATURE_REFUSED, http(201, {"id": 1}))
    pace = Patient()
    transport = connect(server, pace=pace)
    assert transport.request("GET", TRADES) == []
    transport.request("POST", TRADES, body=BODY)
    assert pace.log == ["listing", (429, None), "listing", "other", "other"]


def test_a_patient_pace_does_not_outwait_a_ban_nor_repeat_a_write(serve, connect):
    server = serve(http(418), http(429), http(200, []))
    transport = connect(server, pace=Patient())
    with pytest.raises(RateLimited, match="banned"):
        transport.request("GET", TRADES)
    with pytest.raises(RateLimited, match="pause"):
        transport.request("POST", TRADES, body=BODY)
    assert len(server.requests) == 2


# --- in process ---------------------------------------------------------------------------------


def test_an_application_in_this_process_gets_the_same_requests(connect):
    seen = []

    def app(environ, start_response):
        body = environ["wsgi.input"].read()
        seen.append((environ["PATH_INFO"], body, environ["HTTP_SIGNATURE"]))
        start_response("201 CREATED", [("Content-Type", "application/json")])
        return [b'{"id": 5}']

    transport = connect("http://localhost/public/api", app=app)
    assert transport.request("POST", TRADES, body={"note": "x"}) == {"id": 5}
    signature = hmac_signature(SECRET, b'/public/api/v2/smart_trades?{"note":"x"}')
    assert seen == [("/public/api/v2/smart_trades", b'{"note":"x"}', signature)]
