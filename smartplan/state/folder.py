"""The folder of what outlives a run, which no repository takes in."""

import os
from contextlib import suppress
from pathlib import Path

_NAME = ".smartplan"


def make_private(folder: Path) -> None:
    """Make it, for its owner alone, and keep ours out of Git. Raises ``OSError``."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.name != _NAME:
        return
    with suppress(OSError):  # there already, or in a folder that cannot be written
        file = os.open(folder / ".gitignore", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as text:
            text.write("*\n")
