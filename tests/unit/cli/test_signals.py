"""The first signal ends a pause, the second the run."""

import os
import signal
import time

import pytest

from smartplan.cli.signals import Interruptions
from smartplan.errors import Interrupted


def test_the_first_signal_ends_a_pause_and_the_second_ends_the_run():
    with Interruptions() as interrupted:
        interrupted.pause(0.01)
        assert not interrupted()
        os.kill(os.getpid(), signal.SIGTERM)
        began = time.monotonic()
        interrupted.pause(3600)
        assert interrupted()
        assert time.monotonic() - began < 1800
        with pytest.raises(Interrupted, match="was not sent"):
            interrupted.pause_or_stop(3600)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_afterwards_signals_mean_what_they_meant_before():
    before = signal.getsignal(signal.SIGTERM)
    with Interruptions():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
