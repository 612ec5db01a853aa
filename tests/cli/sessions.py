"""Recorded terminal sessions: commands, and what they must answer.

A case is a folder with ``session`` and, if it needs any, ``files/`` to start from. In a session::

    #: a remark
    $ smartplan diff plans/a.yaml
    what it writes to stdout
    2> what it writes to stderr
    [3]

``[3]`` is the exit code where it is not 0. Commands are run by ``sh`` in a scratch copy of the
files with an empty environment; ``exchange`` acts on the embedded exchange as a person or the
market would. What differs from run to run is masked: times, run ids, the scratch folder.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

CASES = Path(__file__).parent
REMARK = "#: "
TIMEOUT = 60
SETTLES = 0.5
"""Seconds after which the embedded exchange has carried out what it was asked."""

_MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?"), "<time>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha-256>"),
    (re.compile(r"\b[0-9a-f]{12}\b(?! [kcx]\])"), "<run>"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A command with the remarks before it and the answer below it."""

    remarks: tuple[str, ...]
    command: str
    answer: str


def cases() -> list[str]:
    """The names of all recorded sessions."""
    return sorted(file.parent.name for file in CASES.glob("*/session"))


def read(text: str) -> list[Step]:
    """The steps of a session."""
    steps: list[Step] = []
    remarks: list[str] = []
    command: str | None = None
    answer: list[str] = []
    for line in text.splitlines():
        if line.startswith(("$ ", REMARK)):
            if command is not None:
                steps.append(Step(tuple(remarks), command, _block(answer)))
                remarks, command, answer = [], None, []
            if line.startswith(REMARK):
                remarks.append(line)
            else:
                command = line.removeprefix("$ ")
        elif command is not None:
            answer.append(line)
    if command is not None:
        steps.append(Step(tuple(remarks), command, _block(answer)))
    return steps


def _block(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n")


def written(steps: list[Step]) -> str:
    """The session as it is stored: ``read`` gives the same steps again."""
    blocks = (
        "\n".join([*step.remarks, f"$ {step.command}", *([step.answer] if step.answer else [])])
        for step in steps
    )
    return "\n\n".join(blocks) + "\n"


class Terminal:
    """A scratch folder in which commands are run."""

    def __init__(self, folder: Path, files: Path | None = None) -> None:
        self.folder = folder / "desk"
        if files is not None and files.is_dir():
            shutil.copytree(files, self.folder)
        else:
            self.folder.mkdir()
        self._bin = folder / "bin"
        self._bin.mkdir()
        exchange = self._bin / "exchange"
        exchange.write_text(f"#!/bin/sh\nexec {sys.executable} {CASES / 'exchange.py'} \"$@\"\n")
        exchange.chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing of the surroundings but the programs."""
        programs = (str(self._bin), str(Path(sys.executable).parent), "/usr/bin", "/bin")
        scrubbed = {
            "PATH": os.pathsep.join(programs),
            "HOME": str(self.folder.parent),
            "LANG": "C.UTF-8",
            "COLUMNS": "100",
        }
        return scrubbed | more

    def answer(self, command: str, **environment: str) -> str:
        """What a command answers, masked."""
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        if "apply" in command or command.startswith("exchange"):
            time.sleep(SETTLES)
        errors = [f"2> {line}".rstrip() for line in done.stderr.splitlines()]
        code = [f"[{done.returncode}]"] if done.returncode else []
        return self._masked(_block([*done.stdout.splitlines(), *errors, *code]))

    def _masked(self, text: str) -> str:
        text = text.replace(str(self.folder.resolve()), "<here>").replace(str(self.folder), "<here>")
        for pattern, mask in _MASKS:
            text = pattern.sub(mask, text)
        return "\n".join(line.rstrip() for line in text.splitlines())
