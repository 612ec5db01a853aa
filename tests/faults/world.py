"""A workspace, a served sandbox, a line that breaks, and runs of smartplan against them."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from smartplan.sandbox.app import create_app
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.faults import Fault
from smartplan.sandbox.server import Server
from smartplan.sandbox.signatures import ApiKey
from tests.faults import invariants
from tests.faults.invariants import Intent
from tests.faults.proxy import Choose, Proxy
from tests.faults.service import Habit, Layer
from tests.loopback import KEY, SECRET

ROOT = Path(__file__).parents[2]
STARTER = Path(__file__).with_name("starter.py")
SETTLE_WINDOW = 0.3

TOML = f"""
workspace = "desk"
environment = "sandbox"
since = 2026-01-01
[environments.sandbox.accounts]
main = 1
[state]
settle_window = {SETTLE_WINDOW}
[lint]
ignore = ["SP804"] # balances are asked for by POST, and the stories count what that may change
"""

QUESTION = "is taken: "
"""How a question ends that waits for an answer."""

_LEFT = re.compile(r"^Now: .*\b[1-9]\d* (to (create|update|adopt|cancel|close)|blocked)", re.M)
"""The last line of an apply that did not reach its plans."""


class Starter:
    """A process that starts smartplan again and again; ``package`` is the code it runs."""

    def __init__(self, package: Path = ROOT) -> None:
        environ = {**os.environ, "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(STARTER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environ,
        )

    def carry_out(self, order: Mapping[str, Any]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True)
class Ran:
    """One run: negative codes are deaths by a signal."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass
class World:
    """Everything around one workspace; ``folder`` outlives it and may be copied.

    ``paced``: all runs share one rate budget, and the pace the server sees is checked.
    """

    folder: Path
    starter: Starter
    faults: Sequence[Fault] = ()
    habits: list[Habit] = field(default_factory=list)
    settle_delay: float = 0.0
    window: float = SETTLE_WINDOW
    paced: bool = True
    foreign: set[int] = field(default_factory=set)
    by_hand: set[int] = field(default_factory=set)
    lost: list[Intent] = field(default_factory=list)
    ran: list[Ran] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.folder / "plans").mkdir(parents=True, exist_ok=True)
        toml = TOML.replace(f"= {SETTLE_WINDOW}", f"= {self.window}")
        (self.folder / "smartplan.toml").write_text(toml)
        (self.folder / "output").mkdir(exist_ok=True)
        self.exchange = Exchange(self.folder / "exchange.json", settle_delay=self.settle_delay)
        app = create_app(self.exchange, keys=[ApiKey(KEY, SECRET)], faults=self.faults)
        app.wsgi_app = Layer(app.wsgi_app, self.exchange, self.habits)
        with ExitStack() as opened:
            server = opened.enter_context(Server(app, port=0))
            self.proxy = opened.enter_context(closing(Proxy(int(server.url.rsplit(":", 1)[1]))))
            self._opened = opened.pop_all()

    def close(self) -> None:
        self._opened.close()

    @property
    def journal(self) -> Path:
        return self.folder / ".smartplan" / "sandbox.db"

    @property
    def environ(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / ("home" if self.paced else f"home-{len(self.ran)}")),
            "SMARTPLAN_BASE_URL": self.proxy.url,
            "SMARTPLAN_API_KEY": KEY,
            "SMARTPLAN_API_SECRET": SECRET,
        }

    # --- what people do -------------------------------------------------------------------------

    def plan(self, **trades: str) -> None:
        """Replace the plan: a YAML body by name."""
        lines = ["defaults: {account: main}", "trades:" if trades else "trades: {}"]
        for name, text in trades.items():
            lines += [
                f"  {name.replace('_', '-')}:",
                *(f"    {line}" for line in text.splitlines()),
            ]
        (self.folder / "plans" / "book.yaml").write_text("\n".join(lines) + "\n")

    def run(self, *arguments: str, at: int = 0, signals: Sequence[int] = (), tally: bool = False):
        """Run smartplan; ``signals`` reach it around the ``at``-th call that matters."""
        number = len(self.ran)
        out, err = (self.folder / "output" / f"{number}.{name}" for name in ("out", "err"))
        order = {
            "arguments": arguments,
            "folder": str(self.folder),
            "environ": self.environ,
            "out": str(out),
            "err": str(err),
            "at": at,
            "signals": [int(s) for s in signals],
            "tally": str(self.folder / "tally") if tally else None,
        }
        code = self.starter.carry_out(order)
        self.ran.append(Ran(code, out.read_text(), err.read_text()))
        return self.ran[-1]

    def apply(self, *arguments: str, **how: Any) -> Ran:
        return self.run("apply", "--yes", *arguments, **how)

    def process(self, *arguments: str, **how: Any) -> subprocess.Popen[str]:
        """smartplan in a process that is started like any other."""
        usual: dict[str, Any] = {
            "env": self.environ,
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
        }
        command = [sys.executable, "-m", "smartplan", *arguments]
        return subprocess.Popen(command, **{"cwd": self.folder, **usual, **how})

    def asked(self, *arguments: str, answer: str, meanwhile: Callable[[], object]) -> Ran:
        """Run smartplan on a terminal; ``meanwhile`` happens while its question stands."""
        keyboard, stdin = os.openpty()
        process = self.process(*arguments, stdin=stdin)
        os.close(stdin)
        assert process.stderr is not None
        shown = ""
        while not shown.endswith(QUESTION) and (letter := process.stderr.read(1)):
            shown += letter
        if shown.endswith(QUESTION):
            meanwhile()
            os.write(keyboard, f"{answer}\n".encode())
        out, err = process.communicate(timeout=60)
        os.close(keyboard)
        self.ran.append(Ran(process.returncode, out, shown + err))
        return self.ran[-1]

    def breaking(self, choose: Choose | None) -> None:
        """Break requests from now on, counted anew; None mends the line."""
        self.proxy.restart(choose or (lambda *_: None))

    def forget_journal(self) -> None:
        """Delete the workspace's state; what it had intended stays known to the checker."""
        self.lost += invariants.intents(self.journal)
        shutil.rmtree(self.folder / ".smartplan", ignore_errors=True)

    # --- what happens on the exchange -----------------------------------------------------------

    def open_by_hand(self, body: Mapping[str, Any], *, ours: bool = False) -> int:
        """Somebody opens a trade in the exchange's own interface."""
        number = int(str(self.exchange.create(body)["id"]))
        self.by_hand.add(number)
        if not ours:
            self.foreign.add(number)
        return number

    def clone(self, trade_id: int) -> int:
        """Somebody copies a trade there, its note and all."""
        entity = self.entity(trade_id)
        position = entity["position"]
        return self.open_by_hand(
            {
                "account_id": entity["account"]["id"],
                "pair": entity["pair"],
                "note": entity["note"],
                "position": {
                    "type": position["type"],
                    "order_type": position["order_type"],
                    "units": {"value": position["units"]["value"]},
                    "price": {"value": position["price"]["value"]},
                },
                "take_profit": {"enabled": False},
                "stop_loss": {"enabled": False},
            }
        )

    def entities(self) -> list[dict[str, Any]]:
        return invariants.every_trade(self.exchange)

    def entity(self, trade_id: int) -> dict[str, Any]:
        return next(entity for entity in self.entities() if entity["id"] == trade_id)

    def named(self, name: str, round_: int = 1) -> dict[str, Any]:
        """The one trade of an identity."""
        (entity,) = (
            e for e in self.entities()
            if (invariants.identity_of(e["note"]) or ("", "", 0))[1:] == (name, round_)
            and e["id"] not in self.by_hand
        )  # fmt: skip
        return entity

    def tick(self, pair: str, price: str) -> None:
        self.exchange.tick(pair, Decimal(price))

    # --- what is checked ------------------------------------------------------------------------

    @property
    def mutations(self) -> list[invariants.Mutation]:
        return invariants.mutations(self.exchange.log)

    def violations(self) -> list[str]:
        """I1, I2, I3, I6 and I7 of everything that has happened so far."""
        log = self.exchange.log
        known = [*self.lost, *invariants.intents(self.journal)]
        written = (file for file in self.folder.rglob("*") if file.is_file())
        signatures = [s.headers["signature"] for s in self.proxy.seen if "signature" in s.headers]
        return [
            *invariants.duplicates(self.entities(), frozenset(self.by_hand)),
            *invariants.foreign_changes(log, frozenset(self.foreign)),
            *invariants.unjournaled(log, known),
            *(invariants.too_fast(log) if self.paced else ()),
            *invariants.leaked([KEY, SECRET, *signatures], written),
        ]

    def truthful(self, ran: Ran) -> list[str]:
        """I5: what an exit code says, beside the journal's own claims."""
        open_claims = invariants.open_claims(self.journal)
        if ran.code in {0, 1, 3} and open_claims:
            return [f"I5: exit {ran.code} with {open_claims} open claims: {ran.text}"]
        if ran.code == 6 and not open_claims:
            return [f"I5: exit 6 and nothing is open: {ran.text}"]
        if ran.code == 0 and _LEFT.search(ran.out):
            return [f"I5: exit 0 with something left to do: {ran.text}"]
        if "internal error" in ran.text or "Traceback" in ran.text:
            return [f"a defect was shown: {ran.text}"]
        return []

    def converge(self, *arguments: str) -> list[str]:
        """I4 and I8: without faults, and with a person's word where it is asked for, all ends."""
        self.breaking(None)
        wrong = []
        for _ in range(4):
            ran = self.apply(*arguments)
            wrong += self.truthful(ran)
            if "Another run" in ran.text:
                wrong.append(f"I8: the lock is held by nobody: {ran.text}")
            if ran.code == 0:
                break
            for name in self._unknown(ran.text):
                if self.run("resolve", name, "--wait").code == 6:
                    self.run("resolve", name, "--not-created", "--reason", "looked, not there")
        else:
            wrong.append(f"I4: does not converge: {ran.text}")
        before = len(self.mutations)
        ran = self.apply(*arguments)
        if ran.code != 0 or len(self.mutations) != before:
            wrong.append(f"I4: something is left to do: {ran.text}")
        return wrong

    def _unknown(self, text: str) -> list[str]:
        marks = ("smartplan resolve ",)
        found = (part.split()[0] for mark in marks for part in text.split(mark)[1:])
        return sorted({name.strip("`") for name in found})


@contextmanager
def world_in(folder: Path, starter: Starter, **how: Any) -> Iterator[World]:
    """A world that is over when the block ends; its folder stays."""
    world = World(folder, starter, **how)
    try:
        yield world
    finally:
        world.close()
