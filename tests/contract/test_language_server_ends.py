"""A server whose editor is gone is gone, too, whatever it was at."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.plans import PLAN
from tests.process import environment

BUSY = """\
import threading
import time
from smartplan.editor.stdio import serve
from smartplan.workflow.live_lint import LiveLint
def check(self, name):
    print("checking", file=__import__("sys").stderr, flush=True)
    time.sleep(60)
LiveLint.check = check
serve()
"""
"""A server whose checks take a minute."""
STARTED = """\
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {busy!r}])
print("started", flush=True)
time.sleep(60)
"""
SOON = 8
"""Seconds, on a machine with much else to do; a check takes longer."""


def send(pipe: IO[bytes], method: str, params: object, number: int | None = None) -> None:
    message: dict[str, object] = {"jsonrpc": "2.0", "method": method, "params": params}
    if number is not None:
        message["id"] = number
    content = json.dumps(message).encode()
    pipe.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
    pipe.flush()


@contextmanager
def started(folder: Path, program: str) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=folder,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        with process:
            yield process
            process.kill()
    finally:
        process.kill()


def check_something(process: "subprocess.Popen[bytes]", folder: Path, editor: int | None) -> None:
    """Open a plan, and wait until it is being checked."""
    assert process.stdin is not None
    assert process.stderr is not None
    root = folder.as_uri()
    send(process.stdin, "initialize", {"processId": editor, "rootUri": root, "capabilities": {}}, 1)
    send(process.stdin, "initialized", {})
    document = {"uri": f"{root}/p.yaml", "languageId": "yaml", "version": 1, "text": PLAN}
    send(process.stdin, "textDocument/didOpen", {"textDocument": document})
    for line in process.stderr:
        if b"checking" in line:
            return


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "p.yaml").write_text(PLAN)
    return tmp_path


def ends_soon(process: "subprocess.Popen[bytes]") -> bool:
    """Whether all that has its output ends."""
    assert process.stdout is not None
    begun = time.monotonic()
    process.stdout.read()
    return time.monotonic() - begun < SOON


def test_it_ends_when_nobody_writes_any_more(folder: Path) -> None:
    with started(folder, BUSY) as process:
        check_something(process, folder, None)
        assert process.stdin is not None
        process.stdin.close()
        assert ends_soon(process)


def test_it_ends_when_it_is_told_to(folder: Path) -> None:
    with started(folder, BUSY) as process:
        check_something(process, folder, None)
        assert process.stdin is not None
        send(process.stdin, "shutdown", None, 2)
        send(process.stdin, "exit", None)
        assert ends_soon(process)


def test_it_ends_with_the_editor_that_others_started_it_for(folder: Path) -> None:
    with (
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as editor,
        started(folder, BUSY) as process,
    ):
        check_something(process, folder, editor.pid)
        editor.communicate(b"\n")
        assert ends_soon(process)


def test_it_ends_with_what_started_it(folder: Path) -> None:
    with started(folder, STARTED.format(busy=BUSY)) as process:
        check_something(process, folder, None)
        process.kill()
        assert ends_soon(process)
