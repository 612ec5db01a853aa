"""Examples are of the trade's own side, and near its price."""

from decimal import Decimal

import pytest

from smartplan.lint.examples import PRICE, fitted, likeness
from smartplan.lint.shape import flow

STOP = {"enabled": True, "conditional": {"price": {"value": 55000, "type": "bid"}}}
TARGETS = {"steps": [{"price": {"value": 66000, "type": "bid"}, "volume": 100}]}


@pytest.mark.parametrize(
    ("body", "side", "entry"),
    [
        ({"position": {"type": "sell", "price": {"value": "0.45"}}}, -1, "0.45"),
        ({"position": "short", "lifecycle": {"expect": {"price": 160}}}, -1, "160"),
        ({"position": {"type": "buy", "conditional": {"price": {"value": 160}}}}, 1, "160"),
        (
            {
                "take_profit": {"steps": [{"price": {"value": 90}}]},
                "stop_loss": {"conditional": {"price": {"value": 108}}},
            },
            -1,
            "100",
        ),
        ({"position": "buy", "take_profit": {"steps": [{"price": {"value": 110}}]}}, 1, "100"),
        ({"position": {"type": "buy", "price": {"value": "abc"}}}, 1, None),
        ({}, None, None),
        ([], None, None),
    ],
)  # fmt: skip
def test_what_is_known_of_a_trade(body: object, side: int | None, entry: str | None) -> None:
    like = likeness(body)  # type: ignore[arg-type]
    assert like.side == side
    assert like.entry == (None if entry is None else Decimal(entry))


@pytest.mark.parametrize(
    ("side", "price", "stop", "target"),
    [
        ("buy", "60000", "value: 55000, type: bid", "value: 66000, type: bid"),
        ("buy", "2400", "value: 2200, type: bid", "value: 2640, type: bid"),
        ("sell", "0.45", "value: 0.4875, type: ask", "value: 0.405, type: ask"),
        ("sell", "150", "value: 162.5, type: ask", "value: 135, type: ask"),
    ],
)
def test_an_example_lies_on_the_right_side(side: str, price: str, stop: str, target: str) -> None:
    like = likeness({"position": {"type": side, "price": {"value": price}}})
    assert stop in flow(fitted(STOP, like, "stop_loss"))
    assert target in flow(fitted(TARGETS, like, "take_profit"))
    assert "volume: 100" in flow(fitted(TARGETS, like, "take_profit"))


def test_without_a_price_there_is_none_in_it() -> None:
    assert f"value: {PRICE}, type: ask" in flow(fitted(STOP, likeness({"position": "sell"})))
