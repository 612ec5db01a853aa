"""The events of a simulation as a table."""

from smartplan.report.appearance import Look
from smartplan.report.csv import csv_text
from smartplan.report.envelope import ENOUGH
from smartplan.report.simulation.json import EVENT, event_json
from smartplan.simulation.result import Simulation

_HEAD = ("trade", "path", *EVENT)


def render(simulation: Simulation, look: Look) -> str:
    """One row per event; no cell of text begins like a formula."""
    rows = (
        {"trade": simulated.name, "path": run.path.value, **event_json(event)}
        for simulated in simulation.trades
        for run in look.runs(simulated)
        for event in run.events
    )
    return csv_text(_HEAD, rows, {"step", "price", "units", "realised", "stop"}, decimals=ENOUGH)
