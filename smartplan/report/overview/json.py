"""The report for machines: schemas/report.schema.json is the promise."""

from smartplan.report.appearance import Look
from smartplan.report.envelope import ENOUGH, enveloped
from smartplan.report.overview import Overview, Shown
from smartplan.report.risk_json import heat_json, outlook_json
from smartplan.report.simulation.json import simulation_json
from smartplan.trade.heat import RiskTotal, liquidation_distance
from smartplan.trade.profit import in_percent
from smartplan.trade.risk import Risk

VERSION = 1


def render(overview: Overview, _look: Look) -> str:
    """Money and prices as decimal strings; ``null`` is not known, and ``unknown`` says why."""
    content = {
        "version": VERSION,
        "environment": overview.environment,
        "workspace": overview.workspace,
        "plans": overview.plans,
        "fee": overview.fee,
        "trades": [_trade(shown, overview) for shown in overview.trades],
        "totals": [_total(total, overview) for total in overview.totals],
        "heat": heat_json(overview.risks, overview.equity),
        "diff": overview.diff,
        "offline": overview.offline or None,
        "simulation": (
            simulation_json(overview.simulation, Look(every_path=True))
            if overview.simulation is not None
            else None
        ),
    }
    return enveloped("report", content, decimals=ENOUGH)


def _trade(shown: Shown, overview: Overview) -> dict[str, object]:
    update = shown.update
    return {
        "name": shown.name,
        "pair": shown.trade.pair,
        "side": shown.trade.side.value,
        "market": shown.market,
        **_risk(shown.risk, overview),
        "update": (
            {"before": _risk(update[0], overview), "after": _risk(update[1], overview)}
            if update is not None
            else None
        ),
        "ladder": [
            {"name": level.name, "price": level.price, "detail": level.detail}
            for level in shown.levels
        ],
    }


def _risk(risk: Risk, overview: Overview) -> dict[str, object]:
    equity = overview.equity.get(risk.quote)
    share = in_percent(risk.loss_at_stop, equity) if risk.loss_at_stop is not None else None
    return {
        "reference": risk.reference,
        "notional": risk.notional,
        "margin": risk.margin,
        "loss_at_stop": risk.loss_at_stop,
        "loss_percent_of_equity": share,
        "reward_risk_net": risk.reward_risk,
        "reward_risk_gross": risk.reward_risk_gross,
        "break_even": risk.break_even,
        "liquidation_estimate": risk.liquidation,
        "liquidation_distance_percent": liquidation_distance(risk),
        "unknown": dict(risk.unknown),
        **outlook_json(risk),
    }


def _total(total: RiskTotal, overview: Overview) -> dict[str, object]:
    return {
        "quote": total.quote,
        "trades": total.trades,
        "notional": total.notional,
        "margin": total.margin,
        "loss_at_stop": total.loss_at_stop,
        "loss_percent_of_equity": in_percent(total.loss_at_stop, overview.equity.get(total.quote)),
        "unsized": list(total.unsized),
        "unbounded": list(total.unbounded),
    }
