"""A workspace on the embedded exchange, and the command line in this process."""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from smartplan.cli.app import run
from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.faults import Fault
from smartplan.sandbox.server import Server
from smartplan.trade.marker import format_marker
from smartplan.trade.model import Marker

TOML = """
workspace = "desk"
since = {since}

[environments.sandbox.accounts]
main = 1
futures = 2
"""


@dataclass(frozen=True)
class Ran:
    """What a command wrote, and its exit code."""

    code: int
    out: str
    err: str


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


class Desk:
    """``smartplan`` in a folder; trades are opened an hour ago, so that they have settled."""

    def __init__(
        self, folder: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self._patch = patch
        self._capsys = capsys
        today = datetime.now(UTC).date()
        (folder / "plans").mkdir()
        (folder / "smartplan.toml").write_text(TOML.format(since=today - timedelta(days=2)))
        patch.chdir(folder)
        for name in ("API_KEY", "API_SECRET", "API_PRIVATE_KEY_FILE", "BASE_URL"):
            patch.delenv(f"SMARTPLAN_{name}", raising=False)
        patch.setenv("XDG_STATE_HOME", str(folder / "home"))
        patch.delenv("GITHUB_ACTIONS", raising=False)
        self._state = folder / ".smartplan" / "sandbox.json"
        self._state.parent.mkdir(mode=0o700)

    def run(
        self,
        *arguments: object,
        typed: str | None = None,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Ran:
        """Run a command line; ``typed`` is what a person at the terminal answers.

        ``meanwhile`` is what happens while the question stands.
        """
        stdin = io.StringIO() if typed is None else Terminal(typed, meanwhile)
        self._patch.setattr("sys.stdin", stdin)
        code = run([str(argument) for argument in arguments])
        captured = self._capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    def plan(self, name: str, text: str) -> Path:
        """Write ``plans/NAME.yaml``."""
        file = self.folder / "plans" / f"{name}.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    def exchange(self, moved: timedelta = timedelta()) -> Exchange:
        """The exchange, with a clock that is ``moved``."""
        return Exchange(self._state, clock=lambda: datetime.now(UTC) + moved)

    def settled(self) -> Exchange:
        """The exchange once what was asked for just now has settled."""
        time.sleep(0.5)
        return self.exchange()

    def forget_journal(self) -> None:
        """Throw the journal away; the exchange stays."""
        for file in self._state.parent.glob("sandbox.db*"):
            file.unlink()

    def lose_the_exchange(self) -> None:
        """The exchange lists nothing any more; the journal stays."""
        self._state.unlink()

    def later(self, trade_id: int) -> dict:
        """A trade once everything that was asked for has settled."""
        return self.exchange(timedelta(minutes=1)).get(trade_id)

    def open(self, body: dict, *, name: str | None = None, filled: bool = False) -> int:
        """Open a trade; ``name`` puts our marker on it."""
        past = self.exchange(timedelta(hours=-1))
        note = body.get("note", "weekly support")
        if name is not None:
            marker = Marker(workspace="desk", name=name, round=1, digests=("0000",) * 4)
            note = f"{note} {format_marker(marker)}"
        number = past.create(body | {"note": note})["id"]
        if filled:
            self.exchange(timedelta(minutes=-30)).fill(number)
        return number

    def tick(self, pair: str, price: str) -> None:
        """Move the market."""
        self.exchange().tick(pair, Decimal(price))

    @contextmanager
    def served(self, *faults: Fault, **options: object) -> Iterator[Exchange]:
        """The same exchange over HTTP, with these faults."""
        exchange = self.exchange()
        app = create_app(exchange, faults=faults, **{"sleep": lambda _: None} | options)
        with Server(app, port=0) as server:
            self._patch.setenv("SMARTPLAN_BASE_URL", f"{server.url}/public/api")
            try:
                yield exchange
            finally:
                self._patch.delenv("SMARTPLAN_BASE_URL")


LONG = {
    "account_id": 1,
    "pair": "USDT_BTC",
    "position": {
        "type": "buy",
        "order_type": "limit",
        "units": {"value": "0.01"},
        "price": {"value": "60000"},
    },
    "take_profit": {
        "enabled": True,
        "steps": [
            {"order_type": "limit", "price": {"value": "66000", "type": "bid"}, "volume": "50"},
            {"order_type": "limit", "price": {"value": "72000", "type": "bid"}, "volume": "50"},
        ],
    },
    "stop_loss": {
        "enabled": True,
        "order_type": "market",
        "conditional": {"price": {"value": "55000", "type": "bid"}},
    },
}
NAKED = LONG | {"stop_loss": {"enabled": False}}
