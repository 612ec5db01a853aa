"""The store of a workspace: where it is, what is in it, whether it is sound."""

from msgspec import Struct

from smartplan.settings import Settings
from smartplan.state.opening import open_store
from smartplan.state.store import Claim, LockScope
from smartplan.state.url import shown


class StoreHealth(Struct, frozen=True):
    """What a look at the store came to; ``at`` is its URL without a password.

    ``problems`` are sentences: without one it is sound and can be written.
    """

    at: str
    version: int
    scope: LockScope
    events: int
    trades: int
    claims: tuple[Claim, ...]
    problems: tuple[str, ...]


def examined_store(settings: Settings) -> StoreHealth:
    """Look at the store and change nothing. Raises ``StoreUnusable``."""
    scope = LockScope(settings.workspace, settings.environment)
    with open_store(settings.state_url, settings.root) as store:
        return StoreHealth(
            at=shown(settings.state_url),
            version=store.version,
            scope=scope,
            events=len(store.events(scope)),
            trades=len(store.trades(scope)),
            claims=tuple(store.claims(scope)),
            problems=(*filter(None, [store.read_only]), *store.problems()),
        )


def migrated_store(settings: Settings) -> tuple[str, int]:
    """Bring the store of an older smartplan up to date: where it is, and its version now."""
    with open_store(settings.state_url, settings.root, migrate=True) as store:
        return shown(settings.state_url), store.version
