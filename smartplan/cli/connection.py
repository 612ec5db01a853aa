"""The session of a command: its options for the network, and its waits told on stderr."""

import math
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import click

from smartplan import times
from smartplan.cli.output import line, over
from smartplan.settings import Settings
from smartplan.workflow import connecting
from smartplan.workflow.connecting import Network, Pace
from smartplan.workflow.session import Session

_LINE_SECONDS = 30.0
_TERMINAL_SECONDS = 1.0
_PATIENCE_ON_A_TERMINAL = 900.0


def patience(max_wait: float | None) -> float:
    """How long to wait for the end of a 429: as told, else only where somebody can watch it."""
    if max_wait is not None:
        return max_wait
    return _PATIENCE_ON_A_TERMINAL if sys.stderr.isatty() else 0.0


max_wait_option = click.option(
    "--max-wait",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    callback=lambda _context, _option, max_wait: patience(max_wait),
    help="Longest wait for the end of a 429 (terminal: 900, else 0).",
)


def connect(settings: Settings, pace: Pace | None = None) -> Session:
    """A session that ends with the command. Raises ``UsageError``."""
    session = connecting.open_session(settings, network(), pace or paced())
    return click.get_current_context().with_resource(session)


def paced(
    max_wait: float = 0.0,
    *,
    urgent: bool = False,
    pause: Callable[[float], None] = times.sleep,
    hold: Callable[[float], None] = times.sleep,
) -> Pace:
    """The pace of a command, whose waits people can follow."""
    waiting = Waiting(hold)
    return Pace(max_wait, urgent, pause=pause, hold=waiting.sleep, progress=waiting)


def network() -> Network:
    """``--proxy`` and ``--ca-bundle``: asked for on the command line, never by the environment."""
    context = click.get_current_context(silent=True)
    asked = (context.find_root().obj if context is not None else None) or {}
    bundle = asked.get("ca_bundle")
    return Network(proxy=asked.get("proxy"), ca_bundle=Path(bundle) if bundle else None)


class Waiting:
    """A session's ``Progress`` and its sleep: says why and until when, then counts down.

    A line rewritten every second on a terminal, a line every half minute elsewhere.
    """

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep

    def waiting(self, seconds: float, reason: str) -> None:
        """Say until when nothing is sent, and why."""
        end = times.utc_now() + timedelta(seconds=seconds)
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
