"""No test installs anything on the machine: whoever tries is told so, and the test that did fails.

What the tests need beyond Python is installed by ``make services``, before any test runs.
"""

import os
from pathlib import Path

INSTALLERS = ("apt-get", "apt", "aptitude", "dpkg", "snap", "brew", "npm")
_REFUSES = """#!/bin/sh
echo "$0 $*" >>'{record}'
echo "tests install nothing: make services does" >&2
exit 1
"""


class Guard:
    """Stands before every installer in PATH, and keeps what was asked of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "installers"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._record = folder / "asked"
        for name in INSTALLERS:
            file = self._folder / name
            file.write_text(_REFUSES.format(record=self._record), encoding="utf-8")
            file.chmod(0o755)

    def path(self, behind: str) -> str:
        """A PATH with the guard in front."""
        return f"{self._folder}{os.pathsep}{behind}"

    def asked(self) -> str:
        """What was asked since the last call; a line each, empty for nothing."""
        if not self._record.exists():
            return ""
        said = self._record.read_text(encoding="utf-8")
        self._record.unlink()
        return said
