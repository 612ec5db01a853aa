"""What the exchange shows after an apply, and what the exit code makes of it (I5).

It may lag for seconds, and trades go on while they are read: what is fine ends with 0, and nothing
that is not does.
"""

from decimal import Decimal

import pytest

from smartplan.changes.changeset import Finished, Unchanged, Why
from smartplan.changes.execute.outcomes import Result
from smartplan.cli.apply_summary import exit_code
from smartplan.sandbox.exchange import Exchange
from tests.trades import changed
from tests.workspace import Workspace

D = Decimal
PLAN = """\
account: main
pair: USDT_BTC
position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
take_profit:
  enabled: true
  steps:
    - {order_type: limit, price: {value: 66000, type: bid}, volume: 60}
    - {order_type: limit, price: {value: 72000, type: bid}, volume: 40}
stop_loss:
  enabled: true
  order_type: market
  conditional: {price: {value: 55000, type: bid}}
"""
MOVED = changed("55000", "56000", PLAN)
TARGETS = PLAN[PLAN.index("take_profit:") : PLAN.index("stop_loss:")]
MARKET = changed("order_type: limit, units: {value: 0.01}, price: {value: 60000}",
                 "order_type: market, units: {value: 0.01}", PLAN)  # fmt: skip


class Odd(Exchange):
    """An exchange whose lists show something else once anything was changed.

    ``shows`` is given a row and the seconds since; ``then`` happens right after a change.
    """

    def __init__(self, state, *, clock):
        self.changed_at = None
        super().__init__(state, clock=clock)
        self.shows = lambda row, seconds: row
        self.then = lambda: None

    def list_trades(self, parameters, lag=0, cap=None):
        rows = super().list_trades(parameters, lag, cap)
        if self.changed_at is None:
            return rows
        return [self.shows(row, (self.now() - self.changed_at).total_seconds()) for row in rows]

    def set_note(self, trade_id, body):
        answer = super().set_note(trade_id, body)
        self.changed_at = self.now()
        self.then()
        return answer


@pytest.fixture
def workspace(tmp_path):
    made = Workspace(tmp_path, exchange=Odd)
    made.plan("btc-swing", PLAN)
    made.apply()
    made.plan("btc-swing", MOVED)
    return made


def stale(workspace, *keys, until):
    """The rows as they were before, in these keys, for so many seconds."""
    (before,) = workspace.exchange.list_trades({})
    old = {key: before[key] for key in keys}
    return lambda row, seconds: row | old if seconds < until else row


@pytest.mark.parametrize(
    "keys", [("stop_loss", "note", "note_raw"), ("stop_loss",), ("note", "note_raw")],
    ids=["all", "the fields", "the note"],
)  # fmt: skip
@pytest.mark.parametrize("seconds", [0.5, 3])
def test_an_update_that_shows_late_is_fine(workspace, keys, seconds):
    workspace.exchange.shows = stale(workspace, *keys, until=seconds)
    applied = workspace.apply()
    assert [outcome.result for outcome in applied.outcomes] == [Result.DONE]
    assert exit_code(applied) == 0


@pytest.mark.parametrize(
    ("keys", "code"),
    [(("stop_loss", "note", "note_raw"), 1), (("stop_loss",), 5), (("note", "note_raw"), 1)],
    ids=["all", "the fields", "the note"],
)
def test_an_update_that_never_shows_is_not(workspace, keys, code):
    workspace.exchange.shows = stale(workspace, *keys, until=10**6)
    assert exit_code(workspace.apply()) == code


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (("stop_loss", "note", "note_raw"), "a trade in status on_hold takes no changes now"),
        (("stop_loss",), "was moved on the exchange (56000 → 55000)"),
    ],
    ids=["all", "the fields"],
)
def test_in_a_status_that_nobody_knows_it_is_blocked(workspace, keys, reason):
    old = stale(workspace, *keys, until=10**6)
    workspace.exchange.shows = lambda row, passed: (
        old(row, passed) | {"status": {"type": "on_hold"}}
    )
    applied = workspace.apply()
    assert exit_code(applied) == 5
    (blocked,) = applied.after.blocked
    assert reason in blocked.reason


@pytest.mark.parametrize("seconds", [3, 10**6], ids=["for a while", "for good"])
def test_a_status_that_nobody_knows_holds_up_nothing_that_is_done(workspace, seconds):
    workspace.exchange.shows = lambda row, passed: (
        row | {"status": {"type": "on_hold"}} if passed < seconds else row
    )
    assert exit_code(workspace.apply()) == 0


def test_what_was_drift_before_is_not_waited_for(workspace):
    """An update beside a blocked group ends at the first look."""
    (live,) = workspace.exchange.list_trades({})
    steps = [
        {"id": step["id"], "order_type": "limit", "volume": volume,
         "price": {"value": step["price"]["value"], "type": "bid"}}
        for step, volume in zip(live["take_profit"]["steps"], ["50", "50"], strict=True)
    ]  # fmt: skip
    workspace.exchange.update(live["id"], {"take_profit": {"enabled": True, "steps": steps}})
    workspace.pause(5)
    before = workspace.time
    applied = workspace.apply()
    assert [outcome.result for outcome in applied.outcomes] == [Result.DONE]
    assert exit_code(applied) == 5
    assert (workspace.time - before).total_seconds() < 6.5  # five of them are the workspace's own


def test_a_note_that_the_service_cuts_is_no_success(workspace):
    def cut(row, _):
        return row | {"note": row["note"][:-9], "note_raw": row["note_raw"][:-9]}

    workspace.exchange.shows = cut
    applied = workspace.apply()
    assert exit_code(applied) == 5
    (blocked,) = applied.after.blocked
    assert blocked.why is Why.EXCHANGE


@pytest.mark.parametrize(
    ("prices", "becomes"),
    [
        (["60000"], Unchanged),
        (["60000", "66000"], Unchanged),
        (["60000", "66000", "72000"], Finished),
        (["60000", "50000"], Finished),
    ],
    ids=["entry", "first target", "all targets", "stop loss"],
)
def test_what_fills_or_ends_while_it_is_read_is_fine(workspace, prices, becomes):
    def moves():
        workspace.pause(1)
        for price in prices:
            workspace.tick("USDT_BTC", price)

    workspace.exchange.then = moves
    applied = workspace.apply()
    assert exit_code(applied) == 0
    assert isinstance(applied.after.actions[0], becomes)


@pytest.mark.parametrize(
    "text", [MARKET, changed(TARGETS, "take_profit: {enabled: false}\n", MARKET)],
    ids=["with targets", "without"],
)  # fmt: skip
def test_an_order_that_fills_at_once_is_fine(tmp_path, text):
    workspace = Workspace(tmp_path)
    workspace.plan("btc-swing", text)
    assert exit_code(workspace.apply()) == 0
    assert exit_code(workspace.apply()) == 0
