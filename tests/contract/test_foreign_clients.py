"""Clients that other people wrote make every smart-trade call they have against the sandbox.

Their host constant is replaced, and nothing else. `make clients` fetches those that the
development environment does not have; without them their tests are skipped, and say so.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import py3cw.request
import pytest
from py3cw.request import Py3CW

from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.server import Server
from tests.process import environment

ROOT = Path(__file__).parents[2]
FETCHED = ROOT / ".clients"
DRIVERS = Path(__file__).parent / "clients"

Call = Callable[..., object]

CALLS: dict[str, dict[str, str]] = {
    "py3cw": {
        "list": "", "create": "new", "get": "get_by_id", "update": "update", "note": "set_note",
        "process": "force_process", "start": "force_start", "add": "add_funds",
        "reduce": "reduce_funds", "orders": "get_trades", "close order": "panic_close_by_market",
        "cancel order": "cancel_trade", "close": "close_by_market", "cancel": "cancel",
    },
    "three-commas": {
        "list": "get", "create": "post", "get": "get_by_id", "update": "patch_by_id",
        "note": "post_set_note_by_id", "process": "post_force_process_by_id",
        "start": "post_force_start_by_id", "add": "post_add_funds_by_id",
        "reduce": "post_reduce_funds_by_id", "orders": "get_trades_by_id",
        "close order": "post_trades_close_by_market_by_id", "cancel order": "delete_trades_by_id",
        "close": "post_close_by_market_by_id", "cancel": "delete_by_id",
    },
    "3commas-typescript": {
        "list": "getSmartTradeHistory", "create": "smartTrade", "get": "getSmartTrade",
        "update": "updateSmartTrade", "note": "setNoteSmartTrade",
        "process": "forceProcessSmartTrade", "start": "forceStartSmartTrade",
        "add": "averageSmartTrade", "reduce": "reduceFund", "orders": "getSubTrade",
        "close order": "closeSubTrade", "cancel order": "cancelSubTrade",
        "close": "closeSmartTrade", "cancel": "cancelSmartTrade",
    },
}  # fmt: skip


def body() -> dict:
    steps = [
        {"order_type": "limit", "price": {"value": price, "type": "bid"}, "volume": 50}
        for price in (66000, 72000)
    ]
    stop = {"price": {"value": 55000, "type": "bid"}}
    return {
        "account_id": 1,
        "pair": "USDT_BTC",
        "position": {
            "type": "buy",
            "order_type": "limit",
            "units": {"value": "0.01"},
            "price": {"value": "60000"},
        },
        "take_profit": {"enabled": True, "steps": steps},
        "stop_loss": {"enabled": True, "order_type": "market", "conditional": stop},
    }


@pytest.fixture
def url() -> Iterator[str]:
    with Server(create_app(Exchange(settle_delay=0)), port=0) as server:
        yield server.url


@pytest.fixture
def client(url: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> object:
    """Makes a call of the client, by its own name for it."""
    name = request.param
    if name == "py3cw":
        monkeypatch.setattr(py3cw.request, "API_URL", url)
        yield from in_process()
    elif name == "three-commas":
        wanted(FETCHED / "python" / "three_commas")
        # It warns when it is imported, which is its own affair.
        yield from beside(
            [sys.executable, "-W", "ignore", str(DRIVERS / "three_commas_calls.py"), url],
            PYTHONPATH=str(FETCHED / "python"),
        )
    else:
        modules = FETCHED / "npm" / "node_modules"
        wanted(modules / name)
        node = shutil.which("node")
        if node is None:
            pytest.skip("there is no node")
        driver = {"3commas-typescript": "typescript.js", "3commas-api-node": "api_node.js"}[name]
        yield from beside([node, str(DRIVERS / driver), str(modules), url])


def wanted(folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip(f"there is no {folder.name}: `make clients` fetches it")


def in_process() -> Iterator[Call]:
    client = Py3CW(key=SANDBOX_KEY, secret=SANDBOX_SECRET)

    def call(action: str, *given: object) -> object:
        payload = given[-1] if given and isinstance(given[-1], dict) else None
        numbers = [str(number) for number in given if not isinstance(number, dict)]
        first, second = (*numbers, None, None)[:2]
        error, data = client.request(
            entity="smart_trades_v2",
            action=action,
            action_id=first,
            action_sub_id=second,
            payload=payload,
        )
        assert error == {}, error
        return data

    yield call
    client.session.close()


def beside(command: list[str], **extra: str) -> Iterator[Call]:
    """A process that takes a call a line."""
    with subprocess.Popen(
        [*command, SANDBOX_KEY, SANDBOX_SECRET],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(**extra),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def call(name: str, *given: object) -> object:
            process.stdin.write(json.dumps([name, given]) + "\n")
            process.stdin.flush()
            said = json.loads(process.stdout.readline())
            assert "refused" not in said, said
            return said.get("answer")

        yield call
        process.stdin.close()


@pytest.mark.parametrize(("client", "names"), CALLS.items(), ids=list(CALLS), indirect=["client"])
def test_it_leads_a_trade_through_its_whole_life(client: Call, names: dict[str, str]) -> None:
    made: set[str] = set()

    def call(what: str, *given: object) -> dict:
        made.add(what)
        return client(names[what], *given)

    assert call("list", {"status": "active", "per_page": 5}) == []
    number = call("create", body())["id"]
    trade = call("get", number)
    assert trade["status"]["type"] == "waiting_position"
    first, second = (step["id"] for step in trade["take_profit"]["steps"])

    steps = body()["take_profit"]["steps"]
    steps[0] |= {"id": first, "price": {"value": 67000, "type": "bid"}}
    steps[1] |= {"id": second}
    changed = call("update", number, {"take_profit": {"enabled": True, "steps": steps}})
    assert changed["take_profit"]["steps"][0]["price"]["value"] == "67000.0"

    said = "from another client"
    bare = names["note"] == "setNoteSmartTrade"
    assert call("note", number, said if bare else {"note": said})["note"] == said

    call("process", number)
    call("start", number)
    assert call("get", number)["data"]["entered_amount"] == "0.00999"
    more = {"order_type": "market", "units": {"value": "0.01"}}
    call("add", number, more)
    assert call("get", number)["data"]["entered_amount"] == "0.01998"
    call("reduce", number, more | {"units": {"value": "0.004"}})
    assert call("get", number)["data"]["closed_amount"] == "0.004"

    purposes = [order["trade_purpose"] for order in call("orders", number)]
    assert purposes.count("take_profit") == 2
    call("close order", number, first)
    call("cancel order", number, second)
    (left,) = call("get", number)["take_profit"]["steps"]
    assert (left["id"], left["status"]["type"]) == (first, "panic_sold")
    call("close", number)
    assert call("get", number)["status"]["type"] == "panic_sold"

    another = call("create", body())["id"]
    call("cancel", another)
    assert call("get", another)["status"]["type"] == "cancelled"
    assert [row["id"] for row in call("list", {"status": "cancelled"})] == [another]
    assert made == set(names)


@pytest.mark.parametrize("client", ["3commas-api-node"], indirect=True)
def test_a_client_that_sends_everything_in_the_query_creates_and_lists(client: Call) -> None:
    """It knows these two calls of v2. It numbers its lists, which are none to the service."""
    off = {"enabled": False}
    made = client("createSmartTradesV2", body() | {"take_profit": off, "stop_loss": off})
    assert made["status"]["type"] == "created"
    listed = client("smartTradesV2", {"order_by": "created_at", "order_direction": "asc"})
    assert [trade["id"] for trade in listed] == [made["id"]]
    assert [trade["id"] for trade in client("smartTradesV2", {})] == [made["id"]]
    # What is left of version 1 is in no documentation any more.
    assert client("smartTradesCancel", made["id"])["error"] == "Not found"
