"""F21 to F28: a few of the faults of each row; the campaign has them all."""

import pytest

from tests.faults.matrix import F21, F22, F23, F24, F25, F26, F27, F28, ROWS
from tests.faults.moves import MANY_MOVED, MOVED
from tests.faults.refusals import NOTES, REFUSED

TO_APPLY = [case for case in F25.cases if case.name.endswith("to apply")]
IN_ERRORS = [case for case in TO_APPLY if "of an error" in case.name]
AROUND = [case for case in TO_APPLY if "of an error" not in case.name]
"""What is read is asked for again, after pauses: not here."""


def some(row, most, cases=None):
    return pytest.mark.parametrize(
        "case", row.some(most, cases or row.cases), ids=lambda case: case.name
    )


def test_every_fault_of_the_matrix_has_a_name_of_its_own():
    for row in ROWS:
        names = [case.name for case in row.cases]
        assert len(set(names)) == len(names), row.number


@some(F21, 4)
def test_a_list_that_loses_rows_while_it_is_paged_is_read_completely_or_not_at_all(lab, case):
    assert case.run(lab) == []


@some(F22, 4, REFUSED)
def test_a_create_that_is_executed_and_answered_with_an_error_is_not_repeated(lab, case):
    assert case.run(lab) == []


@some(F23, 3, MOVED)
def test_what_moved_since_it_was_read_is_not_overwritten(lab, case):
    assert case.run(lab) == []


@some(F23, 1, MANY_MOVED)
def test_what_moves_while_forty_slow_writes_are_sent_is_not_overwritten(lab, case):
    assert case.run(lab) == []


@some(F24, 3)
def test_a_clock_that_jumps_ahead_shortens_no_doubt(lab, case):
    assert case.run(lab) == []


@some(F25, 3, IN_ERRORS)
def test_an_error_that_repeats_our_headers_tells_nobody_what_they_were(lab, case):
    assert case.run(lab) == []


@some(F25, 4, AROUND)
def test_headers_that_repeat_our_headers_tell_nobody_what_they_were(lab, case):
    assert case.run(lab) == []


@some(F26, 3, NOTES)
def test_a_service_that_keeps_another_note_ends_the_creates_and_is_not_written_to_for_ever(
    lab, case
):
    assert case.run(lab) == []


@some(F27, 3)
def test_what_fills_while_somebody_decides_keeps_its_exits_or_is_closed(lab, case):
    assert case.run(lab) == []


@some(F28, 5)
def test_what_was_sent_and_cannot_be_recorded_is_unknown_whatever_sent_it(lab, case):
    assert case.run(lab) == []
