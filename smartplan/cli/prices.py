"""Price histories on the command line: which file is for which pair, and the way through them."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartplan.cli.options import F
from smartplan.cli.output import line
from smartplan.errors import UsageError
from smartplan.settings import Settings
from smartplan.trade.model import Trade
from smartplan.trade.parse import PlannedTrade

if TYPE_CHECKING:
    from smartplan.sandbox.history import History
    from smartplan.sandbox.turn import Rules
    from smartplan.trade.simulation import Simulation

LONG = 4_000_000
"""Characters from which on reading shows its progress."""


def price_options(command: F) -> F:
    """--prices and what says how to read them and how the engine is to take them."""
    choice = click.Choice
    for decorate in (
        click.option("--prices", multiple=True, metavar="[PAIR=]CSV", help="Ticks or candles."),
        click.option("--tz", metavar="ZONE", help="Of times that name none: UTC, +02:00 …"),
        click.option("--candle-ts", type=choice(["open", "close"]), default="open"),
        click.option(
            "--breakeven-basis", type=choice(["entry", "entry_with_fees"]), default="entry"
        ),
        click.option("--lot-step", metavar="STEP", help="Units are floored to it."),
        click.option(
            "--price-step", metavar="STEP", help="Prices from percents are rounded to it."
        ),
    ):
        command = decorate(command)
    return command


def simulation_of(
    trades: Sequence[PlannedTrade], settings: Settings, options: Mapping[str, Any]
) -> "Simulation":
    """The trades through the prices that the options of ``price_options`` name.

    Raises ``UsageError``.
    """
    from smartplan.cli.simulating import simulate
    from smartplan.sandbox.history import open_history

    histories = {
        pair: open_history(file, zone=options["tz"], candle_time=options["candle_ts"])
        for pair, file in _files(options["prices"], trades).items()
    }
    if not any(planned.trade.pair in histories for planned in trades):
        pairs = ", ".join(sorted({planned.trade.pair for planned in trades})) or "nothing"
        raise UsageError(f"--prices has none for these plans: they trade {pairs}")
    with _progress(histories.values()) as progress:
        return simulate(trades, histories, _rules(settings, options), progress)


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


def _rules(settings: Settings, options: Mapping[str, Any]) -> "Callable[[Trade], Rules]":
    from smartplan.sandbox.turn import Rules
    from smartplan.workflow.changing import fee_model_of

    lot_step = _step("--lot-step", options["lot_step"])
    price_step = _step("--price-step", options["price_step"])

    def rules(trade: Trade) -> Rules:
        return Rules(
            fee=settings.risk.fee,
            fee_model=fee_model_of(settings, trade),
            lot_step=lot_step,
            price_step=price_step,
            breakeven_with_fees=options["breakeven_basis"] == "entry_with_fees",
        )

    return rules


def _step(name: str, text: str | None) -> Decimal:
    try:
        step = Decimal(text or 0)
    except InvalidOperation:
        step = Decimal("NaN")
    if not step.is_finite() or step < 0 or (text is not None and not step):
        raise UsageError(f"{name} {text}: not a number above 0")
    return step


@contextmanager
def _progress(histories: "Iterable[History]") -> Iterator[Callable[[int], None]]:
    """For long files a bar on the terminal, elsewhere one line."""
    size = sum(history.file.stat().st_size for history in histories)
    if size >= LONG and not sys.stderr.isatty():
        line(f"simulating {size // 1_000_000} MB of prices", err=True)
    if size < LONG or not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=size, label="simulating", file=sys.stderr) as bar:
        yield bar.update
        bar.update(size - bar.pos)  # headers, and characters that are several bytes
