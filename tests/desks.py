"""A workspace against an embedded exchange, in process: real client, real HTTP app, real store.

The clock is the test's; pausing moves it, so nothing ever waits.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from smartplan import settings as settings_room
from smartplan.api.client import SmartTradeClient
from smartplan.api.http import build_client
from smartplan.changes.changeset import Changeset
from smartplan.changes.permission import Permission
from smartplan.changes.reconcile.inputs import Choices
from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.settings import Credentials, Secret
from smartplan.state.opening import open_store
from smartplan.workflow.diff_and_apply import Applied, carry_out
from smartplan.workflow.lint_plans import LintResult, check, open_workspace
from smartplan.workflow.reconciliation import compare
from smartplan.workflow.session import Session
from smartplan.workflow.sources import Inputs

URL = "http://127.0.0.1/public/api"
MUTATIONS = frozenset({"POST", "PATCH", "DELETE"})


class Desk:
    """One workspace folder, one exchange; ``apply`` answers what was done."""

    def __init__(self, root: Path, exchange: Exchange | None = None) -> None:
        self.root = root
        self.time = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.exchange = exchange or Exchange(clock=lambda: self.time)
        credentials = Credentials(Secret(SANDBOX_KEY), Secret(SANDBOX_SECRET))
        app = create_app(self.exchange)
        self.client = SmartTradeClient(build_client(URL, credentials, app=app))

    def now(self) -> datetime:
        return self.time

    def pause(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def write(self, name: str, text: str) -> None:
        """A plan of the workspace."""
        file = self.root / "plans" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def check(self, *paths: str) -> LintResult:
        """Lint."""
        loaded = settings_room.load(self.root, {})
        return check(open_workspace(Inputs(paths), loaded, self.root), self.time)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A new run, as another process would start it."""
        loaded = settings_room.load(self.root, {})
        with open_store(loaded.state_url, loaded.root) as store:
            yield Session(loaded, self.client, store, "run", self.now, self.pause)

    def diff(self, *paths: str, choices: Choices | None = None) -> Changeset:
        """What apply would do."""
        checked = self.check(*paths)
        assert not checked.errors, [str(f.location) + " " + f.message for f in checked.findings]
        with self.session() as session:
            return compare(checked, session, choices)

    def apply(self, *paths: str, choices: Choices | None = None) -> Applied:
        """Do it, and let the exchange settle."""
        checked = self.check(*paths)
        assert not checked.errors, [str(f.location) + " " + f.message for f in checked.findings]
        with self.session() as session:
            confirmed = compare(checked, session, choices)
            permission = Permission(confirmed, choices or Choices())
            applied = carry_out(checked, permission, session)
        self.pause(5)
        return applied

    def lose_journal(self) -> None:
        """A disk died, or another machine takes over."""
        files = list((self.root / ".smartplan").glob("*.db*"))
        assert files
        for file in files:
            file.unlink()

    def requests(self, methods: Iterable[str] = MUTATIONS) -> list[tuple[str, str]]:
        """What the exchange was asked to change since the last call: method and path."""
        wanted = frozenset(methods)
        seen = [
            (received.method, received.path.removeprefix("/public/api"))
            for received in self.exchange.log
            if received.method in wanted
        ]
        self.exchange.log.clear()
        return seen
