"""What a decision about a live trade rests on: compared before each write, saved as a digest."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from enum import StrEnum

from smartplan.diagnostics import format_path
from smartplan.document.scalars import number_text
from smartplan.trade.fields import group_fields, immutable_fields, value_text
from smartplan.trade.marker import stored_note
from smartplan.trade.model import LiveTrade


class Trait(StrEnum):
    """A side of a live trade that a decision may rest on."""

    FIELDS = "fields"
    STATUS = "status"
    FILLED = "filled"
    STEPS = "steps"
    EDITABLE = "editable"
    NOTE = "note"


EVERY_TRAIT = frozenset(Trait)


def traits(live: LiveTrade) -> Mapping[Trait, Mapping[str, str]]:
    """Each trait as text by address: equal exactly where nothing of it has moved."""
    fields = {**immutable_fields(live.trade)}
    for group in group_fields(live.trade).values():
        fields |= group
    return {
        Trait.FIELDS: {format_path(path): value_text(value) for path, value in fields.items()},
        Trait.STATUS: {"status": live.status},
        Trait.FILLED: {
            "filled": number_text(live.entered_amount),
            "closed": number_text(live.closed_amount),
        },
        Trait.STEPS: {
            f"take_profit.steps[{index}]": str(step.status)
            for index, step in enumerate(live.trade.take_profit)
        },
        Trait.EDITABLE: {"editable": str(live.editable)},
        Trait.NOTE: {"note": stored_note(live.raw)},
    }


def fingerprint(live: LiveTrade) -> str:
    """16 hex digits over every trait."""
    text = json.dumps(traits(live), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def moved(seen: LiveTrade, now: LiveTrade, rests_on: frozenset[Trait]) -> tuple[str, ...]:
    """What of the traits that a decision ``rests_on`` is no longer as it was ``seen``."""
    before, after = traits(seen), traits(now)
    return tuple(
        text
        for trait in Trait
        if trait in rests_on
        for text in _differences(trait, before[trait], after[trait])
    )


def _differences(
    trait: Trait, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[str]:
    if before == after:
        return
    if trait is Trait.NOTE:
        yield "its note was edited"
    elif trait is Trait.EDITABLE:
        yield "what can be edited has changed"
    else:
        for address in dict.fromkeys((*before, *after)):
            old, new = before.get(address, "none"), after.get(address, "none")
            if old != new:
                yield f"{address} {old} → {new}"
