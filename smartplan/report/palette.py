"""Terminal styles, or none."""

from enum import StrEnum

from msgspec import Struct


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


PLAIN = Palette()
"""For files and pipes."""
