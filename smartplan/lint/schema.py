"""The published schemas, ``schemas/*.json``: as text and as data."""

from functools import cache
from pathlib import Path as FilePath

from msgspec.json import decode

from smartplan.document.tree import Node

PLAN = "plan.schema.json"
CREATE = "smart-trade-create.schema.json"
UPDATE = "smart-trade-update.schema.json"
SETTINGS = "settings.schema.json"
MARKETS_LOCK = "markets-lock.schema.json"
WRITTEN_BY_PEOPLE = (PLAN, CREATE, UPDATE, SETTINGS)
KEPT = (MARKETS_LOCK,)
"""Of files that smartplan writes into a workspace, and reads again."""
REPORTS = tuple(
    f"{name}.schema.json"
    for name in (
        "findings",
        "changeset",
        "status",
        "trades",
        "history",
        "report",
        "simulation",
        "conformance",
        "markets",
        "stats",
        "study",
    )
)
NAMES = (*WRITTEN_BY_PEOPLE, *KEPT, *REPORTS)

BASE = "file:///schemas/"
"""Where the schemas pretend to lie, so that their relative references resolve; never opened."""

COMPLETE_ENTRY = f"{PLAN}#/$defs/complete_entry"
SINGLE = f"{PLAN}#/$defs/single"


def read(name: str) -> str:
    """The text of a published schema, by its file name. Raises ``KeyError``."""
    if name not in NAMES:
        raise KeyError(name)
    return (_folder() / name).read_text(encoding="utf-8")


def _folder() -> FilePath:
    """Inside the wheel the schemas lie in the package; in a checkout beside it."""
    package = FilePath(__file__).parents[1]
    installed = package / "schemas"
    return installed if installed.is_dir() else package.parent / "schemas"


@cache
def load(name: str) -> dict[str, Node]:
    """A published schema as data."""
    schema: dict[str, Node] = decode(read(name))
    return schema
