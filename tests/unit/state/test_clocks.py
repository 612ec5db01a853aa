"""How much time has really passed since a moment that was written down."""

import pytest

from smartplan.state.clocks import Clocks, Moment, passed_since

WALL = 1_000_000.0
STAMP = {"boot": "one", "tick": "100.0"}
HOUR = 3600.0


@pytest.mark.parametrize("moved", [0.0, HOUR, -HOUR, 24 * HOUR])
def test_within_a_boot_the_wall_clock_shortens_and_lengthens_nothing(moved):
    now = Moment("one", 112.5, WALL + 12.5 + moved)
    assert passed_since(STAMP, WALL, now) == 12.5


def test_across_boots_the_wall_clock_counts():
    assert passed_since(STAMP, WALL, Moment("two", 500.0, WALL + 60)) == 60.0


def test_across_boots_a_jump_forward_counts_no_more_than_the_machine_has_been_running():
    assert passed_since(STAMP, WALL, Moment("two", 5.0, WALL + HOUR)) == 5.0


@pytest.mark.parametrize("stamp", [{}, STAMP])
def test_a_clock_that_was_set_back_has_passed_nothing(stamp):
    assert passed_since(stamp, WALL, Moment("two", 500.0, WALL - HOUR)) == 0.0


def test_a_stamp_is_text_that_json_keeps_exactly():
    moment = Clocks(ticks=lambda: 0.1 + 0.2, wall=lambda: 1.0, boot=lambda: "one").now()
    assert passed_since(moment.stamp(), 1.0, moment) == 0.0
