"""Whether what outlives a run lies where only its owner can read and change it.

A journal that somebody else can write decides which trades are opened, and what is known of them.
"""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from smartplan.boundary import leads_out
from smartplan.state.store import StoreUnusable

_SIDES = ("-wal", "-shm", "-journal")
_ELSEWHERE = (
    "Delete the link. A store that lies elsewhere is named by SMARTPLAN_STATE_URL, as in"
    " sqlite:////srv/desk/state.db."
)


def refuse_shared(file: Path, root: Path, *, readable: bool = False, links: bool = False) -> None:
    """Raises ``StoreUnusable`` unless ``file``, its folder and what lies beside it are private.

    ``root`` is the workspace, or another folder whose owner is trusted. What does not exist yet is
    private. Others may read a ``readable`` file, and never write it. ``links`` may lead anywhere
    where nobody but the user lays them; then what they lead to has to be private.
    """
    if not links:
        refuse_link_out(file, root)
    if sys.platform == "win32":
        return
    owners = _owners(root)
    for folder in _folders(file, root):
        _refuse(folder, owners, 0o022, folder=True)
    for one in (file, *_beside(file)):
        _refuse(one, owners, 0o022 if readable else 0o077)


def refuse_link_out(file: Path, root: Path) -> None:
    """Raises ``StoreUnusable`` where ``file`` or its folder is a link out of ``root``."""
    for one in (file.parent, file, *_beside(file)):
        if leads_out(one, root):
            raise StoreUnusable(f"{one} is a link out of the workspace.", hint=_ELSEWHERE)


def _folders(file: Path, root: Path) -> tuple[Path, ...]:
    """Those between ``file`` and ``root``, or its own where it lies elsewhere."""
    if not file.is_relative_to(root):
        return (file.parent,)
    return tuple(folder for folder in file.parents if folder.is_relative_to(root))[:-1]


def _beside(file: Path) -> Iterator[Path]:
    yield from (file.with_name(f"{file.name}{side}") for side in _SIDES)
    if file.parent.is_dir():
        yield from sorted(one for one in file.parent.iterdir() if _is_lock(one.name, file.name))


def _is_lock(name: str, store: str) -> bool:
    return name.startswith(f"{store}.") and name.endswith(".lock")


def _owners(root: Path) -> frozenset[int]:
    """Ours, the machine's, and whoever owns the workspace: a container often runs as another."""
    try:
        return frozenset({0, os.geteuid(), root.stat().st_uid})
    except OSError:
        return frozenset({0, os.geteuid()})


def _refuse(path: Path, owners: frozenset[int], others: int, *, folder: bool = False) -> None:
    try:
        status = path.lstat() if not folder else path.stat()
    except OSError:
        return None  # what is not there, or cannot be reached, is told by who opens it
    if not folder and stat.S_ISLNK(status.st_mode):
        real = Path(os.path.realpath(path))
        return _refuse(real, owners, others) if real != path else None
    if status.st_uid not in owners:
        raise StoreUnusable(
            f"{path} belongs to another user ({status.st_uid}).",
            hint="Find out who put it there; then make it yours with chown, or delete it.",
        )
    sticky = folder and status.st_mode & stat.S_ISVTX
    if status.st_mode & others and not sticky:
        what = "written" if status.st_mode & others & 0o022 else "read"
        mode = 700 if folder else 600
        raise StoreUnusable(
            f"{path} can be {what} by other users.",
            hint=f"If nobody has: `chmod {mode} {path}`.",
        )
    return None
