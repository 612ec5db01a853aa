"""What a template can call: the risk arithmetic, and the exits of a plan as one line of YAML.

Results are exact where a finite decimal exists. Quotients and roots are kept to 8 decimals, or to
6 significant digits where that is more: a break-even is rounded towards the gain, a liquidation
price towards the entry, the rungs of a ladder to the nearest.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import get_args

from smartplan.document.scalars import number_text
from smartplan.document.template import Helpers
from smartplan.trade import sizing
from smartplan.trade.exits import percent_away
from smartplan.trade.model import OrderType, PriceType
from smartplan.trade.rounding import PriceRole, floor_to_step, round_price
from smartplan.trade.sizing import LadderKind
from smartplan.trade.template_arguments import (
    Number,
    Numbers,
    count,
    each,
    flag,
    for_authors,
    kept,
    number,
    numbers,
    one_of,
    positive,
    shortest,
)
from smartplan.trade.template_arguments import (
    side as side_of,
)
from smartplan.trade.template_risk import WITHOUT_WORKSPACE, RiskFunctions

_ROLES: Mapping[str, PriceRole] = {role: role for role in get_args(PriceRole)}
_KINDS: Mapping[str, LadderKind] = {kind: kind for kind in get_args(LadderKind)}
_ORDER_TYPES: Mapping[str, OrderType] = {kind: kind for kind in get_args(OrderType)}
_PRICE_TYPES: Mapping[str, PriceType] = {kind: kind for kind in get_args(PriceType)}


@for_authors
def split_volumes(weights: Numbers, granularity: Number = sizing.HUNDREDTH) -> list[Decimal]:
    """Percents that add up to exactly 100: in proportion to weights, or ``n`` equal ones."""
    equal = isinstance(weights, (int, Decimal, str))
    shares = [Decimal(1)] * count(weights) if equal else numbers(weights, "weights")
    parts = sizing.split_volumes(shares, positive(granularity, "granularity"))
    return [shortest(part) for part in parts]


@for_authors
def ladder(a: Number, b: Number, n: Number, kind: str = "linear") -> list[Decimal]:
    """``n`` prices from ``a`` to ``b``, at equal distances or (``geometric``) equal ratios."""
    steps = one_of(_KINDS, kind, "kind")
    rungs = sizing.ladder(positive(a, "a"), positive(b, "b"), count(n), steps)
    return [kept(rung, ROUND_HALF_EVEN) for rung in rungs]


@for_authors
def r_ladder(entry: Number, stop: Number, multiples: Numbers) -> list[Decimal]:
    """Prices at multiples of the risk: a stop below the entry means a long."""
    rungs = sizing.r_ladder(
        positive(entry, "entry"), positive(stop, "stop"), numbers(multiples, "multiples")
    )
    return [shortest(rung) for rung in rungs]


@for_authors
def pct(price: Number, p: Number) -> Decimal:
    """The price ``p`` percent above ``price`` (below, if negative)."""
    return shortest(percent_away(positive(price, "price"), number(p, "p")))


@for_authors
def tick(value: Numbers, step: Number, role: str, side: str = "buy") -> Decimal | list[Decimal]:
    """A price (or each of a list) as a multiple of the tick, on the careful side of its role."""
    size, direction = positive(step, "step"), side_of(side)
    purpose = one_of(_ROLES, role, "role")
    return each(value, lambda price: round_price(price, size, role=purpose, side=direction))


@for_authors
def lot(value: Numbers, step: Number) -> Decimal | list[Decimal]:
    """Units (or each of a list) in whole lots, always rounded down."""
    size = positive(step, "step")
    return each(value, lambda units: floor_to_step(units, size))


@for_authors
def tp(
    prices: Numbers,
    volumes: Numbers,
    order_type: str = "limit",
    price_type: str = "bid",
    last_trailing: Number | None = None,
) -> str:
    """The value of ``take_profit``; with ``last_trailing`` percent the last step trails."""
    targets, shares = numbers(prices, "prices"), numbers(volumes, "volumes")
    if len(targets) != len(shares):
        raise ValueError(f"{len(targets)} prices but {len(shares)} volumes")
    order = one_of(_ORDER_TYPES, order_type, "order_type")
    watched = one_of(_PRICE_TYPES, price_type, "price_type")
    steps = [
        f"{_price(target, watched)}, volume: {number_text(share)}"
        for target, share in zip(targets, shares, strict=True)
    ]
    orders = [f"order_type: {order}"] * len(steps)
    if last_trailing is not None:
        orders[-1] = "order_type: market"
        steps[-1] += ", " + _trailing(last_trailing, "last_trailing")
    listed = (f"{{{kind}, {step}}}" for kind, step in zip(orders, steps, strict=True))
    return "{enabled: true, steps: [" + ", ".join(listed) + "]}"


@for_authors
def sl(
    trigger: Number,
    limit: Number | None = None,
    price_type: str = "bid",
    trailing: Number | bool | None = None,
    timeout: Number | None = None,
    breakeven: bool = False,
) -> str:
    """The value of ``stop_loss``; ``trailing`` is true or false, ``timeout`` in seconds.

    A percent as ``trailing`` is sent, too; the service is not known to honour it.
    """
    trails = trailing is not None and trailing is not False
    if limit is not None and trails:
        raise ValueError("a trailing stop loss closes at market: leave out limit or trailing")
    parts = ["enabled: true"]
    if flag(breakeven, "breakeven"):
        parts.append("breakeven: true")
    if limit is None:
        parts.append("order_type: market")
    else:
        parts.append(
            f"order_type: limit, price: {{value: {number_text(positive(limit, 'limit'))}}}"
        )
    watched = one_of(_PRICE_TYPES, price_type, "price_type")
    conditional = _price(positive(trigger, "trigger"), watched)
    if trailing is True:
        conditional += ", trailing: {enabled: true}"
    elif trails:
        conditional += ", " + _trailing(trailing, "trailing")
    parts.append(f"conditional: {{{conditional}}}")
    if timeout is not None:
        seconds = number_text(positive(timeout, "timeout"))
        parts.append(f"timeout: {{enabled: true, value: {seconds}}}")
    return "{" + ", ".join(parts) + "}"


def helpers_for(risk: RiskFunctions) -> Helpers:
    """All of it, as templates take it, with the costs of a workspace."""
    functions = {**HELPERS.functions, **risk.functions()}
    return Helpers(functions=functions, filters=HELPERS.filters)


HELPERS = Helpers(
    functions={
        **WITHOUT_WORKSPACE.functions(),
        "split_volumes": split_volumes,
        "ladder": ladder,
        "r_ladder": r_ladder,
        "pct": pct,
        "tp": tp,
        "sl": sl,
    },
    filters={"tick": tick, "lot": lot},
)
"""The same where nothing is known of a workspace: trading costs nothing then."""


def _price(value: Decimal, watched: PriceType) -> str:
    return f"price: {{value: {number_text(value)}, type: {watched}}}"


def _trailing(percent: object, name: str) -> str:
    return f"trailing: {{enabled: true, percent: {number_text(positive(percent, name))}}}"
