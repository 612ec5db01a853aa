"""What variants come to as a table, a row each; of a plan as it is each start.

The columns are those of schemas/study.schema.json: of a start ``samples``, of a variant its names,
then the figures of ``past`` and, behind ``after_``, of what was held out.
"""

from collections.abc import Iterator, Mapping

from smartplan.report.appearance import Look
from smartplan.report.csv import csv_text
from smartplan.report.envelope import ENOUGH
from smartplan.report.study.json import SAMPLE, STATISTICS, statistics_json
from smartplan.simulation.study import Study, VariantResult


def render(study: Study, _look: Look) -> str:
    """No cell of text begins like a formula."""
    if any(trade.varied for trade in study.trades):
        names = dict.fromkeys(
            name for trade in study.trades for name, _ in trade.results[0].variant
        )
        held_out = study.walking.holdout is not None
        after = [f"after_{name}" for name in STATISTICS] if held_out else []
        head = ("trade", *names, *STATISTICS, *after)
        return csv_text(head, _variants(study), {*names, *STATISTICS, *after}, decimals=ENOUGH)
    return csv_text(("trade", "part", *SAMPLE), _samples(study), {"net", "r"}, decimals=ENOUGH)


def _variants(study: Study) -> Iterator[Mapping[str, object]]:
    for trade in study.trades:
        for result in trade.results:
            yield {"trade": trade.subject.name, **_row(result)}


def _row(result: VariantResult) -> dict[str, object]:
    row: dict[str, object] = {name: str(distance) for name, distance in result.variant}
    row |= statistics_json(result.past.worst)
    if result.held_out is not None:
        after = statistics_json(result.held_out.worst)
        row |= {f"after_{name}": value for name, value in after.items()}
    return row


def _samples(study: Study) -> Iterator[Mapping[str, object]]:
    for trade in study.trades:
        result = trade.results[0]
        for part, found in (("past", result.past), ("held_out", result.held_out)):
            for sample in found.samples if found is not None else ():
                yield {"trade": trade.subject.name, "part": part, **sample._asdict()}
