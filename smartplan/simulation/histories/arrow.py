"""Feather and Parquet, as freqtrade and data frames write them, by pyarrow (the extra ``data``)."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from smartplan.diagnostics import with_extra
from smartplan.errors import UsageError
from smartplan.simulation.histories.shapes import Shape, of_header
from smartplan.simulation.histories.tables import TableRows

BLOCK_ROWS = 20_000


def rows_of(
    file: Path, data: bytes, columns: Mapping[str, str]
) -> tuple[Shape, Iterator[TableRows]]:
    """The shape and the rows of a table. Raises ``UsageError``."""
    parquet = data[:4] == b"PAR1"
    table = _table(file, data, parquet=parquet)
    shape = of_header(table.column_names, file, 1, columns)
    whose = "freqtrade" if table.column_names[:1] == ["date"] else "a data frame"
    shape = Shape(
        f"{whose} in {'Parquet' if parquet else 'Feather'}",
        0,
        tuple(range(1, 1 + len(shape.prices))),
        1 + len(shape.prices),
        local_utc=True,
    )
    names = [table.column_names[place] for place in _places(table.column_names, file, columns)]
    return shape, _rows(table.select(names))


def _places(names: list[str], file: Path, columns: Mapping[str, str]) -> tuple[int, ...]:
    shape = of_header(names, file, 1, columns)
    return (shape.time, *shape.prices)


def _table(file: Path, data: bytes, *, parquet: bool) -> Any:
    try:
        import pyarrow
        from pyarrow import feather
        from pyarrow import parquet as parquets
    except ImportError:
        raise UsageError(
            f"{file}: Feather and Parquet need pyarrow",
            hint=with_extra("data"),
        ) from None
    try:
        if parquet:
            return parquets.read_table(io.BytesIO(data))
        return feather.read_table(io.BytesIO(data))
    except (pyarrow.ArrowException, OSError) as error:
        raise UsageError(f"{file}: cannot be read: {str(error)[:200]}") from None


def _rows(table: Any) -> Iterator[TableRows]:
    import pyarrow

    time = table.column(0)
    if pyarrow.types.is_timestamp(time.type):
        unit = pyarrow.timestamp("us", time.type.tz)
        time = time.cast(unit, safe=False).cast(pyarrow.int64())
    for start in range(0, table.num_rows, BLOCK_ROWS):
        some = table.slice(start, BLOCK_ROWS)
        cells = [list(map(str, time.slice(start, BLOCK_ROWS).to_pylist()))]
        cells += [
            list(map(_text, some.column(at).to_pylist())) for at in range(1, table.num_columns)
        ]
        rows = list(zip(*cells, strict=True))
        yield TableRows(rows, range(start + 1, start + len(rows) + 1), 60 * len(rows))


def _text(value: object) -> str:
    """The shortest text that is the same number again."""
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)
