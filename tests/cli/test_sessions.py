"""What people see: every recorded session answers as it did when it was read and accepted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.sessions import CASES, Programs, Step, Terminal, cases, read, written


@pytest.fixture(scope="module")
def programs() -> Iterator[Programs]:
    started = Programs()
    yield started
    started.close()


@pytest.mark.parametrize("case", cases())
def test_a_session_answers_as_recorded(
    case: str, tmp_path: Path, programs: Programs, request: pytest.FixtureRequest
) -> None:
    file = CASES / case / "session"
    steps = read(file.read_text(encoding="utf-8"))
    assert steps
    terminal = Terminal(tmp_path, programs, CASES / case / "files")
    answered = [Step(s.remarks, s.command, terminal.answer(s.command)) for s in steps]
    if request.config.getoption("--golden", default=False):
        file.write_text(written(answered), encoding="utf-8")
    else:
        assert written(answered) == written(steps)


def test_a_session_reads_back_as_it_is_written() -> None:
    steps = [
        Step(("#: one", "#: two"), "smartplan lint", "a\n\n# b is part of the answer\n2> c\n[1]"),
        Step((), "true", ""),
        Step((), "smartplan diff", "d"),
    ]
    assert read(written(steps)) == steps
