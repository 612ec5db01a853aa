"""Any sequence of plans, applies, deaths, lost answers, edits by hand and time: nothing is doubled.

The exchange lives in this process and on a clock of its own; death is an exception that nothing
catches, after which a new run opens the same files.
"""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from smartplan.changes.reconcile.inputs import Choices
from smartplan.sandbox.faults import Fault
from smartplan.sandbox.rejection import Rejection
from tests.faults.inside import Death, Inside
from tests.faults.invariants import open_claims
from tests.faults.stories import limit

NAMES = ("btc", "eth")
PAIRS = {"btc": ("USDT_BTC", 50000, "0.01"), "eth": ("USDT_ETH", 2000, "0.1")}
LONG = bool(os.environ.get("EXPLORE") or os.environ.get("FAULTS"))


class Workspace(RuleBasedStateMachine):
    """Two trades, and everything that can happen around them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.inside = Inside(self.folder)
        self.wanted: dict[str, str] = {}

    def teardown(self) -> None:
        try:
            self.converges()
        finally:
            shutil.rmtree(self.folder)

    def converges(self) -> None:
        """I4: left alone, the second apply has nothing to do, whatever the first one did."""
        self.inside.lose = lambda *_: None
        self.inside.dies_at = 0
        for _ in range(3):
            self.inside.clock.sleep(10)
            self.inside.apply()
        before = len(self.inside.mutations)
        self.inside.apply()
        assert len(self.inside.mutations) == before
        assert self.inside.violations() == []

    @initialize()
    def begin(self) -> None:
        self.edit_plan("btc", 10, 1, ended=False)

    @rule(
        name=st.sampled_from(NAMES),
        away=st.sampled_from([10, 8]),
        round_=st.integers(1, 2),
        ended=st.booleans(),
    )
    def edit_plan(self, name: str, away: int, round_: int, ended: bool) -> None:
        pair, price, units = PAIRS[name]
        lifecycle = f"lifecycle: {{round: {round_}, state: {'cancelled' if ended else 'open'}}}"
        stop = price - price * away // 100
        self.wanted[name] = limit(pair, price, units, stop, lifecycle)
        self.inside.plan(self.wanted)

    @rule(name=st.sampled_from(NAMES))
    def take_out_of_the_plan(self, name: str) -> None:
        self.wanted.pop(name, None)
        self.inside.plan(self.wanted)

    @rule(replacing=st.booleans())
    def apply(self, replacing: bool) -> None:
        done = self.inside.apply(self._choices(replacing))
        assert done.code in {0, 1, 3, 5, 6}, done.error

    @rule(at=st.integers(1, 25), replacing=st.booleans())
    def apply_and_die(self, at: int, replacing: bool) -> None:
        self.inside.dies_at = self.inside.steps + at
        with suppress(Death):
            self.inside.apply(self._choices(replacing))
        self.inside.dies_at = 0

    @rule(when=st.sampled_from(["before", "after"]), method=st.sampled_from(["POST", "PATCH"]))
    def apply_and_lose_the_answer(self, when: str, method: str) -> None:
        self.inside.lose = lambda made, _: when if made == method else None
        done = self.inside.apply()
        self.inside.lose = lambda *_: None
        assert done.code in {0, 1, 3, 5, 6}, done.error

    @rule(name=st.sampled_from(NAMES))
    def a_person_gives_a_word(self, name: str) -> None:
        """``resolve --wait``, and ``--not-created`` when nothing shows."""
        from smartplan.errors import UsageError
        from smartplan.workflow import resolving

        with self.inside.session() as session:
            try:
                if resolving.wait_for(name, session) is None:
                    resolving.not_created(name, "looked, not there", session)
            except UsageError:
                pass

    @rule(seconds=st.sampled_from([1, 60, 3600]))
    def time_passes(self, seconds: int) -> None:
        self.inside.clock.sleep(seconds)

    @rule(hours=st.sampled_from([-2, -1, 0]))
    def the_wall_clock_jumps(self, hours: int) -> None:
        """Back and forth, never ahead of the server's log, beside which the journal is read."""
        self.inside.clock.moved = hours * 3600.0

    @precondition(lambda self: not open_claims(self.inside.journal))
    @rule()
    def the_journal_is_lost(self) -> None:
        """While nothing is open: what is lost then is in no mark.

        Later than the list lags: what is neither listed nor journaled is known to nobody.
        """
        self.inside.clock.sleep(5)
        self.inside.forget_journal()

    @rule(lag=st.sampled_from([0.0, 3.0]))
    def the_list_lags_behind(self, lag: float) -> None:
        listing = Fault(method="GET", path="/v2/smart_trades", lag=lag, times=None)
        self.inside.faults[:] = [listing] if lag else []
        self.inside.restart()

    @precondition(lambda self: self.open_trades())
    @rule(data=st.data())
    def somebody_writes_into_a_note(self, data: st.DataObject) -> None:
        number = self._any(data)
        note = self.inside.exchange.get(number)["note"]
        self.inside.exchange.set_note(number, {"note": f"{note} hold"[:300]})

    @precondition(lambda self: self.open_trades())
    @rule(data=st.data())
    def somebody_strips_a_note(self, data: st.DataObject) -> None:
        self.inside.exchange.set_note(self._any(data), {"note": "mine"})

    @precondition(lambda self: self.open_trades())
    @rule(data=st.data())
    def somebody_copies_a_trade(self, data: st.DataObject) -> None:
        entity = self.inside.exchange.get(self._any(data))
        units = entity["position"]["units"]["value"]
        with suppress(Rejection):  # a fill leaves units that are no whole lots
            self.inside.open_by_hand(entity["pair"], entity["note"] or None, units)

    @precondition(lambda self: self.open_trades())
    @rule(data=st.data())
    def an_entry_fills(self, data: st.DataObject) -> None:
        number = self._any(data)
        self.inside.clock.sleep(2)
        if self.inside.exchange.get(number)["status"]["type"] == "waiting_position":
            self.inside.exchange.fill(number)

    @precondition(lambda self: self.open_trades())
    @rule(data=st.data())
    def somebody_cancels_a_trade(self, data: st.DataObject) -> None:
        number = self._any(data)
        self.inside.clock.sleep(2)
        if self.inside.exchange.get(number)["data"]["cancel_available"]:
            self.inside.exchange.cancel(number)
        self.inside.clock.sleep(2)

    @invariant()
    def nothing_is_doubled_nor_foreign_nor_unjournaled(self) -> None:
        assert self.inside.violations() == []

    def open_trades(self) -> list[int]:
        return [e["id"] for e in self.inside.entities() if not e["data"].get("closed_at")]

    def _any(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(self.open_trades()))

    def _choices(self, replacing: bool) -> Choices:
        return Choices(replace=frozenset(NAMES) if replacing else frozenset())


TestWorkspace = Workspace.TestCase
TestWorkspace.settings = settings(
    max_examples=150 if LONG else 8,
    stateful_step_count=25 if LONG else 12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
