"""One workspace in the editor: what changed is checked soon, and what was found is shown."""

import asyncio
import gc
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from smartplan.diagnostics import Finding
from smartplan.document.literals import Holder
from smartplan.document.named_values import Names
from smartplan.document.tree import Document
from smartplan.settings import Settings
from smartplan.workflow.live_lint import LiveLint

LONG = 2.0
"""Seconds after which an author is told that a plan takes its time."""
_LOOK = 0.02
"""Seconds between two looks whether a plan was checked."""
_MOST = 500
"""Templates that are offered, and looked through for names."""
_BETWEEN = 0.25
"""Seconds between two looks at everything while many plans are being checked."""

Shown = Mapping[str, tuple[Finding, ...]]
"""Findings by the file they are in."""


class Desk:
    """A workspace with what is known of it; ``show`` is given what changed, ``tell`` a sentence.

    Plans are checked in threads: one that takes long holds up neither the server nor the others.
    ``pause`` is how long typing must rest before a plan is checked, in seconds.
    """

    def __init__(
        self,
        lint: LiveLint,
        show: Callable[[Shown], None],
        tell: Callable[[str], None],
        pause: float,
    ) -> None:
        self.lint = lint
        self.found: dict[str, tuple[Finding, ...]] = {}
        self._show = show
        self._tell = tell
        self._pause = pause
        self._threads = ThreadPoolExecutor(max_workers=3, thread_name_prefix="lint")
        self._wanted: dict[str, int] = {}
        self._backlog: deque[str] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._working_off = False
        self._settling = False
        self._again = False

    @property
    def root(self) -> Path:
        """The folder of the workspace."""
        return self.lint.settings.root

    @property
    def settings(self) -> Settings:
        """What its ``smartplan.toml`` says."""
        return self.lint.settings

    @property
    def idle(self) -> bool:
        """Whether nothing is being checked, or waits to be."""
        return not self._tasks and not self._backlog

    def close(self) -> None:
        """Let go of everything; what is being checked comes to nothing."""
        for task in self._tasks:
            task.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def start(self, first: Iterable[str] = ()) -> None:
        """Check all plans, the ``first`` before the others."""
        urgent = [name for name in first if name in self.lint.files]
        for name in urgent:
            self._spawn(self._check(name, self._next(name), 0))
        self._put_off(name for name in self.lint.files if name not in urgent)
        if not self.lint.files:
            self._spawn(self._settle())

    def change(self, name: str, content: bytes | None) -> None:
        """A file says something else; ``None``: what lies on the disk."""
        concerned = self.lint.change(name, content)
        for plan in concerned[:1]:
            self._spawn(self._check(plan, self._next(plan), self._pause))
        self._put_off(concerned[1:])
        if not concerned:
            self._spawn(self._settle())

    def _next(self, name: str) -> int:
        self._wanted[name] = self._wanted.get(name, 0) + 1
        return self._wanted[name]

    def _put_off(self, names: Iterable[str]) -> None:
        for name in names:
            self._next(name)
            if name not in self._backlog:
                self._backlog.append(name)
        if self._backlog and not self._working_off:
            self._working_off = True
            self._spawn(self._work_off())

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_off(self) -> None:
        await asyncio.sleep(self._pause)
        loop = asyncio.get_running_loop()
        looked = loop.time()
        while self._backlog:
            name = self._backlog.popleft()  # from now on it may be put off anew
            await self._take(name, self._wanted.get(name, 0))
            if loop.time() - looked > _BETWEEN:
                await self._settle()
                looked = loop.time()
        self._working_off = False
        await self._settle()
        gc.freeze()  # a thousand plans that stay are not to be gone through again and again

    async def _check(self, name: str, turn: int, pause: float) -> None:
        await asyncio.sleep(pause)
        if await self._take(name, turn):
            await self._settle()

    async def _take(self, name: str, turn: int) -> bool:
        """Check a plan, unless it has changed since; whether it was taken."""
        if self._wanted.get(name) != turn or name not in self.lint.files:
            return False
        loop = asyncio.get_running_loop()
        checking = loop.run_in_executor(self._threads, self.lint.check, name)
        _, late = await asyncio.wait({checking}, timeout=LONG)
        if late:
            self._tell(f"{name}: checking it takes long; other plans go on meanwhile")
        try:
            plan = await checking
        except Exception as error:  # noqa: BLE001  # told, and the other plans go on
            if name not in self.lint.files:  # deleted meanwhile
                return False
            self._tell(f"{name}: internal error: {type(error).__name__}; please report it")
            return False
        if self.lint.outdated(plan):
            return await self._take(name, turn)
        if self._wanted.get(name) != turn:
            return False
        self.lint.take(name, plan)
        return True

    async def _settle(self) -> None:
        """Show what changed among all findings; once more if something came meanwhile."""
        if self._settling:
            self._again = True
            return
        self._settling = True
        try:
            while True:
                self._again = False
                loop = asyncio.get_running_loop()
                try:
                    found = await loop.run_in_executor(self._threads, self.lint.findings)
                except Exception as error:  # noqa: BLE001  # told, and the other plans go on
                    self._tell(f"internal error: {type(error).__name__}; please report it")
                    return
                self._compare(found)
                if not self._again:
                    return
        finally:
            self._settling = False

    def _compare(self, found: Iterable[Finding]) -> None:
        by_file: dict[str, list[Finding]] = {}
        for finding in found:
            by_file.setdefault(finding.location.file, []).append(finding)
        now = {file: tuple(findings) for file, findings in by_file.items()}
        changed = {
            file: now.get(file, ())
            for file in {*now, *self.found}
            if now.get(file, ()) != self.found.get(file, ())
        }
        self.found = now
        if changed:
            self._show(changed)

    async def caught_up(self, name: str) -> None:
        """Wait until a plan was checked as it is now, but not for long."""
        for _ in range(int(LONG / _LOOK)):
            known = name in self.lint.plans or name not in self.lint.files
            if known and not self.lint.awaits(name):
                return
            await asyncio.sleep(_LOOK)

    def document_of(self, name: str) -> Document | None:
        """The document of a plan as it was last read."""
        plan = self.lint.last.get(name)
        return plan.document if plan is not None else None

    def said_of(self, file: str, name: str) -> tuple[Holder, ...]:
        """The literals that a name of a template stands for, in a plan that is made of it."""
        for plan in list(self.lint.last.values()):
            rendered = plan.document.rendered if plan.document is not None else None
            made_of = {plan.read.plan.name, *plan.templates}
            if rendered is not None and plan.document is not None and file in made_of:
                return Names(plan.document).said_of(file, name)
        return ()

    def texts(self) -> dict[str, str]:
        """Every plan and template that is known, by its name."""
        texts = {name: plan.read.plan.text for name, plan in self.lint.plans.items()}
        return texts | {name: self.lint.text_of(name) for name in self.templates()}

    def templates(self) -> list[str]:
        """The templates that there are, or that a plan looks for."""
        asked = {name for plan in self.lint.plans.values() for name in plan.templates}
        there = [one for one in (self.root / "templates").rglob("*") if one.is_file()]
        return sorted(asked.union(map(self.lint.name_of, there[:_MOST])))
