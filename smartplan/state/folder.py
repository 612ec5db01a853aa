"""The folder of what outlives a run, which no repository takes in."""

from contextlib import suppress
from pathlib import Path

_NAME = ".smartplan"


def make_private(folder: Path) -> None:
    """Make it, for its owner alone, and keep ours out of Git. Raises ``OSError``."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.name != _NAME:
        return
    with suppress(OSError), (folder / ".gitignore").open("x", encoding="utf-8") as file:
        file.write("*\n")
