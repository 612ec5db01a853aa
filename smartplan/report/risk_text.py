"""The risk of a trade, or of all trades in a currency, as one line."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from smartplan.document.scalars import percent_text
from smartplan.report import figures
from smartplan.report.foreign_text import clean
from smartplan.report.words import counted
from smartplan.trade.contract import UNKNOWN_SIZE
from smartplan.trade.heat import RiskTotal, liquidation_distance
from smartplan.trade.liquidation import Maintenance, MaintenanceSource
from smartplan.trade.profit import in_percent
from smartplan.trade.risk import Risk

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
    return " · ".join([*map(str, _known(risk, equity).values()), *unknown(risk)])


def change_line(
    before: Risk, after: Risk, equity: Equity = MappingProxyType({}), *, whole: bool = True
) -> str:
    """``notional 600 USDT · loss at stop 51.10 → 41.11 USDT``: what moves has an arrow.

    Empty where nothing moves; not ``whole``: what moves and nothing else.
    """
    was, becomes = _known(before, equity), _known(after, equity)
    moved = {name for name in _NAMES if was.get(name) != becomes.get(name)}
    if not moved:
        return ""
    parts = []
    for name in _NAMES:
        if name in moved:
            reasons = (before.unknown.get(name), after.unknown.get(name))
            parts.append(_moved(name, was.get(name), becomes.get(name), reasons))
        elif whole and name in becomes:
            parts.append(str(becomes[name]))
    both = {name: why for name, why in after.unknown.items() if name in before.unknown}
    return " · ".join([*parts, *(_reasons(both) if whole else ())])


def total_line(total: RiskTotal, equity: Equity = MappingProxyType({})) -> str:
    """``Total USDT: notional 1200 · loss at stop 102.20 (1.02 % of equity) · 2 trades``."""
    share = equity_text(total.loss_at_stop, equity.get(total.quote))
    parts = [f"notional {figures.money(total.notional)}"]
    if total.margin:
        parts.append(f"margin {figures.money(total.margin)}")
    of_equity = f" ({share} of equity)" if share else ""
    parts.append(f"loss at stop {figures.loss(total.loss_at_stop)}{of_equity}")
    parts.append(counted(total.trades, "trade"))
    if total.unbounded:
        parts.append(f"without the unknown loss of {', '.join(total.unbounded)}")
    if total.unsized:
        parts.append(f"without the unknown notional of {', '.join(total.unsized)}")
    return clean(f"Total {total.quote}: " + " · ".join(parts))


class _Worded(Struct, frozen=True):
    """``title value unit (share of)``."""

    title: str
    value: str
    unit: str = ""
    share: str = ""
    of: str = ""

    def __str__(self) -> str:
        return f"{self.title} {self.rest}"

    @property
    def rest(self) -> str:
        """Without its title."""
        return f"{self.value}{self.unit}" + (f" ({self.share} {self.of})" if self.share else "")


def _known(risk: Risk, equity: Equity) -> dict[str, _Worded]:
    return dict(_figures(risk, equity.get(risk.quote)))


def _figures(risk: Risk, equity: Decimal | None) -> Iterator[tuple[str, _Worded]]:
    quote = f" {risk.quote}"
    if risk.notional is not None:
        yield "notional", _Worded("notional", figures.money(risk.notional), quote)
    if risk.margin is not None:
        yield "margin", _Worded("margin", figures.money(risk.margin), quote)
    if risk.loss_at_stop is not None:
        yield "loss_at_stop", _loss(risk.loss_at_stop, quote, equity)
    if risk.reward_risk is not None:
        yield "reward_risk", _Worded("reward:risk", figures.ratio(risk.reward_risk))
    if risk.break_even is not None:
        even = figures.careful_price(risk.break_even, risk.side)
        yield "break_even", _Worded("break-even", even)
    if risk.liquidation is not None:
        yield "liquidation", _liquidation(risk, risk.liquidation)


def _liquidation(risk: Risk, price: Decimal) -> _Worded:
    """An estimate says on which rate it rests; what the service says is none."""
    at, rate = figures.careful_price(price, risk.side), risk.maintenance
    title = "liquidation" if rate is None else "liquidation about"
    rests = f"away; {rate_text(rate)}" if rate is not None else "away"
    return _Worded(title, at, share=away_text(risk), of=rests)


_SOURCES: Mapping[MaintenanceSource, str] = {
    "settings": "",
    "position": " as its own price says",
    "exchange": " as the exchange says",
    "max_leverage": " by the highest leverage",
    "assumed": " assumed",
}


def rate_text(rate: Maintenance) -> str:
    """``maintenance 2.5 % assumed``."""
    return f"maintenance {percent_text(rate.rate * 100)}{_SOURCES[rate.source]}"


def _loss(loss: Decimal, quote: str, equity: Decimal | None) -> _Worded:
    if loss < 0:
        return _Worded("gain at stop", figures.gain(-loss), quote)
    return _Worded(
        "loss at stop", figures.loss(loss), quote, equity_text(loss, equity), "of equity"
    )


def equity_text(loss: Decimal | None, equity: Decimal | None) -> str:
    """``1.02 %`` of the equity, rounded up; empty where that is not known."""
    share = in_percent(loss, equity) if loss is not None else None
    return figures.percent(share, ROUND_CEILING) if share is not None else ""


def away_text(risk: Risk) -> str:
    """``12.34 %`` from the entry to the liquidation, rounded down; empty where not known."""
    distance = liquidation_distance(risk)
    return figures.percent(distance, ROUND_FLOOR) if distance is not None else ""


def _moved(
    name: str, was: _Worded | None, becomes: _Worded | None, reasons: tuple[str | None, str | None]
) -> str:
    if was is None and becomes is not None:
        return f"{becomes.title} {'unknown' if reasons[0] else figures.NONE} → {becomes.rest}"
    if was is not None and becomes is None:
        return f"{was} → " + (f"unknown ({reasons[1]})" if reasons[1] else figures.NONE)
    if was is None or becomes is None:
        return f"{_NAMES[name]} unknown"
    if was.title != becomes.title:
        return f"{was} → {becomes}"
    share = becomes.share
    if was.share and share and was.share != share:
        share = f"{was.share} → {share}"
    return f"{was.title} {was.value} → {replace(becomes, share=share).rest}"


def unknown(risk: Risk) -> list[str]:
    """``loss at stop, reward:risk unknown (no stop loss)``: one text per reason."""
    return _reasons(risk.unknown)


def _reasons(of: Mapping[str, str]) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for figure, name in _NAMES.items():
        if figure in of:
            by_reason.setdefault(of[figure], []).append(name)
    return [_reason(reason, names) for reason, names in by_reason.items()]


def _reason(reason: str, names: list[str]) -> str:
    """``notional ?, loss at stop ?: unknown (units are contracts of unknown size)``."""
    if reason == UNKNOWN_SIZE:
        return ", ".join(f"{name} {figures.UNKNOWN}" for name in names) + f": unknown ({reason})"
    return f"{', '.join(names)} unknown ({reason})"
