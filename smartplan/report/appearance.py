"""How a report looks, whatever it is about."""

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from smartplan.simulation.result import Run, SimulatedTrade


class Style(StrEnum):
    """SGR codes."""

    BOLD = "1"
    DIM = "2"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"
    BLUE = "34"
    CYAN = "36"


class Palette(Struct, frozen=True):
    """Paints text when ``colour`` is wanted, else leaves it as it is."""

    colour: bool = False

    def paint(self, text: str, *styles: Style) -> str:
        """``text`` in the styles."""
        if not self.colour or not styles or not text:
            return text
        return f"\x1b[{';'.join(styles)}m{text}\x1b[0m"


UNPAINTED = Palette()
"""For files and pipes."""


class Characters(Struct, frozen=True):
    """What drawings of prices are made of."""

    bar: str
    level: str
    fill: str
    rung: str
    stop: str

    @property
    def sample(self) -> str:
        """Every character there is, to see whether a terminal can show them."""
        return self.bar + self.level + self.fill + self.rung + self.stop


UNICODE = Characters(bar="│", level="┈", fill="●", rung="┤", stop="━")
PLAIN = Characters(bar="|", level=".", fill="*", rung="+", stop="-")


class Look(Struct, frozen=True):
    """Colour, the characters of drawings and how much fits; what a program reads heeds none.

    ``every_path`` shows each run of a simulation, else the worst of each trade; ``full_risk`` how
    trades may end, and what they put at risk together. ``columns`` and ``lines`` are what a
    terminal has: None for a file or a pipe, and for what may scroll.
    """

    colour: bool = False
    every_path: bool = False
    characters: Characters = PLAIN
    full_risk: bool = False
    columns: int | None = None
    lines: int | None = None

    @property
    def palette(self) -> Palette:
        """What paints in this colour, or none."""
        return Palette(self.colour)

    def runs(self, simulated: "SimulatedTrade") -> "tuple[Run, ...]":
        """The runs that are wanted, the worst first."""
        return simulated.runs if self.every_path else simulated.runs[:1]


BARE = Look()
"""For files and pipes."""
