"""What an update does to a live trade's risk: fired at once, or widened, and never in silence."""

import pytest

from tests.cli.guard_rails import EXCUSE, apply, policy
from tests.plans import TWO_TRADES
from tests.workspace import Ran, Workspace

HELD = """
trades:
  one:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: market, units: {value: 0.01}}
    take_profit:
      enabled: true
      steps:
        - {order_type: limit, price: {value: 66000, type: bid}, volume: 50}
        - {order_type: limit, price: {value: 72000, type: bid}, volume: 50}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
"""
LIMIT = HELD.replace(
    "order_type: market, conditional", "order_type: limit, price: {value: 54000}, conditional"
)
WAITING = """
trades:
  one:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 8000}}
    take_profit: {enabled: false}
    stop_loss:
      enabled: true
      order_type: market
      conditional: {price: {value: 7000, type: bid}} # smartplan: ignore[SP402] apply looks at it
"""
NEVER = 'fires_at_once = "hard"\n'


def opened(workspace: Workspace, text: str = HELD, price: str = "61000") -> str:
    """The plan is applied and has settled; what the exchange says of its trade."""
    workspace.plan("book", text)
    workspace.tick("USDT_BTC", price)
    ran = apply(workspace)
    assert ran.code == 0, ran.out + ran.err
    return state(workspace)


def state(workspace: Workspace) -> str:
    (trade,) = workspace.at(minutes=1).list_trades({"status": "all"})
    return f"{trade['status']['type']} {trade['stop_loss']} {trade['take_profit']}"


def planned(workspace: Workspace, *edits: tuple[str, str], text: str = HELD) -> None:
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    workspace.plan("book", text)


def refused(workspace: Workspace, why: str, *arguments: str) -> Ran:
    before = state(workspace)
    ran = apply(workspace, "--allow-widen", "one", *arguments)
    assert ran.code == 5, ran.out + ran.err
    assert why in ran.err
    assert state(workspace) == before
    return ran


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (("55000", "62000"), "the stop loss at 62000 would fire at once: the market is at"),
        (("66000", "60500"), "the take profit 1 at 60500 would fire at once: the market is at"),
        (("72000", "60500"), "the take profit 2 at 60500 would fire at once: the market is at"),
    ],
    ids=["stop", "first target", "second target"],
)
def test_an_update_that_would_end_an_open_trade_at_once_is_refused(
    workspace: Workspace, edit: tuple[str, str], why: str
) -> None:
    opened(workspace)
    policy(workspace, NEVER)
    planned(workspace, edit)
    ran = refused(workspace, why)
    assert "fires_at_once is a hard guard rail" in ran.err


def test_it_is_refused_where_nobody_looks_and_told_to_who_does(workspace: Workspace) -> None:
    opened(workspace)
    planned(workspace, ("55000", "62000"))
    refused(workspace, "the stop loss at 62000 would fire at once")
    ran = apply(workspace, "--override", "fires_at_once:one", *EXCUSE)
    assert ran.code == 0
    assert "would fire at once" in ran.out.partition("✓ one")[2]


def test_a_limit_stop_that_has_been_crossed_counts_by_its_trigger(workspace: Workspace) -> None:
    opened(workspace, LIMIT)
    policy(workspace, NEVER)
    planned(workspace, ("55000", "62000"), ("54000", "61900"), text=LIMIT)
    refused(workspace, "the stop loss at 62000 would fire at once")


def test_a_second_target_is_called_by_its_place_in_the_plan_once_the_first_is_filled(
    workspace: Workspace,
) -> None:
    opened(workspace)
    workspace.tick("USDT_BTC", "66500")
    workspace.tick("USDT_BTC", "65000")
    policy(workspace, NEVER)
    planned(workspace, ("72000", "64000"))
    refused(workspace, "the take profit 2 at 64000 would fire at once")
    planned(workspace, ("72000", "70000"))
    assert apply(workspace).code == 0


def test_what_an_update_leaves_alone_is_no_reason_to_refuse_it(workspace: Workspace) -> None:
    """The stop waits for its time-out below the trigger; only a target is moved."""
    timed = HELD.replace("market, cond", "market, timeout: {enabled: true, value: 3600}, cond")
    opened(workspace, timed)
    workspace.tick("USDT_BTC", "54000")
    policy(workspace, NEVER)
    planned(workspace, ("66000", "67000"), text=timed)
    ran = apply(workspace)
    assert ran.code == 0, ran.out + ran.err
    planned(workspace, ("66000", "67000"), ("value: 3600", "value: 10"), text=timed)
    refused(workspace, "the stop loss at 55000 would fire at once")


def test_a_waiting_entry_moved_below_its_own_stop(workspace: Workspace) -> None:
    opened(workspace, WAITING)
    policy(workspace, NEVER)
    planned(workspace, ("8000", "6900"), text=WAITING)
    refused(workspace, "the stop loss at 7000 would fire at once: the entry is at 6900")


def test_a_new_round_is_judged_as_any_other_create(workspace: Workspace) -> None:
    opened(workspace, WAITING)
    policy(workspace, NEVER)
    planned(workspace, ("value: 7000", "value: 9000"), text=WAITING + "    lifecycle: {round: 2}\n")
    refused(workspace, "the stop loss at 9000 would fire at once", "--replace", "one")


@pytest.mark.parametrize(
    ("text", "edit", "path"),
    [
        (WAITING, ("value: 8000", "value: 60000"), "position.price.value"),
        (WAITING, ("7000, type: bid", "7000, type: ask"), "stop_loss.conditional.price.type"),
        (LIMIT, ("value: 54000", "value: 55000"), "stop_loss.price.value"),
        (LIMIT, ("value: 54000", "value: 50000"), "stop_loss.price.value"),
    ],
    ids=["entry", "price type", "limit at its trigger", "limit farther away"],
)
def test_whatever_may_lose_more_is_marked_and_not_covered_by_yes_alone(
    workspace: Workspace, text: str, edit: tuple[str, str], path: str
) -> None:
    opened(workspace, text)
    planned(workspace, edit, text=text)
    before = state(workspace)
    ran = apply(workspace)
    assert ran.code == 5
    assert "--allow-widen one" in ran.err
    assert state(workspace) == before
    (line,) = (line for line in ran.out.splitlines() if line.strip().startswith(path))
    assert line.endswith("⚠ widens risk")
    assert apply(workspace, "--allow-widen", "one").code == 0


def test_limits_do_not_hold_up_what_does_nothing_but_reduce_the_risk(workspace: Workspace) -> None:
    """The loss falls from about 60 to about 30 USDT: still too much, and yet better."""
    opened(workspace)
    policy(workspace, "max_loss_at_stop = {USDT = 20}\nmax_open_risk = {USDT = 20}\n")
    planned(workspace, ("55000", "58000"))
    ran = apply(workspace)
    assert ran.code == 0, ran.out + ran.err
    planned(workspace, ("55000", "57000"))
    ran = refused(workspace, "max_loss_at_stop")
    assert "max_open_risk" in ran.err


def test_ending_trades_is_not_held_up_by_how_many_are_open(workspace: Workspace) -> None:
    """Two are open and none may be: to end one of them is a step there."""
    workspace.plan("book", TWO_TRADES)
    workspace.tick("USDT_BTC", "61000")
    assert apply(workspace).code == 0
    policy(workspace, "max_open_trades = {limit = 0, level = 'hard'}\n")
    workspace.plan("book", TWO_TRADES + "    lifecycle: {state: cancelled}\n")
    ran = apply(workspace)
    assert ran.code == 0, ran.err
    assert "1 to cancel" in ran.out


def test_a_price_typed_wrong_in_an_update_is_one(workspace: Workspace) -> None:
    opened(workspace, WAITING.replace("8000", "58000").replace("7000", "55000"))
    policy(workspace, "max_price_deviation = 10\n")
    planned(workspace, ("value: 8000", "value: 11000"), ("7000", "10500"), text=WAITING)
    ran = refused(workspace, "from the market")
    assert "times below the market" in ran.out
