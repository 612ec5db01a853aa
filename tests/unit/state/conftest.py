"""Other processes, for what only they can show."""

import os
import signal
import subprocess
import sys

import pytest

from smartplan.state.opening import open_store

# Even a test run by root meets the modes of files after this: it gives up the right to pass
# them by (PR_CAPBSET_DROP of CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH) and starts again without.
HEED_PERMISSIONS = """
import ctypes, os, sys
for capability in (1, 2):
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execv(sys.executable, [sys.executable, "-c", *sys.argv[1:]])
"""


@pytest.fixture
def python():
    """Start Python code in a process of its own; whatever still runs is killed in the end."""
    started = []

    def start(code: str, *arguments: object, permissions: bool = False) -> subprocess.Popen:
        codes = [HEED_PERMISSIONS, code] if permissions else [code]
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", *codes, *map(str, arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)


@pytest.fixture
def file(tmp_path):
    """Where a store in a file lies."""
    return tmp_path / ".smartplan" / "state.db"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, file):
    """The URL of an empty store, of every kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{file}"
    return request.getfixturevalue("database").url


@pytest.fixture
def open_(url, tmp_path):
    """Open the store; it is closed in the end."""
    opened = []

    def open_it(**options):
        opened.append(open_store(url, tmp_path, **options))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def store(open_):
    return open_()
