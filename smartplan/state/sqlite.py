"""The store in one SQLite file, with its lock beside it."""

from contextlib import AbstractContextManager
from pathlib import Path

from smartplan.state.database import Database
from smartplan.state.lock import hold
from smartplan.state.private_files import refuse_shared
from smartplan.state.store import LockScope
from smartplan.state.tables import TableStore


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
