"""Goals 8 and 9 of the performance page: how many requests a diff and an apply make."""

from collections import Counter

import pytest

from smartplan.sandbox.faults import Fault
from tests.faults.inside import Inside
from tests.faults.stories import limit

LIST = "GET /v2/smart_trades"
PAIRS = {"USDT_BTC": 50000, "USDT_ETH": 2000, "USDT_SOL": 100}


def plans(number: int) -> dict[str, str]:
    """Trades of different sizes, over three pairs."""
    pairs = list(PAIRS.items())
    return {f"t{n}": limit(*pairs[n % 3], f"1.{n:03}", pairs[n % 3][1] // 2) for n in range(number)}


@pytest.fixture
def inside(tmp_path):
    return Inside(tmp_path, settle_delay=0)


def sent(inside: Inside) -> Counter[str]:
    """Requests by what they ask for, without their queries; the log starts anew."""
    made = Counter(
        f"{r.method} {r.path.partition('?')[0].removeprefix('/public/api')}"
        for r in inside.exchange.log
    )
    inside.exchange.log.clear()
    return made


def test_applying_creates_costs_one_request_each_and_three_readings(inside):
    """The diff's requests, N creates, one scan after the lock, one read-back listing."""
    inside.plan(plans(30))
    done = inside.apply()
    assert done.code == 0
    assert sent(inside) == {
        "GET /ver1/accounts": 1,
        # No open and no ended trades: an empty page each, in the diff and again after the lock.
        # Open ones to read back: the page that has them, and the one that shows it was the last.
        LIST: 2 + 2 + 2,
        "GET /ver1/accounts/currency_rates": 3,
        "POST /v2/smart_trades": 30,
    }


def test_a_diff_of_open_trades_lists_them_and_asks_for_nothing_else(inside):
    inside.plan(plans(30))
    inside.apply()
    sent(inside)
    assert inside.apply().code == 0
    assert sent(inside) == {"GET /ver1/accounts": 1, LIST: 2}


def test_pages_are_read_a_hundred_at_a_time(inside):
    """⌊A/100⌋ + 2 lists for A open trades, twice where they fill more than one page."""
    inside.plan(plans(120))
    assert inside.apply().code == 0
    sent(inside)
    assert inside.apply().code == 0
    assert sent(inside) == {"GET /ver1/accounts": 1, LIST: 2 * (120 // 100 + 2)}


@pytest.mark.parametrize("cap", [10, 25, 50, 99])
def test_shorter_pages_than_asked_for_cost_requests_and_no_trade(inside, cap):
    """The first page, one that begins with its last row, and the rest to an empty one; twice."""
    inside.faults = [Fault(cap=cap, path="/v2/smart_trades", method="GET", times=None)]
    inside.restart()
    inside.plan(plans(120))
    assert inside.apply().code == 0
    sent(inside)
    assert inside.apply().code == 0
    pages = -(-120 // cap)
    assert sent(inside) == {"GET /ver1/accounts": 1, LIST: 2 * (pages + 2)}


def test_what_has_ended_is_looked_for_until_the_journal_knows_it(inside):
    """+ ⌊H/100⌋ + 1 for names that are neither open nor known to have ended, once."""
    inside.plan(plans(3))
    inside.apply()
    ended = next(e["id"] for e in inside.entities())
    inside.exchange.cancel(ended)
    inside.clock.sleep(5)
    sent(inside)
    inside.plan({**plans(3), "one-more": limit("USDT_BTC", 40000, "2", 30000)})
    assert inside.apply().code == 0
    assert sent(inside)["POST /v2/smart_trades"] == 1
    assert inside.apply().code == 0
    assert sent(inside) == {"GET /ver1/accounts": 1, LIST: 2}


def test_a_change_asks_for_the_rates_of_its_pair_alone(inside):
    inside.plan(plans(6))
    inside.apply()
    sent(inside)
    inside.plan({**plans(6), "t1": limit("USDT_ETH", 2000, "1.001", 1100)})
    assert inside.apply().code == 0
    made = sent(inside)
    number = next(e["id"] for e in inside.entities() if "/t1#" in e["note"])
    assert made == {
        "GET /ver1/accounts": 1,
        LIST: 3 * 2,
        "GET /ver1/accounts/currency_rates": 1,
        f"GET /v2/smart_trades/{number}": 2,
        f"PATCH /v2/smart_trades/{number}": 1,
        f"POST /v2/smart_trades/{number}/set_note": 1,
    }
