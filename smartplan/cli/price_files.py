"""Price histories on the command line: which file is for which pair, and how far reading is."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
from msgspec import Struct

from smartplan.cli.arguments import gathered
from smartplan.cli.output import line
from smartplan.errors import UsageError
from smartplan.settings import Settings
from smartplan.trade.parse import PlannedTrade

if TYPE_CHECKING:
    from smartplan.simulation.histories.history import History
    from smartplan.simulation.result import Simulation
    from smartplan.simulation.terms import Terms
    from smartplan.trade.model import Trade

LONG = 4_000_000
"""Characters from which on reading shows its progress."""


class Pricing(Struct, frozen=True):
    """--prices and what says how to read them and how the engine is to take them."""

    prices: tuple[str, ...]
    detail: tuple[str, ...]
    columns: str | None
    no_cache: bool
    tz: str | None
    candle_ts: Literal["open", "close"]
    breakeven_basis: str
    lot_step: str | None
    price_step: str | None

    def simulate(self, trades: Sequence[PlannedTrade], settings: Settings) -> "Simulation":
        """The trades through the prices that are named. Raises ``UsageError``."""
        from smartplan.simulation.run import simulate

        histories = self.histories(trades)
        details = self.histories(trades, self.detail) if self.detail else {}
        return simulate(trades, histories, self.terms(settings), details)

    def histories(
        self, trades: Sequence[PlannedTrade], prices: Sequence[str] | None = None
    ) -> "dict[str, History]":
        """The prices that are named; says what they were read as. Raises ``UsageError``."""
        from smartplan.simulation.histories.history import FileReading
        from smartplan.simulation.run import open_histories

        reading = FileReading(
            zone=self.tz,
            candle_time=self.candle_ts,
            columns=self.columns,
            cached=not self.no_cache,
        )
        files = _files(self.prices if prices is None else prices, trades)
        with _progress(files.values()) as progress:
            histories = open_histories(files, trades, reading, progress)
        for history in histories.values():
            if history.told:
                line(f"{history.file}: {history.told}", err=True)
            for warning in history.warnings:
                line(f"warning: {warning}", err=True)
        return histories

    def terms(self, settings: Settings) -> "Callable[[Trade], Terms]":
        """How the exchange takes a trade. Raises ``UsageError``."""
        from smartplan.sandbox.turn import MarketRules
        from smartplan.simulation.run import terms_of

        rules = MarketRules(
            lot_step=_step("--lot-step", self.lot_step),
            price_step=_step("--price-step", self.price_step),
            breakeven_with_fees=self.breakeven_basis == "entry_with_fees",
        )
        return lambda trade: terms_of(settings, trade, rules)


pricing_argument = gathered(
    Pricing,
    "pricing",
    click.option(
        "--prices", multiple=True, metavar="[PAIR=]FILE", help="Ticks or candles; repeatable."
    ),
    click.option(
        "--detail",
        multiple=True,
        metavar="[PAIR=]FILE",
        help="Finer candles, used where they are; repeatable.",
    ),
    click.option("--columns", metavar="ts=NAME,…", help="What a file calls its columns."),
    click.option("--no-cache", is_flag=True, help="Read price files anew, and keep nothing."),
    click.option("--tz", metavar="ZONE", help="Of times that name none: UTC, +02:00 …"),
    click.option(
        "--candle-ts",
        type=click.Choice(["open", "close"]),
        default="open",
        help="When a candle's time is.",
    ),
    click.option(
        "--breakeven-basis",
        type=click.Choice(["entry", "entry_with_fees"]),
        default="entry",
        help="Where a break-even stop goes.",
    ),
    click.option("--lot-step", metavar="STEP", help="Units are floored to it."),
    click.option("--price-step", metavar="STEP", help="Prices from percents are rounded to it."),
)


def _files(prices: Sequence[str], trades: Sequence[PlannedTrade]) -> dict[str, Path]:
    pairs = sorted({planned.trade.pair for planned in trades})
    files: dict[str, Path] = {}
    for text in prices:
        pair, separator, name = text.partition("=")
        if not separator or Path(text).is_file():
            if len(pairs) != 1 or len(prices) != 1:
                raise UsageError(
                    f"--prices {text}: whose prices are these? The plans trade {', '.join(pairs)}",
                    hint=f"name the pair: --prices {pairs[0] if pairs else 'USDT_BTC'}={text}",
                )
            pair, name = pairs[0], text
        if pair in files:
            raise UsageError(f"--prices names {pair} twice")
        files[pair] = Path(name)
    return files


def _step(name: str, text: str | None) -> Decimal:
    try:
        step = Decimal(text or 0)
    except InvalidOperation:
        step = Decimal("NaN")
    if not step.is_finite() or step < 0 or (text is not None and not step):
        raise UsageError(f"{name} {text}: not a number above 0")
    return step


@contextmanager
def _progress(files: Iterable[Path]) -> Iterator[Callable[[int], None]]:
    """For long files a bar on the terminal, elsewhere one line."""
    size = sum(file.stat().st_size for file in files if file.is_file())
    if size >= LONG and not sys.stderr.isatty():
        line(f"reading {size // 1_000_000} MB of prices", err=True)
    if size < LONG or not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=size, label="reading", file=sys.stderr) as bar:
        yield bar.update
        bar.update(size - bar.pos)  # headers, and characters that are several bytes
