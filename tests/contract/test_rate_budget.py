"""The rate budget as the pace of a transport: what a refusal costs, across runs."""

import pytest

from smartplan.api.http import build_client
from smartplan.api.signing import fingerprint
from smartplan.errors import RateLimited
from smartplan.settings import Credentials, Secret
from smartplan.state.budget import REQUESTS, RateBudget
from smartplan.state.ledger import SqliteLedger
from tests.loopback import KEY, SECRET, Loopback, http


@pytest.fixture
def connect(tmp_path):
    closing = []

    def run(server):
        pace = RateBudget(SqliteLedger(tmp_path / "budget.db"), fingerprint(KEY))
        transport = build_client(server.url, Credentials(Secret(KEY), Secret(SECRET)), pace=pace)
        closing.extend((transport, pace))
        return transport, pace

    yield run
    for one in closing:
        one.close()


@pytest.mark.parametrize("status", [429, 418])
def test_the_next_run_sends_nothing_while_a_refusal_lasts(connect, status):
    server = Loopback([http(status), http(200, [])])
    for _ in range(2):
        transport, _ = connect(server)
        with pytest.raises(RateLimited, match=str(status)):
            transport.request("GET", "/v2/smart_trades")
    assert len(server.requests) == 1
    server.close()


def test_every_request_of_a_run_is_counted(connect):
    server = Loopback([http(200, {})] * 3)
    transport, pace = connect(server)
    for _ in range(3):
        transport.request("GET", "/ver1/ping", signed=False)
    assert pace.used()[REQUESTS] == 3
    server.close()


def test_the_shared_file_holds_no_key(connect, tmp_path):
    server = Loopback([http(200, [])])
    transport, _ = connect(server)
    transport.request("GET", "/v2/smart_trades")
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert fingerprint(KEY).encode() in stored
    assert KEY.encode() not in stored
    assert SECRET.encode() not in stored
    server.close()
