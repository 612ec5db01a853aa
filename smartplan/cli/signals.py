"""Ctrl-C and SIGTERM while money moves: the first finishes what is under way, the second ends."""

import signal
from types import FrameType, TracebackType
from typing import Self

from smartplan import times
from smartplan.cli.connection import paced
from smartplan.cli.output import line
from smartplan.errors import Interrupted
from smartplan.workflow.connecting import Pace

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SLICE_SECONDS = 0.1


class Interruptions:
    """While entered, the first signal is only remembered; calling the object asks for it.

    The second raises ``KeyboardInterrupt`` wherever the run is: its intent stays open, and the
    next run settles it.
    """

    def __init__(self) -> None:
        self._seen = False
        self._before: dict[signal.Signals, object] = {}

    def __call__(self) -> bool:
        """Whether a signal has come."""
        return self._seen

    def pause(self, seconds: float) -> None:
        """Sleep, no longer than until a signal comes."""
        end = times.ticks() + seconds
        while not self._seen and (left := end - times.ticks()) > 0:
            times.sleep(min(left, _SLICE_SECONDS))

    def pause_or_stop(self, seconds: float) -> None:
        """Sleep; raise ``Interrupted`` when a signal comes, for what cannot go on without it."""
        self.pause(seconds)
        if self._seen:
            raise Interrupted("interrupted while waiting: the request was not sent")

    def paced(self, max_wait: float) -> Pace:
        """The pace of a command whose waits end with a signal."""
        return paced(max_wait, pause=self.pause, hold=self.pause_or_stop)

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number in _SIGNALS:
            signal.signal(number, self._before[number])  # type: ignore[arg-type]  # what signal() gave

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self._seen:
            raise KeyboardInterrupt
        self._seen = True
        line("stopping after the request under way; once more to stop now", err=True)
