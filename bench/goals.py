"""The goals 1 to 7 and 10 to 16: what runs beside what, how much of its time it may take."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import candles, corpus, keystrokes, open_trades
from bench.timing import Command, in_turn

ROOT = Path(__file__).parents[1]
MANY = 10_000
PEAK_MIB = 60


@dataclass(frozen=True)
class Measured:
    """One line of the table; ``figure`` and ``goal`` are ratios unless ``unit`` says otherwise."""

    number: str
    what: str
    yardstick: str
    figure: float
    goal: float | None
    unit: str = "×"
    at_least: bool = False
    pairs: int = 0
    seconds: tuple[float, float] | None = None
    cpu: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; ``None`` where the line is only there to compare."""
        if self.goal is None:
            return None
        return self.figure >= self.goal if self.at_least else self.figure <= self.goal

    def as_json(self) -> dict[str, object]:
        """Everything, with the verdict."""
        return {**asdict(self), "met": self.met}


class Bench:
    """The workspaces, and the goals measured on them with so many pairs of processes each."""

    def __init__(self, folder: Path, pairs: int, *, many: int = MANY) -> None:
        self._folder = folder
        self._pairs = pairs
        self._many = many
        self._click = self._python("-c", "import click")

    def goals(self) -> Iterator[Callable[[], list[Measured]]]:
        """Each goal as a function that measures it."""
        yield from (self.version, self.help, self.one, self.thousand)
        yield from (self.thousands, self.peers, self.invalid, self.templated, self.simulation)
        yield from (self.growth, self.matching, self.sweep, self.kept_prices)
        yield from (self.among_many, self.keystrokes, self.connected)

    def version(self) -> list[Measured]:
        """Goal 1."""
        return [self._start("1", "`smartplan --version`", 0.5, "--version")]

    def help(self) -> list[Measured]:
        """Goal 2."""
        return [self._start("2", "`smartplan --help`", 1.3, "--help")]

    def one(self) -> list[Measured]:
        """Goal 3."""
        return [self._start("3", "`lint` of one clean plan", 2.4, "lint")]

    def thousand(self) -> list[Measured]:
        """Goal 4."""
        return [self._beside_yaml("4", "`lint` of 1,000 clean plans", 1.1, 1_000, corpus.clean)]

    def thousands(self) -> list[Measured]:
        """Goal 5: speed, memory and growth."""
        what = f"`lint` of {self._many:,} clean plans"
        timed = self._beside_yaml("5", what, 0.9, self._many, corpus.clean)
        lint, _ = self._lint_and_load(self._many, corpus.clean)
        small, _ = self._lint_and_load(1_000, corpus.clean)
        growth = in_turn(lint, small, max(3, self._pairs // 3))
        return [
            timed,
            Measured("5", f"{what}: peak memory", "—", lint.peak(), PEAK_MIB, "MiB"),
            Measured(
                "5",
                f"{what}: growth",
                "1,000 plans",
                growth.ratio,
                self._many / 1_000,
                pairs=len(growth.ours),
                seconds=growth.seconds,
                cpu=growth.cpu_ratio,
            ),
        ]

    def peers(self) -> list[Measured]:
        """Goal 6: how many times faster than tools that do a part of it."""
        lint, _ = self._lint_and_load(1_000, corpus.clean)
        schema = str(ROOT / "schemas" / "plan.schema.json")
        plans = [str(file) for file in sorted((lint.folder / "plans").iterdir())]
        rounds = max(3, self._pairs // 3)
        measured = []
        for peer, arguments, goal in (
            ("check-jsonschema", ["check-jsonschema", "--schemafile", schema, *plans], 18.0),
            ("yamllint", ["yamllint", "--no-warnings", "-d", _LINES, "plans"], None),
        ):
            pairs = in_turn(lint, Command(arguments, lint.folder), rounds)
            faster = 1 / pairs.ratio
            measured.append(
                Measured(
                    "6",
                    "1,000 plans: how many times faster than",
                    peer,
                    faster,
                    goal,
                    at_least=True,
                    pairs=rounds,
                    seconds=pairs.seconds,
                    cpu=1 / pairs.cpu_ratio,
                )
            )
        return measured

    def invalid(self) -> list[Measured]:
        """Goal 7, first half."""
        what = "`lint` of 1,000 plans, 4 % invalid"
        return [self._beside_yaml("7", what, 1.5, 1_000, corpus.with_faults, exit_code=1)]

    def templated(self) -> list[Measured]:
        """Goal 7, second half; the yardstick reads what they render to."""
        what = "`lint` of 1,000 plans, 30 % templated"
        return [self._beside_yaml("7", what, 2.5, 1_000, corpus.with_templates)]

    def simulation(self) -> list[Measured]:
        """Goal 10."""
        count, folder = self._candles()
        simulate = ["smartplan", "simulate", "plan.yaml", "--prices", "prices.csv", "--no-cache"]
        yardstick = [sys.executable, str(ROOT / "bench" / "read_prices.py"), "prices.csv"]
        pairs = in_turn(Command(simulate, folder), Command(yardstick, folder), self._pairs)
        what = f"`simulate`, {count:,} one-minute candles"
        return [
            Measured(
                "10", what, "reading them into Decimals", pairs.ratio, 4.0,
                pairs=self._pairs, seconds=pairs.seconds,
            )
        ]  # fmt: skip

    def growth(self) -> list[Measured]:
        """Goal 11: many trades in each plan, all of them open."""
        few = self._many // 10
        large, small = (open_trades.build(self._folder / f"desk-{n}", n) for n in (self._many, few))
        rounds = max(3, self._pairs // 3)
        measured = []
        for command in ("lint", "diff", "status", "drift"):
            words = ["smartplan", command]
            pairs = in_turn(Command(words, large), Command(words, small), rounds)
            plans = self._many // open_trades.A_PLAN
            what = f"`{command}` of {self._many:,} open trades in {plans} plans: growth"
            measured.append(
                Measured(
                    "11", what, f"{few:,} trades", pairs.ratio, 10.0,
                    pairs=rounds, seconds=pairs.seconds, cpu=pairs.cpu_ratio,
                )
            )  # fmt: skip
        return measured

    def matching(self) -> list[Measured]:
        """Goal 11: in memory, without reading plans or asking the exchange.

        60 ms per 1,000 were asked for where `import click` takes 35: that is the ratio.
        """
        script = [sys.executable, str(ROOT / "bench" / "match.py")]
        done = subprocess.run(script, cwd=ROOT, check=True, capture_output=True, text=True)
        few, many = map(float, done.stdout.split())
        what = "matching and diffing 10,000 open trades in memory"
        _, click = in_turn(self._click, self._click, max(3, self._pairs // 3)).seconds
        yardstick = f"`python -c 'import click'`: {1_000 * click:.0f} ms, it took {many:.0f} ms"
        seconds = (many / 1_000, click)
        return [
            Measured(
                "11",
                f"{what}, per 1,000",
                yardstick,
                seconds[0] / click,
                1.71,
                seconds=seconds,
            ),
            Measured("11", f"{what}: growth", "1,000 trades", 10 * many / few, 12.0),
        ]

    def sweep(self) -> list[Measured]:
        """Goal 12: on all cores, over prices that were read before, as they are in use."""
        count, folder = self._candles()
        simulate = ["smartplan", "simulate", "swept.yaml", "--prices", "prices.csv"]
        many = Command([*simulate, *candles.THOUSAND], folder)
        rounds = max(3, self._pairs // 3)
        pairs = in_turn(many, Command([*simulate, "--sweep", "stop=2%"], folder), rounds)
        what = f"`simulate --sweep`, 1,000 variants over {count:,} candles"
        return [
            Measured(
                "12", what, "one variant", pairs.ratio, 10.0,
                pairs=rounds, seconds=pairs.seconds, cpu=pairs.cpu_ratio,
            )
        ]  # fmt: skip

    def kept_prices(self) -> list[Measured]:
        """Goal 13: reading alone."""
        count, folder = self._candles()
        script = [sys.executable, str(ROOT / "bench" / "keep_prices.py"), "prices.csv"]
        done = subprocess.run(script, cwd=folder, check=True, capture_output=True, text=True)
        first, again = map(float, done.stdout.split())
        what = f"reading {count:,} candles again"
        return [
            Measured("13", what, "the first time", 100 * again / first, 5.0, "%",
                     seconds=(again, first))
        ]  # fmt: skip

    def _candles(self) -> tuple[int, Path]:
        """How many there are, and the workspace that has them."""
        count = self._many * 50
        folder = self._folder / "candles"
        return count, folder if folder.is_dir() else candles.write(folder, count)

    def among_many(self) -> list[Measured]:
        """Goal 15: one plan that changes each time, among 1,000 and alone.

        What it is not: the names of the others are remembered by the warm-up, as by any run before.
        """
        rounds = self._pairs
        pairs = in_turn(self._changed(1_000), self._changed(0), rounds)
        return [
            Measured(
                "15", "`lint` of one changed plan among 1,000", "the plan alone", pairs.ratio, 1.5,
                pairs=rounds, seconds=pairs.seconds, cpu=pairs.cpu_ratio,
            )
        ]  # fmt: skip

    def keystrokes(self) -> list[Measured]:
        """Goal 14."""
        folder = corpus.build(self._folder / "typed", 1_000, corpus.with_templates)
        single = Command(
            [sys.executable, "-m", "smartplan", "lint"], self._workspace(1, corpus.clean)
        )
        alone = in_turn(single, self._click, max(3, self._pairs // 3))
        what = "`lsp`: keystroke to findings, p95 of 1,000 plans"
        lint = alone.seconds[0] * 1_000
        return [
            Measured("14", what, f"one `lint`: {lint:.0f} ms", keystrokes.p95(folder), 100, "ms")
        ]

    def connected(self) -> list[Measured]:
        """Goal 16: a service at the other end of a socket, in a process of its own."""
        folder = open_trades.written(self._folder / "connected", 1)
        measured = []
        with _served(folder) as url:
            # All runs share one rate budget, which nine pairs do not use up.
            environ = {"SMARTPLAN_BASE_URL": url}
            for command in ("status", "diff"):
                ours = Command(["smartplan", command], folder, environ=environ)
                pairs = in_turn(ours, self._click, self._pairs)
                measured.append(
                    Measured(
                        "16", f"`{command}` of one plan against a service",
                        "`python -c 'import click'`", pairs.ratio, 4.0,
                        pairs=self._pairs, seconds=pairs.seconds, cpu=pairs.cpu_ratio,
                    )
                )  # fmt: skip
        return measured

    def _changed(self, others: int) -> Command:
        """Lint of a plan that others stand beside."""
        folder = corpus.build(self._folder / f"among-{others}", others, corpus.clean)
        text = corpus.clean(others + 1)
        (folder / "plans" / "changed.yaml").write_text(text, encoding="utf-8")
        return Command(["smartplan", "lint", "plans/changed.yaml"], folder)

    def _python(self, *arguments: str) -> Command:
        return Command([sys.executable, *arguments], self._folder)

    def _start(self, number: str, what: str, goal: float | None, *arguments: str) -> Measured:
        folder = self._workspace(1, corpus.clean)
        pairs = in_turn(Command(["smartplan", *arguments], folder), self._click, self._pairs)
        return Measured(
            number, what, "`python -c 'import click'`", pairs.ratio, goal,
            pairs=self._pairs, seconds=pairs.seconds, cpu=pairs.cpu_ratio,
        )  # fmt: skip

    def _beside_yaml(
        self, number: str, what: str, goal: float | None, count: int, write: Callable[[int], str],
        exit_code: int = 0,
    ) -> Measured:  # fmt: skip
        pairs = in_turn(*self._lint_and_load(count, write, exit_code), self._pairs)
        return Measured(
            number, what, "`yaml.load(…, CSafeLoader)`", pairs.ratio, goal,
            pairs=self._pairs, seconds=pairs.seconds, cpu=pairs.cpu_ratio,
        )  # fmt: skip

    def _lint_and_load(
        self, count: int, write: Callable[[int], str], exit_code: int = 0
    ) -> tuple[Command, Command]:
        rendered = corpus.clean if write is corpus.with_templates else write
        yardstick = str(ROOT / "bench" / "load_yaml.py")
        plans = str(self._workspace(count, rendered) / "plans")
        lint = Command(["smartplan", "lint"], self._workspace(count, write), exit_code)
        return lint, self._python(yardstick, plans)

    def _workspace(self, count: int, write: Callable[[int], str]) -> Path:
        folder = self._folder / f"{write.__name__}-{count}"
        return folder if folder.is_dir() else corpus.build(folder, count, write)


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The base URL of an exchange that another process serves."""
    command = [sys.executable, "-m", "smartplan", "sandbox", "serve", "--port", "0"]
    quiet = subprocess.DEVNULL
    serving = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=quiet, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert serving.stdout is not None
        yield serving.stdout.readline().strip().partition("=")[2]
    finally:
        serving.terminate()
        serving.wait()
        serving.stdout.close() if serving.stdout is not None else None


_LINES = "{extends: default, rules: {line-length: {max: 160}, document-start: disable}}"
