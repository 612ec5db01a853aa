"""Waiting that is told: on stderr, with the time it ends."""

import math
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import click

from smartplan.cli.output import line, over

_LINE_SECONDS = 30.0
_TERMINAL_SECONDS = 1.0
_PATIENCE_ON_A_TERMINAL = 900.0

max_wait_option = click.option(
    "--max-wait",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Longest wait for the end of a 429 (terminal: 900, else 0).",
)


def patience(max_wait: float | None) -> float:
    """How long to wait for the end of a 429: as told, else only where somebody can watch it."""
    if max_wait is not None:
        return max_wait
    return _PATIENCE_ON_A_TERMINAL if sys.stderr.isatty() else 0.0


class Waiting:
    """A session's ``Progress`` and its sleep: says why and until when, then counts down.

    A line rewritten every second on a terminal, a line every half minute elsewhere.
    """

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep

    def waiting(self, seconds: float, reason: str) -> None:
        """Say until when nothing is sent, and why."""
        end = datetime.now(UTC) + timedelta(seconds=seconds)
        line(f"waiting until {end:%H:%M:%S} UTC ({math.ceil(seconds)} s): {reason}", err=True)

    def warning(self, message: str) -> None:
        """Say what there is less of than was hoped for."""
        line(f"warning: {message}", err=True)

    def sleep(self, seconds: float) -> None:
        """Sleep through it, saying how much is left."""
        terminal = sys.stderr.isatty()
        step = _TERMINAL_SECONDS if terminal else _LINE_SECONDS
        while seconds > 0:
            self._sleep(min(step, seconds))
            seconds -= step
            if seconds > 0:
                left = f"  {seconds:.0f} s left"
                over(f"{left} ") if terminal else line(left, err=True)
        if terminal:
            over(" " * 20)
            over("")
