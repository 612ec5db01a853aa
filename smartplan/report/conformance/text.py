"""A check for people: a table, what to do about what does not hold, and what is left open."""

from collections.abc import Iterator

from smartplan.api.assumptions import ASSUMPTIONS
from smartplan.api.conformance import ConformanceReport, Verdict
from smartplan.report.appearance import Look
from smartplan.report.table import columns
from smartplan.report.words import counted

_SIGNS = {Verdict.HOLDS: "✓", Verdict.FALSE: "✗", Verdict.UNTESTED: "?", Verdict.NOTED: "·"}


def render(report: ConformanceReport, _look: Look) -> str:
    """The whole of it."""
    rows = [
        (_SIGNS[row.verdict], row.assumption or "", row.verdict.value, row.seen)
        for row in report.rows
    ]
    lines = [*columns(rows), "", *_costs(report), *_end(report)]
    return "".join(f"{line}\n" for line in lines)


def _costs(report: ConformanceReport) -> Iterator[str]:
    for number in sorted(report.false):
        yield f"{number} does not hold: {ASSUMPTIONS[number].sentence}"
        yield f"    what it costs: {ASSUMPTIONS[number].if_false}"
    if report.false:
        yield "Later runs go by this: they send what this service takes, or refuse and say why."
        yield ""


def _end(report: ConformanceReport) -> Iterator[str]:
    if report.stopped:
        yield f"Not everything was asked: {report.stopped}."
    words = [row.verdict for row in report.rows]
    found = ", ".join(
        f"{words.count(verdict)} {text}"
        for verdict, text in (
            (Verdict.HOLDS, "hold"),
            (Verdict.FALSE, "do not hold"),
            (Verdict.UNTESTED, "could not be tested"),
        )
    )
    yield f"{found}. {counted(report.requests, 'request')}."
    if report.left_open:
        listed = ", ".join(f"#{number}" for number in report.left_open)
        yield f"STILL OPEN: {listed}. End them on the exchange, or with `smartplan trade cancel`."
    if report.unknown:
        creates = counted(report.unknown, "create")
        yield f"UNKNOWN: {creates} without an answer, and no list could be read: look on the"
        yield "exchange for trades whose note names `conformance-`, and end them."
    if not report.left_open and not report.unknown:
        yield f"It opened {counted(report.opened, 'trade')}; none of them is open."
