"""The same in one process and on a clock of its own: hours pass at once, death is an exception."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from smartplan import settings as settings_room
from smartplan.api.client import SmartTradeClient
from smartplan.api.http import build_client
from smartplan.changes.changeset import Changeset
from smartplan.changes.permission import Permission
from smartplan.changes.reconcile.inputs import Choices
from smartplan.cli.apply_summary import exit_code, nothing_to_do
from smartplan.errors import AnswerLost, SmartplanError
from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.faults import Fault
from smartplan.sandbox.signatures import ApiKey
from smartplan.settings import Credentials, Secret
from smartplan.state.budget import RateBudget
from smartplan.state.clocks import Clocks
from smartplan.state.ledger import SqliteLedger
from smartplan.state.sqlite import SqliteStore
from smartplan.workflow.connecting import EMBEDDED_URL
from smartplan.workflow.diff_and_apply import Applied, carry_out, tidy
from smartplan.workflow.lint_plans import check, open_workspace
from smartplan.workflow.reconciliation import compare
from smartplan.workflow.session import Session
from smartplan.workflow.sources import Inputs
from tests.faults.invariants import (
    Intent,
    Mutation,
    duplicates,
    every_trade,
    foreign_changes,
    identity_of,
    intents,
    mutations,
    too_fast,
    unjournaled,
)
from tests.faults.service import Habit, Layer
from tests.faults.world import TOML
from tests.loopback import KEY, SECRET


class Death(BaseException):
    """What SIGKILL is here: nothing after it runs, nothing catches it."""


@dataclass
class Turn:
    """``passed`` seconds never run backwards; the wall clock is ``moved`` by anybody."""

    passed: float = 0.0
    moved: float = 0.0

    def wall(self) -> datetime:
        seconds = self.passed + self.moved
        return datetime(2026, 11, 22, 12, tzinfo=UTC) + timedelta(seconds=seconds)

    def true(self) -> datetime:
        return datetime(2026, 11, 22, 12, tzinfo=UTC) + timedelta(seconds=self.passed)

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


@dataclass
class Faulty:
    """A transport that dies or loses answers where it is told to, around another one."""

    inner: Any
    step: Callable[[str], None]
    lose: Callable[[str, str], str | None]

    def request(self, method: str, path: str, **how: Any) -> object:
        self.step(f"before {method} {path},")
        lost = self.lose(method, path)
        if lost == "before":
            raise AnswerLost(f"{method} {path}: lost before it was processed")
        answer = self.inner.request(method, path, **how)
        self.step(f"after {method} {path},")
        if lost == "after":
            raise AnswerLost(f"{method} {path}: lost after it was processed")
        return answer

    @property
    def forms(self) -> Any:
        return self.inner.forms

    def close(self) -> None:
        self.inner.close()


@dataclass
class Watched:
    """A store that dies before or after a write."""

    inner: SqliteStore
    step: Callable[[str], None]

    def record(self, *what: Any) -> int:
        self.step("before writing")
        number = self.inner.record(*what)
        self.step("after writing")
        return number

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass
class Done:
    """An apply: its exit code, what it was, and how often it slept."""

    code: int
    changeset: Changeset | None = None
    applied: Applied | None = None
    error: str = ""


@dataclass
class Inside:
    """One workspace and its exchange in this process."""

    folder: Path
    faults: list[Fault] = field(default_factory=list)
    habits: list[Habit] = field(default_factory=list)
    settle_delay: float = 0.4
    window: float = 120.0
    paced: bool = False
    max_wait: float = 0.0
    rate_limit: bool = False
    clock: Turn = field(default_factory=Turn)
    lose: Callable[[str, str], str | None] = lambda *_: None
    while_waiting: Callable[[], None] = lambda: None
    before: Callable[[str], None] = lambda _: None

    def __post_init__(self) -> None:
        (self.folder / "plans").mkdir(parents=True, exist_ok=True)
        toml = TOML.replace("settle_window = 0.3", f"settle_window = {self.window}")
        (self.folder / "smartplan.toml").write_text(toml)
        self.exchange = Exchange(clock=self.clock.true, settle_delay=self.settle_delay)
        self.restart()
        self.by_hand: set[int] = set()
        self.steps = 0
        self.dies_at = 0
        self.dies_when = ""
        self.lost: list[Intent] = []
        self.runs = 0

    def restart(self) -> None:
        """Serve the same exchange with ``faults`` as they are now."""
        self.app = create_app(
            self.exchange,
            keys=[ApiKey(KEY, SECRET)],
            faults=self.faults,
            rate_limit=self.rate_limit,
            sleep=self.clock.sleep,
        )
        self.app.wsgi_app = Layer(self.app.wsgi_app, self.exchange, self.habits)

    @property
    def journal(self) -> Path:
        return self.folder / ".smartplan" / "sandbox.db"

    def step(self, what: str) -> None:
        self.steps += 1
        if self.steps == self.dies_at or (self.dies_when and what.startswith(self.dies_when)):
            self.dies_at, self.dies_when = 0, ""
            raise Death(what)

    def die(self, when: str) -> None:
        """Die at the next moment whose name begins so: ``after PATCH``, ``before writing`` …"""
        self.dies_when = when

    @property
    def mutations(self) -> list[Mutation]:
        return mutations(self.exchange.log)

    def touched(self, trade_id: int) -> list[str]:
        """What smartplan changed about a trade."""
        return [str(m) for m in self.mutations if m.trade_id == trade_id]

    def forget_journal(self) -> None:
        """Delete the workspace's state; what it had intended stays known to the checker."""
        self.lost += intents(self.journal)
        shutil.rmtree(self.folder / ".smartplan", ignore_errors=True)

    def violations(self) -> list[str]:
        """I1 to I3 of everything that has happened so far."""
        known = [*self.lost, *intents(self.journal)]
        return [
            *duplicates(self.entities(), frozenset(self.by_hand)),
            *foreign_changes(self.exchange.log, frozenset(self.by_hand)),
            *unjournaled(self.exchange.log, known),
        ]

    def plan(self, trades: Mapping[str, str]) -> None:
        lines = ["defaults: {account: main}", "trades:" if trades else "trades: {}"]
        for name, text in trades.items():
            lines += [f"  {name}:", *(f"    {line}" for line in text.splitlines())]
        (self.folder / "plans" / "book.yaml").write_text("\n".join(lines) + "\n")

    def open_by_hand(self, pair: str, note: str | None = None, units: str = "7") -> int:
        """Somebody opens a trade in the exchange's own interface."""
        price = {"USDT_BTC": "40000", "USDT_ETH": "1000"}[pair]
        body: dict[str, object] = {
            "account_id": 1,
            "pair": pair,
            "position": {
                "type": "buy",
                "order_type": "limit",
                "units": {"value": units},
                "price": {"value": price},
            },
            "take_profit": {"enabled": False},
            "stop_loss": {"enabled": False},
        }
        number = int(str(self.exchange.create(body | ({"note": note} if note else {}))["id"]))
        self.by_hand.add(number)
        return number

    def entities(self) -> list[dict[str, Any]]:
        return every_trade(self.exchange)

    def opened(self) -> Counter[tuple[str, int]]:
        """How many trades smartplan opened for each name and round."""
        identities = (
            identity_of(e["note"]) for e in self.entities() if e["id"] not in self.by_hand
        )
        return Counter(identity[1:] for identity in identities if identity is not None)

    def slow_enough(self) -> list[str]:
        """I6, by the exchange's log and its own true clock."""
        return list(too_fast(self.exchange.log))

    def pause(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        self.while_waiting()

    @contextmanager
    def session(self) -> Iterator[Session]:
        loaded = settings_room.load(self.folder, {})
        self.runs += 1
        clocks = Clocks(
            ticks=lambda: self.clock.passed,
            wall=lambda: self.clock.wall().timestamp(),
            boot=lambda: "one",
        )
        with (
            SqliteStore(self.journal) as store,
            self._pace(clocks) as pace,
            build_client(
                EMBEDDED_URL,
                Credentials(Secret(KEY), Secret(SECRET)),
                app=self.app,
                pace=pace,
                now=self.clock.wall,
                sleep=self.clock.sleep,
            ) as transport,
        ):
            yield Session(
                loaded,
                SmartTradeClient(Faulty(transport, self.step, self.lose)),
                Watched(store, self.step),
                run=f"run-{self.runs}",
                now=self.clock.wall,
                pause=self.pause,
                settle_window=float(loaded.settle_window),
                clocks=clocks,
            )

    @contextmanager
    def _pace(self, clocks: Clocks) -> Iterator[RateBudget | None]:
        if not self.paced:
            yield None
            return
        ledger = SqliteLedger(self.folder / "budget.db", clocks)
        with RateBudget(ledger, "key", max_wait=self.max_wait, sleep=self.clock.sleep) as budget:
            yield budget

    def apply(self, choices: Choices | None = None) -> Done:
        """What ``smartplan apply --yes`` does, and its exit code."""
        choices = choices or Choices()
        with self.session() as session:
            try:
                return self._apply(session, choices)
            except SmartplanError as error:
                return Done(error.exit_code, error=str(error))

    def _apply(self, session: Session, choices: Choices) -> Done:
        inputs = Inputs((), (), (), stdin=lambda: b"")
        checked = check(open_workspace(inputs, session.settings, self.folder), session.now())
        assert not checked.errors, checked.findings
        changeset = compare(checked, session, choices)
        self.before("confirmed")
        if not changeset.mutations:
            tidy(checked, session, changeset)
            return Done(nothing_to_do(changeset), changeset)
        applied = carry_out(checked, Permission(changeset, choices), session)
        return Done(exit_code(applied), changeset, applied)
