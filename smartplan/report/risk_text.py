"""The risk of a trade as one line."""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from smartplan.document.scalars import number_text
from smartplan.trade.risk import Risk

SIGNIFICANT_DIGITS = 6

_NAMES = {
    "notional": "notional",
    "margin": "margin",
    "loss_at_stop": "loss at stop",
    "reward_risk": "reward:risk",
    "break_even": "break-even",
    "liquidation": "liquidation",
}


def risk_line(risk: Risk) -> str:
    """``notional 600 USDT · loss at stop 51.10 USDT · reward:risk 1.59 · break-even 60120.18``.

    A loss is rounded up and a reward:risk down, so that neither looks better than it is. What is
    unknown comes last, with its reason.
    """
    return " · ".join([*_known(risk), *_unknown(risk)])


def _known(risk: Risk) -> list[str]:
    parts: list[str] = []

    def add(name: str, value: Decimal | None, show: Callable[[Decimal], str]) -> None:
        if value is not None:
            parts.append(f"{name} {show(value)}")

    def money(value: Decimal) -> str:
        return f"{money_text(value, ROUND_HALF_EVEN)} {risk.quote}"

    add("notional", risk.notional, money)
    add("margin", risk.margin, money)
    if risk.loss_at_stop is not None and risk.loss_at_stop < 0:
        parts.append(f"gain at stop {money_text(-risk.loss_at_stop, ROUND_FLOOR)} {risk.quote}")
    else:
        add(
            "loss at stop",
            risk.loss_at_stop,
            lambda v: f"{money_text(v, ROUND_CEILING)} {risk.quote}",
        )
    add("reward:risk", risk.reward_risk, lambda v: str(v.quantize(Decimal("0.01"), ROUND_FLOOR)))
    add("break-even", risk.break_even, _price)
    add("liquidation about", risk.liquidation, _price)
    return parts


def _unknown(risk: Risk) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for figure, name in _NAMES.items():
        if figure in risk.unknown:
            by_reason.setdefault(risk.unknown[figure], []).append(name)
    return [f"{', '.join(names)} unknown ({reason})" for reason, names in by_reason.items()]


def money_text(value: Decimal, rounding: str) -> str:
    """Whole amounts as they are, others with cents, small ones with significant digits."""
    if value == value.to_integral_value():
        return number_text(value)
    if abs(value) >= 1:
        return format(value.quantize(Decimal("0.01"), rounding), "f")
    return _significant(value, rounding)


def _price(value: Decimal) -> str:
    if abs(value) >= 10 ** (SIGNIFICANT_DIGITS - 2):
        return number_text(value.quantize(Decimal("0.01")))
    return _significant(value, ROUND_HALF_EVEN)


def _significant(value: Decimal, rounding: str) -> str:
    digits = SIGNIFICANT_DIGITS - 1 - value.adjusted()
    return number_text(value.quantize(Decimal(1).scaleb(-digits), rounding))
