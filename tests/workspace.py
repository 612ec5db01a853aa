"""A workspace on the embedded exchange, and smartplan in it: by its commands, and as a library."""

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import pytest

from smartplan import settings as settings_room
from smartplan import times
from smartplan.api.client import SmartTradeClient
from smartplan.api.http import build_client
from smartplan.changes.changeset import Changeset
from smartplan.changes.permission import Permission
from smartplan.changes.reconcile.inputs import Choices
from smartplan.cli.app import run
from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.faults import Fault
from smartplan.sandbox.server import Server
from smartplan.settings import Credentials, Secret
from smartplan.state.opening import open_store
from smartplan.trade.marker import format_marker
from smartplan.trade.model import Marker
from smartplan.workflow.diff_and_apply import Applied, carry_out
from smartplan.workflow.lint_plans import LintResult, check, open_workspace
from smartplan.workflow.reconciliation import compare
from smartplan.workflow.session import Session
from smartplan.workflow.sources import Inputs

TOML = """
workspace = "desk"
since = {since}

[environments.sandbox.accounts]
main = 1
futures = 2
"""
EXCHANGE = "sandbox.json"
START = datetime(2026, 11, 22, 12, tzinfo=UTC)
BALANCES = "/account_table_data"
"""A POST that changes nothing."""
MUTATIONS = frozenset({"POST", "PATCH", "DELETE"})
SETTLES = 0.5
"""Seconds after which the exchange has carried out what it was asked."""


@dataclass(frozen=True)
class Ran:
    """What a command wrote, and its exit code."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Console:
    """What commands are run with: this process, whose streams and environment a test changes."""

    patch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]


class Terminal(io.StringIO):
    """A terminal somebody types at, and takes the time for."""

    def __init__(self, typed: str = "", meanwhile: Callable[[], object] = lambda: None) -> None:
        super().__init__(typed)
        self._meanwhile = meanwhile

    def readline(self, size: int | None = -1, /) -> str:
        self._meanwhile()
        return super().readline(size)

    def isatty(self) -> bool:
        return True


class Workspace:
    """A folder with plans and settings, which are written unless they are there already.

    Commands need a ``console`` and go by the machine's clock. Without one there is the library,
    whose clock stands still: a pause moves it, so that nothing ever waits. ``exchange`` makes the
    exchange, given its file and the clock.
    """

    def __init__(
        self,
        folder: Path,
        console: Console | None = None,
        exchange: Callable[..., Exchange] = Exchange,
    ) -> None:
        self.folder = folder
        self.toml = folder / "smartplan.toml"
        self.time = START if console is None else None
        self._console = console
        self._exchange = exchange
        (folder / "plans").mkdir(exist_ok=True)
        if not self.toml.exists():
            since = self.now().date() - timedelta(days=2)
            self.toml.write_text(TOML.format(since=since), encoding="utf-8")

    def now(self) -> datetime:
        return self.time or times.utc_now()

    def pause(self, seconds: float) -> None:
        if self.time is None:
            times.sleep(seconds)
        else:
            self.time += timedelta(seconds=seconds)

    def configure(self, more: str) -> None:
        """Add to the settings."""
        with self.toml.open("a", encoding="utf-8") as file:
            file.write(f"\n{more}\n")

    def plan(self, name: str, text: str) -> Path:
        """Write ``plans/NAME.yaml``."""
        file = self.folder / "plans" / f"{name}.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    @property
    def state(self) -> Path:
        """The folder of what outlives a run."""
        folder = self.folder / ".smartplan"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def lose_journal(self) -> None:
        """A disk died, or another machine takes over; the exchange stays."""
        files = list(self.state.glob("*.db*"))
        assert files
        for file in files:
            file.unlink()

    # The exchange

    @cached_property
    def exchange(self) -> Exchange:
        """The exchange as it is now."""
        return self._exchange(self.state / EXCHANGE, clock=self.now)

    def at(self, **later: float) -> Exchange:
        """The exchange as it is so much later, or earlier."""
        return Exchange(self.state / EXCHANGE, clock=lambda: self.now() + timedelta(**later))

    def later(self, trade_id: int) -> dict:
        """A trade once everything that was asked for has settled."""
        return self.at(minutes=1).get(trade_id)

    def settled(self) -> Exchange:
        """The exchange once what was asked for just now has settled."""
        self.pause(SETTLES)
        return self.exchange

    def open(self, body: dict, *, name: str | None = None, filled: bool = False) -> int:
        """Open a trade an hour ago, so that it has settled; ``name`` puts our marker on it."""
        note = body.get("note", "weekly support")
        if name is not None:
            marker = Marker(workspace="desk", name=name, round=1, digests=("0000",) * 4)
            note = f"{note} {format_marker(marker)}"
        number = self.at(hours=-1).create(body | {"note": note})["id"]
        if filled:
            self.at(minutes=-30).fill(number)
        return number

    def tick(self, pair: str, *prices: str) -> None:
        """Move the market."""
        for price in prices:
            self.exchange.tick(pair, Decimal(price))

    def lose_exchange(self) -> None:
        """The exchange lists nothing any more; the journal stays."""
        (self.state / EXCHANGE).unlink()

    def requests(self, methods: Iterable[str] = MUTATIONS) -> list[tuple[str, str]]:
        """What the exchange was asked since the last call, to change unless said: method, path."""
        wanted = frozenset(methods)
        seen = [
            (received.method, received.path.removeprefix("/public/api"))
            for received in self.exchange.log
            if received.method in wanted and not received.path.endswith(BALANCES)
        ]
        self.exchange.log.clear()
        return seen

    # Commands

    def run(
        self,
        *arguments: object,
        typed: str | None = None,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Ran:
        """Run a command line; ``typed`` is what a person at the terminal answers.

        ``meanwhile`` is what happens while the question stands.
        """
        assert self._console is not None
        stdin = io.StringIO() if typed is None else Terminal(typed, meanwhile)
        self._console.patch.setattr("sys.stdin", stdin)
        code = run([str(argument) for argument in arguments])
        captured = self._console.capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    @contextmanager
    def served(self, *faults: Fault, **options: object) -> Iterator[Exchange]:
        """The same exchange over HTTP for the commands, with these faults and an empty log."""
        assert self._console is not None
        self.exchange.log.clear()
        app = create_app(self.exchange, faults=faults, **{"sleep": lambda _: None} | options)
        with Server(app, port=0) as server, self._console.patch.context() as patch:
            patch.setenv("SMARTPLAN_BASE_URL", f"{server.url}/public/api")
            yield self.exchange

    # The library

    @cached_property
    def client(self) -> SmartTradeClient:
        return self.client_of()

    def client_of(self, *faults: Fault) -> SmartTradeClient:
        """A client of the exchange, with these faults."""
        credentials = Credentials(Secret(SANDBOX_KEY), Secret(SANDBOX_SECRET))
        app = create_app(self.exchange, faults=faults)
        return SmartTradeClient(build_client("http://127.0.0.1/public/api", credentials, app=app))

    def check(self, *paths: str) -> LintResult:
        """Lint."""
        loaded = settings_room.load(self.folder, {})
        return check(open_workspace(Inputs(paths), loaded, self.folder), self.now())

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A new run, as another process would start it."""
        loaded = settings_room.load(self.folder, {})
        with open_store(loaded.state_url, loaded.root) as store:
            yield Session(loaded, self.client, store, "run", self.now, self.pause)

    def diff(self, *paths: str, choices: Choices | None = None) -> Changeset:
        """What apply would do."""
        checked = self._without_errors(paths)
        with self.session() as session:
            return compare(checked, session, choices)

    def apply(self, *paths: str, choices: Choices | None = None) -> Applied:
        """Do it, and let the exchange settle."""
        checked = self._without_errors(paths)
        with self.session() as session:
            confirmed = compare(checked, session, choices)
            permission = Permission(confirmed, choices or Choices())
            applied = carry_out(checked, permission, session)
        self.pause(5)
        return applied

    def _without_errors(self, paths: tuple[str, ...]) -> LintResult:
        checked = self.check(*paths)
        assert not checked.errors, [f"{f.location} {f.message}" for f in checked.findings]
        return checked
