"""Waits are told, and a signal ends them."""

import os
import re
import signal
import time

import pytest

from smartplan.cli.connection import Waiting, patience
from smartplan.cli.signals import Interruptions
from smartplan.errors import Interrupted


def test_a_wait_says_until_when_why_and_how_much_is_left(capsys):
    slept = []
    waiting = Waiting(slept.append)
    waiting.waiting(70.2, "90 requests per minute")
    waiting.sleep(70)
    lines = capsys.readouterr().err.splitlines()
    until = r"waiting until \d\d:\d\d:\d\d UTC \(71 s\): 90 requests per minute"
    assert re.fullmatch(until, lines[0])
    assert lines[1:] == ["  40 s left", "  10 s left"]
    assert slept == [30, 30, 10]


def test_without_a_terminal_nobody_waits_for_the_end_of_a_429_unasked():
    assert patience(None) == 0
    assert patience(12.5) == 12.5


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
