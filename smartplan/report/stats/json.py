"""A track record for programs: schemas/stats.schema.json is the promise."""

from decimal import Decimal

from smartplan.changes.track_record import MOVERS, ClosedTrade, TradeGroup
from smartplan.report.appearance import Look
from smartplan.report.envelope import ENOUGH, enveloped
from smartplan.report.stats import StatsReport
from smartplan.trade.profit import r_multiple


def render(report: StatsReport, _look: Look) -> str:
    """Every group with n, then every trade."""
    record = report.record
    content = {
        "workspace": record.workspace,
        "environment": record.environment,
        "service": report.service,
        "at": record.at,
        "open": record.open,
        "groups": [_group(group) for group in report.groups],
        "trades": [closed_json(trade) for trade in record.trades],
    }
    return enveloped("stats", content, decimals=ENOUGH)


def _group(group: TradeGroup) -> dict[str, object]:
    rs = group.rs
    return {
        "by": group.by or None,
        "key": group.key,
        "quote": group.quote,
        "n": group.n,
        "won": group.won,
        "won_percent": group.won_percent,
        "profit": group.profit,
        "profit_unknown": group.unknown,
        "n_r": len(rs),
        "mean_r": group.mean_r,
        "best_r": max(rs, default=None),
        "worst_r": min(rs, default=None),
        "mean_slippage_r": group.mean_slippage,
        "moved": {who.replace(" ", "_"): times for who, times in group.moved().items()},
    }


def closed_json(trade: ClosedTrade) -> dict[str, object]:
    """One trade; ``None`` where nobody knows."""
    return {
        "id": trade.id,
        "name": trade.name,
        "pair": trade.pair,
        "side": trade.side.value,
        "quote": trade.quote,
        "tags": list(trade.tags),
        "status": trade.status,
        "opened": trade.opened,
        "closed": trade.closed,
        "profit": trade.profit,
        "planned_risk": trade.risk,
        "r": trade.r,
        "planned_entry": trade.planned_entry,
        "filled_entry": trade.filled_entry,
        "planned_stop": trade.planned_stop,
        "filled_exit": trade.filled_exit,
        "entry_slippage": trade.entry_slip,
        "exit_slippage": trade.exit_slip,
        "slippage_r": trade.slippage,
        "mae": trade.adverse,
        "mae_r": _in_r(trade, trade.adverse),
        "mfe": trade.favourable,
        "mfe_r": _in_r(trade, trade.favourable),
        "moved": {who.replace(" ", "_"): trade.moved.get(who, 0) for who in MOVERS},
        "moves": [{"by": move.who.replace(" ", "_"), "what": move.what} for move in trade.moves],
    }


def _in_r(trade: ClosedTrade, money: Decimal | None) -> Decimal | None:
    return None if money is None else r_multiple(money, trade.risk)
