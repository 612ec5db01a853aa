"""Price files that were read once, as they came out: in the user's cache folder, by content.

What is kept can be thrown away at any time, and what cannot be read or written is nothing to
complain about: the file itself is read then.
"""

import json
import os
import sys
import tempfile
from array import array
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from hashlib import blake2b, file_digest
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import NamedTuple

from smartplan import __version__
from smartplan.simulation.series import PriceSeries

FORM = 1
"""Raised whenever a file that is kept already would be read otherwise."""
_WORD = 8
_MOST_HEAD = 1 << 20
MOST_FILES = 64
"""Kept files; the oldest are thrown away."""


class Kept(NamedTuple):
    """A series, what it was read as, and what was odd; ``{file}`` stands for the file's name."""

    series: PriceSeries
    told: str
    warnings: tuple[str, ...]


def key_of(content: BufferedReader | BytesIO, reading: Sequence[str | None]) -> str:
    """What stands for a content that is read in a way."""
    digest = file_digest(content, partial(blake2b, digest_size=20))
    digest.update(json.dumps([FORM, __version__, sys.byteorder, *reading]).encode())
    return digest.hexdigest()


def folder() -> Path:
    """Where it is kept: ``SMARTPLAN_CACHE``, or the user's cache folder."""
    given = os.environ.get("SMARTPLAN_CACHE")
    if given:
        return Path(given)
    from platformdirs import user_cache_path

    return user_cache_path("smartplan", appauthor=False) / "prices"


def load(key: str) -> Kept | None:
    """What was kept, or ``None``."""
    try:
        with (folder() / key).open("rb") as stream:
            size = int.from_bytes(stream.read(_WORD), "little")
            if size > _MOST_HEAD:
                return None
            head = json.loads(stream.read(size))
            rows, width = head["rows"], head["width"]
            body = rows * (width + 1) * _WORD
            if os.fstat(stream.fileno()).st_size != _WORD + size + body:
                return None
            columns = []
            for _ in range(width + 1):
                values = array("q")
                values.fromfile(stream, rows)
                columns.append(values)
        span = None if head["span"] is None else timedelta(microseconds=head["span"])
        series = PriceSeries(columns[0], columns[1:], head["decimals"], span)
        return Kept(series, head["told"], tuple(head["warnings"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(key: str, kept: Kept) -> None:
    """Keep it, if that is possible."""
    series = kept.series
    columns = [series.times, *series.columns]
    if not all(isinstance(values, array) for values in columns):
        return
    span = None if series.span is None else series.span // timedelta(microseconds=1)
    head = json.dumps(
        {
            "rows": len(series), "width": len(series.columns), "decimals": series.decimals,
            "span": span, "told": kept.told, "warnings": kept.warnings,
        }
    ).encode()  # fmt: skip
    head += b" " * (-len(head) % _WORD)
    with suppress(OSError):
        place = folder()
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=place)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(len(head).to_bytes(_WORD, "little") + head)
            for values in columns:
                stream.write(memoryview(values))  # type: ignore[arg-type]  # arrays, as was seen to
        Path(name).replace(place / key)
        _throw_away(place)


def _throw_away(place: Path) -> None:
    files = sorted(place.iterdir(), key=lambda file: file.stat().st_mtime)
    for file in files[:-MOST_FILES]:
        file.unlink(missing_ok=True)
