"""How a report looks, whatever it is about."""

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from smartplan.simulation.result import Run, SimulatedTrade


class Characters(Struct, frozen=True):
    """What drawings of prices are made of."""

    bar: str
    level: str
    fill: str
    rung: str

    @property
    def sample(self) -> str:
        """Every character there is, to see whether a terminal can show them."""
        return self.bar + self.level + self.fill + self.rung


UNICODE = Characters(bar="│", level="┈", fill="●", rung="┤")
PLAIN = Characters(bar="|", level=".", fill="*", rung="+")


class Look(Struct, frozen=True):
    """Colour and the characters of drawings; what a program reads heeds neither.

    ``every_path`` shows each run of a simulation, else the worst of each trade.
    """

    colour: bool = False
    every_path: bool = False
    characters: Characters = PLAIN

    def runs(self, simulated: "SimulatedTrade") -> "tuple[Run, ...]":
        """The runs that are wanted, the worst first."""
        return simulated.runs if self.every_path else simulated.runs[:1]


BARE = Look()
"""For files and pipes."""
