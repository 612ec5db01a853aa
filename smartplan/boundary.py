"""Where a path really leads: a link can make it read unlike it is.

What a person names may lie anywhere. But a path that reads as if it were inside a folder and leads
out of it by a link was laid by whoever wrote the folder, and nobody meant it.
"""

import os
from functools import cache
from pathlib import Path


def leads_out(path: Path, folder: Path) -> bool:
    """Whether ``path`` lies in ``folder`` as it is written, and elsewhere when links are followed.

    Both absolute; what does not exist yet lies where its folder does.
    """
    written = os.path.normpath(path)
    if not _below(written, os.path.normpath(folder)):
        return False
    return not _below(_really(os.fspath(path)), _real_folder(os.fspath(folder)))


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _really(path: str) -> str:
    """The real path; folders are followed once, however many files are in them."""
    folder, name = os.path.split(path)
    if not name or name == os.pardir or os.path.islink(path):  # noqa: PTH114  # a Path is slower
        return os.path.realpath(path)
    return os.path.join(_real_folder(folder), name)  # noqa: PTH118  # a Path is slower


@cache
def _real_folder(folder: str) -> str:
    return os.path.realpath(folder)
