"""Recorded terminal sessions: commands, and what they must answer.

A case is a folder with ``session`` and, if it needs any, ``files/`` to start from. In a session::

    #: a remark
    $ smartplan diff plans/a.yaml
    what it writes to stdout
    2> what it writes to stderr
    [3]

``[3]`` is the exit code where it is not 0. Commands are run in a scratch copy of the files
with an empty environment, by ``sh`` where they need one; ``exchange`` acts on the embedded exchange
as a person or the market would. What differs from run to run is masked: times, run ids, the
scratch folder.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CASES = Path(__file__).parent
REMARK = "#: "
QUIETLY = " > /dev/null 2>&1"
TIMEOUT = 60
SETTLES = 0.5
"""Seconds after which the embedded exchange has carried out what it was asked."""

_SHELL = re.compile(r"[|<>;&$]")
_MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?"), "<time>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha-256>"),
    # Words of click's own, which differ from version to version.
    (re.compile(r" -h' for help"), " --help' for help"),
    (re.compile(r"No such option:? '?(--?[a-z-]+).*"), r"No such option \1"),
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


class Programs:
    """``smartplan`` and ``exchange``, imported once and forked for every command."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(CASES / "zygote.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self, arguments: list[str], folder: Path, environment: dict[str, str]
    ) -> tuple[str, str, int]:
        """Output, errors, exit code."""
        streams = [folder.parent / name for name in ("stdout", "stderr")]
        request = {
            "arguments": arguments,
            "folder": str(folder),
            "environment": environment,
            "streams": [str(stream) for stream in streams],
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        output, errors = (stream.read_text(encoding="utf-8") for stream in streams)
        return output, errors, code

    def close(self) -> None:
        """Let the process go."""
        self._process.communicate(timeout=TIMEOUT)


class Terminal:
    """A scratch folder in which commands are run."""

    def __init__(
        self,
        folder: Path,
        programs: Programs,
        files: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder / "desk"
        self._programs = programs
        self._more = dict(environment or {})
        if files is not None and files.is_dir():
            shutil.copytree(files, self.folder)
        else:
            self.folder.mkdir()

    def answer(self, command: str) -> str:
        """What a command answers, masked."""
        output, errors, code = self.run(command)
        marked = [f"2> {line}".rstrip() for line in errors.splitlines()]
        return self._masked(
            _block([*output.splitlines(), *marked, *([f"[{code}]"] if code else [])])
        )

    def run(self, command: str) -> tuple[str, str, int]:
        """Output, errors, exit code; the embedded exchange has settled afterwards."""
        answered = self._run(command)
        if "--yes" in command or command.startswith("exchange"):
            time.sleep(SETTLES)
        return answered

    def _run(self, command: str) -> tuple[str, str, int]:
        plain = command.removesuffix(QUIETLY)
        words = shlex.split(plain)
        if words[0] in {"smartplan", "exchange"} and not _SHELL.search(plain):
            output, errors, code = self._programs.run(words, self.folder, self._environment())
            return ("", "", code) if plain != command else (output, errors, code)
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        return done.stdout, done.stderr, done.returncode

    def _environment(self) -> dict[str, str]:
        """Nothing of the surroundings but the programs."""
        programs = (str(Path(sys.executable).parent), "/usr/bin", "/bin")
        return {
            "PATH": os.pathsep.join(programs),
            "HOME": str(self.folder.parent),
            "LANG": "C.UTF-8",
            "COLUMNS": "100",
            **self._more,
        }

    def _masked(self, text: str) -> str:
        for folder in (self.folder.resolve(), self.folder):
            text = text.replace(str(folder), "<here>")
        for pattern, mask in _MASKS:
            text = pattern.sub(mask, text)
        return "\n".join(line.rstrip() for line in text.splitlines())
