"""What a trade like this one would say: examples of its side, and near its price.

The examples of the schema are of a long entered at 60000; one of another trade is that, moved.
"""

from decimal import Decimal

from msgspec import Struct

from smartplan.document.scalars import number_text, written_decimals
from smartplan.document.tree import Node
from smartplan.lint.keywords import nearest, read_decimal

PRICE, UNITS = "PRICE", "UNITS"
"""What stands where nothing says how much it could be."""

_ENTRY, _UNITS = Decimal(60000), Decimal("0.01")
_SIDES = {"buy": 1, "long": 1, "sell": -1, "short": -1}
_TARGET, _STOP = Decimal("1.1"), Decimal(55000) / _ENTRY
_DIGITS = 4
_EXITS = frozenset({"take_profit", "stop_loss", "steps", "conditional"})


class Likeness(Struct, frozen=True):
    """What is known of a trade: its side (1 for a long, -1 for a short), and its entry price."""

    side: int | None = None
    entry: Decimal | None = None

    @property
    def sign(self) -> int:
        """A trade of which nothing is known is a long."""
        return self.side or 1

    def away(self, percent: Decimal) -> Decimal | None:
        """The price so many percent of the entry in favour of the position."""
        return None if self.entry is None else _near(self.entry, 1 + self.sign * percent / 100)


def likeness(body: Node) -> Likeness:
    """What a trade says of itself, however wrong it is otherwise."""
    position = _below(body, "position")
    words = (_below(position, "type"), position, _below(body, "side"), _below(position, "side"))
    sides = [_SIDES[word.lower()] for word in words if isinstance(word, str) and _is_side(word)]
    side = sides[0] if sides else _side_of_exits(body)
    return Likeness(side, _entry(body, side or 1))


def _side_of_exits(body: Node) -> int | None:
    """A target below the stop is that of a short."""
    steps = _below(body, "take_profit", "steps")
    target = (
        _price(_below(steps[0], "price", "value")) if isinstance(steps, list) and steps else None
    )
    stop = _price(_below(body, "stop_loss", "conditional", "price", "value"))
    if target is None or stop is None or target == stop:
        return None
    return 1 if target > stop else -1


def _is_side(word: str) -> bool:
    return word.lower() in _SIDES


def _entry(body: Node, sign: int) -> Decimal | None:
    for path in (
        ("position", "price", "value"),
        ("position", "price"),
        ("position", "conditional", "price", "value"),
        ("lifecycle", "expect", "price"),
    ):
        if (price := _price(_below(body, *path))) is not None:
            return price
    steps = _below(body, "take_profit", "steps")
    for step in steps if isinstance(steps, list) else ():
        if (price := _price(_below(step, "price", "value"))) is not None:
            return _near(price, 1 / (1 + sign * (_TARGET - 1)))
    stop = _price(_below(body, "stop_loss", "conditional", "price", "value"))
    stop = stop or _price(_below(body, "stop_loss"))
    return _near(stop, 1 / (1 + sign * (_STOP - 1))) if stop is not None else None


def _price(value: Node) -> Decimal | None:
    number = read_decimal(value) if isinstance(value, str | int | Decimal) else None
    plausible = number is not None and number > 0 and abs(number.adjusted()) < 2 * _DIGITS
    return number if plausible else None


def _below(node: Node, *path: str) -> Node:
    for step in path:
        node = node.get(step) if isinstance(node, dict) else None
    return node


def _near(price: Decimal, factor: Decimal) -> Decimal:
    """The price moved by a factor, as finely as such prices are written."""
    places = max(written_decimals(price), _DIGITS - 1 - price.adjusted(), 0)
    return Decimal(nearest(price * factor, places))


def fitted(example: Node, like: Likeness, at: str = "") -> Node:
    """An example of the schema, under the key ``at``, of such a trade."""
    if isinstance(example, list):
        return [fitted(item, like, at) for item in example]
    if isinstance(example, dict):
        inside = {key: fitted(value, like, key) for key, value in example.items()}
        if isinstance(example.get("value"), int | float):
            inside["value"] = _amount(example["value"], like, at)
        if "type" in example and example["type"] in {"bid", "ask"}:
            inside["type"] = "ask" if like.side == -1 else "bid"
        if example.get("type") == "buy":
            inside["type"] = "sell" if like.side == -1 else "buy"
        return inside
    if at in {"price", "value"} and isinstance(example, int) and not isinstance(example, bool):
        return _amount(example, like, at)
    if at == "type" and example == "buy":
        return "sell" if like.side == -1 else "buy"
    return "ask" if at == "type" and example == "bid" and like.side == -1 else example


def _amount(example: Node, like: Likeness, at: str) -> Node:
    number = read_decimal(str(example))
    if number is None or at not in {"price", "units", "value"}:
        return example
    if at == "units" or number == _UNITS:
        if like.entry is None:
            return UNITS
        worth = _ENTRY * _UNITS / like.entry
        return Decimal(number_text(worth.quantize(Decimal(1).scaleb(worth.adjusted()))))
    if number < 1000:  # seconds, percents, factors
        return example
    if like.entry is None:
        return PRICE
    return _near(like.entry, 1 + like.sign * (number / _ENTRY - 1))
