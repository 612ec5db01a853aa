"""Work in shares: the same answers in the same order, whatever becomes of a process."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from smartplan.workflow.processes import in_shares


def doubled(share: Sequence[int]) -> list[int]:
    return [item * 2 for item in share]


@pytest.mark.parametrize("jobs", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 100])
def test_answers_come_in_the_order_of_the_items(jobs: int, count: int) -> None:
    answers = in_shares(doubled, range(count), jobs)
    assert [answer for share in answers for answer in share] == doubled(range(count))


def test_other_processes_do_the_other_shares() -> None:
    processes = in_shares(lambda _: os.getpid(), range(3), 3)
    assert processes[0] == os.getpid()
    assert len(set(processes)) == 3


def test_an_answer_larger_than_a_pipe_arrives_whole() -> None:
    assert (
        in_shares(lambda share: b"x" * 3_000_000 * len(share), range(2), 2)
        == [b"x" * 3_000_000] * 2
    )


def children() -> str:
    """The child processes of this one, those of other tests among them."""
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()


def test_the_share_of_a_process_that_was_killed_is_done_here() -> None:
    here = os.getpid()

    def work(share: Sequence[int]) -> list[int]:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return doubled(share)

    assert in_shares(work, range(4), 2) == [[0, 2], [4, 6]]


def test_half_an_answer_is_none() -> None:
    class Cut:
        """Dies while it is being written down."""

        def __init__(self) -> None:
            self.here = os.getpid()
            self.text = b"x" * 1_000_000

        def __reduce__(self) -> tuple[type, tuple[()], dict[str, object]]:
            os.kill(os.getpid(), signal.SIGKILL)
            return (Cut, (), {})

    here = os.getpid()
    answers = in_shares(lambda _: [b"y" * 1_000_000, Cut()], range(2), 2)
    assert [answer[1].here for answer in answers] == [here, here]


def test_an_error_in_any_share_is_the_callers_and_leaves_no_process(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def work(share: Sequence[int]) -> list[int]:
        if 3 in share:
            raise ValueError("three")
        return doubled(share)

    before = children()
    with pytest.raises(ValueError, match="three"):
        in_shares(work, range(4), 2)
    assert children() == before
    assert capfd.readouterr() == ("", "")
