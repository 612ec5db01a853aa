"""The served sandbox seen from its socket: who may call, how much, and for how long."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager, suppress

import pytest

from smartplan.sandbox.app import create_app
from smartplan.sandbox.server import Limits, Server

TICK = ("POST", "/sandbox/tick")
TRADES = "/public/api/v2/smart_trades"
JSON = {"Content-Type": "application/json"}
MOVE = json.dumps({"pair": "USDT_BTC", "price": "59999"})
QUICK = Limits(connections=8, threads=2, receiving=1, idle=1)


@contextmanager
def served(exchange, limits=None, **options):
    app = create_app(exchange, **options)
    server = Server(app, port=0) if limits is None else Server(app, port=0, limits=limits)
    with server:
        yield int(server.url.rpartition(":")[2])


def ask(port, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with closing(connection):
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()


def dial(port):
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def price(exchange):
    return exchange.currency_rates("paper_trading", "USDT_BTC")["last"]


# --- who may call ------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://localhost.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Referer": "https://evil.example/", "Origin": "https://evil.example"},
])  # fmt: skip
def test_a_page_of_another_site_moves_nothing(exchange, headers):
    with served(exchange, verify=False) as port:
        for method, path in (TICK, ("PUT", "/sandbox/faults"), ("GET", "/sandbox/log"),
                             ("POST", TRADES)):  # fmt: skip
            assert ask(port, method, path, MOVE, {**JSON, **headers})[0] == 403
        assert price(exchange) == "61000.0"
        assert exchange.log == []


@pytest.mark.parametrize("host", [
    "evil.example", "evil.example:8331", "127.0.0.1.evil.example", "localhost.evil.example",
    "evil@127.0.0.1", "127.0.0.1@evil.example", "127.0.0.1:80:evil", "192.168.1.1", "0.0.0.0",
    "127.0.0.1/evil", "[::ffff:192.168.1.1]", "",
])  # fmt: skip
def test_a_name_that_was_bound_to_this_machine_is_not_ours(exchange, host):
    with served(exchange, verify=False) as port:
        assert ask(port, *TICK, MOVE, {**JSON, "Host": host})[0] in {400, 403}
        assert ask(port, "GET", "/public/api/ver1/ping", headers={"Host": host})[0] in {400, 403}
        assert price(exchange) == "61000.0"


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST", "[::1]:9",
                                  "127.1.2.3"])  # fmt: skip
def test_programs_of_this_machine_may_call_it_by_its_names(exchange, host):
    with served(exchange) as port:
        headers = {**JSON, "Host": host.format(port=port)}
        assert ask(port, *TICK, MOVE, headers)[0] == 200
        assert price(exchange) == "59999.0"
        own = {**headers, "Origin": f"http://{headers['Host']}", "Sec-Fetch-Site": "same-origin"}
        assert ask(port, *TICK, MOVE, own)[0] == 200


@pytest.mark.parametrize("kind", [
    None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
    "text/plain; application/json", "application/jsonp",
])  # fmt: skip
def test_control_calls_are_json_and_say_so(exchange, kind):
    headers = {} if kind is None else {"Content-Type": kind}
    with served(exchange) as port:
        for method, path in (TICK, ("PUT", "/sandbox/faults"), ("POST", "/sandbox/trades/1/fill")):
            status, said = ask(port, method, path, MOVE, headers)
            assert status == 415
            assert b"application/json" in said
        assert price(exchange) == "61000.0"
        assert ask(port, *TICK, MOVE, {"Content-Type": "application/json; charset=utf-8"})[0] == 200


# --- how much ----------------------------------------------------------------------------------


def test_a_body_of_100_mb_is_refused_before_it_is_kept(exchange, tmp_path):
    log = tmp_path / "log.jsonl"
    with served(exchange, log=log) as port, dial(port) as line:
        head = f"POST {TRADES} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 104857600\r\n\r\n"
        line.sendall(head.encode())
        assert line.recv(4096).startswith(b"HTTP/1.1 413 ")
        assert ask(port, "GET", "/public/api/ver1/ping")[0] == 200
    assert [seen.path for seen in exchange.log] == ["/public/api/ver1/ping"]
    assert log.stat().st_size < 1000


def test_a_body_in_chunks_without_end_is_refused(exchange):
    with served(exchange) as port, dial(port) as line:
        head = f"POST {TRADES} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        line.sendall(head.encode())
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        with suppress(OSError):
            for _ in range(100):
                line.sendall(chunk)
        said = b""
        with suppress(OSError):
            said = line.recv(4096)
        assert said == b"" or said.startswith(b"HTTP/1.1 413 ")
        assert exchange.log == []


def test_the_embedded_exchange_keeps_to_the_same_size(exchange):
    client = create_app(exchange, verify=False).test_client()
    assert client.post(TRADES, data=b"x" * 300_000).status_code == 413
    assert exchange.log == []


def test_headers_without_end_are_refused(exchange):
    with served(exchange) as port, dial(port) as line:
        line.sendall(b"GET / HTTP/1.1\r\n")
        said = b""
        with suppress(OSError):
            for number in range(1000):
                line.sendall(f"X-{number}: {'x' * 1000}\r\n".encode())
            said = line.recv(4096)
        assert said == b"" or b" 431 " in said


def test_unsigned_requests_cannot_fill_the_memory(exchange):
    client = create_app(exchange).test_client()
    for _ in range(300):
        assert client.post(TRADES, data=b"x" * 250_000).status_code == 401
    assert sum(len(seen.body) for seen in exchange.log) < 40_000_000
    client.get(f"{TRADES}?last")
    assert exchange.log[-1].path == f"{TRADES}?last"
    exchange.log.clear()
    assert exchange.log == []


# --- for how long ------------------------------------------------------------------------------


def ended(line, seconds):
    """Whether the other side hangs up within that time."""
    line.settimeout(seconds)
    try:
        while line.recv(4096):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


@pytest.mark.parametrize("sent", [
    b"",
    b"GET / HT",
    b"POST /sandbox/tick HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    b"POST /sandbox/tick HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{",
    b"GET /public/api/ver1/ping HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
])  # fmt: skip
def test_whoever_says_nothing_more_is_hung_up_on(exchange, sent):
    with served(exchange, QUICK) as port, dial(port) as line:
        line.sendall(sent)
        assert ended(line, 10)


@pytest.mark.parametrize("begun", [
    b"GET / HTTP/1.1\r\nX-A: ",
    b"POST /sandbox/tick HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999\r\n\r\n",
])  # fmt: skip
def test_whoever_drips_is_hung_up_on(exchange, begun):
    with served(exchange, QUICK) as port, dial(port) as line:
        line.sendall(begun)
        began = time.monotonic()
        with suppress(OSError):  # reset or broken pipe, as it comes
            while time.monotonic() - began < 15:
                line.sendall(b"x")
                time.sleep(0.1)
        assert time.monotonic() - began < 10


def test_whoever_does_not_read_is_hung_up_on(exchange):
    client = create_app(exchange).test_client()
    for _ in range(100):
        client.post(TRADES, data=b"x" * 200_000)  # 20 MB of log
    with served(exchange, QUICK) as port, dial(port) as line:
        line.sendall(b"GET /sandbox/log HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        time.sleep(4)
        received = 0
        with suppress(OSError):
            while content := line.recv(1 << 20):
                received += len(content)
        assert received < 20_000_000


def test_many_idle_connections_take_no_thread_and_others_get_their_turn(exchange):
    before = threading.active_count()
    with served(exchange, QUICK) as port:
        lines = [dial(port) for _ in range(40)]
        for line in lines:
            line.sendall(b"GET / HTTP/1.1\r\n")
        time.sleep(0.3)
        assert threading.active_count() <= before + 1 + QUICK.threads
        assert ask(port, "GET", "/public/api/ver1/ping")[0] == 200
        for line in lines:
            line.close()


def test_a_connection_that_is_used_stays(exchange):
    with served(exchange, QUICK) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        with closing(connection):
            for _ in range(12):
                connection.request("GET", "/public/api/ver1/ping")
                assert connection.getresponse().read() == b'{"pong":"pong"}'
                first = connection.sock
                time.sleep(0.2)
            assert connection.sock is first


# --- its end -----------------------------------------------------------------------------------

LIFE = """
import gc, http.client, socket
from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.server import Server
unused = Server(create_app(Exchange()), port=0)
unused.close()
with Server(create_app(Exchange()), port=0) as server:
    port = int(server.url.rpartition(":")[2])
    kept = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    kept.request("GET", "/public/api/ver1/ping")
    kept.getresponse().read()
    half = socket.create_connection(("127.0.0.1", port))
    half.sendall(b"GET / HTTP/1.1")
kept.close(), half.close()
gc.collect()
"""


def test_it_leaves_nothing_open():
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", LIFE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_thread_and_no_port_are_left(exchange):
    before = threading.active_count()
    with served(exchange) as port:
        assert ask(port, "GET", "/public/api/ver1/ping")[0] == 200
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        dial(port)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_whoever_is_connected(tmp_path, number):
    command = [sys.executable, "-X", "dev", "-m", "smartplan", "sandbox", "serve", "--port", "0",
               "--log", "log.jsonl"]  # fmt: skip
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:  # fmt: skip
        try:
            found = re.search(r"SMARTPLAN_BASE_URL=\S+:(\d+)/", process.stdout.readline())
            port = int(found[1])
            with dial(port) as line:
                line.sendall(b"GET /public/api/ver1/ping HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                assert line.recv(4096).startswith(b"HTTP/1.1 200 OK")
                process.send_signal(number)
                _, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 130
    assert err.split("\n") == ["serving until interrupted", "", "smartplan: interrupted", ""]
