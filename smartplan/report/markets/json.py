"""Pairs for programs: schemas/markets.schema.json is the promise."""

from smartplan.report.appearance import Look
from smartplan.report.envelope import enveloped
from smartplan.report.markets import MarketRow, MarketsReport
from smartplan.trade.market_lock import PairTerms


def render(report: MarketsReport, _look: Look) -> str:
    """``{"pairs": […]}`` in its envelope."""
    content = {
        "environment": report.environment,
        "service": report.service,
        "at": report.at,
        "more": report.more,
        "pairs": [_row(row) for row in report.rows],
    }
    return enveloped("markets", content)


def _row(row: MarketRow) -> dict[str, object]:
    ticker = row.ticker
    return {
        "account": row.alias,
        "account_id": row.account_id,
        "market": row.market,
        "pair": row.pair,
        "last": ticker.last,
        "bid": ticker.bid,
        "ask": ticker.ask,
        **{term: getattr(row.terms, term) for term in PairTerms.__struct_fields__},
    }
