"""A changeset in a file: canonical JSON that can be reviewed now and applied soon.

It holds the rendered plans it was made from, so that applying it needs nothing but the exchange:
the plans are reconciled again, and the result must be what was saved. No credentials.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct, ValidationError, convert, to_builtins
from msgspec.structs import fields

from smartplan import __version__
from smartplan.changes.changeset import LONGEST_LIFE, Changeset
from smartplan.changes.identity import acts, changes_id, digest
from smartplan.changes.reconcile.inputs import Choices
from smartplan.errors import SafetyRefusal, UsageError
from smartplan.settings.keys import Environment
from smartplan.text import each_once
from smartplan.times import utc_text

FORMAT = 2
MAGIC = "smartplan changeset"


Moment = Annotated[datetime, Meta(tz=True)]
AccountId = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class SavedChangeset(Struct, frozen=True, kw_only=True):
    """A saved changeset, read back and found whole.

    ``inputs`` are rendered plans by file, ``trades`` the names in them that were selected;
    ``actions`` what was to be done, as ``acts`` gives it. ``id`` is the SHA-256 of everything else.
    """

    id: str
    workspace: str
    environment: Environment
    accounts: dict[str, AccountId]
    created: Moment
    expires: Moment
    trades: frozenset[str]
    known: frozenset[str]
    choices: Choices
    inputs: dict[str, str]
    actions: list[object]
    changes: str
    commit: str | None


_KEYS = frozenset({"kind", "format", "tool", *SavedChangeset.__struct_fields__})
_CHOICES = frozenset(field.name for field in fields(Choices))
_AGAIN = "make it again: `smartplan diff --out FILE`"


def dump(
    changeset: Changeset,
    *,
    inputs: Mapping[str, str],
    trades: frozenset[str],
    known: frozenset[str],
    choices: Choices,
    commit: str | None,
    now: datetime,
    lifetime: timedelta,
) -> str:
    """The file's text."""
    content: dict[str, object] = {
        "kind": MAGIC,
        "format": FORMAT,
        "tool": __version__,
        "workspace": changeset.workspace,
        "environment": changeset.environment,
        "accounts": dict(changeset.accounts),
        "commit": commit,
        "created": now.isoformat(),
        "expires": (now + min(lifetime, LONGEST_LIFE)).isoformat(),
        "inputs": dict(inputs),
        "trades": sorted(trades),
        "known": sorted(known),
        "choices": to_builtins(choices, order="deterministic"),
        "changes": changes_id(changeset),
        "actions": acts(changeset),
    }
    return json.dumps({**content, "id": digest(content)}, indent=1, ensure_ascii=False) + "\n"


def looks_saved(text: str) -> bool:
    """Whether a file's text begins like a saved changeset, rather than a plan."""
    return f'"kind": "{MAGIC}"' in text[:200]


def load(text: str, file: str, now: datetime) -> SavedChangeset:
    """Read it back. Raises ``UsageError`` for another file, ``SafetyRefusal`` for a changed one.

    Whether its actions are those of its plans is for ``saved_actions`` to say.
    """
    try:
        content = json.loads(text, object_pairs_hook=each_once)
        if not isinstance(content, dict) or content.get("kind") != MAGIC:
            raise UsageError(
                f"{file} is no saved changeset", hint="`smartplan diff --out FILE` makes one"
            )
        if content.get("format") != FORMAT:
            raise UsageError(f"{file} was saved by another version of smartplan", hint=_AGAIN)
        whole = {key: value for key, value in content.items() if key != "id"}
        if content.get("id") != digest(whole):
            raise SafetyRefusal(f"{file} was changed after it was saved", hint=_AGAIN)
        for unknown in sorted(content.keys() ^ _KEYS):
            raise SafetyRefusal(f"{file}: no changeset is saved like this: {unknown}", hint=_AGAIN)
        return _in_time(_read(content), now)
    except (ValidationError, ValueError, TypeError, AttributeError, RecursionError):
        raise UsageError(f"{file} cannot be read as a saved changeset", hint=_AGAIN) from None


def _read(content: dict[str, object]) -> SavedChangeset:
    choices = content["choices"]
    if not isinstance(choices, dict) or choices.keys() != _CHOICES:
        raise ValueError("choices that nobody can make")
    return convert(content, SavedChangeset)


def _in_time(saved: SavedChangeset, now: datetime) -> SavedChangeset:
    if now < saved.created:
        raise SafetyRefusal(
            f"the changeset was saved at {utc_text(saved.created)}Z: that is still to come",
            hint="one of the two clocks is wrong: set it, and make a new one",
        )
    if not timedelta(0) < saved.expires - saved.created <= LONGEST_LIFE:
        raise SafetyRefusal(
            f"the changeset would be good until {utc_text(saved.expires)}Z: 24 hours are the most",
            hint=_AGAIN,
        )
    return saved
