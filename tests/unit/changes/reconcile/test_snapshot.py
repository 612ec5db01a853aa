"""A list is read to its end, whatever the service makes of pages, or it is an error."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import pytest

from smartplan.api.client import ACTIVE_TRADES, EVERY_TRADE, PAGE_SIZE
from smartplan.changes.reconcile.snapshot import READINGS, complete
from smartplan.errors import AnswerLost, MovingList
from smartplan.trade.listing import Listing, read_rows
from tests.trades import live


def trade(number: int):
    return live({"id": number})


@dataclass
class Service:
    """A list in pages, of which none is longer than ``cap``; ``after`` each something happens."""

    rows: list
    cap: int = PAGE_SIZE
    after: Callable[["Service"], None] = lambda _: None
    asked: list[tuple[int, int]] = field(default_factory=list)

    def list_trades(self, criteria, *, page=1, per_page=PAGE_SIZE) -> Listing:
        self.asked.append((page, per_page))
        size = min(per_page, self.cap)
        found = self.rows[(page - 1) * size : page * size]
        self.after(self)
        return Listing(tuple(found))


def of(count: int, **more) -> Service:
    return Service([trade(number) for number in range(1, count + 1)], **more)


def ids(found: Listing) -> list[int]:
    return [one.id for one in found.trades]


@pytest.mark.parametrize(
    ("count", "requests"),
    [(0, 1), (1, 2), (2, 2), (30, 2), (99, 2), (100, 4), (120, 6), (200, 6), (201, 8)],
)
def test_a_list_costs_its_pages_and_the_one_that_ends_it_and_several_pages_twice(count, requests):
    service = of(count)
    assert ids(complete(service)) == list(range(1, count + 1))
    assert len(service.asked) == requests


def test_what_no_trade_ever_leaves_is_read_once():
    service = of(201)
    assert ids(complete(service, EVERY_TRADE)) == list(range(1, 202))
    assert len(service.asked) == 4


@pytest.mark.parametrize("cap", [3, 10, 25, 50, 99])
@pytest.mark.parametrize("criteria", [ACTIVE_TRADES, EVERY_TRADE])
@pytest.mark.parametrize("more", [-1, 0, 1, 7])
def test_shorter_pages_than_asked_for_are_all_read(cap, criteria, more):
    for pages in (1, 2, 3):
        count = cap * pages + more
        assert ids(complete(of(count, cap=cap), criteria)) == list(range(1, count + 1))


@pytest.mark.parametrize("cap", [10, 25, 50, 99, 100])
@pytest.mark.parametrize("at", [1, 2, 3, 4])
@pytest.mark.parametrize("beyond", [1, 2, 60])
def test_a_trade_that_moves_up_between_two_pages_is_found(cap, at, beyond):
    def one_ends(service: Service) -> None:
        if len(service.asked) == at:
            del service.rows[0]

    service = of(cap + beyond, cap=cap, after=one_ends)
    found = ids(complete(service))
    assert found[-1] == cap + beyond
    assert set(range(2, cap + beyond + 1)) <= set(found)


@pytest.mark.parametrize("seed", range(200))
def test_whatever_ends_meanwhile_all_that_stays_is_found_or_it_is_an_error(seed):
    chance = Random(seed)
    cap = chance.choice([10, 25, 50, 99, 100])
    service = of(chance.randrange(1, 260), cap=cap)
    service.after = lambda one: one.rows and chance.random() < 0.3 and one.rows.pop(0)
    with suppress(MovingList):
        found = ids(complete(service))
        assert {one.id for one in service.rows} <= set(found)


def test_a_list_that_never_reads_the_same_twice_is_an_error():
    service = of(500, after=lambda service: service.rows.pop(0))
    with pytest.raises(MovingList, match=f"{READINGS} readings") as caught:
        complete(service)
    assert caught.value.exit_code == 4
    assert "try again" in caught.value.hint


def test_a_trade_that_is_opened_while_it_is_read_is_found_or_waits_for_the_next_look():
    def one_more(service: Service) -> None:
        if len(service.asked) == 1:
            service.rows.append(trade(1000))

    assert ids(complete(of(120, after=one_more)))[-1] == 1000
    assert ids(complete(of(3, after=one_more))) == [1, 2, 3, 1000]


def test_trades_that_are_opened_at_every_page_hide_nothing_and_keep_nobody_waiting():
    service = of(120, after=lambda one: one.rows.append(trade(1000 + len(one.rows))))
    assert set(range(1, 121)) <= set(ids(complete(service)))


def test_pages_that_do_not_advance_are_an_error_and_no_shorter_list():
    class Deaf(Service):
        def list_trades(self, criteria, *, page=1, per_page=PAGE_SIZE):
            return super().list_trades(criteria, per_page=per_page)

    with pytest.raises(AnswerLost, match="page 2 repeats page 1"):
        complete(Deaf([trade(number) for number in range(1, 301)]))
    assert len(complete(Deaf([trade(number) for number in range(1, 8)]))) == 7


def test_what_cannot_be_read_counts_as_a_row_and_hides_nothing_else():
    class Odd(Service):
        def list_trades(self, criteria, *, page=1, per_page=PAGE_SIZE):
            found = super().list_trades(criteria, page=page, per_page=per_page).trades
            return read_rows([{"id": one.id} if one.id == 100 else one.raw for one in found])

    found = complete(Odd([trade(number) for number in range(1, 102)]))
    assert ids(found) == [*range(1, 100), 101]
    assert [row.id for row in found.unreadable] == [100]
