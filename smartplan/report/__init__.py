"""What smartplan found, would do, did and sees, as text for people and for programs.

A format of a subject is one module, ``report/SUBJECT/FORMAT.py`` with
``render(value, look) -> str``, and its name in the table below.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct

from smartplan.report.appearance import BARE, Look

if TYPE_CHECKING:
    from smartplan.api.conformance import ConformanceReport
    from smartplan.report.changes import ChangesReport
    from smartplan.report.findings import LintReport
    from smartplan.report.history import HistoryReport
    from smartplan.report.markets import MarketsReport
    from smartplan.report.overview import Overview
    from smartplan.report.stats import StatsReport
    from smartplan.report.status import StatusReport
    from smartplan.simulation.result import Simulation
    from smartplan.simulation.study import Study
    from smartplan.trade.listing import Listing

Value = TypeVar("Value")


class Subject(Struct, Generic[Value], frozen=True):
    """What a report is about, and the formats there are of it, the usual one first."""

    name: str
    formats: tuple[str, ...]

    def render(self, value: Value, format_: str, look: Look = BARE) -> str:
        """``value`` in one of the ``formats``; its module is imported when it is first used."""
        module = import_module(f"smartplan.report.{self.name}.{format_}")
        rendered: str = module.render(value, look)
        return rendered


FINDINGS: "Subject[LintReport]" = Subject(
    "findings", ("text", "json", "markdown", "github", "sarif", "junit")
)
CHANGES: "Subject[ChangesReport]" = Subject("changes", ("text", "json", "markdown"))
STATUS: "Subject[StatusReport]" = Subject("status", ("text", "json"))
TRADES: "Subject[Listing]" = Subject("trades", ("table", "json", "csv"))
HISTORY: "Subject[HistoryReport]" = Subject("history", ("text", "events", "json", "csv"))
OVERVIEW: "Subject[Overview]" = Subject("overview", ("text", "html", "markdown", "json"))
SIMULATION: "Subject[Simulation]" = Subject("simulation", ("text", "json", "csv"))
STUDY: "Subject[Study]" = Subject("study", ("text", "json", "csv", "html"))

CONFORMANCE: "Subject[ConformanceReport]" = Subject("conformance", ("text", "json"))
MARKETS: "Subject[MarketsReport]" = Subject("markets", ("text", "json"))

STATS: "Subject[StatsReport]" = Subject("stats", ("text", "json", "csv"))

SUBJECTS = (
    FINDINGS,
    CHANGES,
    STATUS,
    TRADES,
    HISTORY,
    OVERVIEW,
    SIMULATION,
    STUDY,
    CONFORMANCE,
    MARKETS,
    STATS,
)
