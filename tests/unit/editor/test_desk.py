"""What is checked when: a plan that takes long, or breaks what checks it, holds up no other."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartplan.editor import desk as desk_module
from smartplan.editor.desk import Desk, Shown
from smartplan.settings import Settings
from smartplan.workflow.live_lint import CheckedPlan, LiveLint
from tests.plans import PLAN

NOW = datetime(2026, 11, 22, tzinfo=UTC)
WRONG = PLAN.replace("stop_loss", "stop_los")


class Slow(LiveLint):
    """A lint that takes its time over one plan."""

    before: Callable[[str], None] = staticmethod(lambda _: None)

    def check(self, name: str) -> CheckedPlan:
        self.before(name)
        return super().check(name)


class Session:
    """A desk, and what was shown and told."""

    def __init__(self, folder: Path, before: Callable[[str], None] = lambda _: None) -> None:
        (folder / "plans").mkdir()
        for name in ("slow", "quick"):
            (folder / "plans" / f"{name}.yaml").write_text(WRONG.replace("main", name[0]))
        (folder / "smartplan.toml").touch()
        accounts = {"s": 1, "q": 2}
        settings = Settings(root=folder, file=folder / "smartplan.toml", accounts=accounts)
        self.lint = Slow(settings, lambda: NOW)
        self.lint.before = before
        self.told: list[str] = []
        self.shown: list[set[str]] = []
        self.desk = Desk(self.lint, self._show, self.told.append, 0.0)

    def _show(self, changed: Shown) -> None:
        self.shown.append({file for file, findings in changed.items() if findings})

    async def settled(self) -> None:
        while not self.desk.idle:
            await asyncio.sleep(0.01)


def test_a_plan_that_takes_long_is_told_and_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "LONG", 1.0)

    async def work() -> Session:
        session = Session(tmp_path, lambda name: time.sleep(3 if "slow" in name else 0))
        session.desk.start(["plans/slow.yaml", "plans/quick.yaml"])
        await session.settled()
        session.desk.close()
        return session

    session = asyncio.run(work())
    assert session.told == ["plans/slow.yaml: checking it takes long; other plans go on meanwhile"]
    assert session.shown == [{"plans/quick.yaml"}, {"plans/slow.yaml"}]


def test_only_the_last_of_many_keystrokes_is_checked(tmp_path: Path) -> None:
    seen: list[str] = []

    async def work() -> Session:
        session = Session(tmp_path, seen.append)
        session.desk.start()
        await session.settled()
        seen.clear()
        for number in range(20):
            text = WRONG if number % 2 else PLAN
            session.desk.change("plans/quick.yaml", text.replace("main", "q").encode())
        session.desk.change("plans/quick.yaml", PLAN.replace("main", "q").encode())
        await session.settled()
        session.desk.close()
        return session

    session = asyncio.run(work())
    assert seen == ["plans/quick.yaml"]
    assert "plans/quick.yaml" not in session.desk.found


def test_what_changes_again_while_it_is_checked_is_checked_again(tmp_path: Path) -> None:
    """Two plans include a template, which changes while the second of them is being checked."""
    template = "templates/note.jinja"

    async def work() -> Session:
        session = Session(tmp_path)
        for name in ("slow", "quick"):
            file = tmp_path / "plans" / f"{name}.yaml"
            file.write_text(f"{PLAN.replace('main', name[0])}{{% include 'note.jinja' %}}\n")
        session.desk.change(template, b"nota: mine")
        session.desk.start()
        await session.settled()
        begun: list[str] = []
        session.lint.before = lambda name: (begun.append(name), time.sleep(0.2))  # type: ignore[assignment]
        session.desk.change(template, b"nota: yours")
        while len(begun) < 2:
            await asyncio.sleep(0.01)
        session.desk.change(template, b"# nothing")
        await session.settled()
        session.desk.close()
        return session

    assert asyncio.run(work()).desk.found == {}


def test_what_checking_stumbles_over_is_told_and_the_desk_lives(tmp_path: Path) -> None:
    def stumble(name: str) -> None:
        if "slow" in name:
            raise ZeroDivisionError

    async def work() -> Session:
        session = Session(tmp_path, stumble)
        session.desk.start()
        await session.settled()
        session.desk.close()
        return session

    session = asyncio.run(work())
    assert session.told == ["plans/slow.yaml: internal error: ZeroDivisionError; please report it"]
    assert session.desk.found.keys() == {"plans/quick.yaml"}
