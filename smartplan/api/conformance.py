"""What a check of the service has found: of each assumption whether it holds, and its recording."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from smartplan.api.assumptions import ASSUMPTIONS


class Verdict(StrEnum):
    """What was found of an assumption; ``NOTED`` is what none rests on."""

    HOLDS = "holds"
    FALSE = "does not hold"
    UNTESTED = "could not be tested"
    NOTED = "noted"


class Tested(Struct, frozen=True):
    """One row: an assumption by its id (``None`` for what is only noted), and what was seen."""

    assumption: str | None
    verdict: Verdict
    seen: str


def held(number: str, true: bool | None, seen: str) -> Tested:
    """A row of an assumption that was tested; ``None`` where what was seen decides nothing."""
    if true is None:
        return Tested(number, Verdict.UNTESTED, seen)
    return Tested(number, Verdict.HOLDS if true else Verdict.FALSE, seen)


def untried(number: str, why: str) -> Tested:
    """A row of an assumption that this check, on this account, cannot try."""
    return Tested(number, Verdict.UNTESTED, f"not tried: {why}")


def broken(number: str, seen: str) -> Tested:
    """A row of an assumption that does not hold."""
    return Tested(number, Verdict.FALSE, seen)


def noted(seen: str) -> Tested:
    """A row that no assumption rests on."""
    return Tested(None, Verdict.NOTED, seen)


class ConformanceReport(Struct, frozen=True, kw_only=True):
    """A whole check.

    ``left_open`` are the trades that it opened and could not end, ``unknown`` counts the creates of
    which neither an answer nor a list has told what became; ``stopped`` says why it ended
    early. ``opened`` counts its trades, ``recording`` has its requests and answers, redacted.
    """

    environment: str
    at: datetime
    rows: tuple[Tested, ...]
    requests: int
    opened: int
    left_open: tuple[int, ...] = ()
    unknown: int = 0
    stopped: str = ""
    recording: tuple[Mapping[str, object], ...] = ()

    @property
    def false(self) -> frozenset[str]:
        """The assumptions that do not hold."""
        return frozenset(
            row.assumption for row in self.rows if row.assumption and row.verdict is Verdict.FALSE
        )


def completed(rows: Iterable[Tested], why: str) -> tuple[Tested, ...]:
    """One row per assumption, in their order; what was not come to says ``why``.

    Of several rows of one assumption the worst counts, with what all of them saw. What no check
    can try says why, as the register does.
    """
    found: dict[str, list[Tested]] = {}
    rest: list[Tested] = []
    for row in rows:
        if row.assumption is None:
            rest.append(row)
        else:
            found.setdefault(row.assumption, []).append(row)
    done = (_one(number, found.get(number, []), why) for number in ASSUMPTIONS)
    return (*done, *rest)


_GRAVITY = (Verdict.UNTESTED, Verdict.HOLDS, Verdict.FALSE)


def _one(number: str, rows: list[Tested], why: str) -> Tested:
    if not rows:
        never = ASSUMPTIONS[number].untried
        return untried(number, never) if never else Tested(number, Verdict.UNTESTED, why)
    worst = max((row.verdict for row in rows), key=_GRAVITY.index)
    said = dict.fromkeys(row.seen for row in rows if row.verdict is worst)
    return Tested(number, worst, "; ".join(said))
