"""One field that differs, and whether its change lets the trade lose more."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from smartplan.diagnostics import Location, Path
from smartplan.trade.fields import STOP_LIMIT, STOP_PERCENT, STOP_TRAILING, STOP_TRIGGER
from smartplan.trade.model import Scalar, Side

WIDENS = "⚠ widens risk"


class FieldChange(Struct, frozen=True):
    """One field that differs: ``before`` is live, ``after`` what the plan says.

    ``before_unknown``: the service never echoes the field. ``location`` is the plan's line.
    """

    path: Path
    before: Scalar
    after: Scalar
    widens_risk: bool = False
    before_unknown: bool = False
    location: Location | None = None


_SAFER_ON: frozenset[Path] = frozenset(
    {
        ("stop_loss", "enabled"),
        ("take_profit", "enabled"),
        ("stop_loss", "breakeven"),
        ("stop_loss", "conditional", "trailing", "enabled"),
    }
)
_RISKIER_WHEN_MORE: frozenset[Path] = frozenset(
    {
        ("position", "units", "value"),
        ("position", "conditional", "trailing", "percent"),
        ("leverage", "value"),
        ("stop_loss", "timeout", "value"),
        STOP_PERCENT,
        STOP_TRAILING,
    }
)
_RISKIER_VALUES: dict[Path, Scalar] = {
    ("leverage", "enabled"): True,
    # The whole account stands behind a cross position.
    ("leverage", "type"): "cross",
    # A limit order may stay unfilled while the price runs away.
    ("stop_loss", "order_type"): "limit",
    ("position", "conditional", "order_type"): "market",
}
_ENTRY_PRICES: frozenset[Path] = frozenset(
    {("position", "price", "value"), ("position", "conditional", "price", "value")}
)
_STOP_WATCHES: Path = ("stop_loss", "conditional", "price", "type")
_ENTRY_WATCHES: Path = ("position", "conditional", "price", "type")
_LATER: Mapping[Side, Sequence[Scalar]] = {
    side: (side.closes_at, "last", side.opens_at) for side in Side
}
"""Price types by side, a stop that watches the last of them fires last: a long is sold at the bid,
so that one watching the ask is sold a spread below its trigger. An entry is the mirror image."""


def with_risk(changes: Iterable[FieldChange], side: Side) -> tuple[FieldChange, ...]:
    """The changes, those that widen risk flagged as such; a stop that is added widens nothing."""
    listed = tuple(changes)
    stop_added = any(c.path == ("stop_loss", "enabled") and c.after is True for c in listed)
    return tuple(
        replace(change, widens_risk=True)
        if _widens(change, side) and not (stop_added and change.path[0] == "stop_loss")
        else change
        for change in listed
    )


def _widens(change: FieldChange, side: Side) -> bool:
    path, before, after = change.path, change.before, change.after
    if path in _SAFER_ON:
        return before is True and after is not True
    if path in _RISKIER_VALUES:
        return after == _RISKIER_VALUES[path]
    if path in {_STOP_WATCHES, _ENTRY_WATCHES}:
        return _watches_worse(change, side)
    earlier, later = _amount(before), _amount(after)
    if later is None:
        return False
    if path in _RISKIER_WHEN_MORE:
        return earlier is None or later > earlier
    if path == STOP_TRIGGER and earlier is None:
        return True  # given in percent so far: nobody can say that it is not farther away
    if path in {STOP_TRIGGER, STOP_LIMIT} and earlier is not None:
        return (later - earlier) * side.sign < 0
    if path in _ENTRY_PRICES and earlier is not None:
        return (later - earlier) * side.sign > 0
    return False


def _watches_worse(change: FieldChange, side: Side) -> bool:
    order = _LATER[side]
    if change.before not in order or change.after not in order:
        return False
    later = order.index(change.after) - order.index(change.before)
    return later > 0 if change.path == _STOP_WATCHES else later < 0


def _amount(value: Scalar) -> Decimal | None:
    return Decimal(value) if isinstance(value, Decimal | int) else None
