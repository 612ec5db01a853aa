"""smartplan as people run it: a process of its own in a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_FOREIGN = ("GITHUB_", "SMARTPLAN_", "NO_COLOR", "CI", "GIT_", "PRE_COMMIT")


def environment(**extra: str) -> dict[str, str]:
    """The process environment without what would change our output; our own commands in PATH."""
    own = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
    scripts = str(Path(sys.executable).parent)
    return {**own, "PATH": scripts + os.pathsep + own.get("PATH", ""), **extra}


def finish(
    command: Sequence[str], folder: Path, *, timeout: float = 60, **extra: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command in ``folder``, with ``extra`` environment variables, and wait for its end."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(**extra),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def smartplan(folder: Path, *arguments: str, **extra: str) -> "subprocess.CompletedProcess[str]":
    """Run smartplan in ``folder``."""
    return finish([sys.executable, "-m", "smartplan", *arguments], folder, **extra)
