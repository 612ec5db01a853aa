"""What an update does to a live trade's risk: fired at once, or widened, and never in silence."""

from datetime import timedelta

import pytest

from tests.cli.test_guard_rails import EXCUSE, apply, policy
from tests.desk import Desk, Ran
from tests.unit.changes.test_saved import PLAN

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


def opened(desk: Desk, text: str = HELD, price: str = "61000") -> str:
    """The plan is applied and has settled; what the exchange says of its trade."""
    desk.plan("book", text)
    desk.tick("USDT_BTC", price)
    ran = apply(desk)
    assert ran.code == 0, ran.out + ran.err
    return state(desk)


def state(desk: Desk) -> str:
    (trade,) = desk.exchange(timedelta(minutes=1)).list_trades({"status": "all"})
    return f"{trade['status']['type']} {trade['stop_loss']} {trade['take_profit']}"


def planned(desk: Desk, *edits: tuple[str, str], text: str = HELD) -> None:
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    desk.plan("book", text)


def refused(desk: Desk, why: str, *arguments: str) -> Ran:
    before = state(desk)
    ran = apply(desk, "--allow-widen", "one", *arguments)
    assert ran.code == 5, ran.out + ran.err
    assert why in ran.err
    assert state(desk) == before
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
    desk: Desk, edit: tuple[str, str], why: str
) -> None:
    opened(desk)
    policy(desk, NEVER)
    planned(desk, edit)
    ran = refused(desk, why)
    assert "fires_at_once is a hard guard rail" in ran.err


def test_it_is_refused_where_nobody_looks_and_told_to_who_does(desk: Desk) -> None:
    opened(desk)
    planned(desk, ("55000", "62000"))
    refused(desk, "the stop loss at 62000 would fire at once")
    ran = apply(desk, "--override", "fires_at_once:one", *EXCUSE)
    assert ran.code == 0
    assert "would fire at once" in ran.out.partition("✓ one")[2]


def test_a_limit_stop_that_has_been_crossed_counts_by_its_trigger(desk: Desk) -> None:
    opened(desk, LIMIT)
    policy(desk, NEVER)
    planned(desk, ("55000", "62000"), ("54000", "61900"), text=LIMIT)
    refused(desk, "the stop loss at 62000 would fire at once")


def test_a_second_target_is_called_by_its_place_in_the_plan_once_the_first_is_filled(
    desk: Desk,
) -> None:
    opened(desk)
    desk.tick("USDT_BTC", "66500")
    desk.tick("USDT_BTC", "65000")
    policy(desk, NEVER)
    planned(desk, ("72000", "64000"))
    refused(desk, "the take profit 2 at 64000 would fire at once")
    planned(desk, ("72000", "70000"))
    assert apply(desk).code == 0


def test_what_an_update_leaves_alone_is_no_reason_to_refuse_it(desk: Desk) -> None:
    """The stop waits for its time-out below the trigger; only a target is moved."""
    timed = HELD.replace("market, cond", "market, timeout: {enabled: true, value: 3600}, cond")
    opened(desk, timed)
    desk.tick("USDT_BTC", "54000")
    policy(desk, NEVER)
    planned(desk, ("66000", "67000"), text=timed)
    ran = apply(desk)
    assert ran.code == 0, ran.out + ran.err
    planned(desk, ("66000", "67000"), ("value: 3600", "value: 10"), text=timed)
    refused(desk, "the stop loss at 55000 would fire at once")


def test_a_waiting_entry_moved_below_its_own_stop(desk: Desk) -> None:
    opened(desk, WAITING)
    policy(desk, NEVER)
    planned(desk, ("8000", "6900"), text=WAITING)
    refused(desk, "the stop loss at 7000 would fire at once: the entry is at 6900")


def test_a_new_round_is_judged_as_any_other_create(desk: Desk) -> None:
    opened(desk, WAITING)
    policy(desk, NEVER)
    planned(desk, ("value: 7000", "value: 9000"), text=WAITING + "    lifecycle: {round: 2}\n")
    refused(desk, "the stop loss at 9000 would fire at once", "--replace", "one")


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
    desk: Desk, text: str, edit: tuple[str, str], path: str
) -> None:
    opened(desk, text)
    planned(desk, edit, text=text)
    before = state(desk)
    ran = apply(desk)
    assert ran.code == 5
    assert "--allow-widen one" in ran.err
    assert state(desk) == before
    (line,) = (line for line in ran.out.splitlines() if line.strip().startswith(path))
    assert line.endswith("⚠ widens risk")
    assert apply(desk, "--allow-widen", "one").code == 0


def test_limits_do_not_hold_up_what_does_nothing_but_reduce_the_risk(desk: Desk) -> None:
    """The loss falls from about 60 to about 30 USDT: still too much, and yet better."""
    opened(desk)
    policy(desk, "max_loss_at_stop = {USDT = 20}\nmax_open_risk = {USDT = 20}\n")
    planned(desk, ("55000", "58000"))
    ran = apply(desk)
    assert ran.code == 0, ran.out + ran.err
    planned(desk, ("55000", "57000"))
    ran = refused(desk, "max_loss_at_stop")
    assert "max_open_risk" in ran.err


def test_ending_trades_is_not_held_up_by_how_many_are_open(desk: Desk) -> None:
    """Two are open and none may be: to end one of them is a step there."""
    desk.plan("book", PLAN)
    desk.tick("USDT_BTC", "61000")
    assert apply(desk).code == 0
    policy(desk, "max_open_trades = {limit = 0, level = 'hard'}\n")
    desk.plan("book", PLAN + "    lifecycle: {state: cancelled}\n")
    ran = apply(desk)
    assert ran.code == 0, ran.err
    assert "1 to cancel" in ran.out


def test_a_price_typed_wrong_in_an_update_is_one(desk: Desk) -> None:
    opened(desk, WAITING.replace("8000", "58000").replace("7000", "55000"))
    policy(desk, "max_price_deviation = 10\n")
    planned(desk, ("value: 8000", "value: 11000"), ("7000", "10500"), text=WAITING)
    ran = refused(desk, "from the market")
    assert "times below the market" in ran.out
