"""How a simulation is shown."""

from dataclasses import dataclass

from smartplan.report.chart_text import PLAIN, Characters
from smartplan.simulation.result import Run, SimulatedTrade


@dataclass(frozen=True, slots=True)
class Look:
    """``every_path`` shows each run of a trade, else its worst."""

    colour: bool = False
    every_path: bool = False
    characters: Characters = PLAIN

    def runs(self, simulated: SimulatedTrade) -> tuple[Run, ...]:
        """The runs that are wanted, the worst first."""
        return simulated.runs if self.every_path else simulated.runs[:1]
