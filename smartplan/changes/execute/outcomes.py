"""What became of an action."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from smartplan.changes.changeset import Mutation
from smartplan.errors import ExitCode


class Result(StrEnum):
    """What became of a step, or of an action."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class Doubt(StrEnum):
    """Why an outcome is unknown.

    ``refused``: an error answer that may hide what was executed. ``unmarked``: it was opened,
    and its note does not carry our marker.
    """

    LOST = "lost"
    REFUSED = "refused"
    UNMARKED = "unmarked"


class Outcome(Struct, frozen=True):
    """What became of an action; ``message`` says why for everything but ``done``.

    ``exit_code`` is what it means for the run. ``attributes`` are the service's own complaints
    about fields of the body. ``doubt`` is why an unknown outcome is unknown.
    """

    action: Mutation
    result: Result
    trade_id: int | None = None
    message: str = ""
    exit_code: ExitCode = ExitCode.FINE
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    doubt: Doubt = Doubt.LOST
