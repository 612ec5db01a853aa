"""The risk of a trade as one line."""

from collections.abc import Callable
from decimal import Decimal

from smartplan.report import figures
from smartplan.trade.risk import Risk

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

    add("notional", risk.notional, lambda v: f"{figures.money(v)} {risk.quote}")
    add("margin", risk.margin, lambda v: f"{figures.money(v)} {risk.quote}")
    if risk.loss_at_stop is not None and risk.loss_at_stop < 0:
        parts.append(f"gain at stop {figures.gain(-risk.loss_at_stop)} {risk.quote}")
    else:
        add("loss at stop", risk.loss_at_stop, lambda v: f"{figures.loss(v)} {risk.quote}")
    add("reward:risk", risk.reward_risk, figures.ratio)
    add("break-even", risk.break_even, figures.price)
    add("liquidation about", risk.liquidation, figures.price)
    return parts


def _unknown(risk: Risk) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for figure, name in _NAMES.items():
        if figure in risk.unknown:
            by_reason.setdefault(risk.unknown[figure], []).append(name)
    return [f"{', '.join(names)} unknown ({reason})" for reason, names in by_reason.items()]
