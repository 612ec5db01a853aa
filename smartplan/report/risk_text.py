"""The risk of a trade, or of all trades in a currency, as one line."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from types import MappingProxyType

from smartplan.report import figures
from smartplan.report.clean import clean
from smartplan.trade.risk import Risk, RiskTotal, equity_share, liquidation_distance

_NAMES = {
    "notional": "notional",
    "margin": "margin",
    "loss_at_stop": "loss at stop",
    "reward_risk": "reward:risk",
    "break_even": "break-even",
    "liquidation": "liquidation",
}


Equity = Mapping[str, Decimal]
"""What there is to lose, per quote currency, as far as ``[risk] equity`` says."""


def risk_line(risk: Risk, equity: Equity = MappingProxyType({})) -> str:
    """``notional 600 USDT · loss at stop 51.10 USDT · reward:risk 1.59 · break-even 60120.18``.

    A loss is rounded up and a reward:risk down, so that neither looks better than it is. What is
    unknown comes last, with its reason.
    """
    return " · ".join([*_known(risk, equity), *unknown(risk)])


def total_line(total: RiskTotal, equity: Equity = MappingProxyType({})) -> str:
    """``Total USDT: notional 1200 · loss at stop 102.20 (1.02 % of equity) · 2 trades``."""
    loss = figures.loss(total.loss_at_stop)
    parts = [f"notional {figures.money(total.notional)}"]
    if total.margin:
        parts.append(f"margin {figures.money(total.margin)}")
    parts.append(f"loss at stop {loss}{_share(total.loss_at_stop, equity.get(total.quote))}")
    parts.append("1 trade" if total.trades == 1 else f"{total.trades} trades")
    if total.unbounded:
        parts.append(f"without the unknown loss of {', '.join(total.unbounded)}")
    if total.unsized:
        parts.append(f"without the unknown notional of {', '.join(total.unsized)}")
    return clean(f"Total {total.quote}: " + " · ".join(parts))


def _known(risk: Risk, equity: Equity) -> Iterator[str]:
    if risk.notional is not None:
        yield f"notional {figures.money(risk.notional)} {risk.quote}"
    if risk.margin is not None:
        yield f"margin {figures.money(risk.margin)} {risk.quote}"
    if risk.loss_at_stop is not None:
        yield _loss(risk.loss_at_stop, risk.quote, equity.get(risk.quote))
    if risk.reward_risk is not None:
        yield f"reward:risk {figures.ratio(risk.reward_risk)}"
    if risk.break_even is not None:
        yield f"break-even {figures.price(risk.break_even)}"
    if risk.liquidation is not None:
        distance = liquidation_distance(risk)
        away = f" ({figures.percent(distance, ROUND_FLOOR)} away)" if distance is not None else ""
        yield f"liquidation about {figures.price(risk.liquidation)}{away}"


def _loss(loss: Decimal, quote: str, equity: Decimal | None) -> str:
    if loss < 0:
        return f"gain at stop {figures.gain(-loss)} {quote}"
    return f"loss at stop {figures.loss(loss)} {quote}{_share(loss, equity)}"


def _share(loss: Decimal, equity: Decimal | None) -> str:
    share = equity_share(loss, equity)
    return f" ({figures.percent(share, ROUND_CEILING)} of equity)" if share is not None else ""


def unknown(risk: Risk) -> list[str]:
    """``loss at stop, reward:risk unknown (no stop loss)``: one text per reason."""
    by_reason: dict[str, list[str]] = {}
    for figure, name in _NAMES.items():
        if figure in risk.unknown:
            by_reason.setdefault(risk.unknown[figure], []).append(name)
    return [f"{', '.join(names)} unknown ({reason})" for reason, names in by_reason.items()]
