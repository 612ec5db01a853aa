"""The store in one SQLite file, with its lock beside it.

The lock file is never removed: two runs would otherwise hold locks on two files of one name. What
stands in it tells others who holds the lock; that it is held, only the system's lock says.
"""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from smartplan.state.database import Database
from smartplan.state.folder import make_private
from smartplan.state.private_files import refuse_shared
from smartplan.state.store import LockHeld, LockScope, StoreUnusable
from smartplan.state.tables import TableStore
from smartplan.times import utc_now


@contextmanager
def hold(store: Path, scope: LockScope, run: str) -> Iterator[None]:
    """Hold the lock of ``scope`` beside ``store``; ``LockHeld`` at once if another run has it.

    The system frees it at the latest when this process ends, however it ends.
    """
    from filelock import FileLock, Timeout

    file = store.with_name(f"{store.name}.{scope.workspace}.{scope.environment}.lock")
    lock = FileLock(
        file,
        mode=0o600,
        fallback_to_soft=False,
        preserve_lock_file=True,
        on_acquired=lambda descriptor: _sign(descriptor, run),
    )
    try:
        make_private(file.parent)
        lock.acquire(timeout=0)
    except Timeout:
        raise LockHeld(
            f"Another run is at work in {scope.workspace} ({scope.environment}): {_holder(file)}.",
            hint="Wait for it to end. The lock of a run that died is free by itself.",
        ) from None
    except OSError as error:
        raise StoreUnusable(
            f"The lock {file} cannot be taken: {error.strerror}.", hint="Nothing was sent."
        ) from error
    try:
        yield
    finally:
        lock.release()


def _sign(descriptor: int, run: str) -> None:
    since = utc_now().isoformat(timespec="seconds")
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": since, "run": run}
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(holder).encode(), 0)


def _holder(file: Path) -> str:
    try:
        holder = json.loads(file.read_bytes())
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that has not told who it is"


class SqliteStore(TableStore):
    """A ``Store`` for one machine: WAL, every write on disk before it returns, owner only.

    ``root`` is the workspace: nothing leads out of it.
    """

    def __init__(self, path: Path, *, root: Path | None = None, migrate: bool = False) -> None:
        refuse_shared(path, root or path.parent)
        self._path = path
        self._database = Database(path, "journal", synchronous="FULL", migrate=migrate)
        super().__init__(self._database)

    @property
    def version(self) -> int:
        """See ``Store.version``."""
        return self._database.version

    def lock(self, scope: LockScope, run: str) -> AbstractContextManager[None]:
        """See ``Store.lock``."""
        return hold(self._path, scope, run)

    def problems(self) -> tuple[str, ...]:
        """See ``Store.problems``."""
        found = [str(row[0]) for row in self._database.rows("PRAGMA integrity_check")]
        found += [
            f"table {row[0]}, row {row[1]}: points to nothing"
            for row in self._database.rows("PRAGMA foreign_key_check")
        ]
        return tuple(problem for problem in found if problem != "ok")
