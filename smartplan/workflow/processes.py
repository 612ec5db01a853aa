"""The same work on several cores: this process forks, and every child pipes its answer back."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_LEAST = 250
"""Items that are worth a process of their own."""
_MOST = 8


def jobs_for(count: int) -> int:
    """How many processes to use for so many items: one per core, unless there is little to do."""
    if not sys.platform.startswith("linux"):
        return 1  # elsewhere a forked Python is not safe
    cores = len(os.sched_getaffinity(0))
    return max(1, min(cores, count // _LEAST, _MOST))


def in_shares(
    work: Callable[[Sequence[Item]], Answer], items: Sequence[Item], jobs: int
) -> list[Answer]:
    """``work`` of ``jobs`` consecutive shares of the items, in their order.

    The first share is done by this process. Answers are pickled; where a child dies without one,
    its share is done here, so that an error is the caller's own.
    """
    size = -(-len(items) // jobs) or 1
    if len(items) <= size or not hasattr(os, "fork"):
        return [work(items)]
    import pickle

    first, *rest = [items[at : at + size] for at in range(0, len(items), size)]
    children = [_Child(work, share) for share in rest]
    try:
        answers = [work(first)]
        for child, share in zip(children, rest, strict=True):
            answer = child.answer()
            answers.append(work(share) if answer is None else pickle.loads(answer))  # noqa: S301  # written by our own child
    finally:
        for child in children:
            child.end()
    return answers


class _Child:
    """A forked process that does one share; its answer comes through a pipe."""

    def __init__(self, work: Callable[[Sequence[Item]], Answer], share: Sequence[Item]) -> None:
        self._pipe, writing = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            _answer_and_exit(lambda: work(share), writing)
        os.close(writing)
        self._buried = False

    def answer(self) -> bytes | None:
        """What the child wrote; ``None`` unless it came to its end."""
        with os.fdopen(self._pipe, "rb", closefd=False) as stream:
            content = stream.read()
        return content if self._bury() == 0 else None

    def end(self) -> None:
        """Close the pipe; stop and bury a child that nobody waits for any more."""
        os.close(self._pipe)
        if not self._buried:
            import signal

            os.kill(self._process, signal.SIGKILL)
            self._bury()

    def _bury(self) -> int:
        _, status = os.waitpid(self._process, 0)
        self._buried = True
        return status


def _answer_and_exit(work: Callable[[], object], pipe: int) -> None:
    """Whatever happens, a child must never return into its parent's program."""
    status = 1
    try:
        import pickle

        with os.fdopen(pipe, "wb") as stream:
            pickle.dump(work(), stream)
        status = 0
    finally:
        os._exit(status)
