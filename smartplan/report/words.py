"""Words that several reports say, each written once."""

from smartplan.report.appearance import UNPAINTED, Palette, Style


def counted(number: int, noun: str) -> str:
    """``1 trade``, ``2 trades``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def environment_text(environment: str, palette: Palette = UNPAINTED) -> str:
    """The environment, which nobody overlooks where money is real."""
    if environment != "real":
        return environment
    return palette.paint("real · REAL MONEY", Style.BOLD, Style.RED)
