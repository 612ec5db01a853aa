"""What a template can call: the risk arithmetic, and the exits of a plan as one line of YAML.

Numbers are Decimals, ints or decimal text; a binary float is refused, as is anything else that
makes no sense: ``ValueError`` with one sentence for the author. Results are exact where a finite
decimal exists. Quotients and roots are kept to 8 decimals, or to 6 significant digits where that
is more: a break-even is rounded towards the gain, a liquidation price towards the entry, the rungs
of a ladder to the nearest.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from functools import wraps
from typing import ParamSpec, TypeVar, get_args

from smartplan.document.scalars import number_text
from smartplan.document.template import Helpers
from smartplan.settings import FeeModel
from smartplan.trade import profit, sizing
from smartplan.trade.call import misuse
from smartplan.trade.contract import Contract
from smartplan.trade.exits import percent_away
from smartplan.trade.model import OrderType, PriceType, Side
from smartplan.trade.profit import Fees
from smartplan.trade.rounding import PriceRole, exact, floor_to_step, round_price
from smartplan.trade.sizing import LadderKind

Number = Decimal | int | str
Numbers = Iterable[Number] | Number

DECIMALS = 8
SIGNIFICANT_DIGITS = 6
MAX_DIGITS = 30
"""On either side of the point: ``1e999999999`` must not become text."""

_DECIMAL_TEXT = re.compile(r"-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,18})?")
_SIDES = {"buy": Side.LONG, "long": Side.LONG, "sell": Side.SHORT, "short": Side.SHORT}
_ROLES: Mapping[str, PriceRole] = {role: role for role in get_args(PriceRole)}
_FEE_MODELS: Mapping[str, FeeModel] = {model: model for model in get_args(FeeModel)}
_KINDS: Mapping[str, LadderKind] = {kind: kind for kind in get_args(LadderKind)}
_ORDER_TYPES: Mapping[str, OrderType] = {kind: kind for kind in get_args(OrderType)}
_PRICE_TYPES: Mapping[str, PriceType] = {kind: kind for kind in get_args(PriceType)}

_P = ParamSpec("_P")
_R = TypeVar("_R")
_T = TypeVar("_T")


def _for_authors(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Run exactly, and say whose arguments are wrong."""

    @wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return exact(function)(*args, **kwargs)
        except ArithmeticError as error:
            raise ValueError(f"{function.__name__}: the numbers are out of range") from error
        except (TypeError, ValueError) as error:
            filtering = function.__name__ in HELPERS.filters
            said = misuse(function, args, kwargs, filtering=filtering) or str(error)
            raise ValueError(f"{function.__name__}: {said}") from error

    return call


@_for_authors
def size_by_risk(
    equity: Number,
    risk_pct: Number,
    entry: Number,
    stop: Number,
    lot: Number,
    side: str = "buy",
    fee: Number = 0,
    fee_model: str = "base",
    contract_size: Number = 1,
    inverse: bool = False,
) -> Decimal:
    """The most units that lose no more than ``risk_pct`` percent of equity at the stop.

    A unit is ``contract_size`` base units; of ``inverse`` contracts that much face value, and
    equity is in the coin.
    """
    direction, start, end = _side(side), _positive(entry, "entry"), _positive(stop, "stop")
    if direction.sign * (start - end) <= 0:
        where = "below" if direction is Side.LONG else "above"
        raise ValueError(
            f"the stop of a {direction} must be {where} its entry {number_text(start)}"
        )
    size = sizing.size_from_risk(
        direction,
        equity=_positive(equity, "equity"),
        percent=_positive(risk_pct, "risk_pct"),
        entry=start,
        stop=end,
        lot=_positive(lot, "lot"),
        fees=_fees(fee, fee_model),
        contract=Contract(_positive(contract_size, "contract_size"), _flag(inverse, "inverse")),
    )
    if not size:
        raise ValueError("the risk is too small for one lot")
    return _shortest(size)


@_for_authors
def split_volumes(weights: Numbers, granularity: Number = sizing.HUNDREDTH) -> list[Decimal]:
    """Percents that add up to exactly 100: in proportion to weights, or ``n`` equal ones."""
    equal = isinstance(weights, (int, Decimal, str))
    shares = [Decimal(1)] * _count(weights) if equal else _numbers(weights, "weights")
    parts = sizing.split_volumes(shares, _positive(granularity, "granularity"))
    return [_shortest(part) for part in parts]


@_for_authors
def ladder(a: Number, b: Number, n: Number, kind: str = "linear") -> list[Decimal]:
    """``n`` prices from ``a`` to ``b``, at equal distances or (``geometric``) equal ratios."""
    steps = _one_of(_KINDS, kind, "kind")
    rungs = sizing.ladder(_positive(a, "a"), _positive(b, "b"), _count(n), steps)
    return [_kept(rung, ROUND_HALF_EVEN) for rung in rungs]


@_for_authors
def r_ladder(entry: Number, stop: Number, multiples: Numbers) -> list[Decimal]:
    """Prices at multiples of the risk: a stop below the entry means a long."""
    rungs = sizing.r_ladder(
        _positive(entry, "entry"), _positive(stop, "stop"), _numbers(multiples, "multiples")
    )
    return [_shortest(rung) for rung in rungs]


@_for_authors
def pct(price: Number, p: Number) -> Decimal:
    """The price ``p`` percent above ``price`` (below, if negative)."""
    return _shortest(percent_away(_positive(price, "price"), _number(p, "p")))


@_for_authors
def breakeven(entry: Number, fee: Number, side: str = "buy", fee_model: str = "base") -> Decimal:
    """The price at which closing neither wins nor loses after fees."""
    direction = _side(side)
    price = profit.break_even(
        direction, entry=_positive(entry, "entry"), fees=_fees(fee, fee_model)
    )
    return _kept(price, _towards_more(direction))


@_for_authors
def liquidation(
    entry: Number,
    leverage: Number,
    side: str = "buy",
    fee: Number = 0,
    mmr: Number = profit.MAINTENANCE_MARGIN_RATE,
) -> Decimal:
    """An estimate of the liquidation price (isolated, linear); ``mmr`` is a fraction."""
    direction = _side(side)
    price = profit.liquidation_estimate(
        direction,
        entry=_positive(entry, "entry"),
        leverage=_positive(leverage, "leverage"),
        fee=_fees(fee, "quote").exit,
        maintenance=_number(mmr, "mmr"),
    )
    return _kept(price, _towards_more(direction))


@_for_authors
def tick(value: Numbers, step: Number, role: str, side: str = "buy") -> Decimal | list[Decimal]:
    """A price (or each of a list) as a multiple of the tick, on the careful side of its role."""
    size, direction = _positive(step, "step"), _side(side)
    purpose = _one_of(_ROLES, role, "role")
    return _each(value, lambda price: round_price(price, size, role=purpose, side=direction))


@_for_authors
def lot(value: Numbers, step: Number) -> Decimal | list[Decimal]:
    """Units (or each of a list) in whole lots, always rounded down."""
    size = _positive(step, "step")
    return _each(value, lambda units: floor_to_step(units, size))


@_for_authors
def tp(
    prices: Numbers,
    volumes: Numbers,
    order_type: str = "limit",
    price_type: str = "bid",
    last_trailing: Number | None = None,
) -> str:
    """The value of ``take_profit``; with ``last_trailing`` percent the last step trails."""
    targets, shares = _numbers(prices, "prices"), _numbers(volumes, "volumes")
    if len(targets) != len(shares):
        raise ValueError(f"{len(targets)} prices but {len(shares)} volumes")
    order = _one_of(_ORDER_TYPES, order_type, "order_type")
    watched = _one_of(_PRICE_TYPES, price_type, "price_type")
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


@_for_authors
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
    if _flag(breakeven, "breakeven"):
        parts.append("breakeven: true")
    if limit is None:
        parts.append("order_type: market")
    else:
        parts.append(
            f"order_type: limit, price: {{value: {number_text(_positive(limit, 'limit'))}}}"
        )
    watched = _one_of(_PRICE_TYPES, price_type, "price_type")
    conditional = _price(_positive(trigger, "trigger"), watched)
    if trailing is True:
        conditional += ", trailing: {enabled: true}"
    elif trails:
        conditional += ", " + _trailing(trailing, "trailing")
    parts.append(f"conditional: {{{conditional}}}")
    if timeout is not None:
        seconds = number_text(_positive(timeout, "timeout"))
        parts.append(f"timeout: {{enabled: true, value: {seconds}}}")
    return "{" + ", ".join(parts) + "}"


HELPERS = Helpers(
    functions={
        "size_by_risk": size_by_risk,
        "split_volumes": split_volumes,
        "ladder": ladder,
        "r_ladder": r_ladder,
        "pct": pct,
        "breakeven": breakeven,
        "liquidation": liquidation,
        "tp": tp,
        "sl": sl,
    },
    filters={"tick": tick, "lot": lot},
)
"""All of it, as templates take it."""


def _number(value: object, name: str) -> Decimal:
    if isinstance(value, str):
        if not _DECIMAL_TEXT.fullmatch(value):
            raise ValueError(f"{name} must be a decimal number, not {value!r}")
        return Decimal(value)
    if isinstance(value, float):
        raise TypeError(f"{name} is a binary float ({value!r}): give a Decimal or decimal text")
    if isinstance(value, bool) or not isinstance(value, (Decimal, int)):
        # str() lets an undefined template variable speak for itself.
        raise TypeError(f"{name} must be a decimal number, not {str(value)!r}")
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -MAX_DIGITS or number.adjusted() > MAX_DIGITS:
        raise ValueError(f"{name} is out of range: {number}")
    return number


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be true or false")
    return value


def _positive(value: object, name: str) -> Decimal:
    number = _number(value, name)
    if number <= 0:
        raise ValueError(f"{name} must be above 0, not {number_text(number)}")
    return number


def _count(value: object) -> int:
    number = _positive(value, "n")
    if number % 1 or number > 1000:
        raise ValueError(f"n must be a whole number up to 1000, not {number_text(number)}")
    return int(number)


def _numbers(value: object, name: str) -> list[Decimal]:
    if isinstance(value, (Decimal, int, str)) or not isinstance(value, Iterable):
        return [_number(value, name)]
    numbers = [_number(item, name) for item in value]
    if not numbers:
        raise ValueError(f"{name} must not be empty")
    return numbers


def _each(value: object, change: Callable[[Decimal], Decimal]) -> Decimal | list[Decimal]:
    changed = [_shortest(change(number)) for number in _numbers(value, "value")]
    return changed[0] if isinstance(value, (Decimal, int, str)) else changed


def _one_of(choices: Mapping[str, _T], value: object, name: str) -> _T:
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {str(value)!r}")
    return choices[value]


def _side(value: object) -> Side:
    return _one_of(_SIDES, value, "side")


def _fees(fee: object, model: object) -> Fees:
    return Fees.each_way(_number(fee, "fee"), _one_of(_FEE_MODELS, model, "fee_model"))


def _towards_more(side: Side) -> str:
    return ROUND_CEILING if side is Side.LONG else ROUND_FLOOR


def _shortest(value: Decimal) -> Decimal:
    return Decimal(number_text(value))


def _kept(value: Decimal, rounding: str) -> Decimal:
    places = max(DECIMALS, SIGNIFICANT_DIGITS - 1 - value.adjusted())
    return _shortest(value.quantize(Decimal(1).scaleb(-places), rounding=rounding))


def _price(value: Decimal, watched: PriceType) -> str:
    return f"price: {{value: {number_text(value)}, type: {watched}}}"


def _trailing(percent: object, name: str) -> str:
    return f"trailing: {{enabled: true, percent: {number_text(_positive(percent, name))}}}"
