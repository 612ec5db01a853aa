"""Whatever lets a trade lose more carries the mark, by what it would lose and not by a list."""

from decimal import Decimal
from functools import partial

import pytest
from msgspec import structs

from smartplan.changes.changeset import Update
from smartplan.changes.manual import proposals
from smartplan.diagnostics import format_path
from smartplan.trade.model import Side
from smartplan.trade.risk import assess
from tests import changesets
from tests.trades import ENTERED, SWING, TRIGGER, changed, live, plan

changes = partial(
    changesets.changes, assess=lambda trade, *_, rates=None: assess(trade, fee=Decimal(0))
)
LIMIT = changed(
    "order_type: market\n  conditional",
    "order_type: limit\n  price: {value: 54000}\n  conditional",
)
LIMIT_LIVE = {"stop_loss.order_type": "limit", "stop_loss.price.value": "54000"}
SHORT = (
    SWING.replace("type: buy", "type: sell")
    .replace("66000", "54000")
    .replace("72000", "50000")
    .replace("55000", "65000")
    .replace("type: bid", "type: ask")
)
SHORT_LIVE = {
    "position.type": "sell",
    "take_profit.steps.0.price": {"value": "54000", "type": "ask"},
    "take_profit.steps.1.price": {"value": "50000", "type": "ask"},
    "stop_loss.conditional.price": {"value": "65000", "type": "ask"},
}
BARE = SWING[: SWING.index("stop_loss:")] + "note: weekly support\n"
NO_STOP = {"stop_loss": {"enabled": False}}
ENTRY = "position.price.value"


def widens(after: str, before: str = SWING, edits=None) -> list[str] | None:
    """The marked fields of the update from one plan's text to another; None without a mark."""
    lived = live(edits, applied=plan(before))
    (update,) = changes(plan(after), active=[lived]).mutations
    assert isinstance(update, Update)
    marked = [format_path(change.path) for change in update.changes if change.widens_risk]
    assert bool(marked) is update.widens_risk
    return marked or None


def test_an_entry_farther_from_its_stop_loses_more():
    assert widens(changed("60000", "70000")) == [ENTRY]
    assert widens(changed("60000", "58000")) is None
    assert widens(changed("60000", "50000", SHORT), SHORT, SHORT_LIVE) == [ENTRY]
    assert widens(changed("60000", "62000", SHORT), SHORT, SHORT_LIVE) is None


def test_an_entry_without_a_stop_stakes_more_at_a_worse_price():
    assert widens(changed("60000", "70000", BARE), BARE, NO_STOP) == [ENTRY]
    assert widens(changed("60000", "50000", BARE), BARE, NO_STOP) is None


def test_what_is_gained_in_one_field_may_pay_for_another():
    """0.01 from 60000 to 55000 loses 50; 0.005 from 60000 to 51000 loses 45, 0.006 loses 54."""
    smaller = changed("55000", "51000", changed("0.01}", "0.005}"))
    assert widens(smaller) is None
    larger = changed("55000", "51000", changed("0.01}", "0.006}"))
    assert widens(larger) == [TRIGGER]


def test_an_entry_moved_with_its_stop_loses_no_more():
    assert widens(changed("60000", "64000", changed("55000", "59000"))) is None
    assert widens(changed("60000", "64000", changed("55000", "58000"))) == [ENTRY]


@pytest.mark.parametrize(
    ("text", "edits", "now", "later"),
    [
        (SWING, {}, "bid", "last"),
        (SWING, {}, "bid", "ask"),
        (SWING, {"stop_loss.conditional.price.type": "last"}, "last", "ask"),
        (SHORT, SHORT_LIVE, "ask", "last"),
        (SHORT, SHORT_LIVE, "ask", "bid"),
    ],
)
def test_a_stop_that_watches_a_price_that_falls_later_is_executed_worse(text, edits, now, later):
    """A long is sold at the bid: a stop on the ask fires a spread below its trigger."""
    level = "55000" if text is SWING else "65000"
    first = text.replace(f"value: {level}, type: {'bid' if text is SWING else 'ask'}",
                         f"value: {level}, type: {now}")  # fmt: skip
    second = changed(f"value: {level}, type: {now}", f"value: {level}, type: {later}", first)
    assert widens(second, first, edits) == ["stop_loss.conditional.price.type"]
    back = {**edits, "stop_loss.conditional.price.type": later}
    assert widens(first, second, back) is None


def test_a_limit_stop_with_less_room_may_rest_unfilled():
    assert widens(changed("54000", "55000", LIMIT), LIMIT, LIMIT_LIVE) == ["stop_loss.price.value"]
    assert widens(changed("54000", "54500", LIMIT), LIMIT, LIMIT_LIVE) == ["stop_loss.price.value"]


def test_a_limit_stop_that_may_be_sold_lower_loses_more():
    assert widens(changed("54000", "53000", LIMIT), LIMIT, LIMIT_LIVE) == ["stop_loss.price.value"]


def test_a_limit_stop_moved_as_a_whole_towards_the_price_widens_nothing():
    nearer = changed("54000", "56000", changed("55000", "57000", LIMIT))
    assert widens(nearer, LIMIT, LIMIT_LIVE) is None


def test_a_known_loss_that_nobody_can_tell_any_more_is_a_larger_one():
    waits = changed("breakeven: true", "breakeven: true\n  timeout: {enabled: true, value: 9}")
    assert widens(waits) == ["stop_loss.timeout.value"]
    assert widens(BARE) == ["stop_loss.enabled"]


def test_a_stop_in_profit_that_is_moved_away_gives_up_what_was_safe():
    """Bought at 60000, the stop at 62000 locks in a gain; at 61000 it is a smaller one."""
    locked = changed("55000", "62000")
    lived = {**ENTERED, TRIGGER: "62000"}
    assert widens(changed("62000", "61000", locked), locked, lived) == [TRIGGER]
    assert widens(changed("62000", "63000", locked), locked, lived) is None


def test_an_entry_that_watches_a_worse_price_or_trails_farther():
    entry = "order_type: limit, units: {value: 0.01}, price: {value: 60000}"
    waits = (
        "order_type: conditional, units: {value: 0.01}, conditional: {price: {value: 60000, "
        "type: ask}, order_type: market}"
    )
    text = changed(entry, waits)
    conditional = {"price": {"value": "60000", "type": "ask"}, "order_type": "market"}
    edits = {"position.order_type": "conditional", "position.conditional": conditional,
             "position.price": {"value": None, "editable": True}}  # fmt: skip
    assert widens(changed("60000, type: ask", "60000, type: bid", text), text, edits) == [
        "position.conditional.price.type"
    ]
    assert widens(
        changed("value: 60000, type: ask", "value: 61000, type: ask", text), text, edits
    ) == ["position.conditional.price.value"]


def test_undoing_what_was_moved_on_the_exchange_says_that_it_widens_risk():
    """Somebody lowered the entry; putting it back loses more."""
    (blocked,) = changes(plan(), active=[live({ENTRY: "58000"})]).blocked
    assert any("--overwrite-drift btc-swing (⚠ widens risk)" in way for way in blocked.ways_out)
    (blocked,) = changes(plan(), active=[live({ENTRY: "62000"})]).blocked
    assert not any("widens risk" in way for way in blocked.ways_out)


@pytest.mark.parametrize(
    ("side", "trigger", "limit", "widens"),
    [
        (Side.LONG, 54000, None, True),
        (Side.LONG, 56000, None, False),
        (Side.LONG, 56000, 56000, True),
        (Side.LONG, 56000, 55000, False),
        (Side.LONG, 55000, 53000, True),
    ],
)
def test_a_stop_moved_by_hand_is_told_by_the_same_measure(side, trigger, limit, widens):
    assert side is Side.LONG
    lived = live(LIMIT_LIVE if limit else {})
    moved = proposals.move_stop(lived, Decimal(trigger), limit=limit and Decimal(limit))
    assert moved.request.widens_risk is widens


def test_a_stop_by_hand_in_place_of_a_percent_that_nobody_can_place_is_judged_by_its_figures():
    trade = live(ENTERED)
    stop = structs.replace(trade.trade.stop_loss, trigger=None, percent=Decimal(10))
    lived = structs.replace(trade, trade=structs.replace(trade.trade, stop_loss=stop))
    average = Decimal(lived.raw["data"]["average_enter_price"])
    nearer, farther = average * Decimal("0.95"), average * Decimal("0.85")
    assert proposals.move_stop(lived, nearer).request.widens_risk is False
    assert proposals.move_stop(lived, farther).request.widens_risk is True
