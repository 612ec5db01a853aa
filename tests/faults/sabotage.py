"""Eleven ways to break smartplan, each of which the campaign must notice.

A sabotage is an edit of a copy of the package; an edit that no longer fits the code is an error, so
that none of them goes stale in silence.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from smartplan.sandbox.faults import Fault
from tests.faults.experiments import DEATH, Lab, told
from tests.faults.listings import shifting
from tests.faults.moves import STOP, moved
from tests.faults.proxy import LOST, MANGLED, Break, Choose
from tests.faults.refusals import refused
from tests.faults.stories import BTC, OPEN_TWO
from tests.faults.world import ROOT, Starter, world_in


@dataclass(frozen=True)
class Edit:
    """Replace ``old``, which stands there once, by ``new``."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Sabotage:
    """``noticed`` is the part of the campaign that must find that ``broken`` does not hold."""

    name: str
    broken: str
    edits: tuple[Edit, ...]
    noticed: Callable[[Lab], list[str]]

    def package(self, folder: Path) -> Path:
        """A copy of the package, sabotaged."""
        for part in ("smartplan", "schemas"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, folder / part, ignore=ignored)
        for edit in self.edits:
            file = folder / "smartplan" / edit.file
            text = file.read_text()
            assert text.count(edit.old) == 1, f"{self.name}: {edit.file} has changed"
            file.write_text(text.replace(edit.old, edit.new))
        return folder

    def caught(self, folder: Path) -> bool:
        """Whether the campaign finds wrong what is wrong with the sabotaged package."""
        with Starter(self.package(folder / "package")) as starter:
            found = self.noticed(Lab(folder / "lab", starter))
        return any(one.startswith(self.broken) for one in found)


def first_create(how: Break) -> Choose:
    """Break the first create, however many lists were read before it."""
    before: list[str] = []

    def choose(_number: int, method: str, _path: str) -> Break | None:
        if method != "POST" or before:
            return None
        before.append(method)
        return how

    return choose


def _lost_answer(lab: Lab) -> list[str]:
    with lab.world(OPEN_TWO) as world:
        world.breaking(first_create(LOST[2]))
        world.apply()
        return world.violations()


def _never_arrived(lab: Lab) -> list[str]:
    """A trade of the same pair, opened by hand, is on the account."""
    with lab.world(OPEN_TWO) as world:
        foreign = world.open_by_hand(
            {
                "account_id": 1,
                "pair": "USDT_BTC",
                "position": {"type": "buy", "order_type": "limit", "units": {"value": "7"},
                             "price": {"value": "30000"}},
                "take_profit": {"enabled": False},
                "stop_loss": {"enabled": False},
            }
        )  # fmt: skip
        world.breaking(first_create(LOST[0]))
        world.apply()
        wrong = world.converge()
        assert world.entity(foreign)
        return [*wrong, *world.violations(), *OPEN_TWO.unfulfilled(world)]


def _without_death(lab: Lab) -> list[str]:
    with lab.world(OPEN_TWO) as world:
        world.apply()
        return world.violations()


def _death_around_a_create(lab: Lab) -> list[str]:
    """SIGKILL after the first create has left: what was intended must be on disk."""
    with lab.world(OPEN_TWO) as world:
        world.apply(at=180, signals=DEATH)
        assert world.mutations
        return world.violations()


def _late_listing(lab: Lab) -> list[str]:
    """The answer is lost and the list lags: within the window, the same run must settle it."""
    lag = Fault(method="GET", path="/v2/smart_trades", lag=1.0, times=None)
    with world_in(lab.folder / "late", lab.starter, faults=[lag], window=8.0) as world:
        world.plan(btc=BTC)
        lost = Break("dropped after", forwarded=True)
        world.breaking(lambda _, method, __: lost if method == "POST" else None)
        ran = world.apply()
        return [] if ran.code == 0 else [f"I4: exit {ran.code} within the window"]


def _penalty(lab: Lab) -> list[str]:
    with world_in(lab.folder / "penalty", lab.starter, faults=[Fault(status=429)]) as world:
        world.plan(btc=BTC)
        world.apply()
        before = len(world.exchange.log)
        world.apply()
        sent = len(world.exchange.log) - before
        return [f"I6: {sent} requests within a penalty"] if sent else []


def _page_instead(lab: Lab) -> list[str]:
    page = next(how for how in MANGLED if how.name == "HTML 200 before")
    with lab.world(OPEN_TWO) as world:
        world.breaking(first_create(page))
        return told(world.apply(), world, OPEN_TWO)


def _stripped(lab: Lab) -> list[str]:
    """The note of a trade we opened has been rewritten: it is no longer ours to change."""
    with lab.world(OPEN_TWO) as world:
        world.apply()
        number = world.named("btc")["id"]
        world.exchange.set_note(number, {"note": "mine now"})
        world.exchange.log.clear()
        world.foreign.add(number)
        world.apply()
        return world.violations()


def _moved_stop(lab: Lab) -> list[str]:
    return moved(lab, "moved", "PATCH", STOP)


def _short_pages(lab: Lab) -> list[str]:
    """Ours is on the second page, and no journal knows of it."""
    return shifting(lab, 25, 0, ("apply", "--yes"), journal=False)


def _refused_and_executed(lab: Lab) -> list[str]:
    return refused(lab, 409, executed=True)


SABOTAGES = (
    Sabotage(
        "a lost POST is sent again",
        "I1",
        (
            Edit(
                "api/http.py",
                'pauses = iter(RETRY_PAUSES if request.call.method == "GET" else ())',
                "pauses = iter(RETRY_PAUSES)",
            ),
        ),
        _lost_answer,
    ),
    Sabotage(
        "the request leaves before its intent is written",
        "I3",
        (
            Edit(
                "changes/execute/executor.py",
                "            self.journal.intended(",
                "            answer = self._send(step)\n            self.journal.intended(",
            ),
            Edit(
                "changes/execute/executor.py",
                "end = judged(step, self._send(step))",
                "end = judged(step, answer)",
            ),
        ),
        _without_death,
    ),
    Sabotage(
        "the settle window is zero",
        "I4",
        (
            Edit(
                "changes/execute/verify.py",
                "    pause, left = 1.0, window\n",
                "    pause, left = 1.0, 0.0\n",
            ),
        ),
        _late_listing,
    ),
    Sabotage(
        "a trade is recognised by its pair",
        "I4",
        (
            Edit(
                "changes/execute/claims.py",
                "        return opened_as(claim.identity, view)",
                '        pair = claim.intent.data["body"]["pair"]\n'
                "        lives = (*view.active, *view.ended)\n"
                "        marked = (live for live in lives if live.trade.pair == pair)\n"
                "        return min(marked, key=lambda live: live.id, default=None)",
            ),
            Edit(
                "changes/execute/claims.py",
                "    if not carries(live, claim.identity):\n        return None\n    ended",
                "    ended",
            ),
        ),
        _never_arrived,
    ),
    Sabotage(
        "a penalty is forgotten",
        "I6",
        (
            Edit(
                "state/budget.py",
                "        return None if row is None else _Refusal(row[0], row[1] - now.tick)\n",
                "        return None\n",
            ),
        ),
        _penalty,
    ),
    Sabotage(
        "an HTML page with 200 is a success",
        "I5",
        (
            Edit(
                "changes/execute/executor.py",
                "    if isinstance(answer, AnswerLost):\n",
                '    if isinstance(answer, AnswerLost) and "not usable JSON" in str(answer):\n'
                "        return StepEnd(step, Result.DONE)\n"
                "    if isinstance(answer, AnswerLost):\n",
            ),
        ),
        _page_instead,
    ),
    Sabotage(
        "a trade is ours by its id alone",
        "I2",
        (
            Edit(
                "changes/reconcile/reconcile.py",
                "                return _stripped(planned, found, self.scope)\n",
                '                note = str(body_of(planned, self.scope.workspace)["note"])\n'
                "                return SetNote(target_of(planned.name, found.live), (), note)\n",
            ),
        ),
        _stripped,
    ),
    Sabotage(
        "what is written is not committed",
        "I3",
        (
            Edit(
                "state/database.py",
                '            self._connection.execute("BEGIN IMMEDIATE")\n            try:\n'
                "                yield",
                "            if not self._connection.in_transaction:\n"
                '                self._connection.execute("BEGIN IMMEDIATE")\n            try:\n'
                "                yield",
            ),
            Edit(
                "state/database.py",
                "                yield self._connection\n"
                '                self._connection.execute("COMMIT")\n',
                "                yield self._connection\n"
                '                if "budget" in str(self._path):\n'
                '                    self._connection.execute("COMMIT")\n',
            ),
        ),
        _death_around_a_create,
    ),
    Sabotage(
        "nothing is read again before it is written",
        "I9",
        (
            Edit(
                "changes/execute/executor.py",
                "            before = self._read_again(step)\n",
                '            before = getattr(step.before, "seen", None)\n',
            ),
        ),
        _moved_stop,
    ),
    Sabotage(
        "a page that is not full is the last",
        "I1",
        (
            Edit(
                "changes/reconcile/snapshot.py",
                "    if _FEW < size < PAGE_SIZE:\n",
                "    if size < PAGE_SIZE:\n        return rows, True\n"
                "    if _FEW < size < PAGE_SIZE:\n",
            ),
        ),
        _short_pages,
    ),
    Sabotage(
        "an error answer ends all doubt about a create",
        "I1",
        (
            Edit(
                "changes/execute/executor.py",
                "doubtful = not proves_nothing_executed(answer)",
                "doubtful = False",
            ),
        ),
        _refused_and_executed,
    ),
)
