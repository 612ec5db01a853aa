"""The one frame of everything that smartplan says to programs, and how values are written in it."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial

from smartplan import __version__
from smartplan.document.scalars import number_text
from smartplan.trade.rounding import exact

ENOUGH = 18
"""Decimals of what is computed and never sent: no money has more anywhere."""


def enveloped(name: str, content: Mapping[str, object], *, decimals: int | None = None) -> str:
    """One JSON object, indented, ASCII only: ``content`` behind what it is and who wrote it.

    ``schemas/NAME.schema.json`` is the promise: within one version keys are only added.
    """
    head: dict[str, object] = {
        "format": f"smartplan-{name}",
        "format_version": 1,
        "smartplan_version": __version__,
    }
    return json_text({**head, **content}, decimals=decimals)


def json_text(value: object, *, decimals: int | None = None) -> str:
    """Any value; figures as strings, so that no reader rounds them, times in ISO 8601."""
    return json.dumps(value, indent=2, default=partial(plain, decimals=decimals)) + "\n"


def plain(value: object, decimals: int | None = None) -> str:
    """A figure, as exact as it is or with so many ``decimals`` at most, or a moment, as text."""
    if isinstance(value, Decimal):
        return number_text(value if decimals is None else _rounded(value, decimals))
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON")


@exact
def _rounded(value: Decimal, decimals: int) -> Decimal:
    longer = len(number_text(value).partition(".")[2]) > decimals
    return value.quantize(Decimal(1).scaleb(-decimals)) if longer else value
