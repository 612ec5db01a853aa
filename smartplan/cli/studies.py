"""Walks, sweeps and where they are worked on, on the command line."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
from msgspec import Struct

from smartplan.cli.arguments import gathered
from smartplan.cli.output import line
from smartplan.cli.price_files import Pricing
from smartplan.errors import UsageError
from smartplan.settings import Settings
from smartplan.trade.parse import PlannedTrade

if TYPE_CHECKING:
    from smartplan.simulation.evaluation import Material, Setting
    from smartplan.simulation.study import Study, VariantResult, Walking
    from smartplan.simulation.workers import Workers

MANY = 100
"""Variants from which on the progress is shown."""
HUNDRED = Decimal(100)
FROM_THE_FIRST = "first"


class Studying(Struct, frozen=True):
    """--walk, --sweep and what belongs to them."""

    walk: int | None
    anchor: str | None
    sweep: tuple[str, ...]
    grid: Path | None
    holdout: str | None
    jobs: int | None
    backend: str
    scheduler: str | None

    @property
    def wanted(self) -> bool:
        """Whether a plan is to be run more than once."""
        return self.walk is not None or bool(self.sweep) or self.grid is not None

    def study(
        self, trades: Sequence[PlannedTrade], pricing: Pricing, settings: Settings
    ) -> "Study":
        """What it comes to. Raises ``UsageError``, ``ServiceError``."""
        from smartplan.simulation.run import study
        from smartplan.simulation.variants import variants_of

        variants = variants_of(self.sweep, self.grid)
        walking, workers = self._walking(), self._workers()
        histories = pricing.histories(trades)
        details = pricing.histories(trades, pricing.detail) if pricing.detail else {}

        def evaluate(setting: "Setting", material: "Material") -> "list[VariantResult]":
            with _progress(len(variants)) as progress:
                return workers.evaluate(setting, material, variants, progress)

        return study(trades, histories, pricing.terms(settings), walking, evaluate, details)

    def check(self) -> None:
        """Raises ``UsageError`` for what belongs to a walk or a sweep, without one."""
        alone = {"--anchor": self.anchor, "--holdout": self.holdout, "--scheduler": self.scheduler}
        for name, given in alone.items():
            if given is not None and not self.wanted:
                raise UsageError(f"{name} belongs to --walk, --sweep or --grid")

    def _walking(self) -> "Walking":
        from smartplan.simulation.study import Walking

        anchor = None
        if self.anchor is not None:
            first = self.anchor == FROM_THE_FIRST
            anchor = Decimal(0) if first else _number("--anchor", self.anchor)
        holdout = None
        if self.holdout is not None:
            holdout = _number("--holdout", self.holdout.removesuffix("%")) / HUNDRED
            if holdout >= 1:
                raise UsageError(f"--holdout {self.holdout}: less than 100%, for example 30%")
        return Walking(every=self.walk, anchor=anchor, holdout=holdout)

    def _workers(self) -> "Workers":
        from smartplan.simulation.workers import Workers

        backend: Literal["local", "dask"] = "dask" if self.backend == "dask" else "local"
        return Workers(backend=backend, jobs=self.jobs, scheduler=self.scheduler)


def _number(name: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number <= 0:
        raise UsageError(f"{name} {text}: not a number above 0")
    return number


studying_argument = gathered(
    Studying,
    "studying",
    click.option("--walk", type=click.IntRange(1), metavar="N", help="Start it every N candles."),
    click.option(
        "--anchor",
        is_flag=False,
        flag_value=FROM_THE_FIRST,
        metavar="[PRICE]",
        help="Prices move along with the market, from PRICE or the first one.",
    ),
    click.option(
        "--sweep",
        multiple=True,
        metavar="NAME=VALUES",
        help="stop=1%..5%/0.5%, tp=2%,4% …; repeatable.",
    ),
    click.option(
        "--grid",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A CSV with a variant per line.",
    ),
    click.option("--holdout", metavar="PERCENT", help="Choose before the last PERCENT, tell both."),
    click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes; one per core."),
    click.option(
        "--backend",
        type=click.Choice(["local", "dask"]),
        default="local",
        help="Where variants are computed.",
    ),
    click.option("--scheduler", metavar="tcp://…", help="Of the Dask cluster."),
)


@contextmanager
def _progress(count: int) -> Iterator[Callable[[int], None]]:
    """For many variants a bar on the terminal, elsewhere one line."""
    if count >= MANY and not sys.stderr.isatty():
        line(f"simulating {count:,} variants", err=True)
    if count < MANY or not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=count, label="simulating", file=sys.stderr) as bar:
        yield bar.update
