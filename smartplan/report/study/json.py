"""What many starts come to, for programs: schemas/study.schema.json is the promise."""

from msgspec.structs import fields

from smartplan.report.appearance import Look
from smartplan.report.envelope import ENOUGH, enveloped
from smartplan.report.risk_json import costs_json
from smartplan.report.simulation.json import price_json
from smartplan.report.study.text import variant_text
from smartplan.simulation.statistics import Sample, Statistics, curve, histogram
from smartplan.simulation.study import Found, Study, TradeStudy, VariantResult

STATISTICS = tuple(field.name for field in fields(Statistics))
SAMPLE = Sample._fields


def render(study: Study, _look: Look) -> str:
    """Money, R and shares as decimal strings, times in ISO form; the best of the past first."""
    walking = study.walking
    content = {
        "every": walking.every,
        "anchored": walking.anchor is not None,
        "holdout": walking.holdout,
        "prices": [price_json(history) for history in study.histories.values()],
        "trades": [_trade_json(trade) for trade in study.trades],
        "left_out": dict(study.left_out),
    }
    return enveloped("study", content, decimals=ENOUGH)


def _trade_json(trade: TradeStudy) -> dict[str, object]:
    return {
        "name": trade.subject.name,
        "pair": trade.pair,
        "side": trade.subject.trade.side.value,
        "quote": trade.subject.trade.quote,
        "costs": costs_json(trade.costs),
        "variants": [_variant_json(result) for result in trade.results],
    }


def _variant_json(result: VariantResult) -> dict[str, object]:
    return {
        "variant": {name: str(distance) for name, distance in result.variant},
        "text": variant_text(result.variant),
        "past": _found_json(result.past),
        "held_out": _found_json(result.held_out) if result.held_out is not None else None,
    }


def _found_json(found: Found) -> dict[str, object]:
    return {
        "start": found.start,
        "end": found.end,
        "worst": statistics_json(found.worst),
        "best": statistics_json(found.best),
        "samples": [sample._asdict() for sample in found.samples],
        "curve": [point._asdict() for point in curve(found.samples)],
        "histogram": [one._asdict() for one in histogram(found.samples)],
    }


def statistics_json(found: Statistics) -> dict[str, object]:
    """The figures under their names."""
    return {name: getattr(found, name) for name in STATISTICS}
