"""A process that has imported everything, and forks a fresh copy of itself for every command.

Each command starts from the same untouched state, as a process of its own would, without paying
for the imports again. Requests and answers are JSON lines.
"""

import io
import json
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from smartplan.__main__ import main
from smartplan.cli.app import COMMANDS
from tests.cli import exchange

INTERNAL = 70
TIMEOUT = 60
"""Seconds after which a command that does not end is killed."""
WARM = (
    "smartplan.sandbox.app",
    "smartplan.lint.run",
    "smartplan.lint.explaining_engine",
    "smartplan.api.http",
)


def serve() -> None:
    """One command a line until the pipe is closed."""
    for module, _ in COMMANDS.values():
        import_module(f"smartplan.cli.{module}")
    for name in WARM:
        import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(request)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(request: dict[str, Any]) -> None:
    """Run the command as if it were this process; never returns."""
    code = INTERNAL
    signal.alarm(TIMEOUT)
    try:
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        _redirect(*request["streams"])
        program, *arguments = sys.argv = request["arguments"]
        code = _smartplan() if program == "smartplan" else exchange.run(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _smartplan() -> int:
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def _redirect(output: str, errors: str) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, file in ((1, output), (2, errors)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False))
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding="utf-8")
    sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), encoding="utf-8")


if __name__ == "__main__":
    serve()
