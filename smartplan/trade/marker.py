"""The ownership marker: the last token of a live note.

``weekly support [smartplan1:desk/btc-swing#1 3f9a2c4177b0e1d2 k]``; the ``1`` after the name is the
version of the canonical form that the digests are computed over.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from smartplan.trade.model import Marker, OnRemove

if TYPE_CHECKING:
    from smartplan.trade.fields import Digests
    from smartplan.trade.parse import PlannedTrade

# A22
MAX_NOTE = 300
"""Longest note the service stores, in characters (set_note: "too long. Max is 300 symbols")."""

_LETTERS = {OnRemove.KEEP: "k", OnRemove.CANCEL: "c", OnRemove.CLOSE: "x"}
_MEANINGS = {letter: meaning for meaning, letter in _LETTERS.items()}
_MARKER = (
    r"\[smartplan1:([a-z0-9][a-z0-9-]{0,19})/([a-z0-9][a-z0-9-]{0,39})#([1-9][0-9]{0,8})"
    r" ([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4}) ([kcx])\]\Z"
)
_ANYWHERE = r"\[smartplan[0-9]*:"


def format_marker(marker: Marker) -> str:
    """The marker as it stands in a note."""
    identity = f"{marker.workspace}/{marker.name}#{marker.round}"
    return f"[smartplan1:{identity} {''.join(marker.digests)} {_LETTERS[marker.on_remove]}]"


# A01
def stored_note(entity: Mapping[str, object]) -> str:
    """The whole note of an answer; ``note`` alone may have been made fit for a page."""
    return str(entity.get("note_raw") or entity.get("note") or "")


NOTE_ECHO = "note_echo"
"""Under which the journal keeps how a service stores a note: as it was ``sent``, and ``stored``."""


def note_echo(sent: str, entity: Mapping[str, object]) -> dict[str, str]:
    """What is to be kept of an answer; empty where white space alone is another, or nothing is."""
    stored = stored_note(entity)
    return {} if same_note(sent, stored) else {"sent": sent, "stored": stored}


def same_note(one: str, other: str, echo: Mapping[str, str] | None = None) -> bool:
    """Whether a note that was sent is the one that is stored.

    White space does not count, and of a note that a service has stored otherwise before, neither
    does what it made of it.
    """
    if one.split() == other.split():
        return True
    known = echo or {}
    return (known.get("sent"), known.get("stored")) == (one, other)


def split_note(note: str) -> tuple[str, Marker | None]:
    """The user's text and the marker of a live note."""
    text = note.rstrip()
    match = re.search(_MARKER, text)
    if match is None:
        return note, None
    workspace, name, number, *digests, letter = match.groups()
    marker = Marker(
        workspace=workspace,
        name=name,
        round=int(number),
        digests=(digests[0], digests[1], digests[2], digests[3]),
        on_remove=_MEANINGS[letter],
    )
    return text[: match.start()].rstrip(), marker


def join_note(text: str, marker: Marker) -> str:
    """The note to send: the user's text, a space, the marker."""
    return f"{text.rstrip()} {format_marker(marker)}".lstrip()


def mentions_marker(text: str) -> bool:
    """Whether a user's note holds something that reads as a marker of any version."""
    return "[smartplan" in text and re.search(_ANYWHERE, text) is not None


def mentions(text: str, workspace: str, name: str) -> bool:
    """Whether a note has a marker of this trade anywhere, whole or not, of whatever version."""
    return f":{workspace}/{name}#" in text and mentions_marker(text)


def room_for_note(workspace: str, name: str, round_: int) -> int:
    """How many characters of a note are the user's."""
    return MAX_NOTE - _AROUND_IDENTITY - len(f"{workspace}{name}{round_}")


_AROUND_IDENTITY = len(" [smartplan1:/# 0123456789abcdef k]")


def note_for(planned: "PlannedTrade", workspace: str, of: "Digests") -> str:
    """The note to send: the user's text and the marker."""
    marker = Marker(
        workspace=workspace,
        name=planned.name,
        round=planned.lifecycle.round,
        digests=of,
        on_remove=planned.lifecycle.on_remove,
    )
    return join_note(planned.trade.note, marker)
