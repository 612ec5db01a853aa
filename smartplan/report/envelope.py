"""The one frame of everything that smartplan says to programs."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from smartplan import __version__
from smartplan.document.scalars import number_text


def enveloped(name: str, content: Mapping[str, object], *, version: int = 1) -> str:
    """One JSON object, indented, ASCII only: ``content`` behind what it is and who wrote it.

    ``schemas/NAME.schema.json`` is the promise: within one ``version`` keys are only added.
    """
    head: dict[str, object] = {
        "format": f"smartplan-{name}",
        "format_version": version,
        "smartplan_version": __version__,
    }
    return json_text({**head, **content})


def json_text(value: object) -> str:
    """Any value as it is; decimals as strings, so that nothing is rounded."""
    return json.dumps(value, indent=2, default=_plain) + "\n"


def decimal_or_null(value: Decimal | None) -> str | None:
    """As exact as it is."""
    return None if value is None else number_text(value)


def time_or_null(moment: datetime | None) -> str | None:
    """ISO 8601 with its offset."""
    return None if moment is None else moment.isoformat()


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return number_text(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
