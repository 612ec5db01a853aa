"""What a simulation found, by the name of the format."""

from collections.abc import Callable, Mapping

from smartplan.report.look import Look
from smartplan.report.simulation_data import as_csv, as_json
from smartplan.report.simulation_text import render
from smartplan.simulation.result import Simulation

FORMATS: Mapping[str, Callable[[Simulation, Look], str]] = {
    "text": render,
    "json": as_json,
    "csv": as_csv,
}
