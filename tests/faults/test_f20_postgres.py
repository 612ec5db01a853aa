"""F20: the journal's server goes away, or passes the lock on, in the middle of an apply."""

from functools import partial
from pathlib import Path

import pytest

from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.server import Server
from tests import postgres
from tests.process import smartplan

TRADE = """\
  {name}:
    account: main
    pair: USDT_BTC
    position: {{type: buy, order_type: limit, units: {{value: 0.0{digit}}}, price: {{value: 60000}}}}
    take_profit: {{enabled: true, steps: [{{order_type: limit, price: {{value: 66000, type: bid}}, volume: 100}}]}}
    stop_loss: {{enabled: true, order_type: market, conditional: {{price: {{value: 55000, type: bid}}}}}}
"""  # noqa: E501
NAMES = ("alpha", "bravo", "charlie")


class Trouble:
    """A WSGI layer that calls ``strike`` when the second create arrives, before or after it."""

    def __init__(self, app, strike, *, processed):
        self._app = app
        self._strike = strike
        self._processed = processed
        self.creates = 0

    def __call__(self, environ, start_response):
        is_create = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].endswith(
            "/v2/smart_trades"
        )
        self.creates += is_create
        strikes = is_create and self.creates == 2
        if strikes and not self._processed:
            self._strike()
        answer = list(self._app(environ, start_response))
        if strikes and self._processed:
            self._strike()
        return answer


@pytest.fixture
def folder(tmp_path):
    trades = "".join(TRADE.format(name=name, digit=i) for i, name in enumerate(NAMES, start=1))
    (tmp_path / "plan.yaml").write_text(f"trades:\n{trades}")
    return tmp_path


def overtake(database) -> None:
    """The lease ends unrenewed, as of a run that was suspended, and another run takes it."""
    database.execute(
        "UPDATE lease SET token = token + 1, owner = 'process 1 on another machine',"
        " expires = clock_timestamp() + interval '60 seconds'"
    )


TROUBLES = {
    "connection killed after the create": (postgres.Server.cut, True),
    "server restarted before the create": (postgres.Server.restart, False),
    "another run has the lock": (overtake, True),
}


@pytest.mark.parametrize(("trouble", "processed"), TROUBLES.values(), ids=TROUBLES)
def test_nothing_is_sent_after_the_journal_is_gone_and_the_next_run_settles(
    folder: Path, database, trouble, processed
):
    exchange = Exchange()
    app = create_app(exchange)
    layer = Trouble(app.wsgi_app, partial(trouble, database), processed=processed)
    app.wsgi_app = layer
    with Server(app, port=0) as server:
        where = {
            "SMARTPLAN_BASE_URL": f"{server.url}/public/api",
            "SMARTPLAN_STATE_URL": database.url,
            "XDG_STATE_HOME": str(folder),
        }
        first = smartplan(folder, "apply", "plan.yaml", "--yes", **where)
        assert first.returncode == 6, first.stderr
        assert layer.creates == 2
        assert "✓ alpha" in first.stdout
        assert "bravo  #31000002 OUTCOME UNKNOWN: done, but not recorded" in first.stdout
        assert "charlie  not tried: the journal cannot be written" in first.stdout

        second = smartplan(folder, "apply", "plan.yaml", "--yes", **where)
        # The lock of the first run is its lease: it was renewed just before the server went away.
        assert second.returncode == 5
        assert "Another run is at work" in second.stderr
        database.execute("UPDATE lease SET expires = clock_timestamp()")

        third = smartplan(folder, "apply", "plan.yaml", "--yes", **where)
        assert third.returncode == 0, third.stdout + third.stderr
        assert layer.creates == 3
        again = smartplan(folder, "diff", "plan.yaml", "--exit-code", **where)
        assert again.returncode == 0
        assert "3 unchanged" in again.stdout
    everything = f"{first}{second}{third}{again}"
    assert database.url.split(":")[2].partition("@")[0] not in everything
