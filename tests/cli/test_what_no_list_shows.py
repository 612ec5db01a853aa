"""Lists lag: what the journal opened is found by its id, whatever they show."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Response, request

from smartplan.sandbox.app import create_app
from smartplan.sandbox.server import Server
from tests.plans import PLAN
from tests.workspace import Workspace


@contextmanager
def lagging(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, *, both: bool = True
) -> Iterator[None]:
    """The list of open trades, or ``both`` lists, have nothing yet."""
    app = create_app(workspace.exchange, sleep=lambda _: None)

    @app.after_request
    def empty(response: Response) -> Response:
        listing = request.method == "GET" and request.path.endswith("/smart_trades")
        if listing and (both or request.args.get("status") == "active"):
            response.data = "[]"
        return response

    with Server(app, port=0) as server, monkeypatch.context() as patch:
        patch.setenv("SMARTPLAN_BASE_URL", f"{server.url}/public/api")
        yield


@pytest.fixture
def number(workspace: Workspace) -> int:
    """An open position that apply opened."""
    workspace.plan("btc-swing", PLAN)
    assert workspace.run("apply", "--yes").code == 0
    trade_id = workspace.settled().list_trades({"status": "active"})[0]["id"]
    workspace.exchange.fill(trade_id)
    workspace.pause(0.5)
    return trade_id


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize(
    "words", [["close-all", "--confirm", "desk"], ["trade", "close", "btc-swing", "--yes"]]
)
def test_a_position_that_the_lists_lack_is_closed_all_the_same(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    words: list[str],
    both: bool,
) -> None:
    with lagging(workspace, monkeypatch, both=both):
        done = workspace.run(*words)
    assert done.code == 0, done.out + done.err
    assert workspace.later(number)["status"]["type"] == "panic_sold"


def test_close_all_names_what_the_exchange_does_not_show(workspace: Workspace, number: int) -> None:
    workspace.lose_exchange()
    done = workspace.run("close-all", "--confirm", "desk")
    assert done.code == 1
    assert f"#{number} was opened as btc-swing, and the exchange does not show it" in done.err


def test_a_trade_that_no_list_shows_is_not_forgotten_while_it_is_open(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with lagging(workspace, monkeypatch):
        refused = workspace.run("forget", "btc-swing", "--yes")
        assert refused.code == 5
        assert f"#{number} is open" in refused.err
        assert workspace.run("apply", "--yes").code == 5
    active = workspace.exchange.list_trades({"status": "active"})
    assert [one["id"] for one in active] == [number]
    assert "[smartplan1:desk/btc-swing#1" in active[0]["note"]


def test_what_a_copy_is_made_to_forget_the_journal_keeps_of_the_original(
    workspace: Workspace, number: int
) -> None:
    note = workspace.exchange.get(number)["note"]
    copy = workspace.exchange.create(
        {
            "account_id": 1,
            "pair": "USDT_BTC",
            "position": {
                "type": "buy", "order_type": "limit",
                "units": {"value": "0.01"}, "price": {"value": "50000"},
            },
            "take_profit": {"enabled": False},
            "stop_loss": {"enabled": False},
            "note": note,
        }
    )["id"]  # fmt: skip
    workspace.pause(0.5)
    assert workspace.run("forget", str(copy), "--yes").code == 0
    workspace.exchange.set_note(number, {"note": "mine"})
    checked = workspace.run("status", "--check")
    assert checked.code == 3
    assert f"#{number}" in checked.out
    assert workspace.run("close-all", "--confirm", "desk").code == 0
    assert workspace.later(number)["status"]["type"] == "panic_sold"
