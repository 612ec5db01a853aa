"""The store that a URL names; only its own driver is imported."""

from pathlib import Path

from smartplan.errors import UsageError
from smartplan.state.store import Store
from smartplan.state.url import in_postgres, shown


def open_store(url: str, root: Path, *, migrate: bool = False) -> Store:
    """The store that ``[state] url`` names; relative paths start at the workspace's ``root``.

    ``migrate`` brings the store of an older version up to date, else that is ``StoreUnusable``.
    """
    scheme, _, path = url.partition(":///")
    if scheme == "sqlite" and path:
        from smartplan.state.sqlite import SqliteStore

        return SqliteStore(root / path, root=root, migrate=migrate)
    if in_postgres(url):
        from smartplan.state.postgres import PostgresStore

        return PostgresStore(url, migrate=migrate)
    raise UsageError(
        f"The store {shown(url)} is not one that smartplan can use.",
        hint='Set `url = "sqlite:///.smartplan/state.db"` under [state] in smartplan.toml.',
    )
