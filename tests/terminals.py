"""smartplan at a terminal of so many columns and lines: a pseudo-terminal, as a person has one."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smartplan.report.foreign_text import width
from tests.process import environment

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
REDRAWN = "\x1b[H\x1b[2J"


class Session:
    """A command that runs at a terminal."""

    def __init__(self, process: "subprocess.Popen[bytes]", ours: int) -> None:
        self._process = process
        self._ours = ours
        self.seen = ""

    def until(self, text: str, times: int = 1, seconds: float = 60) -> str:
        """What was shown once ``text`` has been, so often."""
        end = time.monotonic() + seconds
        while self.seen.count(text) < times:
            assert time.monotonic() < end, self.seen
            if not self._read():
                break
        assert self.seen.count(text) >= times, self.seen
        return self.seen

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Everything until the end; the exit code."""
        while self._read():
            pass
        return self._process.wait(timeout=30)

    def _read(self) -> bool:
        if not select.select([self._ours], [], [], 0.5)[0]:
            return self._process.poll() is None
        try:
            read = os.read(self._ours, 65536)
        except OSError:  # the other end is closed
            return False
        self.seen += read.decode(errors="replace")
        return bool(read)


@contextmanager
def terminal(
    folder: Path, *arguments: str, columns: int = 80, lines: int = 24, **extra: str
) -> Iterator[Session]:
    """smartplan in ``folder`` at a terminal of this size."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    own = {k: v for k, v in environment(**extra).items() if k not in {"COLUMNS", "LINES"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "smartplan", *arguments],
        cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, env=own, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        yield Session(process, ours)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(ours)


def shown(folder: Path, *arguments: str, columns: int, **extra: str) -> list[str]:
    """The lines that a command shows, without colours; it ends with 0."""
    with terminal(folder, *arguments, columns=columns, **extra) as session:
        code = session.end()
        assert code == 0, session.seen
        return plain(session.seen)


def plain(text: str) -> list[str]:
    return _CONTROL.sub("", text).replace("\r\n", "\n").rstrip("\n").split("\n")


def widest(lines: list[str]) -> int:
    return max(map(width, lines))
