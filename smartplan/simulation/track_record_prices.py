"""Price files as the track record reads them: how far prices went while a trade was open."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from smartplan.simulation.histories.history import FileReading, read_history
from smartplan.simulation.series import PriceSeries
from smartplan.workflow.track_record import Histories, PriceRow


def read_prices(files: Mapping[str, Path], reading: FileReading | None = None) -> Histories:
    """The prices in a file for each pair, whatever wrote it. Raises ``UsageError``."""
    found = {pair: read_history(file, reading) for pair, file in files.items()}
    return {
        pair: (_rows(history.series), history.series.span or timedelta(0))
        for pair, history in found.items()
    }


def _rows(series: PriceSeries) -> Iterator[PriceRow]:
    return (PriceRow(series.time(row), series.prices(row)) for row in range(len(series)))
