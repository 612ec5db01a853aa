"""What a simulation found, by the name of the format."""

from collections.abc import Callable, Mapping

from smartplan.report.look import Look as Look
from smartplan.trade.simulation import Simulation


def _text(simulation: Simulation, look: Look) -> str:
    from smartplan.report import simulation_text

    return simulation_text.render(simulation, look)


def _json(simulation: Simulation, look: Look) -> str:
    from smartplan.report import simulation_data

    return simulation_data.as_json(simulation, look)


def _csv(simulation: Simulation, look: Look) -> str:
    from smartplan.report import simulation_data

    return simulation_data.as_csv(simulation, look)


FORMATS: Mapping[str, Callable[[Simulation, Look], str]] = {
    "text": _text,
    "json": _json,
    "csv": _csv,
}
