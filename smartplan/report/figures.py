"""Amounts, prices and shares as people read them; nothing is rounded to look better than it is."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from smartplan.document.scalars import number_text, percent_text
from smartplan.trade.costs import Costs
from smartplan.trade.model import Side
from smartplan.trade.position import PositionState, differ
from smartplan.trade.profit import ShownProfit
from smartplan.trade.risk import Risk
from smartplan.trade.rounding import exact

SIGNIFICANT_DIGITS = 6
CENT = Decimal("0.01")
NONE = "–"
UNKNOWN = "?"
_LONGEST = 10


@exact
def money(value: Decimal, rounding: str = ROUND_HALF_EVEN) -> str:
    """Whole amounts as they are, others with cents, small ones with significant digits."""
    if value == value.to_integral_value():
        return number_text(value)
    if abs(value) >= 1:
        return format(value.quantize(CENT, rounding), "f")
    return _significant(value, rounding)


def loss(value: Decimal) -> str:
    """What could be lost: rounded up."""
    return money(value, ROUND_CEILING)


def gain(value: Decimal) -> str:
    """What could be won: rounded down."""
    return money(value, ROUND_FLOOR)


def result(value: Decimal) -> str:
    """P/L with its sign, rounded down: ``+4.50``, ``-0.31``, ``0``."""
    return _signed(value, gain(value))


@exact
def price(value: Decimal, rounding: str = ROUND_HALF_EVEN) -> str:
    """A price with two decimals, or six significant digits where it is small."""
    if abs(value) >= 10 ** (SIGNIFICANT_DIGITS - 2):
        return number_text(value.quantize(CENT, rounding))
    return _significant(value, rounding)


def careful_price(value: Decimal, side: Side | None) -> str:
    """A break-even or a liquidation price: of a long rounded up, of a short down.

    So what is shown breaks even, and is no farther from the entry than the liquidation is.
    """
    if side is None:
        return price(value)
    return price(value, ROUND_CEILING if side is Side.LONG else ROUND_FLOOR)


@exact
def percent(value: Decimal, rounding: str = ROUND_HALF_EVEN) -> str:
    """``12.34 %``."""
    return percent_text(value.quantize(CENT, rounding))


def fees(fraction: Decimal) -> str:
    """``fees 0.1 % each way``, exact."""
    return f"fees {percent_text(fraction * 100)} each way"


def costs_text(risks: Iterable[Risk], usual: Decimal) -> str:
    """``fees 0.1 % each way``, or both of them, and what market orders slip by.

    ``usual`` is the fee where no risk says what it was counted with.
    """
    told = [risk.costs for risk in risks if risk.costs is not None]
    found = {_costs_text(costs) for costs in told}
    if not found:
        return fees(usual)
    return found.pop() if len(found) == 1 else "fees of each account"


def _costs_text(costs: Costs) -> str:
    text = fees(costs.taker)
    if costs.maker != costs.taker:
        maker, taker = (percent_text(fee * 100) for fee in (costs.maker, costs.taker))
        text = f"fees {maker} maker, {taker} taker"
    return f"{text}, slippage {percent_text(costs.slippage)}" if costs.slippage else text


def further_costs(costs: Costs) -> str:
    """All that a simulation is counted with, where that is more than one fee; else nothing.

    ``fees 0.02 % maker, 0.05 % taker, slippage 0.1 %, funding 0.01 % each 8 hours``.
    """
    if costs.maker == costs.taker and not costs.slippage and costs.funding is None:
        return ""
    text = _costs_text(costs)
    if costs.funding is None:
        return text
    return f"{text}, funding {percent_text(costs.funding)} each 8 hours"


def simulated_with(costs: Costs, liquidation_unknown: str) -> list[str]:
    """What a simulation is counted with and cannot know, a line each, where there is anything."""
    lines = [further_costs(costs)]
    if liquidation_unknown:
        lines.append(f"liquidation not counted ({liquidation_unknown})")
    return [line for line in lines if line]


def funding(value: Decimal, quote: str = "") -> str:
    """``funding 0.24 USDT``, of what is paid; what is got has a plus."""
    text = loss(value) if value >= 0 else f"+{gain(-value)}"
    return f"funding {text} {quote}".rstrip()


def signed_percent(value: Decimal) -> str:
    """``+0.75 %``, rounded down."""
    return _signed(value, percent(value, ROUND_FLOOR))


@exact
def ratio(value: Decimal, rounding: str = ROUND_FLOOR) -> str:
    """Two decimals, rounded down: ``1.59``."""
    return str(value.quantize(CENT, rounding))


def amount(value: Decimal | None, *, signed: bool = False) -> str:
    """Money as it is, for what has happened: cents from 1 on; ``–`` for what is not known."""
    if value is None:
        return NONE
    return f"+{money(value)}" if signed and value > 0 else money(value)


def profit(shown: ShownProfit | None, quote: str) -> str:
    """``+8.78 USDT (+1.46 %)``, as the service shows it; ``–`` for what is not known."""
    if shown is None:
        return NONE
    return f"{amount(shown.volume, signed=True)} {quote} ({change(shown.percent)})"


def position_profit(stands: PositionState, quote: str) -> str:
    """P/L as the service shows it, and ours beside it where it is another; ``?``: unknown."""
    if stands.profit is None:
        return UNKNOWN if stands.unknown else NONE
    ours = stands.computed if stands.disputed else None
    beside = f", ours {amount(ours.volume, signed=True)} {quote}" if ours is not None else ""
    return profit(stands.profit, quote) + beside


def service_figures(stands: PositionState, quote: str) -> Iterator[tuple[str, str]]:
    """What the service itself says of the position, where it does; ours beside it if another."""
    for title, theirs, ours in (
        ("total", stands.total, stands.total_computed),
        ("margin", stands.margin, stands.margin_computed),
    ):
        if theirs:
            beside = f", ours {amount(ours)} {quote}" if differ(theirs, ours) else ""
            yield title, f"{amount(theirs)} {quote}{beside}"
    if stands.liquidation:
        theirs, ours = stands.liquidation, stands.liquidation_computed
        beside = f", ours about {quoted(ours)}" if differ(theirs, ours) else ""
        yield "liquidation", quoted(theirs) + beside


def plain(value: Decimal | None) -> str:
    """A number as it was said; ``–`` for none."""
    return NONE if value is None else number_text(value)


def quoted(value: Decimal | None) -> str:
    """A price as the exchange says it, averages with many digits cut to ten; ``–`` for none."""
    if value is None:
        return NONE
    digits = len(value.as_tuple().digits)
    return number_text(value) if digits <= _LONGEST else _significant(value, ROUND_HALF_EVEN, 10)


def change(value: Decimal | None) -> str:
    """``+1.54 %``; ``–`` for what is not known."""
    return NONE if value is None else f"{value:+.2f} %"


def duration(span: timedelta) -> str:
    """``2 d 3 h``, ``5 min``, ``40 s``: the two greatest units."""
    seconds = int(span.total_seconds())
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def _signed(value: Decimal, text: str) -> str:
    return f"+{text}" if value > 0 and not text.startswith("-") and text.strip("0. %") else text


def _significant(value: Decimal, rounding: str, most: int = SIGNIFICANT_DIGITS) -> str:
    if not value:
        return "0"
    digits = most - 1 - value.adjusted()
    return number_text(value.quantize(Decimal(1).scaleb(-digits), rounding))
