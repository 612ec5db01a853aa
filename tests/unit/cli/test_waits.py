"""Waits are told."""

import re

from smartplan.cli.waits import Waiting, patience


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
