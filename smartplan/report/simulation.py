"""What a simulation found, by the name of the format."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from smartplan.report.chart_text import PLAIN, Characters
from smartplan.trade.simulation import Run, SimulatedTrade, Simulation


@dataclass(frozen=True, slots=True)
class Look:
    """How a simulation is shown; ``every_path`` shows each run, else the worst of each trade."""

    colour: bool = False
    every_path: bool = False
    characters: Characters = PLAIN

    def runs(self, simulated: SimulatedTrade) -> tuple[Run, ...]:
        """The runs that are wanted, the worst first."""
        return simulated.runs if self.every_path else simulated.runs[:1]


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
