"""The report for machines: schemas/report.schema.json is the promise."""

from decimal import Decimal

from smartplan.report.appearance import Look
from smartplan.report.envelope import enveloped
from smartplan.report.overview import Overview, Shown
from smartplan.report.simulation.json import decimal_text, simulation_json
from smartplan.trade.profit import in_percent
from smartplan.trade.risk import Risk, RiskTotal, liquidation_distance

VERSION = 1


def render(overview: Overview, _look: Look) -> str:
    """Money and prices as decimal strings; ``null`` is not known, and ``unknown`` says why."""
    content = {
        "version": VERSION,
        "environment": overview.environment,
        "workspace": overview.workspace,
        "plans": overview.plans,
        "fee": decimal_text(overview.fee),
        "trades": [_trade(shown, overview) for shown in overview.trades],
        "totals": [_total(total, overview) for total in overview.totals],
        "diff": overview.diff,
        "offline": overview.offline or None,
        "simulation": (
            simulation_json(overview.simulation, Look(every_path=True))
            if overview.simulation is not None
            else None
        ),
    }
    return enveloped("report", content)


def _trade(shown: Shown, overview: Overview) -> dict[str, object]:
    update = shown.update
    return {
        "name": shown.name,
        "pair": shown.trade.pair,
        "side": shown.trade.side.value,
        "market": _optional(shown.market),
        **_risk(shown.risk, overview),
        "update": (
            {"before": _risk(update[0], overview), "after": _risk(update[1], overview)}
            if update is not None
            else None
        ),
        "ladder": [
            {"name": level.name, "price": decimal_text(level.price), "detail": level.detail}
            for level in shown.levels
        ],
    }


def _risk(risk: Risk, overview: Overview) -> dict[str, object]:
    equity = overview.equity.get(risk.quote)
    share = in_percent(risk.loss_at_stop, equity) if risk.loss_at_stop is not None else None
    return {
        "reference": _optional(risk.reference),
        "notional": _optional(risk.notional),
        "margin": _optional(risk.margin),
        "loss_at_stop": _optional(risk.loss_at_stop),
        "loss_percent_of_equity": _optional(share),
        "reward_risk_net": _optional(risk.reward_risk),
        "reward_risk_gross": _optional(risk.reward_risk_gross),
        "break_even": _optional(risk.break_even),
        "liquidation_estimate": _optional(risk.liquidation),
        "liquidation_distance_percent": _optional(liquidation_distance(risk)),
        "unknown": dict(risk.unknown),
    }


def _total(total: RiskTotal, overview: Overview) -> dict[str, object]:
    return {
        "quote": total.quote,
        "trades": total.trades,
        "notional": decimal_text(total.notional),
        "margin": decimal_text(total.margin),
        "loss_at_stop": decimal_text(total.loss_at_stop),
        "loss_percent_of_equity": _optional(
            in_percent(total.loss_at_stop, overview.equity.get(total.quote))
        ),
        "unsized": list(total.unsized),
        "unbounded": list(total.unbounded),
    }


def _optional(value: Decimal | None) -> str | None:
    return decimal_text(value) if value is not None else None
