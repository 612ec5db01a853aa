"""What all reports for programs say of a risk beside its figures, in the same words."""

from collections.abc import Mapping
from decimal import Decimal

from smartplan.trade.costs import Costs
from smartplan.trade.heat import Heat, heat
from smartplan.trade.liquidation import Maintenance
from smartplan.trade.profit import in_percent
from smartplan.trade.risk import Risk
from smartplan.trade.scenarios import Scenario

_FIGURES = (
    "reference", "notional", "margin", "loss_at_stop", "reward_risk", "break_even", "liquidation",
)  # fmt: skip


def risk_json(risk: Risk | None) -> dict[str, object] | None:
    """A risk whole."""
    if risk is None:
        return None
    shown = {name: getattr(risk, name) for name in _FIGURES}
    return {"quote": risk.quote, **shown, "unknown": dict(risk.unknown), **outlook_json(risk)}


def outlook_json(risk: Risk) -> dict[str, object]:
    """What is held and won, how it may end, what a missed stop costs, what it was counted with."""
    return {
        "held": risk.held,
        "realised": risk.realised,
        "loss_held": risk.loss_held,
        "loss_waiting": risk.loss_waiting,
        "maintenance": _maintenance(risk.maintenance),
        "scenarios": [_scenario(end) for end in risk.scenarios],
        "stress": _stress(risk.stress),
        "funding": risk.funding,
        "costs": costs_json(risk.costs) if risk.costs is not None else None,
    }


def _maintenance(rate: Maintenance | None) -> dict[str, object] | None:
    return None if rate is None else {"rate": rate.rate, "source": rate.source}


def _scenario(end: Scenario) -> dict[str, object]:
    return {
        "reached": end.reached,
        "then": end.then,
        "profit": end.profit,
        "r": end.r,
        "needed_percent": end.needed,
    }


def _stress(levels: tuple[tuple[Decimal, Decimal], ...]) -> list[dict[str, object]]:
    return [{"beyond_percent": percent, "loss": loss} for percent, loss in levels]


def costs_json(costs: Costs) -> dict[str, object]:
    """What figures were counted with."""
    return {
        "maker": costs.maker,
        "taker": costs.taker,
        "fee_model": costs.model,
        "slippage_percent": costs.slippage,
        "funding_percent": costs.funding,
    }


def heat_json(risks: Mapping[str, Risk], equity: Mapping[str, Decimal]) -> list[dict[str, object]]:
    """What is at risk per quote currency and direction."""
    return [_heat(one, equity.get(one.quote)) for one in heat(risks)]


def _heat(one: Heat, equity: Decimal | None) -> dict[str, object]:
    return {
        "quote": one.quote,
        "side": one.side.value,
        "trades": one.trades,
        "notional": one.notional,
        "held": one.held,
        "waiting": one.waiting,
        "at_risk_percent_of_equity": in_percent(one.at_risk, equity),
        "locked_in": one.locked_in,
        "realised": one.realised,
        "stress": _stress(one.stress),
        "funding": one.funding,
        "unbounded": list(one.unbounded),
    }
