"""An apply that did not reach its plans says so, in words and by its exit code (I5)."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from smartplan.sandbox.app import create_app
from smartplan.sandbox.server import Server
from tests.workspace import BALANCES, Workspace

PLAN = """\
account: main
pair: USDT_BTC
position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
take_profit: {enabled: false}
stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
note: weekly support
"""
Shows = Callable[[dict, list[str]], dict]
"""An entity as it is listed, given the methods of the requests that changed something."""


@pytest.fixture
def showing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Shows], Iterator[list[str]]]:
    """The exchange over HTTP, whose readings are not what it answers to changes."""

    @contextmanager
    def serving(shows: Shows) -> Iterator[list[str]]:
        app = create_app(workspace.exchange, sleep=lambda _: None)
        changing: list[str] = []

        @app.after_request
        def answered(response):
            from flask import request

            if request.path.endswith(BALANCES):
                pass
            elif request.method != "GET":
                changing.append(request.method)
            elif request.path.endswith("/smart_trades"):
                rows = [shows(row, changing) for row in response.get_json()]
                response.data = json.dumps(rows)
            return response

        with Server(app, port=0) as server:
            monkeypatch.setenv("SMARTPLAN_BASE_URL", f"{server.url}/public/api")
            yield changing
        monkeypatch.delenv("SMARTPLAN_BASE_URL")

    return serving


def opened(workspace: Workspace) -> dict:
    """The live trade of an apply long ago, before the plan moved its stop."""
    workspace.plan("btc", PLAN)
    assert workspace.run("apply", "--yes").code == 0
    (live,) = workspace.exchange.list_trades({})
    workspace.plan("btc", PLAN.replace("55000", "56000"))
    return dict(live)


def test_a_create_that_reads_otherwise_leaves_something_pending(
    workspace: Workspace, showing
) -> None:
    workspace.plan("btc", PLAN)

    def in_capitals(row: dict, _: list[str]) -> dict:
        note = row["note"].replace("weekly", "WEEKLY")
        return row | {"note": note, "note_raw": note}

    with showing(in_capitals) as sent:
        applied = workspace.run("apply", "--yes")
        assert sent == ["POST"]
    assert "Now: 0 to create, 1 to update" in applied.out
    assert "Still pending: btc. Look at it: `smartplan diff`, then apply again." in applied.err
    assert applied.code == 3


def test_a_patch_that_was_taken_and_never_shows_is_no_success(
    workspace: Workspace, showing
) -> None:
    before = opened(workspace)

    def unchanged(row: dict, sent: list[str]) -> dict:
        stale = {key: before[key] for key in ("stop_loss", "note", "note_raw")}
        return row | stale if sent else row

    with showing(unchanged) as sent:
        applied = workspace.run("apply", "--yes")
        assert sent == ["PATCH", "POST"]
        assert applied.code == 1
        assert "Still pending: btc. Look at it: `smartplan diff`" in applied.err
        assert workspace.run("diff", "--exit-code").code == 3


def test_a_patch_that_the_exchange_takes_back_is_told(workspace: Workspace, showing) -> None:
    before = opened(workspace)

    def taken_back(row: dict, sent: list[str]) -> dict:
        return row | {"stop_loss": before["stop_loss"]} if sent else row

    with showing(taken_back):
        applied = workspace.run("apply", "--yes")
    assert applied.code == 5
    moved = "stop_loss.conditional.price.value was moved on the exchange (56000 → 55000)"
    assert f"btc is blocked now: {moved}. The ways out: `smartplan diff`" in applied.err
